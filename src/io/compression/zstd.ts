import { createRequire } from 'node:module'
import * as zlib from 'node:zlib'
import { type ByteQueue, bytesBehind, CompressionError, type Decoder, type Decoding } from './byte-queue.js'
import { skipFrame } from './lz4.js'
import { type NodeDecompressor, PIECE_BYTES, through } from './node-stream.js'
import { PartCount } from './part-count.js'
import { PulledInput } from './pulled-input.js'
import { ZstdWindow } from './zstd-window.js'

/**
 * Zstandard frames (RFC 8878), one or several, skippable ones between them. fzstd does the decoding; it is given one
 * block at a time, so that no more than 128 KiB of output come at once, however well the data is compressed.
 * Content checksums are passed over: the dump inside has one of its own.
 */
const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
const RLE_BLOCK = 1
const COMPRESSED_BLOCK = 2
const MOST_BLOCK_BYTES = 128 * 1024

const NO_FRAME = 'it does not begin with a Zstandard frame'

function isSkippable(magic: number): boolean {
  return (magic & ~0xf) >>> 0 === SKIPPABLE
}

type Fzstd = typeof import('fzstd')
let fzstd: Fzstd | null = null

/** @param mostWindowBytes frames that keep more to be unpacked are refused */
export function zstdFrames(mostWindowBytes: number): Decoder {
  return (input) => allFrames(input, mostWindowBytes)
}

function* allFrames(input: ByteQueue, mostWindowBytes: number): Decoding {
  for (let frames = 0; yield* input.has(4); ) {
    const magic = input.u32le()
    if (magic === MAGIC) {
      yield* oneFrame(input, mostWindowBytes)
      frames++
    } else if (isSkippable(magic)) {
      yield* skipFrame(input)
    } else {
      if (frames === 0) throw new CompressionError(NO_FRAME)
      return
    }
  }
}

function* oneFrame(input: ByteQueue, mostWindowBytes: number): Decoding {
  // Loaded when there is something to decode; decoding is synchronous, so that it can serve the parser, too.
  fzstd ??= createRequire(import.meta.url)('fzstd') as Fzstd
  const pieces: Uint8Array[] = []
  const decoder = new fzstd.Decompress((piece) => {
    window.add(piece)
    pieces.push(piece)
  })
  const window = new ZstdWindow(decoder)
  // It wants 18 bytes before it looks at a frame: the header goes in together with the first block.
  let before: Uint8Array = NOTHING
  for (const part of withoutSpareWindow(frameParts(input, mostWindowBytes))) {
    if (part === null) yield null
    else if (part.kind === 'header') before = part.bytes.slice()
    else if (part.kind !== 'checksum') {
      window.place()
      push(decoder, joined(before, part.bytes, part.kind === 'last-block' ? PADDING_BYTES : 0))
      before = NOTHING
      for (const piece of pieces) if (piece.length > 0) yield piece
      pieces.length = 0
    }
  }
}

/** A part of a frame as it is stored, whole; valid until the next one. */
interface FramePart {
  readonly kind: 'header' | 'block' | 'last-block' | 'checksum'
  readonly bytes: Uint8Array
  /** Of the frame. */
  readonly windowBytes: number
}

/** Takes a frame off the queue; null where more input is needed. */
function* frameParts(input: ByteQueue, mostWindowBytes: number): Generator<FramePart | null, void, void> {
  const header = yield* readHeader(input, mostWindowBytes)
  const { windowBytes } = header
  yield { kind: 'header', bytes: input.take(header.bytes), windowBytes }
  for (let last = false; !last; ) {
    yield* input.need(3)
    const { bytes, start } = input
    const head = bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16)
    last = (head & 1) !== 0
    const type = (head >> 1) & 3
    const size = head >> 3
    if (type === 3) throw new CompressionError('a Zstandard block has a reserved type')
    if (size > MOST_BLOCK_BYTES) throw new CompressionError(`a Zstandard block of ${size} bytes is too long`)
    const stored = 3 + (type === RLE_BLOCK ? 1 : size)
    yield* input.need(stored)
    yield { kind: last ? 'last-block' : 'block', bytes: input.take(stored), windowBytes }
  }
  if (!header.hasChecksum) return
  yield* input.need(4)
  yield { kind: 'checksum', bytes: input.take(4), windowBytes }
}

/**
 * Looks a little ahead: a frame that ends soon needs no more memory than it can fill, whatever its header says. A
 * window is made for each frame, and there may be one for every few bytes.
 */
function* withoutSpareWindow(parts: Generator<FramePart | null, void, void>): Generator<FramePart | null, void, void> {
  const ahead: FramePart[] = []
  let aheadBytes = 0
  let passes = false
  try {
    for (const part of parts) {
      if (part === null || passes) {
        yield part
        continue
      }
      ahead.push({ ...part, bytes: part.bytes.slice() })
      aheadBytes += part.bytes.length
      const ends = part.kind === 'last-block'
      if (!ends && ahead.length <= MOST_AHEAD && aheadBytes < MOST_AHEAD_BYTES) continue
      if (ends) ahead[0] = { ...ahead[0]!, bytes: smallerHeader(ahead[0]!, ahead.slice(1)) }
      yield* ahead
      passes = true
    }
  } catch (error) {
    // What came before the end of cut data is worth having.
    if (!passes) yield* ahead
    throw error
  }
}

/** Blocks, and bytes of them, among which the end of a frame is looked for. */
const MOST_AHEAD = 64
const MOST_AHEAD_BYTES = 1 << 16
const HEADER_FLAGS = 4
const CHECKSUM = 4

/** The header of a frame with these blocks, with a window that they fit in. */
function smallerHeader({ bytes, windowBytes }: FramePart, blocks: readonly FramePart[]): Uint8Array {
  let mostBytes = 0
  for (const block of blocks) mostBytes += mostBytesOf(block.bytes)
  const log = Math.max(0, Math.ceil(Math.log2(mostBytes)) - 10)
  if (windowBytes <= 2 ** (10 + log)) return bytes
  const smaller = bytes.slice(0, HEADER_FLAGS + 2)
  smaller[HEADER_FLAGS] = bytes[HEADER_FLAGS]! & CHECKSUM
  smaller[HEADER_FLAGS + 1] = log << 3
  return smaller
}

/** What a block unpacks to at most. */
function mostBytesOf(block: Uint8Array): number {
  const head = block[0]! | (block[1]! << 8) | (block[2]! << 16)
  return ((head >> 1) & 3) === COMPRESSED_BLOCK ? MOST_BLOCK_BYTES : head >> 3
}

/** Node's own decoder, faster by far; from 22.15 on. Null where there is none. */
export function nodeZstd(): ((mostWindowBytes: number) => NodeDecompressor) | null {
  const create = Reflect.get(zlib, 'createZstdDecompress') as ((options: object) => NodeDecompressor) | undefined
  if (create === undefined) return null
  const { ZSTD_d_windowLogMax } = zlib.constants as { readonly ZSTD_d_windowLogMax?: number }
  return (mostWindowBytes) => {
    const most = Math.min(31, Math.max(10, Math.floor(Math.log2(mostWindowBytes))))
    const params = ZSTD_d_windowLogMax === undefined ? {} : { params: { [ZSTD_d_windowLogMax]: most } }
    return create({ chunkSize: PIECE_BYTES, ...params })
  }
}

/**
 * The same frames through Node's own decoder, one each: what it does behind the end of a frame depends on its version.
 */
export async function* zstdFramesByNode(
  create: (mostWindowBytes: number) => NodeDecompressor,
  chunks: AsyncIterable<Uint8Array>,
  mostWindowBytes: number,
  remark: (sentence: string) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const input = new PulledInput(chunks)
  const parts = new PartCount()
  try {
    for (let frames = 0; await input.has(4); ) {
      const magic = input.queue.u32le()
      if (magic === MAGIC) {
        yield* through(create(mostWindowBytes), storedFrame(input, mostWindowBytes, parts))
        frames++
      } else if (isSkippable(magic)) {
        for (const _ of skipFrame(input.queue)) await input.more()
      } else {
        if (frames === 0) throw new CompressionError(NO_FRAME)
        break
      }
    }
    const rest = await input.countRest()
    if (rest > 0) remark(bytesBehind(rest))
  } finally {
    await input.close()
  }
}

async function* storedFrame(
  input: PulledInput,
  mostWindowBytes: number,
  parts: PartCount,
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0
  for (const part of frameParts(input.queue, mostWindowBytes)) {
    if (part === null) await input.more()
    else {
      bytes += part.bytes.length
      yield part.bytes
    }
  }
  parts.add(bytes)
}

const NOTHING = new Uint8Array(0)
/**
 * fzstd looks at a frame only when it has 18 bytes: zeros behind the last block, fewer than it would take for another
 * frame.
 */
const PADDING_BYTES = 15

function push(decoder: import('fzstd').Decompress, data: Uint8Array): void {
  try {
    decoder.push(data)
  } catch (error) {
    if (error instanceof CompressionError) throw error
    throw new CompressionError(error instanceof Error ? error.message : String(error))
  }
}

function joined(a: Uint8Array, b: Uint8Array, padding: number): Uint8Array {
  // fzstd keeps what it is given, and the queue uses its memory again.
  const whole = new Uint8Array(a.length + b.length + padding)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}

function* readHeader(
  input: ByteQueue,
  mostWindowBytes: number,
): Generator<null, { bytes: number; windowBytes: number; hasChecksum: boolean }, void> {
  yield* input.need(6)
  const flags = input.bytes[input.start + 4]!
  if ((flags & 8) !== 0) throw new CompressionError('a Zstandard frame has a reserved flag')
  const single = (flags & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!
  const sizeCode = flags >> 6
  const sizeBytes = sizeCode === 0 ? (single ? 1 : 0) : 1 << sizeCode
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryBytes
  yield* input.need(sizeAt + sizeBytes)
  for (let i = 0; i < dictionaryBytes; i++) {
    if (input.bytes[input.start + sizeAt - 1 - i] !== 0) {
      throw new CompressionError(
        'it was compressed with a dictionary',
        false,
        'Unpack it with the dictionary: zstd -dc -D DICTIONARY FILE | rdblens -',
      )
    }
  }
  const window = single ? sizeOf(input, sizeAt, sizeBytes) : windowOf(input.bytes[input.start + 5]!)
  if (window > mostWindowBytes) {
    throw new CompressionError(
      `unpacking it takes ${Math.round(window / 2 ** 20)} MiB of memory, more than the ${Math.round(mostWindowBytes / 2 ** 20)} allowed here`,
      false,
      'Allow more with --limit zstd-window-bytes=SIZE, or unpack it first: zstd -dc --long=31 FILE | rdblens -',
    )
  }
  return { bytes: sizeAt + sizeBytes, windowBytes: window, hasChecksum: (flags & 4) !== 0 }
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function sizeOf(input: ByteQueue, at: number, bytes: number): number {
  let size = bytes === 2 ? 256 : 0
  for (let i = 0; i < bytes; i++) size += input.bytes[input.start + at + i]! * 2 ** (8 * i)
  return size
}
