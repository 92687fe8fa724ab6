/** Requests up to this size are answered from a table. */
const TABLE_BYTES = 4096

/** `--allocator` values. `jemalloc` alone means the jemalloc that the server's own sources build. */
export type AllocatorId = 'jemalloc' | 'jemalloc-16' | 'jemalloc-3.6' | 'libc'

/**
 * How many bytes a memory allocator really gives for a request. This is what `used_memory` counts:
 * `zmalloc` adds no header of its own where the allocator can be asked for the usable size.
 */
export class Allocator {
  /** Filled at the first question: of all allocators, a run asks one. */
  #small: Uint16Array | null = null
  readonly #rule: (requestBytes: number) => number

  constructor(
    readonly id: AllocatorId,
    readonly title: string,
    rule: (requestBytes: number) => number,
  ) {
    this.#rule = rule
  }

  /** Usable bytes of a block that was requested with `requestBytes`. */
  given(requestBytes: number): number {
    if (requestBytes > TABLE_BYTES) return this.#rule(requestBytes)
    return (this.#small ?? this.#table())[requestBytes]!
  }

  #table(): Uint16Array {
    const table = new Uint16Array(TABLE_BYTES + 1)
    for (let bytes = 0; bytes <= TABLE_BYTES; bytes++) table[bytes] = this.#rule(bytes)
    this.#small = table
    return table
  }
}
