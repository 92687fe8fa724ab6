import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import type { Compression } from '../../parsers/recognise.js'
import { InputError } from './errors.js'

/** Output comes in pieces of at most this size, however well the input was compressed. */
const PIECE_BYTES = 1 << 18

/**
 * Decompresses a stream of chunks with what Node brings: gzip always, Zstandard where this Node has it
 * (22.15 and later). Null for everything else.
 * Memory stays flat: a piece of output is handed out before more is made of the same input.
 */
export function decompressor(
  compression: Compression,
): ((chunks: AsyncIterable<Uint8Array>, name: string) => AsyncGenerator<Uint8Array, void, void>) | null {
  if (compression === 'gzip') {
    return (chunks, name) => through(zlib.createGunzip({ chunkSize: PIECE_BYTES }), chunks, 'gzip', name)
  }
  if (compression === 'zstd') {
    const create = Reflect.get(zlib, 'createZstdDecompress') as ((options: object) => Transform) | undefined
    if (create === undefined) return null
    return (chunks, name) => through(create({ chunkSize: PIECE_BYTES }), chunks, 'Zstandard', name)
  }
  return null
}

async function* through(
  stream: Transform,
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  name: string,
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
    if (inputError instanceof InputError) throw inputError
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const cut = code === 'Z_BUF_ERROR' || (error instanceof Error && /unexpected end/i.test(error.message))
    const reason = error instanceof Error ? error.message : String(error)
    throw cut
      ? new InputError('damaged-compression', `${name} is cut short: its ${what} data ends too early`, 'Copy it again.')
      : new InputError('damaged-compression', `the ${what} data of ${name} is damaged: ${reason}`, 'Copy it again.')
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
