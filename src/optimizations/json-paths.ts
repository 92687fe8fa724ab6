/**
 * What one path of the JSON values of a pattern takes, names with quotes and colon, values without what is below them.
 */
export interface JsonPath {
  readonly path: string
  readonly values: number
  readonly nameBytes: number
  readonly valueBytes: number
  readonly nulls: number
  /** "", [] and {}. */
  readonly empties: number
  /** All values are the same, and there are some. */
  readonly isConstant: boolean
}

const MOST_PATHS = 256
/** An object with more different names in all is a table of data: its names are gathered. */
const MOST_NAMES = 48
const LONGEST_CONSTANT = 64
const MOST_DEPTH = 32

class Sums {
  values = 0
  nameBytes = 0
  valueBytes = 0
  nulls = 0
  empties = 0
  first: string | null = null
  differs = false
}

/** Counts names and values by path. Items of arrays are `[]`, names that are data `{*}`. */
export class JsonPaths {
  readonly #sums = new Map<string, Sums>()
  readonly #names = new Map<string, Set<string>>()

  add(value: unknown): void {
    this.#add('', value, 0, 0)
  }

  /** Those with the most bytes first. */
  get all(): readonly JsonPath[] {
    return [...this.#sums]
      .map(([path, sums]) => ({
        path,
        values: sums.values,
        nameBytes: sums.nameBytes,
        valueBytes: sums.valueBytes,
        nulls: sums.nulls,
        empties: sums.empties,
        isConstant: !sums.differs && sums.values > 1 && sums.first !== null,
      }))
      .sort((a, b) => b.nameBytes + b.valueBytes - a.nameBytes - a.valueBytes || (a.path < b.path ? -1 : 1))
  }

  #add(path: string, value: unknown, nameBytes: number, depth: number): void {
    const sums = this.#at(path)
    sums.values++
    sums.nameBytes += nameBytes
    if (typeof value === 'object' && value !== null && depth < MOST_DEPTH) {
      const isArray = Array.isArray(value)
      const size = isArray ? value.length : Object.keys(value).length
      sums.valueBytes += 2 + Math.max(0, size - 1)
      if (size === 0) sums.empties++
      else sums.differs = true
      if (isArray) for (const item of value) this.#add(`${path}[]`, item, 0, depth + 1)
      else {
        for (const [name, member] of Object.entries(value)) {
          this.#add(this.#below(path, name), member, Buffer.byteLength(JSON.stringify(name)) + 1, depth + 1)
        }
      }
      return
    }
    const text = JSON.stringify(value) ?? 'null'
    sums.valueBytes += Buffer.byteLength(text)
    if (value === null) sums.nulls++
    if (value === '') sums.empties++
    const kept = text.length <= LONGEST_CONSTANT ? text : null
    if (sums.values === 1) sums.first = kept
    else if (kept === null || kept !== sums.first) sums.differs = true
  }

  #below(path: string, name: string): string {
    let names = this.#names.get(path)
    if (names === undefined) {
      names = new Set()
      this.#names.set(path, names)
    }
    const isKnown = names.has(name)
    if (!isKnown && names.size < MOST_NAMES) names.add(name)
    const shown = isKnown || names.size < MOST_NAMES ? name : '{*}'
    return path === '' ? shown : `${path}.${shown}`
  }

  #at(path: string): Sums {
    const name = this.#sums.size < MOST_PATHS || this.#sums.has(path) ? path : '[other]'
    let sums = this.#sums.get(name)
    if (sums === undefined) {
      sums = new Sums()
      this.#sums.set(name, sums)
    }
    return sums
  }
}
