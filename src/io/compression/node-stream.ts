import type { Transform } from 'node:stream'
import { CompressionError } from './byte-queue.js'

/** Takes chunks through one of Node's decompressors. Memory stays flat: output is handed out before more is made. */
export async function* through(
  stream: Transform,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  let inputError: unknown = null
  const feeding = feed(stream, chunks).catch((error: unknown) => {
    inputError = error
    stream.destroy()
  })
  try {
    for await (const piece of stream) yield piece as Uint8Array
    await feeding
    if (inputError !== null) throw inputError
  } catch (error) {
    await feeding
    if (inputError !== null) throw inputError
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const cut = code === 'Z_BUF_ERROR' || (error instanceof Error && /unexpected end/i.test(error.message))
    const reason = error instanceof Error ? error.message : String(error)
    throw new CompressionError(cut ? 'it ends too early' : reason, cut)
  } finally {
    stream.destroy()
    await feeding
  }
}

/** One write at a time: the chunk's buffer is reused as soon as the next chunk is asked for. */
async function feed(stream: Transform, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  // A stream that failed does not call back for the write it failed in, so the wait ends with its end too.
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  for await (const chunk of chunks) {
    if (stream.destroyed) return
    const written = new Promise<void>((resolve) => stream.write(chunk, () => resolve()))
    await Promise.race([written, closed])
  }
  if (!stream.destroyed) stream.end()
}
