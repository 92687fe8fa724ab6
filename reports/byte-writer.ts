/** Room that the small writers below ask for at once: more than any number, date or escape needs. */
const SMALL_BYTES = 64
const DIGIT_ZERO = 48
const NINE_DIGITS = 1_000_000_000

/**
 * Collects output as bytes, in chunks of some ten kilobytes that belong to whoever takes them.
 *
 * Writers call `reserve(n)` and then store at `buffer[at++]`; nothing is allocated per cell.
 */
export class ByteWriter {
  buffer: Uint8Array
  /** The same bytes, for storing several at once. */
  words: DataView
  at = 0

  readonly #chunkBytes: number
  #full: Uint8Array[] = []
  #fullBytes = 0
  /** Where the bytes of `buffer` begin that no chunk has yet. */
  #from = 0

  constructor(chunkBytes = 128 * 1024) {
    this.#chunkBytes = chunkBytes
    this.buffer = new Uint8Array(chunkBytes)
    this.words = new DataView(this.buffer.buffer)
  }

  /** Makes room for `bytes` more at `buffer[at]`. `buffer` may be another one afterwards. */
  reserve(bytes: number): void {
    if (this.buffer.length - this.at >= bytes) return
    this.#cut()
    this.buffer = new Uint8Array(Math.max(this.#chunkBytes, bytes))
    this.words = new DataView(this.buffer.buffer)
    this.at = 0
    this.#from = 0
  }

  /** The chunks that are full; the rest stays until they are, or until `finish`. */
  take(): Uint8Array[] {
    const chunks = this.#full
    if (chunks.length > 0) {
      this.#full = []
      this.#fullBytes = 0
    }
    return chunks
  }

  /** Everything that is left. */
  finish(): Uint8Array[] {
    this.#cut()
    return this.take()
  }

  byte(byte: number): void {
    if (this.at === this.buffer.length) this.reserve(SMALL_BYTES)
    this.buffer[this.at++] = byte
  }

  /** Text that is known to be ASCII, such as field names and words of our own. */
  ascii(text: string): void {
    const length = text.length
    this.reserve(length)
    const buffer = this.buffer
    let at = this.at
    for (let i = 0; i < length; i++) buffer[at++] = text.charCodeAt(i)
    this.at = at
  }

  copy(bytes: Uint8Array, start = 0, end = bytes.length): void {
    let from = start
    // Large copies fill chunks to the brim instead of making one large chunk.
    while (end - from > this.buffer.length - this.at) {
      const room = this.buffer.length - this.at
      this.buffer.set(bytes.subarray(from, from + room), this.at)
      this.at += room
      from += room
      this.reserve(SMALL_BYTES)
    }
    const buffer = this.buffer
    let at = this.at
    if (end - from < 48) while (from < end) buffer[at++] = bytes[from++]!
    else {
      buffer.set(bytes.subarray(from, end), at)
      at += end - from
    }
    this.at = at
  }

  /** A whole number, in decimal. Exact up to 2^53. */
  integer(value: number): void {
    this.reserve(SMALL_BYTES)
    if (value >= 0 && value < 10) {
      this.buffer[this.at++] = DIGIT_ZERO + value
      return
    }
    if (value < 0) {
      this.buffer[this.at++] = 45
      value = -value
    }
    if (value > 0x7fffffff) {
      if (value > Number.MAX_SAFE_INTEGER) {
        this.ascii(value < 1e21 ? String(value) : BigInt(value).toString())
        return
      }
      // Moments in milliseconds are of this size: nine digits at a time, so that division is one of 31 bits.
      const high = Math.floor(value / NINE_DIGITS)
      this.integer(high)
      this.padded(value - high * NINE_DIGITS, 9)
      return
    }
    value |= 0
    let digits = 1
    for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++
    let at = this.at + digits
    this.at = at
    do {
      const quotient = (value / 10) | 0
      this.buffer[--at] = DIGIT_ZERO + (value - quotient * 10)
      value = quotient
    } while (value !== 0)
  }

  /** Any finite number, in the shortest decimal that reads back to it. */
  number(value: number): void {
    if (Number.isInteger(value) && value < 1e21) this.integer(value)
    else this.ascii(String(value))
  }

  /** A whole number of up to 31 bits in decimal, with zeros in front up to `digits`. */
  padded(value: number, digits: number): void {
    this.reserve(SMALL_BYTES)
    let at = this.at + digits
    this.at = at
    let rest = value | 0
    for (let i = 0; i < digits; i++) {
      const quotient = (rest / 10) | 0
      this.buffer[--at] = DIGIT_ZERO + (rest - quotient * 10)
      rest = quotient
    }
  }

  #cut(): void {
    if (this.at === this.#from) return
    const chunk = this.buffer.subarray(this.#from, this.at)
    this.#full.push(chunk)
    this.#fullBytes += chunk.length
    this.#from = this.at
  }
}

/** Chunks as one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
