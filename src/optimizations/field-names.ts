import { RdbString } from '../../parsers/index.js'
import { escapeBytes } from '../../reports/escape.js'

/** Patterns of which names of fields are kept. */
const MOST_SETS = 1024

/** Names of the fields of the hashes of one pattern, up to a bound. */
export class FieldNames {
  /** More names than are kept: the fields are data, not a scheme. */
  tooMany = false
  readonly #names = new Map<number, string>()

  constructor(readonly most: number) {}

  add(field: RdbString): void {
    if (this.tooMany) return
    const hash = fieldHash(field)
    if (this.#names.has(hash)) return
    if (this.#names.size === this.most || field.length > 256) {
      this.tooMany = true
      this.#names.clear()
    } else this.#names.set(hash, escapeBytes(field.bytes, field.start, field.end))
  }

  get sorted(): readonly string[] {
    return [...this.#names.values()].sort()
  }

  /** By `fieldHash`. */
  get byHash(): ReadonlyMap<number, string> {
    return this.#names
  }
}

/** Names of fields by pattern; null beyond the bound. */
export class FieldNamesByPattern {
  readonly #sets = new Map<number, FieldNames>()

  constructor(readonly most: number) {}

  of(pattern: number): FieldNames | null {
    const known = this.#sets.get(pattern)
    if (known !== undefined) return known
    if (pattern === 0 || this.#sets.size === MOST_SETS) return null
    const names = new FieldNames(this.most)
    this.#sets.set(pattern, names)
    return names
  }
}

/** FNV-1a over the bytes of a field, with its length: tells the few names of a scheme apart. */
export function fieldHash(field: RdbString): number {
  const { bytes, start, end } = field.load()
  let a = 0x811c9dc5
  let b = field.length
  for (let i = start; i < end; i++) {
    a = Math.imul(a ^ bytes[i]!, 0x01000193)
    b = (Math.imul(b, 31) + bytes[i]!) | 0
  }
  return (a >>> 0) * 0x100000 + (b & 0xfffff)
}

/** A text that is there all the time, as events take it. */
export function fixedText(text: string): RdbString {
  const bytes = new TextEncoder().encode(text)
  const string = new RdbString()
  string.setRaw(bytes, 0, bytes.length, bytes.length)
  return string
}
