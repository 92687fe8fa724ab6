import { CompressionError } from './byte-queue.js'

const WITH_XZ = 'xz can unpack it: xz -dc FILE | rdblens -'
/** By the number in the message of xz-decompress: the results of XZ Embedded (enum xz_ret in its xz.h). */
const REASONS: Readonly<Record<string, CompressionError>> = {
  4: new CompressionError('its dictionary is larger than 64 MiB', false, WITH_XZ),
  5: new CompressionError('something else begins where xz data should'),
  6: new CompressionError('it has a filter or a kind of checksum that is not read here', false, WITH_XZ),
  7: new CompressionError('it makes no sense, or a checksum is wrong'),
}

/**
 * xz streams, unpacked by XZ Embedded in WebAssembly (xz-decompress): its checksums are compared (CRC32, CRC64), its
 * memory is what the file asks for (64 MiB at `xz -9`).
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
    const message = error instanceof Error ? error.message : String(error)
    const known = REASONS[/error code (\d+)/.exec(message)?.[1] ?? '']
    throw known ?? new CompressionError(ended ? 'it ends too early' : message, ended)
  } finally {
    await reader.cancel().catch(() => {})
    await source.return?.()
  }
}
