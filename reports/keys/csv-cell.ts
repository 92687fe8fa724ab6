import { ByteWriter } from '../byte-writer.js'
import { startsFormula, storeHex, writeEscaped } from '../escape.js'

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
  constructor(
    readonly out: ByteWriter,
    readonly delimiter: number,
    readonly raw: boolean,
  ) {}

  write(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    const guarded = length > 0 && !this.raw && startsFormula(bytes[start]!)
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
    const chunks = out.finish()
    const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let at = 0
    for (const chunk of chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }

  #carefully(bytes: Uint8Array, start: number, end: number, guarded: boolean): void {
    const out = this.out
    const quoted = this.#needsQuotes(bytes, start, end)
    let from = start
    if (quoted) out.byte(QUOTE)
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
