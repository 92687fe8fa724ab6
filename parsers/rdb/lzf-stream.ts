/** A back reference reaches at most this far. */
const HISTORY_BYTES = 8192
const BUFFER_BYTES = 128 * 1024
/** Longest output of one token. */
const LONGEST_RUN = 264

export type Emit = (bytes: Uint8Array, start: number, end: number) => void

/** Decompresses LZF data that arrives in pieces, with a fixed buffer however long the string is. */
export class LzfStream {
  /** Bytes written so far. */
  written = 0
  readonly #limit: number
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  #at = 0
  #emitted = 0

  /** @param limit declared length of the decompressed string, in bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Takes as many whole tokens of `input[from, to)` as there are and returns how many bytes those had.
   * @throws RangeError when the data is damaged
   */
  push(input: Uint8Array, from: number, to: number, emit: Emit): number {
    const buffer = this.#buffer
    let at = from
    while (at < to) {
      if (this.#at + LONGEST_RUN > BUFFER_BYTES) this.#turn(emit)
      const control = input[at]!
      if (control < 32) {
        const run = control + 1
        if (at + 1 + run > to) break
        this.#grow(run)
        for (let i = 1; i <= run; i++) buffer[this.#at++] = input[at + i]!
        at += 1 + run
      } else {
        const long = control >> 5 === 7
        const size = long ? 3 : 2
        if (at + size > to) break
        const run = (control >> 5) + (long ? input[at + 1]! : 0) + 2
        const distance = ((control & 31) << 8) + input[at + size - 1]! + 1
        if (distance > this.written) throw new RangeError('LZF back reference points before the start')
        this.#grow(run)
        let source = this.#at - distance
        for (let i = 0; i < run; i++) buffer[this.#at++] = buffer[source++]!
        at += size
      }
    }
    return at - from
  }

  /** Hands out what has not been handed out yet. */
  flush(emit: Emit): void {
    if (this.#at > this.#emitted) emit(this.#buffer, this.#emitted, this.#at)
    this.#emitted = this.#at
  }

  #grow(run: number): void {
    this.written += run
    if (this.written > this.#limit) throw new RangeError('LZF data is longer than declared')
  }

  /** Makes room, keeping the history that back references may need. */
  #turn(emit: Emit): void {
    this.flush(emit)
    this.#buffer.copyWithin(0, this.#at - HISTORY_BYTES, this.#at)
    this.#at = HISTORY_BYTES
    this.#emitted = HISTORY_BYTES
  }
}
