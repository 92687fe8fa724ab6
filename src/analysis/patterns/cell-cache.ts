const CACHE = 1 << 13
export const CACHE_MASK = CACHE - 1

/** Remembers cells by two hashes and a code; a newer entry takes the place of an older one. */
export class CellCache {
  readonly #a = new Int32Array(CACHE)
  readonly #b = new Int32Array(CACHE)
  readonly #code = new Int32Array(CACHE)
  readonly #cell = new Int32Array(CACHE).fill(-1)
  #empty = true

  get(slot: number, a: number, b: number, code: number): number {
    return this.#a[slot] === a && this.#b[slot] === b && this.#code[slot] === code ? this.#cell[slot]! : -1
  }

  set(slot: number, a: number, b: number, code: number, cell: number): void {
    this.#a[slot] = a
    this.#b[slot] = b
    this.#code[slot] = code
    this.#cell[slot] = cell
    this.#empty = false
  }

  clear(): void {
    if (!this.#empty) this.#cell.fill(-1)
    this.#empty = true
  }
}
