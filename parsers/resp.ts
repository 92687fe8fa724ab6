/**
 * Redis commands as they stand in an append-only file and behind the RDB of a replication stream:
 *
 *     '*' argument-count CR LF
 *     repeated argument-count times:
 *       '$' length CR LF, length bytes, CR LF
 *
 * Between commands there may be `#` comment lines (`#TS:<unix time>`) and the newlines by which a master
 * keeps its connection alive.
 */

const STATE = { between: 0, comment: 1, argumentCount: 2, bulkMark: 3, bulkLength: 4, bulk: 5, bulkEnd: 6 } as const
type State = (typeof STATE)[keyof typeof STATE]

const CR = 0x0d
const LF = 0x0a
/** Decimal digits of the largest count or length that is believed. */
const MAX_DIGITS = 15
/** Names told apart in the histogram; the rest is summed up. Redis has some 400 commands. */
const MAX_NAMES = 512
/** Longest name that is kept; `clientkillids` and the like are far shorter. */
const MAX_NAME_LENGTH = 32

/**
 * Counts commands without keeping them. Takes any chunks, holds one command name at most, and never
 * throws: from the first byte that fits nothing on, `damage` says what and where, and only bytes are counted.
 */
export class RespCounter {
  /** Whole commands. */
  commands = 0
  /** All bytes pushed. */
  bytes = 0
  comments = 0
  /** Commands whose name is not in `names`, because there were too many names. */
  otherNames = 0
  /** `at` counts from the first byte that was pushed. */
  damage: { readonly at: number; readonly what: string } | null = null

  readonly #names = new Map<string, number>()
  #state: State = STATE.between
  #argumentsLeft = 0
  #isFirst = false
  #number = 0
  #digits = 0
  #bulkLeft = 0
  #name = ''

  /** True when the last command is cut: bytes of it came, but not all. */
  get truncated(): boolean {
    return this.damage === null && this.#state !== STATE.between
  }

  /** Command names in upper case with how often they came, most frequent first. */
  get names(): readonly (readonly [name: string, count: number])[] {
    return [...this.#names].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  }

  push(chunk: Uint8Array): void {
    const start = this.bytes
    this.bytes += chunk.length
    let at = 0
    while (at < chunk.length && this.damage === null) {
      if (this.#state === STATE.bulk) at = this.#skipBulk(chunk, at)
      else if (this.#state === STATE.comment) at = this.#skipComment(chunk, at)
      else {
        const problem = this.#step(chunk[at]!)
        if (problem !== null) this.damage = { at: start + at, what: problem }
        at++
      }
    }
  }

  #step(byte: number): string | null {
    switch (this.#state) {
      case STATE.between:
        if (byte === 0x2a) this.#beginNumber(STATE.argumentCount)
        else if (byte === 0x23) this.#state = STATE.comment
        else if (byte !== CR && byte !== LF) return `${byteText(byte)} where a command should begin`
        return null
      case STATE.argumentCount:
        return this.#readNumber(byte, 'number of arguments') ? this.#beginArguments() : this.#numberProblem
      case STATE.bulkMark:
        if (byte !== 0x24) return `${byteText(byte)} where an argument should begin with $`
        this.#beginNumber(STATE.bulkLength)
        return null
      case STATE.bulkLength:
        if (!this.#readNumber(byte, 'length of an argument')) return this.#numberProblem
        this.#bulkLeft = this.#number
        this.#name = ''
        this.#state = this.#bulkLeft === 0 ? STATE.bulkEnd : STATE.bulk
        this.#digits = 0
        return null
      case STATE.bulkEnd:
        // CR, then LF; #digits counts them.
        if (byte !== (this.#digits === 0 ? CR : LF)) return `${byteText(byte)} where an argument should end`
        if (this.#digits++ === 1) this.#endArgument()
        return null
      default:
        return null
    }
  }

  #numberProblem: string | null = null

  #beginNumber(state: State): void {
    this.#state = state
    this.#number = 0
    this.#digits = 0
  }

  /** True at the LF behind the number. False otherwise; `#numberProblem` says whether that is all right. */
  #readNumber(byte: number, what: string): boolean {
    this.#numberProblem = null
    if (byte >= 0x30 && byte <= 0x39 && this.#digits >= 0) {
      this.#number = this.#number * 10 + byte - 0x30
      if (++this.#digits > MAX_DIGITS) this.#numberProblem = `the ${what} has too many digits`
    } else if (byte === CR && this.#digits > 0) {
      this.#digits = -1
    } else if (byte === LF && this.#digits === -1) {
      return true
    } else {
      this.#numberProblem = `${byteText(byte)} in the ${what}`
    }
    return false
  }

  #beginArguments(): string | null {
    this.#argumentsLeft = this.#number
    this.#isFirst = true
    if (this.#argumentsLeft === 0) return 'a command without arguments'
    this.#state = STATE.bulkMark
    return null
  }

  #endArgument(): void {
    if (this.#isFirst) this.#countName()
    this.#isFirst = false
    if (--this.#argumentsLeft === 0) {
      this.commands++
      this.#state = STATE.between
    } else {
      this.#state = STATE.bulkMark
    }
  }

  #countName(): void {
    const name = this.#name.toUpperCase()
    const count = this.#names.get(name)
    if (count !== undefined) this.#names.set(name, count + 1)
    else if (this.#names.size < MAX_NAMES) this.#names.set(name, 1)
    else this.otherNames++
  }

  #skipBulk(chunk: Uint8Array, at: number): number {
    const size = Math.min(this.#bulkLeft, chunk.length - at)
    if (this.#isFirst) {
      for (let i = at; i < at + size && this.#name.length < MAX_NAME_LENGTH; i++) {
        const byte = chunk[i]!
        this.#name += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?'
      }
    }
    this.#bulkLeft -= size
    if (this.#bulkLeft === 0) this.#state = STATE.bulkEnd
    return at + size
  }

  #skipComment(chunk: Uint8Array, at: number): number {
    const end = chunk.indexOf(LF, at)
    if (end === -1) return chunk.length
    this.comments++
    this.#state = STATE.between
    return end + 1
  }
}

function byteText(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`
}
