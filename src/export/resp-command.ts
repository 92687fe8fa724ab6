import type { RdbString } from '../../parsers/index.js'
import type { ByteWriter } from '../../reports/byte-writer.js'

const FIRST_CAPACITY = 4096
const CR = 13
const LF = 10
const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
const encoder = new TextEncoder()

/**
 * One RESP command in the making: its arguments are kept until it is whole, so that a dump that ends early
 * never leaves half a command in the output.
 */
export class RespCommand {
  arguments = 0
  #bytes = new Uint8Array(FIRST_CAPACITY)
  #at = 0

  /** Size of the arguments so far. */
  get bytes(): number {
    return this.#at
  }

  get isEmpty(): boolean {
    return this.arguments === 0
  }

  begin(name: string, key: Uint8Array): this {
    this.clear()
    return this.text(name).raw(key)
  }

  clear(): void {
    this.arguments = 0
    this.#at = 0
  }

  text(text: string): this {
    return this.raw(encoder.encode(text))
  }

  /** A whole number; one beyond 2^53 is the nearest that a 64-bit integer can hold. */
  number(value: number): this {
    return this.text(Number.isSafeInteger(value) ? String(value) : String(int64(value)))
  }

  string(string: RdbString): this {
    string.load()
    return this.raw(string.bytes, string.start, string.end)
  }

  raw(bytes: Uint8Array, start = 0, end = bytes.length): this {
    const length = end - start
    this.#room(length + 24)
    this.#head(36, length)
    if (length < 32) for (let i = start; i < end; i++) this.#bytes[this.#at++] = bytes[i]!
    else {
      this.#bytes.set(bytes.subarray(start, end), this.#at)
      this.#at += length
    }
    this.#lineEnd()
    this.arguments++
    return this
  }

  /** Moves the command into the output. */
  send(out: ByteWriter): void {
    out.byte(42) // *
    out.integer(this.arguments)
    out.byte(CR)
    out.byte(LF)
    out.copy(this.#bytes, 0, this.#at)
    this.clear()
  }

  /** `$length` */
  #head(sign: number, length: number): void {
    this.#bytes[this.#at++] = sign
    let digits = 1
    for (let limit = 10; length >= limit; limit *= 10) digits++
    let at = this.#at + digits
    this.#at = at
    let rest = length
    do {
      this.#bytes[--at] = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
    } while (rest > 0)
    this.#lineEnd()
  }

  #lineEnd(): void {
    this.#bytes[this.#at++] = CR
    this.#bytes[this.#at++] = LF
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = larger
  }
}

/** `PEXPIREAT key 9223372036854775807` is legal, and as a double it is 2^63: one too many to be sent back. */
function int64(value: number): bigint {
  const exact = BigInt(value)
  if (exact > INT64_MAX) return INT64_MAX
  return exact < INT64_MIN ? INT64_MIN : exact
}
