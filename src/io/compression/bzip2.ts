import { type ByteQueue, CompressionError, type Decoding } from './byte-queue.js'

/**
 * bzip2 streams, one or several (pbzip2 writes many).
 *
 *     'BZh' digit, blocks, end mark with the checksum of all; bits from the top of each byte
 *
 * A block is decoded at once: 900,000 bytes before its last step (runs), and about 4 MB of tables. The checksum of
 * each block is compared.
 */
const BLOCK_MARK = 0x314159265359
const END_MARK = 0x177245385090
/** More compressed bytes than the longest block has: what is waited for before a block is tried. */
const ENOUGH_BYTES = 1 << 20
const GROUP_SIZE = 50
const MAX_CODE_BITS = 20
/** Output is handed on in pieces of about this size. */
const PIECE_BYTES = 1 << 18

export function* bzip2Streams(input: ByteQueue): Decoding {
  // One for all streams, of which there may be one for every few bytes.
  let links = new Uint32Array(0)
  for (let streams = 0; yield* input.has(4); streams++) {
    const { bytes, start } = input
    const digit = bytes[start + 3]! - 0x30
    const isStream = bytes[start] === 0x42 && bytes[start + 1] === 0x5a && bytes[start + 2] === 0x68
    if (!isStream || digit < 1 || digit > 9) {
      if (streams === 0) throw new CompressionError('it does not begin with a bzip2 stream')
      return
    }
    input.take(4)
    const maxBytes = digit * 100_000
    if (links.length < maxBytes) links = new Uint32Array(maxBytes)
    yield* oneStream(input, new Block(links.subarray(0, maxBytes)))
  }
}

function* oneStream(input: ByteQueue, block: Block): Decoding {
  /** Bits of the first byte of the queue that are used up. */
  let usedBits = 0
  for (;;) {
    yield* input.has(ENOUGH_BYTES)
    const bits = new Bits(input.bytes, input.start, input.end, usedBits)
    const mark = bits.read(24) * 2 ** 24 + bits.read(24)
    const isEnd = mark === END_MARK
    if (!isEnd && mark !== BLOCK_MARK) throw new CompressionError('a bzip2 block does not begin where it should')
    const sum = (bits.read(16) << 16) | bits.read(16)
    if (!isEnd) {
      block.read(bits)
      yield* block.output()
      if (block.checksum !== sum) throw new CompressionError('the checksum of a bzip2 block is wrong')
    }
    // The end is filled up to a whole byte.
    input.start = isEnd ? Math.ceil(bits.position / 8) : Math.floor(bits.position / 8)
    usedBits = isEnd ? 0 : bits.position % 8
    if (isEnd) return
  }
}

class Bits {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at: number
  #buffer = 0
  #count = 0

  constructor(bytes: Uint8Array, start: number, end: number, usedBits: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    if (usedBits > 0) this.read(usedBits)
  }

  /** In bits from the start of the bytes. */
  get position(): number {
    return this.#at * 8 - this.#count
  }

  /** Up to 24 bits. */
  read(count: number): number {
    while (this.#count < count) {
      // Whatever a block needs is there, unless the data ends.
      if (this.#at === this.#end) throw new CompressionError('it ends too early', true)
      this.#buffer = ((this.#buffer << 8) | this.#bytes[this.#at++]!) & 0xffffffff
      this.#count += 8
    }
    this.#count -= count
    return (this.#buffer >>> this.#count) & ((1 << count) - 1)
  }
}

/** Canonical Huffman codes. */
class Codes {
  readonly #limit = new Int32Array(MAX_CODE_BITS + 2)
  readonly #base = new Int32Array(MAX_CODE_BITS + 2)
  readonly #symbols: Uint16Array
  readonly #least: number

  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length)
    const counts = new Int32Array(MAX_CODE_BITS + 2)
    for (const length of lengths) counts[length]!++
    let at = 0
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      lengths.forEach((own, symbol) => {
        if (own === length) this.#symbols[at++] = symbol
      })
    }
    let code = 0
    let before = 0
    let least = MAX_CODE_BITS
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      this.#base[length] = before - code
      code += counts[length]!
      before += counts[length]!
      this.#limit[length] = counts[length] === 0 ? -1 : code - 1
      if (counts[length]! > 0 && length < least) least = length
      code <<= 1
    }
    this.#least = least
  }

  read(bits: Bits): number {
    let length = this.#least
    let code = bits.read(length)
    while (this.#limit[length]! < 0 || code > this.#limit[length]!) {
      if (++length > MAX_CODE_BITS) throw new CompressionError('a bzip2 code means nothing')
      code = (code << 1) | bits.read(1)
    }
    const index = this.#base[length]! + code
    if (index < 0 || index >= this.#symbols.length) throw new CompressionError('a bzip2 code means nothing')
    return this.#symbols[index]!
  }
}

const CRC = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  CRC[byte] = crc
}

class Block {
  checksum = 0
  /** Byte in the low 8 bits, the next position above it. */
  readonly #links: Uint32Array
  #size = 0
  #first = 0

  /** @param links as many as the block may have bytes */
  constructor(links: Uint32Array) {
    this.#links = links
  }

  read(bits: Bits): void {
    if (bits.read(1) === 1) throw new CompressionError('a bzip2 block is of a form that is no longer written')
    const origin = bits.read(24)
    const symbols = usedBytes(bits)
    const tables = bits.read(3)
    const selectorCount = bits.read(15)
    if (tables < 2 || tables > 6 || selectorCount === 0 || symbols.length === 0) {
      throw new CompressionError('the header of a bzip2 block is damaged')
    }
    const selectors = readSelectors(bits, tables, selectorCount)
    const codes = Array.from({ length: tables }, () => new Codes(readLengths(bits, symbols.length + 2)))
    this.#fill(bits, symbols, selectors, codes)
    if (origin >= this.#size) throw new CompressionError('a bzip2 block begins outside itself')
    this.#link(origin)
  }

  /** Undoes Huffman codes, runs of zeros and move-to-front. */
  #fill(bits: Bits, front: Uint8Array, selectors: Uint8Array, codes: readonly Codes[]): void {
    const links = this.#links
    const endOfBlock = front.length + 1
    let size = 0
    let run = 0
    let weight = 1
    let group = -1
    let left = 0
    for (;;) {
      if (left === 0) {
        left = GROUP_SIZE
        if (++group >= selectors.length) throw new CompressionError('a bzip2 block is longer than it says')
      }
      left--
      const symbol = codes[selectors[group]!]!.read(bits)
      if (symbol < 2) {
        run += weight << symbol
        weight <<= 1
        if (run > links.length) throw new CompressionError('a bzip2 block is longer than it may be')
        continue
      }
      if (run > 0) {
        if (size + run > links.length) throw new CompressionError('a bzip2 block is longer than it may be')
        links.fill(front[0]!, size, size + run)
        size += run
        run = 0
        weight = 1
      }
      if (symbol === endOfBlock) break
      if (size === links.length) throw new CompressionError('a bzip2 block is longer than it may be')
      const byte = front[symbol - 1]!
      front.copyWithin(1, 0, symbol - 1)
      front[0] = byte
      links[size++] = byte
    }
    this.#size = size
  }

  /** Undoes the Burrows-Wheeler transform: where each byte's successor stands. */
  #link(origin: number): void {
    const links = this.#links
    const starts = new Int32Array(256)
    for (let i = 0; i < this.#size; i++) starts[links[i]! & 255]!++
    let sum = 0
    for (let byte = 0; byte < 256; byte++) {
      const count = starts[byte]!
      starts[byte] = sum
      sum += count
    }
    for (let i = 0; i < this.#size; i++) {
      const at = starts[links[i]! & 255]!++
      links[at] = links[at]! | (i << 8)
    }
    this.#first = links[origin]! >>> 8
  }

  /** Undoes the runs: behind four equal bytes stands how many more there are. */
  *output(): Generator<Uint8Array, void, void> {
    const links = this.#links
    let position = this.#first
    let equal = 0
    let last = -1
    let crc = -1
    const piece = new Uint8Array(PIECE_BYTES + 256)
    let size = 0
    for (let i = 0; i < this.#size; i++) {
      const link = links[position]!
      const byte = link & 255
      position = link >>> 8
      if (equal === 4) {
        for (let more = byte; more > 0; more--) {
          piece[size++] = last
          crc = (crc << 8) ^ CRC[((crc >>> 24) ^ last) & 255]!
        }
        equal = 0
        last = -1
      } else {
        equal = byte === last ? equal + 1 : 1
        last = byte
        piece[size++] = byte
        crc = (crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 255]!
      }
      if (size >= PIECE_BYTES) {
        yield piece.subarray(0, size)
        size = 0
      }
    }
    this.checksum = ~crc
    if (size > 0) yield piece.subarray(0, size)
  }
}

/** Which byte values occur: 16 bits for the ranges, 16 for each range in use. */
function usedBytes(bits: Bits): Uint8Array {
  const ranges = bits.read(16)
  const used: number[] = []
  for (let range = 0; range < 16; range++) {
    if (((ranges >> (15 - range)) & 1) === 0) continue
    const values = bits.read(16)
    for (let i = 0; i < 16; i++) if (((values >> (15 - i)) & 1) === 1) used.push(range * 16 + i)
  }
  return Uint8Array.from(used)
}

/** Which table each group of 50 symbols uses, move-to-front coded in unary. */
function readSelectors(bits: Bits, tables: number, count: number): Uint8Array {
  const front = Array.from({ length: tables }, (_, i) => i)
  const selectors = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    let index = 0
    while (bits.read(1) === 1) {
      if (++index >= tables) throw new CompressionError('the header of a bzip2 block is damaged')
    }
    const table = front.splice(index, 1)[0]!
    front.unshift(table)
    selectors[i] = table
  }
  return selectors
}

/** Code lengths, each as difference to the one before. */
function readLengths(bits: Bits, count: number): Uint8Array {
  const lengths = new Uint8Array(count)
  let length = bits.read(5)
  for (let symbol = 0; symbol < count; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw new CompressionError('the header of a bzip2 block is damaged')
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[symbol] = length
  }
  return lengths
}
