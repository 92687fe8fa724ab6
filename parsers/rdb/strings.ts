import { LZF_SLACK_BYTES, lzfDecompress, lzfDecompressUpTo } from './lzf.js'

/** How the bytes of an `RdbString` are stored. */
export const STRING_FORM = {
  /** Plain bytes: `bytes[start, end)` is the text. */
  raw: 0,
  /** An integer (RDB C0-C2, or an integer entry of a packed container); stands for its decimal text. */
  integer: 1,
  /** LZF compressed in the file; decompressed by `load()` only. */
  lzf: 2,
  /** Longer than the parser holds at once: its bytes went through `RdbVisitor.part()`, only `length` is left. */
  streamed: 3,
} as const
export type StringForm = (typeof STRING_FORM)[keyof typeof STRING_FORM]

const EMPTY = new Uint8Array(0)
const MAX_INT64_TEXT = 20 // "-9223372036854775808"

/**
 * One string of the dump: a key, value, field, member or element.
 *
 * The parser owns a few of these and reuses them for every element, so a string is valid only
 * during the visitor call that shows it. Who keeps bytes copies them.
 * `length` is always known; the bytes are decoded only when `load()` is called.
 */
export class RdbString {
  form: StringForm = STRING_FORM.raw
  /** Length of the decoded string, in bytes. */
  length = 0
  /** Bytes the string takes in the file or container, headers included. */
  storedBytes = 0
  /** After `load()` (for `raw`: at once): the decoded bytes are `bytes[start, end)`. */
  bytes: Uint8Array = EMPTY
  start = 0
  end = 0
  /** Integer form: high and low half of the signed 64-bit value. */
  intHigh = 0
  intLow = 0
  /** Length of the LZF data when the string is stored compressed, else 0. */
  compressedBytes = 0
  /**
   * Told when `load()` meets damaged LZF data; the string then shows what could be read, and zeros. Null: it throws.
   */
  onDamage: ((what: string) => void) | null = null

  #scratch = EMPTY
  #loaded = true

  setRaw(bytes: Uint8Array, start: number, end: number, storedBytes: number): void {
    this.form = STRING_FORM.raw
    // Storing an object takes longer than all the rest.
    if (this.bytes !== bytes) this.bytes = bytes
    this.start = start
    this.end = end
    this.length = end - start
    this.storedBytes = storedBytes
    this.compressedBytes = 0
    this.#loaded = true
  }

  /** A signed 32-bit integer. */
  setInt32(value: number, storedBytes: number): void {
    this.form = STRING_FORM.integer
    this.intHigh = value >> 31
    this.intLow = value | 0
    this.storedBytes = storedBytes
    this.compressedBytes = 0
    this.#loaded = false
    this.length = decimalLength32(value | 0)
  }

  /** A signed 64-bit integer in two halves. */
  setInt64(high: number, low: number, storedBytes: number): void {
    this.form = STRING_FORM.integer
    this.intHigh = high | 0
    this.intLow = low | 0
    this.storedBytes = storedBytes
    this.compressedBytes = 0
    this.#loaded = false
    const value = this.intHigh * 4294967296 + (this.intLow >>> 0)
    if (value > -9007199254740992 && value < 9007199254740992) this.length = decimalLength(value)
    else this.load()
  }

  setLzf(bytes: Uint8Array, start: number, compressedBytes: number, length: number, storedBytes: number): void {
    this.form = STRING_FORM.lzf
    if (this.bytes !== bytes) this.bytes = bytes
    this.start = start
    this.end = start + compressedBytes
    this.compressedBytes = compressedBytes
    this.length = length
    this.storedBytes = storedBytes
    this.#loaded = false
  }

  /** `head`: the first bytes, where somebody kept them (long key names). */
  setStreamed(length: number, storedBytes: number, compressedBytes: number, head: Uint8Array = EMPTY): void {
    this.form = STRING_FORM.streamed
    this.bytes = head
    this.start = 0
    this.end = head.length
    this.compressedBytes = compressedBytes
    this.length = length
    this.storedBytes = storedBytes
    this.#loaded = true
  }

  /** True when the string was stored as an integer, so that `intValue()` holds. */
  get isInteger(): boolean {
    return this.form === STRING_FORM.integer
  }

  /** The integer as a number; exact up to 2^53. */
  intValue(): number {
    return this.intHigh * 4294967296 + (this.intLow >>> 0)
  }

  /**
   * Decodes the string, so that `bytes[start, end)` is its content.
   * @throws RangeError when LZF data is damaged and nobody wants to be told (`onDamage`)
   */
  load(): this {
    if (this.#loaded) return this
    this.#loaded = true
    if (this.form === STRING_FORM.integer) {
      const scratch = this.#scratchOf(MAX_INT64_TEXT)
      this.start = writeInt64(this.intHigh, this.intLow, scratch)
      this.end = MAX_INT64_TEXT
      this.length = this.end - this.start
      this.bytes = scratch
    } else {
      const scratch = this.#scratchOf(this.length + LZF_SLACK_BYTES)
      try {
        lzfDecompress(this.bytes, this.start, this.end, scratch, this.length)
      } catch (error) {
        if (this.onDamage === null || !(error instanceof RangeError)) throw error
        this.#loadWhatThereIs(scratch)
        this.onDamage(error.message)
      }
      this.bytes = scratch
      this.start = 0
      this.end = this.length
    }
    return this
  }

  #loadWhatThereIs(scratch: Uint8Array): void {
    scratch.fill(0, 0, this.length)
    try {
      lzfDecompressUpTo(this.bytes, this.start, this.end, scratch, this.length)
    } catch {
      // The same again, byte by byte: what came before the damage is in place now, and nothing of an earlier string
      // behind it.
    }
  }

  /** The decoded bytes as a view; copy them to keep them. */
  view(): Uint8Array {
    this.load()
    return this.bytes.subarray(this.start, this.end)
  }

  /** Copies what the string needs out of the parser's window, which is about to move. */
  pin(): void {
    if (this.form === STRING_FORM.streamed || this.form === STRING_FORM.integer || this.bytes === this.#scratch) return
    const size = this.end - this.start
    if (this.form === STRING_FORM.lzf) {
      // Compressed bytes need a home of their own: the scratch is where they will be decoded to.
      this.bytes = this.bytes.slice(this.start, this.end)
    } else {
      const scratch = this.#scratchOf(size)
      scratch.set(this.bytes.subarray(this.start, this.end))
      this.bytes = scratch
    }
    this.start = 0
    this.end = size
  }

  #scratchOf(size: number): Uint8Array {
    if (this.#scratch.length < size) this.#scratch = new Uint8Array(Math.max(64, size))
    return this.#scratch
  }
}

/** Digits (and sign) of a signed 32-bit integer. */
export function decimalLength32(value: number): number {
  if (value < 0) return value === -0x80000000 ? 11 : 1 + decimalLength32(-value)
  if (value < 10000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4
  if (value < 1000000) return value < 100000 ? 5 : 6
  if (value < 100000000) return value < 10000000 ? 7 : 8
  return value < 1000000000 ? 9 : 10
}

/** Digits (and sign) of an integer below 2^53 in size. */
export function decimalLength(value: number): number {
  if (value < 0) return 1 + decimalLength(-value)
  if (value <= 0x7fffffff) return decimalLength32(value)
  let length = 10
  for (let power = 1e10; value >= power; power *= 10) length++
  return length
}

/** Writes the decimal text of a signed 64-bit integer so that it ends at `out[20)`; returns where it starts. */
function writeInt64(high: number, low: number, out: Uint8Array): number {
  const negative = high < 0
  let h = high >>> 0
  let l = low >>> 0
  if (negative) {
    l = -l >>> 0
    h = (~h + (l === 0 ? 1 : 0)) >>> 0
  }
  let at = MAX_INT64_TEXT
  // Three rounds of nine digits; the halves are divided in 16-bit steps, which stay exact in doubles.
  while (h !== 0) {
    const quotientHigh = Math.floor(h / 1e9)
    const middle = (h % 1e9) * 65536 + (l >>> 16)
    const last = (middle % 1e9) * 65536 + (l & 0xffff)
    l = (Math.floor(middle / 1e9) * 65536 + Math.floor(last / 1e9)) >>> 0
    h = quotientHigh
    let nine = last % 1e9
    for (let digit = 0; digit < 9; digit++) {
      out[--at] = 48 + (nine % 10)
      nine = Math.floor(nine / 10)
    }
  }
  do {
    out[--at] = 48 + (l % 10)
    l = Math.floor(l / 10)
  } while (l > 0)
  if (negative) out[--at] = 45
  return at
}
