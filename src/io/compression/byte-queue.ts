/** The data of a decoder ends too early, or makes no sense. `cut` tells which. */
export class CompressionError extends Error {
  override readonly name = 'CompressionError'

  /** @param advice what helps where the data is not damaged, but more than can be unpacked here */
  constructor(
    message: string,
    readonly cut = false,
    readonly advice: string | null = null,
  ) {
    super(message)
  }
}

/**
 * Decodes compressed data step by step: yields pieces of output, and null when it needs more input. Ends behind the
 * last frame; what is left in the queue then is no part of the data. A piece is valid until the next step.
 */
export type Decoding = Generator<Uint8Array | null, void, void>
export type Decoder = (input: ByteQueue) => Decoding

/** What is said of bytes that follow the last frame. */
export function bytesBehind(count: number): string {
  return `${count} bytes behind the compressed data were passed over.`
}

const FIRST_BYTES = 1 << 17
const MORE_BLOB = 'Allow more with --limit blob-bytes=SIZE.'
/** Memory that is not written to is none, so that a buffer may grow in large steps. */
const GROWTH = 4

/** Input of a decoder: bytes are put in behind and taken off in front. */
export class ByteQueue {
  /** True when no more bytes come. */
  ended = false
  bytes = new Uint8Array(FIRST_BYTES)
  /** What is in the queue is `bytes[start, end)`. */
  start = 0
  end = 0

  get size(): number {
    return this.end - this.start
  }

  /** Copies a chunk in. */
  add(chunk: Uint8Array): void {
    if (this.end + chunk.length > this.bytes.length) {
      const kept = this.size
      let target = this.bytes
      if (kept + chunk.length > target.length) target = new Uint8Array(Math.max(2 * target.length, kept + chunk.length))
      if (target === this.bytes) target.copyWithin(0, this.start, this.end)
      else target.set(this.bytes.subarray(this.start, this.end))
      this.bytes = target
      this.start = 0
      this.end = kept
    }
    this.bytes.set(chunk, this.end)
    this.end += chunk.length
  }

  /** The next `count` bytes, which must be there; valid until more is put in. */
  take(count: number): Uint8Array {
    const from = this.start
    this.start += count
    return this.bytes.subarray(from, this.start)
  }

  /** Waits until `count` bytes are there: `yield* input.need(4)`. */
  *need(count: number): Generator<null, void, void> {
    while (this.size < count) {
      if (this.ended) throw new CompressionError('it ends too early', true)
      yield null
    }
  }

  /** Waits for `count` bytes or the end of the input; true when they are there. */
  *has(count: number): Generator<null, boolean, void> {
    while (this.size < count && !this.ended) yield null
    return this.size >= count
  }

  u32le(at = 0): number {
    const i = this.start + at
    const { bytes } = this
    return (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)) >>> 0
  }
}

/** Runs a decoder over bytes that are all at hand. @throws CompressionError above `limit` bytes of output */
export function decodeWhole(decoder: Decoder, data: Uint8Array, limit: number): Uint8Array {
  const input = new ByteQueue()
  input.bytes = data as Uint8Array<ArrayBuffer>
  input.end = data.length
  input.ended = true
  // One buffer rather than pieces: what is unpacked may come byte by byte.
  let whole = new Uint8Array(Math.min(limit, Math.max(FIRST_BYTES, GROWTH * data.length)))
  let size = 0
  for (const piece of decoder(input)) {
    if (piece === null) continue
    const end = size + piece.length
    if (end > limit)
      throw new CompressionError(`it unpacks to more than ${limit} bytes (limit blob-bytes)`, false, MORE_BLOB)
    if (end > whole.length) {
      const larger = new Uint8Array(Math.min(limit, Math.max(GROWTH * whole.length, end)))
      larger.set(whole.subarray(0, size))
      whole = larger
    }
    whole.set(piece, size)
    size = end
  }
  return whole.subarray(0, size)
}
