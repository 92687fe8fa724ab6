import { crc32 } from 'node:zlib'
import { bytesBehind, CompressionError } from './byte-queue.js'
import { PartCount } from './part-count.js'
import { PulledInput } from './pulled-input.js'

/**
 * gzip data (RFC 1952): members one after the other. Node's own decoder calls bytes behind them damage, and loses what
 * cut data gave last.
 *
 *     1f 8b, method, flags, 6 bytes, extra field, name, comment, checksum of these; deflate data; CRC-32, size
 */
const HEADER_BYTES = 10
const TRAILER_BYTES = 8
const MAGIC = 0x8b1f
const DEFLATE = 8
const HEADER_CHECKSUM = 2
const EXTRA = 4
const NAME = 8
const COMMENT = 16
/** Names and comments of headers are a line or two. */
const MOST_TEXT_BYTES = 1 << 16

export async function* gzipMembers(
  chunks: AsyncIterable<Uint8Array>,
  remark: (sentence: string) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const input = new PulledInput(chunks)
  const members = new PartCount()
  try {
    do {
      await readHeader(input)
      let crc = 0
      let size = 0
      for await (const piece of input.inflated()) {
        crc = crc32(piece, crc)
        size += piece.length
        yield piece
      }
      await input.need(TRAILER_BYTES)
      if (input.queue.u32le() !== crc) throw new CompressionError('its checksum is wrong')
      if (input.queue.u32le(4) !== size % 2 ** 32) throw new CompressionError('its size is not the one it says')
      input.queue.take(TRAILER_BYTES)
      members.add(input.inflatedBytes + HEADER_BYTES + TRAILER_BYTES)
    } while (await memberFollows(input))
    const rest = await input.countRest()
    if (rest > 0) remark(bytesBehind(rest))
  } finally {
    await input.close()
  }
}

/** Zero bytes fill up tapes and blocks. */
async function memberFollows(input: PulledInput): Promise<boolean> {
  while ((await input.has(1)) && input.queue.bytes[input.queue.start] === 0) input.queue.take(1)
  return (await input.has(2)) && (input.queue.u32le() & 0xffff) === MAGIC
}

async function readHeader(input: PulledInput): Promise<void> {
  await input.need(HEADER_BYTES)
  const fixed = input.queue.take(HEADER_BYTES)
  const method = fixed[2]!
  const flags = fixed[3]!
  if (method !== DEFLATE) throw new CompressionError(`its method ${method} is not known`)
  if ((flags & EXTRA) !== 0) {
    await input.need(2)
    const bytes = input.queue.u32le() & 0xffff
    input.queue.take(2)
    await input.need(bytes)
    input.queue.take(bytes)
  }
  for (const text of [NAME, COMMENT]) if ((flags & text) !== 0) await passText(input)
  if ((flags & HEADER_CHECKSUM) !== 0) {
    await input.need(2)
    input.queue.take(2)
  }
}

/** A text that ends with a zero byte. */
async function passText(input: PulledInput): Promise<void> {
  for (let bytes = 1; ; bytes++) {
    await input.need(1)
    if (input.queue.take(1)[0] === 0) return
    if (bytes === MOST_TEXT_BYTES) throw new CompressionError('its name does not end')
  }
}
