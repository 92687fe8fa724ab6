import { CompressionError } from './byte-queue.js'

/** Parts that may be as short as they like, and the bytes that further ones have on average at least. */
const SOME_PARTS = 1024
const LEAST_BYTES = 256

/**
 * Counts the parts of compressed data: members of gzip, frames of Zstandard. Each takes a decoder of its own, some
 * tenths of a millisecond; a megabyte can hold 50,000 that are empty. Whoever compresses a dump in parts makes them
 * longer.
 */
export class PartCount {
  #parts = 0
  #bytes = 0

  /** @param bytes of one part, as it is stored */
  add(bytes: number): void {
    this.#parts++
    this.#bytes += bytes
    if (this.#parts <= SOME_PARTS || this.#bytes >= this.#parts * LEAST_BYTES) return
    throw new CompressionError(
      `it begins with ${this.#parts} parts of ${Math.round(this.#bytes / this.#parts)} bytes each, as no dump is compressed`,
      false,
      'If it is one: unpack it first, and name the unpacked file.',
    )
  }
}
