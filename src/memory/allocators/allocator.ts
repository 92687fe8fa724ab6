/** Requests up to this size are answered from a table. */
const TABLE_BYTES = 4096

/** `--allocator` values. `jemalloc` alone means the jemalloc that the server's own sources build. */
export type AllocatorId = 'jemalloc' | 'jemalloc-16' | 'jemalloc-3.6' | 'libc'

/**
 * How many bytes a memory allocator really gives for a request. This is what `used_memory` counts:
 * `zmalloc` adds no header of its own where the allocator can be asked for the usable size.
 */
export class Allocator {
  readonly #small = new Uint16Array(TABLE_BYTES + 1)
  readonly #rule: (requestBytes: number) => number

  constructor(
    readonly id: AllocatorId,
    readonly title: string,
    rule: (requestBytes: number) => number,
  ) {
    this.#rule = rule
    for (let bytes = 0; bytes <= TABLE_BYTES; bytes++) this.#small[bytes] = rule(bytes)
  }

  /** Usable bytes of a block that was requested with `requestBytes`. */
  given(requestBytes: number): number {
    return requestBytes <= TABLE_BYTES ? this.#small[requestBytes]! : this.#rule(requestBytes)
  }
}
