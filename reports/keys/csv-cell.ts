import { ByteWriter, joined } from '../byte-writer.js'
import { startsFormula, startsWideFormula, storeHex, writeEscaped } from '../escape.js'

const QUOTE = 34
const BACKSLASH = 92
const SPACE = 32

/** Longer cells take the careful way at once. */
const SHORT_CELL_BYTES = 256

/**
 * Writes CSV cells from bytes of the dump: `\xNN` where a byte is not printable UTF-8, RFC 4180 quotes where
 * the cell needs them, and the first sign of what looks like a formula as `\xNN` too unless `raw`.
 */
export class CsvCells {
  /** The bytes that names were read from last, for reading several at once. */
  #source: Uint8Array | null = null
  #sourceWords: DataView = new DataView(new ArrayBuffer(0))

  constructor(
    readonly out: ByteWriter,
    readonly delimiter: number,
    readonly raw: boolean,
  ) {}

  /**
   * Stores a plain cell, four bytes at a time; returns where it ends, or -1 when it is not plain: then `write` has to
   * look at it. Letters, digits and most other signs are plain, `!` to `,` are not, since that is cheaper to find out.
   * There must be room for the bytes and `SPARE_BYTES` more.
   */
  store(words: DataView, at: number, bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return at
    if (end + 4 > bytes.length || (!this.raw && startsFormula(bytes[start]!))) return -1
    if (bytes !== this.#source) {
      this.#source = bytes
      this.#sourceWords = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    const source = this.#sourceWords
    // Highest bit of a byte: some byte up to this one is not plain.
    let found = 0
    const delimiters = Math.imul(this.delimiter, 0x01010101)
    let from = start
    let to = at
    for (; from + 4 <= end; from += 4, to += 4) {
      const word = source.getInt32(from, true)
      words.setInt32(to, word, true)
      found |= unusual(word, delimiters)
    }
    if (from < end) {
      const word = source.getInt32(from, true)
      words.setInt32(to, word, true)
      // What stands behind the name is shifted out; zero bytes come in, which letters take the place of.
      const others = 8 * (4 - (end - from))
      found |= unusual((word << others) | (0x61616161 >>> (32 - others)), delimiters)
      to += end - from
    }
    return (found & 0x80808080) === 0 ? to : -1
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    const guarded = length > 0 && !this.raw && (startsFormula(bytes[start]!) || startsWideFormula(bytes, start, end))
    // Most cells are short and plain: copied while they are looked at, and written over when one is not.
    if (!guarded && length <= SHORT_CELL_BYTES) {
      const out = this.out
      out.reserve(length)
      const buffer = out.buffer
      const delimiter = this.delimiter
      let to = out.at
      let at = start
      for (; at < end; at++) {
        const byte = bytes[at]!
        if (byte <= SPACE || byte > 0x7e || byte === QUOTE || byte === BACKSLASH || byte === delimiter) break
        buffer[to++] = byte
      }
      if (at === end) {
        out.at = to
        return
      }
    }
    this.#carefully(bytes, start, end, guarded)
  }

  /** The bytes of a cell, for words that repeat. */
  encode(word: string): Uint8Array {
    const out = new ByteWriter(64)
    const text = new TextEncoder().encode(word)
    new CsvCells(out, this.delimiter, this.raw).write(text, 0, text.length)
    return joined(out.finish())
  }

  #carefully(bytes: Uint8Array, start: number, end: number, guarded: boolean): void {
    const out = this.out
    const quoted = this.#needsQuotes(bytes, start, end)
    let from = start
    if (quoted) out.byte(QUOTE)
    // Of a sign in full width no more than this is needed: what is left of it is no UTF-8, and written as \xNN too.
    if (guarded) {
      out.reserve(4)
      out.at = storeHex(out.buffer, out.at, bytes[from++]!)
    }
    if (quoted) {
      for (let at = from; at < end; at++) {
        if (bytes[at] !== QUOTE) continue
        // A quote in a quoted cell stands twice.
        writeEscaped(out, bytes, from, at + 1)
        out.byte(QUOTE)
        from = at + 1
      }
    }
    writeEscaped(out, bytes, from, end)
    if (quoted) out.byte(QUOTE)
  }

  /** Line ends never reach the output as they are, so that quotes, delimiters and outer spaces are all that matter. */
  #needsQuotes(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) return false
    if (bytes[start] === SPACE || bytes[end - 1] === SPACE) return true
    for (let at = start; at < end; at++) if (bytes[at] === QUOTE || bytes[at] === this.delimiter) return true
    return false
  }
}

/**
 * Sets the highest bit of some byte when a byte of the word is below `-`, above `~`, a backslash or the delimiter.
 *
 * The subtraction borrows from the highest bit of a byte that is below; adding one carries 0x7f into it.
 */
function unusual(word: number, delimiters: number): number {
  const backslash = word ^ 0x5c5c5c5c
  const delimiter = word ^ delimiters
  return (
    ((word - 0x2d2d2d2d) & ~word) |
    (word + 0x01010101) |
    word |
    ((backslash - 0x01010101) & ~backslash) |
    ((delimiter - 0x01010101) & ~delimiter)
  )
}
