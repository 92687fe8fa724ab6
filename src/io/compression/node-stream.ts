import type { Transform } from 'node:stream'
import { CompressionError } from './byte-queue.js'

/** One of Node's decompressors; `bytesWritten` is what it has taken of its input. */
export type NodeDecompressor = Transform & { readonly bytesWritten: number }

/** Output comes in pieces of at most this size, however well the input was compressed. */
export const PIECE_BYTES = 1 << 18

/**
 * Takes chunks through one of Node's decompressors, up to the end of the compressed data. Memory stays flat: output is
 * handed out before more is made.
 */
export async function* through(
  stream: NodeDecompressor,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const feeder = new Feeder(stream)
  let inputError: unknown = null
  const feeding = feeder.feed(chunks).catch((error: unknown) => {
    inputError = error
    stream.destroy()
  })
  let streamError: unknown = null
  try {
    for await (const piece of stream) {
      yield piece as Uint8Array
      feeder.pieceTaken()
    }
  } catch (error) {
    streamError = error
  } finally {
    stream.destroy()
    await feeding
  }
  // The stream fails, too, when its input does.
  if (inputError !== null) throw inputError
  if (streamError !== null) throw compressionError(streamError)
}

function compressionError(error: unknown): CompressionError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const cut = code === 'Z_BUF_ERROR' || (error instanceof Error && /unexpected end/i.test(error.message))
  const reason = error instanceof Error ? error.message : String(error)
  return new CompressionError(cut ? 'it ends too early' : reason, cut)
}

class Feeder {
  readonly #stream: NodeDecompressor
  /** A stream that failed does not call back for the write it failed in, so each wait ends with its end, too. */
  readonly #closed: Promise<void>
  #onPieceTaken: (() => void) | null = null

  constructor(stream: NodeDecompressor) {
    this.#stream = stream
    this.#closed = new Promise((resolve) => stream.once('close', resolve))
  }

  /** One write at a time: the chunk's buffer is reused as soon as the next chunk is asked for. */
  async feed(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const stream = this.#stream
    let given = 0
    for await (const chunk of chunks) {
      if (stream.destroyed) return
      await this.#orClosed((resolve) => stream.write(chunk, () => resolve()))
      given += chunk.length
      // The data end within this chunk.
      if (stream.bytesWritten < given) return
      // A stream that fails forgets what it has in store.
      while (stream.readableLength > 0 && !stream.destroyed) {
        await this.#orClosed((resolve) => {
          this.#onPieceTaken = resolve
        })
      }
    }
    if (!stream.destroyed) stream.end()
  }

  pieceTaken(): void {
    this.#onPieceTaken?.()
    this.#onPieceTaken = null
  }

  #orClosed(start: (resolve: () => void) => void): Promise<void> {
    return Promise.race([new Promise<void>(start), this.#closed])
  }
}
