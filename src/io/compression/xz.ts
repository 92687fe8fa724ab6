import { CompressionError } from './byte-queue.js'

/** XZ_MEMLIMIT_ERROR (xz.h of XZ Embedded), as xz-decompress words it. */
const MEMORY_LIMIT = /error code 4\b/

/**
 * xz streams, unpacked by XZ Embedded in WebAssembly (xz-decompress): its checksums are compared (CRC32, CRC64), its
 * memory is what the file asks for (64 MiB at `xz -9`). Only the first of several streams is read.
 */
export async function* xzStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const xz = await import('xz-decompress')
  // Written for `require`: loaded by `import`, it hides behind `default` in some versions of Node.
  const { XzReadableStream } =
    xz.XzReadableStream === undefined ? (xz as unknown as { default: typeof xz }).default : xz
  const source = chunks[Symbol.asyncIterator]()
  let ended = false
  const input = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await source.next()
      if (next.done === true) {
        ended = true
        controller.close()
      } else {
        controller.enqueue(next.value.slice())
      }
    },
    async cancel() {
      await source.return?.()
    },
  })
  const reader = new XzReadableStream(input).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      if (value.length > 0) yield value
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (MEMORY_LIMIT.test(reason)) {
      throw new CompressionError(
        'its dictionary is larger than 64 MiB',
        false,
        'xz can unpack it: xz -dc FILE | rdblens -',
      )
    }
    throw new CompressionError(ended ? 'it ends too early' : reason, ended)
  } finally {
    await reader.cancel().catch(() => {})
    await source.return?.()
  }
}
