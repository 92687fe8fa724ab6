import { RECOGNISE_BYTES } from '../../parsers/index.js'
import { joined } from '../joined.js'

/** Gathers the first bytes of a stream, enough to recognise what it is, without losing them. */
export async function peek(
  chunks: AsyncGenerator<Uint8Array, void, void>,
): Promise<{ readonly head: Uint8Array; readonly chunks: AsyncIterable<Uint8Array> }> {
  let first = await chunks.next()
  if (first.done === true) return { head: new Uint8Array(0), chunks: only(new Uint8Array(0), chunks) }
  if (first.value.length >= RECOGNISE_BYTES) return { head: first.value, chunks: only(first.value, chunks) }
  let head: Uint8Array = first.value.slice()
  while (head.length < RECOGNISE_BYTES) {
    first = await chunks.next()
    if (first.done === true) break
    head = joined([head, first.value])
  }
  return { head, chunks: only(head, chunks) }
}

/** The head, then the rest; closes the rest when the reader leaves early. */
async function* only(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, void>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    if (head.length > 0) yield head
    yield* rest
  } finally {
    await rest.return()
  }
}

/** The stream from byte `count` on. */
export async function* without(
  count: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  let left = count
  for await (const chunk of chunks) {
    const cut = Math.min(left, chunk.length)
    left -= cut
    if (cut < chunk.length) yield cut === 0 ? chunk : chunk.subarray(cut)
  }
}
