/** Texts over few symbols as packed bytes: each text is a number in the base of its alphabet. */
export interface Alphabet {
  readonly name: string
  /**
   * Bytes of the packed form; null when the text has other symbols.
   * @param length common length of the texts; 0: they differ
   */
  pack(text: Uint8Array, length: number): Uint8Array | null
  /** Bits of information per symbol, for those that are numbers. */
  readonly bitsPerSymbol: number | null
}

/** Symbols that are packed at once: longer texts are cut, so that numbers stay small. */
const BLOCK = 64
const UUID_BYTES = 36
const HYPHENS: ReadonlySet<number> = new Set([8, 13, 18, 23])
const LOWER_HEX = '0123456789abcdef'

/** A number in the base of the alphabet, most significant symbol first. */
export class SymbolAlphabet implements Alphabet {
  readonly bitsPerSymbol: number
  readonly #digitOf = new Int16Array(256).fill(-1)
  readonly #base: bigint

  constructor(
    readonly name: string,
    symbols: string,
  ) {
    for (const [digit, symbol] of [...symbols].entries()) this.#digitOf[symbol.charCodeAt(0)] = digit
    this.#base = BigInt(symbols.length)
    this.bitsPerSymbol = Math.log2(symbols.length)
  }

  holds(text: Uint8Array): boolean {
    for (const byte of text) if (this.#digitOf[byte]! < 0) return false
    return true
  }

  pack(text: Uint8Array, length: number): Uint8Array | null {
    if (text.length === 0 || (length !== 0 && text.length !== length) || !this.holds(text)) return null
    const bytes: number[] = []
    for (let at = 0; at < text.length; at += BLOCK) {
      const end = Math.min(text.length, at + BLOCK)
      const isLast = end === text.length
      // Where lengths differ, a leading 1 keeps the zeros in front of the last block.
      const number = this.number(text, at, end, isLast && length === 0 ? 1n : 0n)
      const width = Math.ceil(((end - at) * this.bitsPerSymbol - 1e-9) / 8)
      append(bytes, number, isLast && length === 0 ? 0 : width)
    }
    return Uint8Array.from(bytes)
  }

  /** The number that the symbols of a part of the text stand for. */
  number(text: Uint8Array, start: number, end: number, lead = 0n): bigint {
    let number = lead
    for (let i = start; i < end; i++) number = number * this.#base + BigInt(this.#digitOf[text[i]!]!)
    return number
  }
}

/** @param width bytes to write at least */
function append(bytes: number[], number: bigint, width: number): void {
  const hex = number.toString(16)
  const digits = hex.length % 2 === 0 ? hex : `0${hex}`
  for (let zeros = width - digits.length / 2; zeros > 0; zeros--) bytes.push(0)
  for (let i = 0; i < digits.length; i += 2) bytes.push(Number.parseInt(digits.slice(i, i + 2), 16))
}

/** 8-4-4-4-12 hex digits, all of one case: 16 bytes. */
const uuid: Alphabet = {
  name: 'uuid',
  bitsPerSymbol: null,
  pack(text) {
    if (text.length !== UUID_BYTES) return null
    const bytes = new Uint8Array(16)
    let nibbles = 0
    let cases = 0
    for (let i = 0; i < UUID_BYTES; i++) {
      const byte = text[i]!
      if (HYPHENS.has(i)) {
        if (byte !== 45) return null
        continue
      }
      const digit = LOWER_HEX.indexOf(String.fromCharCode(byte | 32))
      if (digit < 0 || (byte < 48 && byte !== 45)) return null
      if (byte > 57) cases |= byte & 32 ? 1 : 2
      bytes[nibbles >> 1]! |= nibbles % 2 === 0 ? digit << 4 : digit
      nibbles++
    }
    return cases === 3 ? null : bytes
  },
}

/** RFC 4648, either alphabet, with or without padding, when it is written as its bytes would be. */
class Base64 implements Alphabet {
  readonly bitsPerSymbol = null

  constructor(
    readonly name: string,
    readonly encoding: 'base64' | 'base64url',
    readonly isPadded: boolean,
  ) {}

  pack(text: Uint8Array): Uint8Array | null {
    if (text.length < 2) return null
    const latin1 = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1')
    const bytes = Buffer.from(latin1, this.encoding)
    const again = bytes.toString(this.encoding)
    return (this.isPadded ? again : again.replace(/=+$/, '')) === latin1 ? bytes : null
  }
}

const DIGITS = '0123456789'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()

/** By name of the parameter; the first one that fits a pattern is taken. */
export const ALPHABETS: Readonly<Record<string, readonly Alphabet[]>> = {
  digits: [new SymbolAlphabet('digits', DIGITS)],
  hex: [new SymbolAlphabet('hex', LOWER_HEX), new SymbolAlphabet('hex (upper case)', LOWER_HEX.toUpperCase())],
  uuid: [uuid],
  base32: [
    new SymbolAlphabet('base32', `${UPPER}234567`),
    new SymbolAlphabet('base32 (Crockford)', `${DIGITS}ABCDEFGHJKMNPQRSTVWXYZ`),
  ],
  base36: [new SymbolAlphabet('base36', DIGITS + LOWER), new SymbolAlphabet('base36 (upper case)', DIGITS + UPPER)],
  base62: [new SymbolAlphabet('base62', DIGITS + UPPER + LOWER)],
  base64: [
    new Base64('base64', 'base64', true),
    new Base64('base64url', 'base64url', false),
    new Base64('base64 (without padding)', 'base64', false),
  ],
}
