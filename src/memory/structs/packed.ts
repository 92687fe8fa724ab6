import { LISTPACK_EMPTY_BYTES, listpackEntryBytes } from './listpack.js'
import { ZIPLIST_EMPTY_BYTES, ziplistEntryBytes } from './ziplist.js'

/** Packed form of small values: ziplist up to Redis 6.2, listpack from 7.0 on. */
export type PackedKind = 'ziplist' | 'listpack'

/** Grows a packed container entry by entry, counting bytes only. Reused. */
export class PackedSize {
  bytes = 0
  entries = 0
  #previous = 0
  readonly #listpack: boolean

  constructor(kind: PackedKind) {
    this.#listpack = kind === 'listpack'
    this.reset()
  }

  get emptyBytes(): number {
    return this.#listpack ? LISTPACK_EMPTY_BYTES : ZIPLIST_EMPTY_BYTES
  }

  reset(): void {
    this.bytes = this.emptyBytes
    this.entries = 0
    this.#previous = 0
  }

  /** Adds a string; `integer` is its value when it is a canonical integer, else NaN. */
  add(length: number, integer: number): void {
    this.entries++
    if (this.#listpack) this.bytes += listpackEntryBytes(length, integer)
    else this.bytes += this.#previous = ziplistEntryBytes(length, integer, this.#previous)
  }
}
