import { crc32 } from 'node:zlib'
import { CompressionError } from './byte-queue.js'
import { PulledInput } from './pulled-input.js'

/**
 * The first file of a zip archive, read front to back: the list of files at the end of the archive is not needed, so
 * that pipes work, too.
 *
 *     'PK' 3 4, u16 version, u16 flags, u16 method, 8 bytes time and checksum, u32 stored size, u32 size,
 *     u16 name length, u16 extra length, name, extra, data
 */
const HEADER_BYTES = 30
const LOCAL_HEADER = 0x04034b50
const ENCRYPTED = 1
const SIZE_FOLLOWS = 8
const STORED = 0
const DEFLATED = 8
const METHODS: Readonly<Record<number, string>> = { 9: 'Deflate64', 12: 'bzip2', 14: 'LZMA', 93: 'Zstandard', 95: 'xz' }
/** Sizes of 4 GiB and more stand in a field of their own. */
const ZIP64_SIZE = 0xffffffff
const ZIP64_FIELD = 1
const DESCRIPTOR = 0x08074b50
const DESCRIPTOR_BYTES = [12, 20]
/** A file, the list of files, what stands in front of that where it is signed or large. */
const NEXT_MARKS = new Set([LOCAL_HEADER, 0x02014b50, 0x08064b50, 0x06064b50])
const UNPACK = 'That is not read here: unzip -p FILE | rdblens -'

interface Entry {
  readonly name: string
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly storedBytes: number
}

export async function* firstOfZip(
  chunks: AsyncIterable<Uint8Array>,
  remark: (sentence: string) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const input = new PulledInput(chunks)
  try {
    let entry = await readEntry(input)
    // Folders stand in front of what they hold.
    while (entry?.name.endsWith('/') === true) entry = await readEntry(input)
    if (entry === null) throw new CompressionError('it holds no file')
    const encrypted = (entry.flags & ENCRYPTED) !== 0
    if (encrypted) throw new CompressionError('it is encrypted', false, 'Unpack it with its password: unzip FILE')
    if (entry.method === DEFLATED) yield* deflated(input, entry)
    else if (entry.method === STORED) yield* stored(input, entry)
    else {
      const method = METHODS[entry.method] ?? `method ${entry.method}`
      throw new CompressionError(`its file is compressed with ${method}`, false, UNPACK)
    }
    if (await isLocalHeader(input)) remark(`Only the first file of the zip archive was read: ${entry.name}.`)
  } finally {
    await input.close()
  }
}

async function* deflated(input: PulledInput, { flags, crc }: Entry): AsyncGenerator<Uint8Array, void, void> {
  let computed = 0
  for await (const piece of input.inflated()) {
    computed = crc32(piece, computed)
    yield piece
  }
  // At the least, the list of files follows.
  await input.need(4)
  if ((flags & SIZE_FOLLOWS) === 0) compare(computed, crc)
  else await readDescriptor(input, computed)
}

async function* stored(input: PulledInput, { flags, crc, storedBytes }: Entry): AsyncGenerator<Uint8Array, void, void> {
  if ((flags & SIZE_FOLLOWS) !== 0)
    throw new CompressionError('the size of its file is not stored where it is needed', false, UNPACK)
  let computed = 0
  for (let left = storedBytes; left > 0; ) {
    await input.need(1)
    const piece = input.queue.take(Math.min(left, input.queue.size))
    left -= piece.length
    computed = crc32(piece, computed)
    yield piece
  }
  compare(computed, crc)
}

/** Checksum and two sizes of 4 or 8 bytes each, with or without a mark in front: what comes next tells. */
async function readDescriptor(input: PulledInput, computed: number): Promise<void> {
  await input.need(4)
  if (input.queue.u32le() === DESCRIPTOR) {
    input.queue.take(4)
    await input.need(4)
  }
  compare(computed, input.queue.u32le())
  const isNext = (at: number): boolean => NEXT_MARKS.has(input.queue.u32le(at))
  for (const bytes of DESCRIPTOR_BYTES) {
    if ((await input.has(bytes + 4)) && isNext(bytes)) {
      input.queue.take(bytes)
      return
    }
  }
}

function compare(computed: number, stored: number): void {
  if (computed !== stored) throw new CompressionError('its checksum is wrong')
}

async function isLocalHeader(input: PulledInput): Promise<boolean> {
  return (await input.has(4)) && input.queue.u32le() === LOCAL_HEADER
}

/** Null when no further file follows. */
async function readEntry(input: PulledInput): Promise<Entry | null> {
  if (!(await isLocalHeader(input))) return null
  const { queue } = input
  await input.need(HEADER_BYTES)
  const flags = queue.u32le(6) & 0xffff
  const method = queue.u32le(8) & 0xffff
  const crc = queue.u32le(14)
  let storedBytes = queue.u32le(18)
  const nameBytes = queue.u32le(26) & 0xffff
  const extraBytes = queue.u32le(26) >>> 16
  await input.need(HEADER_BYTES + nameBytes + extraBytes)
  queue.take(HEADER_BYTES)
  const name = new TextDecoder('latin1').decode(queue.take(nameBytes))
  const extra = queue.take(extraBytes)
  if (storedBytes === ZIP64_SIZE) storedBytes = zip64Size(extra)
  return { name, method, flags, crc, storedBytes }
}

/** `u16 field 1, u16 bytes, u64 size, u64 stored size` among the extra fields. */
function zip64Size(extra: Uint8Array): number {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length)
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === ZIP64_FIELD && at + 20 <= extra.length) {
      return Number(view.getBigUint64(at + 12, true))
    }
  }
  throw new CompressionError('the size of its file is missing')
}
