import { type ByteQueue, CompressionError, type Decoding } from './byte-queue.js'
import { Xxh32, xxh32 } from './xxh32.js'

/**
 * LZ4 frames, as `lz4` and Valkey write them (LZ4 Frame Format 1.6): one or several, skippable ones between them.
 *
 *     u32 magic, u8 flags, u8 block size, [u64 content size], [u32 dictionary], u8 header checksum
 *     repeated: u32 size (bit 31: stored plainly), data, [u32 checksum]
 *     u32 0, [u32 checksum of the content]
 *
 * All checksums that are there are compared. Memory: one block (4 MiB at most) and 64 KiB of history.
 */
const MAGIC = 0x184d2204
const SKIPPABLE = 0x184d2a50
const HISTORY_BYTES = 1 << 16
const STORED = 0x80000000

export function* lz4Frames(input: ByteQueue): Decoding {
  const room = new Room()
  for (let frames = 0; yield* input.has(4); ) {
    const magic = input.u32le()
    if (magic === MAGIC) {
      input.take(4)
      yield* oneFrame(input, room)
      frames++
    } else if ((magic & ~0xf) >>> 0 === SKIPPABLE) {
      yield* skipFrame(input)
    } else {
      if (frames === 0) throw new CompressionError('it does not begin with an LZ4 frame')
      return
    }
  }
}

/** A frame for other programs: magic, u32 size, so many bytes. The same in LZ4 and Zstandard. */
export function* skipFrame(input: ByteQueue): Generator<null, void, void> {
  yield* input.need(8)
  let left = input.u32le(4)
  input.take(8)
  while (left > 0) {
    yield* input.need(1)
    left -= input.take(Math.min(left, input.size)).length
  }
}

/** Where blocks are unpacked: the same for all frames, of which there may be one for every few bytes. */
class Room {
  #bytes = new Uint8Array(0)

  /** At least so many bytes; what is in them is left over. */
  of(size: number): Uint8Array {
    if (this.#bytes.length < size) this.#bytes = new Uint8Array(size)
    return this.#bytes
  }
}

function* oneFrame(input: ByteQueue, room: Room): Decoding {
  yield* input.need(2)
  const flags = input.bytes[input.start]!
  const sizeCode = (input.bytes[input.start + 1]! >> 4) & 7
  if (flags >> 6 !== 1) throw new CompressionError(`LZ4 frame version ${flags >> 6} is not known`)
  if (sizeCode < 4) throw new CompressionError('its LZ4 block size makes no sense')
  const independent = (flags & 0x20) !== 0
  const hasContentSize = (flags & 8) !== 0
  const head = 2 + (hasContentSize ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0)
  yield* input.need(head + 1)
  const header = input.take(head)
  if (((xxh32(header) >>> 8) & 0xff) !== input.take(1)[0]) throw new CompressionError('its LZ4 header is damaged')
  if ((flags & 1) !== 0) throw new CompressionError('it was compressed with a dictionary, which is needed to unpack it')
  const maxBlock = 1 << (8 + 2 * sizeCode)
  const content = (flags & 4) !== 0 ? new Xxh32() : null
  const out = room.of(HISTORY_BYTES + maxBlock)
  let history = 0
  for (;;) {
    yield* input.need(4)
    const word = input.u32le()
    input.take(4)
    if (word === 0) break
    const size = (word & ~STORED) >>> 0
    if (size > maxBlock) throw new CompressionError(`a block of ${size} bytes is longer than the frame allows`)
    const sumBytes = (flags & 0x10) !== 0 ? 4 : 0
    yield* input.need(size + sumBytes)
    const block = input.take(size)
    if (sumBytes > 0) {
      if (xxh32(block) !== input.u32le()) throw new CompressionError('the checksum of a block is wrong')
      input.take(4)
    }
    let end = history + size
    if (word >= STORED) out.set(block, history)
    else end = decodeBlock(block, out, history, history + maxBlock)
    const piece = out.subarray(history, end)
    content?.update(piece)
    if (piece.length > 0) yield piece
    // What the next block may refer to is moved to the front.
    const kept = independent ? 0 : Math.min(HISTORY_BYTES, end)
    if (kept > 0) out.copyWithin(0, end - kept, end)
    history = kept
  }
  if (content === null) return
  yield* input.need(4)
  if (input.u32le() !== content.digest()) throw new CompressionError('the checksum of its content is wrong')
  input.take(4)
}

/** One LZ4 block into `out[from, limit)`; back references reach `out[0]`. Returns where the output ends. */
function decodeBlock(block: Uint8Array, out: Uint8Array, from: number, limit: number): number {
  const end = block.length
  let at = 0
  let to = from
  while (at < end) {
    const token = block[at++]!
    let run = token >> 4
    if (run === 15) {
      let more = 255
      while (more === 255) {
        if (at >= end) throw new CompressionError('a run of an LZ4 block is cut')
        more = block[at++]!
        run += more
      }
    }
    if (at + run > end || to + run > limit) throw new CompressionError('a run of an LZ4 block is too long')
    if (run > 64) {
      out.set(block.subarray(at, at + run), to)
      at += run
      to += run
    } else {
      for (let i = 0; i < run; i++) out[to++] = block[at++]!
    }
    if (at === end) return to
    if (at + 2 > end) throw new CompressionError('a reference of an LZ4 block is cut')
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    if (distance === 0 || distance > to) throw new CompressionError('a reference of an LZ4 block leads nowhere')
    let length = token & 15
    if (length === 15) {
      let more = 255
      while (more === 255) {
        if (at >= end) throw new CompressionError('a reference of an LZ4 block is cut')
        more = block[at++]!
        length += more
      }
    }
    length += 4
    if (to + length > limit) throw new CompressionError('an LZ4 block unpacks to more than it may')
    let source = to - distance
    if (distance >= length && length > 64) {
      out.copyWithin(to, source, source + length)
      to += length
    } else {
      for (let i = 0; i < length; i++) out[to++] = out[source++]!
    }
  }
  return to
}
