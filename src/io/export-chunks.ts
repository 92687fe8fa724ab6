import { recognise } from '../../parsers/recognise.js'
import { MAX_RATIO } from '../limits.js'
import { decompressor } from './decompress.js'
import { InputError } from './errors.js'
import type { InputFile } from './inputs.js'
import { openSource } from './source.js'

/** The bytes of a text file, which may be compressed. A chunk is valid until the next one is asked for. */
export async function* exportChunks(input: InputFile): AsyncGenerator<Uint8Array, void, void> {
  const source = await openSource(input)
  const chunks = source.chunks()
  try {
    const first = await chunks.next()
    if (first.done === true) return
    const joined = (async function* (): AsyncGenerator<Uint8Array, void, void> {
      yield first.value
      yield* chunks
    })()
    const { compression } = recognise(first.value)
    if (compression === null) {
      yield* joined
      return
    }
    const decompress = decompressor(compression)
    if (decompress === null) {
      throw new InputError('compressed', `${input.name} is compressed with ${compression}`, 'Decompress it first.')
    }
    yield* decompress({
      chunks: joined,
      name: input.name,
      maxRatio: MAX_RATIO,
      bytesRead: () => source.bytesRead,
      remark: () => {},
    })
  } finally {
    // Also when the reader has had enough of the first chunk.
    await chunks.return()
    await source.close()
  }
}
