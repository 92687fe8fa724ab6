import * as zlib from 'node:zlib'
import { ByteQueue, CompressionError } from './byte-queue.js'
import { PIECE_BYTES, through } from './node-stream.js'

/** A stream of chunks that is read field by field, with deflate data in between that find their own end. */
export class PulledInput {
  readonly queue = new ByteQueue()
  readonly #source: AsyncIterator<Uint8Array>
  /** What an inflater was given and may not have taken whole, in order. */
  readonly #given: Uint8Array[] = []
  /** Bytes that it was given before these. */
  #takenBytes = 0
  /** Bytes of deflate data that were taken last. */
  inflatedBytes = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]()
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }

  /** Waits for `count` bytes in the queue or the end of the input; true when they are there. */
  async has(count: number): Promise<boolean> {
    while (this.queue.size < count && !this.queue.ended) await this.more()
    return this.queue.size >= count
  }

  /** Puts the next chunk in the queue. */
  async more(): Promise<void> {
    const next = await this.#source.next()
    if (next.done === true) this.queue.ended = true
    else this.queue.add(next.value)
  }

  /** @throws CompressionError when so many do not come */
  async need(count: number): Promise<void> {
    if (!(await this.has(count))) throw new CompressionError('it ends too early', true)
  }

  /** Passes over what is left; returns how many bytes that are. */
  async countRest(): Promise<number> {
    let bytes = 0
    while (await this.has(1)) bytes += this.queue.take(this.queue.size).length
    return bytes
  }

  /** Takes deflate data off the front, to its end or that of the input: whether something follows tells which. */
  async *inflated(): AsyncGenerator<Uint8Array, void, void> {
    // At the usual end, cut data would be an error that takes along what they gave last.
    const inflate = zlib.createInflateRaw({ chunkSize: PIECE_BYTES, finishFlush: zlib.constants.Z_SYNC_FLUSH })
    yield* through(inflate, this.#giveTo(inflate))
    this.inflatedBytes = inflate.bytesWritten
    this.#letGo(inflate.bytesWritten)
    let taken = inflate.bytesWritten - this.#takenBytes
    for (const chunk of this.#given.splice(0)) {
      this.queue.add(chunk.subarray(taken))
      taken = 0
    }
    this.#takenBytes = 0
  }

  /** Chunks are only asked for when those before were written: more than one is kept where the data have ended. */
  async *#giveTo(inflate: zlib.InflateRaw): AsyncGenerator<Uint8Array, void, void> {
    while (await this.has(1)) {
      this.#letGo(inflate.bytesWritten)
      const chunk = this.queue.take(this.queue.size).slice()
      this.#given.push(chunk)
      yield chunk
    }
  }

  #letGo(written: number): void {
    while (this.#given.length > 0 && this.#takenBytes + this.#given[0]!.length <= written) {
      this.#takenBytes += this.#given.shift()!.length
    }
  }
}
