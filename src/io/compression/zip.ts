import * as zlib from 'node:zlib'
import { ByteQueue, CompressionError } from './byte-queue.js'
import { through } from './node-stream.js'

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

interface Entry {
  readonly name: string
  readonly method: number
  readonly flags: number
  readonly storedBytes: number
}

export async function* firstOfZip(
  chunks: AsyncIterable<Uint8Array>,
  remark: (sentence: string) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const source = chunks[Symbol.asyncIterator]()
  try {
    const queue = new ByteQueue()
    let entry = await readEntry(source, queue)
    // Folders stand in front of what they hold.
    while (entry?.name.endsWith('/') === true) entry = await readEntry(source, queue)
    if (entry === null) throw new CompressionError('it holds no file')
    if ((entry.flags & ENCRYPTED) !== 0) throw new CompressionError('it is encrypted: unpack it with its password')
    if (entry.method === DEFLATED) {
      const rest = new Remainder(queue, source)
      const inflate = zlib.createInflateRaw({ chunkSize: 1 << 18 })
      yield* through(inflate, rest.chunks())
      if (await rest.hasAnotherFile(inflate.bytesWritten))
        remark(`Only the first file of the zip archive was read: ${entry.name}.`)
      return
    }
    if (entry.method !== STORED) {
      const method = METHODS[entry.method] ?? `method ${entry.method}`
      throw new CompressionError(`its file is compressed with ${method}, which is not read here: unpack it first`)
    }
    if ((entry.flags & SIZE_FOLLOWS) !== 0)
      throw new CompressionError('the size of its file is not stored where it is needed')
    let left = entry.storedBytes
    while (left > 0) {
      if (queue.size === 0 && !(await more(source, queue))) throw new CompressionError('it ends too early', true)
      const piece = queue.take(Math.min(left, queue.size))
      left -= piece.length
      yield piece
    }
    if (await isLocalHeader(source, queue)) remark(`Only the first file of the zip archive was read: ${entry.name}.`)
  } finally {
    await source.return?.()
  }
}

async function more(source: AsyncIterator<Uint8Array>, queue: ByteQueue): Promise<boolean> {
  const next = await source.next()
  if (next.done === true) return false
  queue.add(next.value)
  return true
}

async function isLocalHeader(source: AsyncIterator<Uint8Array>, queue: ByteQueue): Promise<boolean> {
  while (queue.size < 4) if (!(await more(source, queue))) return false
  return queue.u32le() === LOCAL_HEADER
}

/** Null when no further file follows. */
async function readEntry(source: AsyncIterator<Uint8Array>, queue: ByteQueue): Promise<Entry | null> {
  if (!(await isLocalHeader(source, queue))) return null
  const need = async (count: number): Promise<void> => {
    while (queue.size < count) if (!(await more(source, queue))) throw new CompressionError('it ends too early', true)
  }
  await need(HEADER_BYTES)
  const flags = queue.u32le(6) & 0xffff
  const method = queue.u32le(8) & 0xffff
  let storedBytes = queue.u32le(18)
  const nameBytes = queue.u32le(26) & 0xffff
  const extraBytes = queue.u32le(26) >>> 16
  await need(HEADER_BYTES + nameBytes + extraBytes)
  queue.take(HEADER_BYTES)
  const name = new TextDecoder('latin1').decode(queue.take(nameBytes))
  const extra = queue.take(extraBytes)
  if (storedBytes === ZIP64_SIZE) storedBytes = zip64Size(extra)
  return { name, method, flags, storedBytes }
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

/** What follows the header, remembering the last chunk: behind the data there may be another file. */
class Remainder {
  #last: Uint8Array = new Uint8Array(0)
  #given = 0
  readonly #queue: ByteQueue
  readonly #source: AsyncIterator<Uint8Array>

  constructor(queue: ByteQueue, source: AsyncIterator<Uint8Array>) {
    this.#queue = queue
    this.#source = source
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    while (this.#queue.size > 0 || (await more(this.#source, this.#queue))) {
      this.#last = this.#queue.take(this.#queue.size).slice()
      this.#given += this.#last.length
      yield this.#last
    }
  }

  /** @param used bytes of the compressed data */
  async hasAnotherFile(used: number): Promise<boolean> {
    const left = this.#given - used
    const tail = new ByteQueue()
    tail.add(this.#last.subarray(this.#last.length - Math.min(left, this.#last.length)))
    tail.add(this.#queue.take(this.#queue.size))
    while (tail.size < 28) if (!(await more(this.#source, tail))) break
    // Behind the data there may be its checksum and sizes: 12 or 20 bytes, with or without a mark of 4.
    return [0, 12, 16, 20, 24].some((at) => tail.size >= at + 4 && tail.u32le(at) === LOCAL_HEADER)
  }
}
