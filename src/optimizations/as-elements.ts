import type { Container, RdbKey } from '../../parsers/index.js'
import { ShapeKey, type ShapeType } from '../memory/shape-pricer.js'
import { Rewriter, type ShapeSink } from './rewriter.js'

/** Hashes whose fields may expire are not touched by techniques that take hashes apart. */
const PLAIN_HASHES: ReadonlySet<string> = new Set(['hash', 'hash-zipmap', 'hash-ziplist', 'hash-listpack'])

export function isPlainHash(key: RdbKey): boolean {
  return PLAIN_HASHES.has(key.layout.name)
}

/** Elements of a value of that type that is one container; negative where that is not known in front of them. */
export function elementsOf({ entries }: Container, type: ShapeType): number {
  if (type === 'list') return -1
  return type === 'set' ? entries : entries / 2
}

/** Shows a value element by element, whatever it was packed in, as a value of a type. */
export class AsElements extends Rewriter {
  readonly #key = new ShapeKey()
  #isCounted = false

  constructor(
    next: ShapeSink,
    readonly type: ShapeType,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    this.#isCounted = false
    super.begin(this.#key.copy(key).as(this.type))
  }

  override end(key: RdbKey): void {
    // Where several containers were taken apart, nobody said how many there are.
    if (!this.#isCounted) super.count(key.elements)
    super.end(this.#key.copy(key).as(this.type))
  }

  override count(elements: number): void {
    if (this.type === 'list') return
    this.#isCounted = true
    super.count(elements)
  }

  override container(container: Container): boolean {
    const elements = elementsOf(container, this.type)
    if (elements >= 0) this.count(elements)
    return true
  }

  override containerEnd(_container: Container): void {}
}
