import { LZF_LONGEST_RUN, LZF_SLACK_BYTES, type LzfProgress, lzfWholeTokens } from './lzf.js'

/** A back reference reaches at most this far. */
const HISTORY_BYTES = 8192
const BUFFER_BYTES = 128 * 1024
/** Room behind what is filled, so that nothing has to be copied byte by byte. */
const FILLED_BYTES = BUFFER_BYTES - LZF_SLACK_BYTES

export type Emit = (bytes: Uint8Array, start: number, end: number) => void

/** Decompresses LZF data that arrives in pieces, with a fixed buffer however long the string is. */
export class LzfStream {
  /** Bytes written so far. */
  written = 0
  readonly #limit: number
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  readonly #progress: LzfProgress = { at: 0, written: 0 }
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
    const progress = this.#progress
    let at = from
    while (at < to) {
      if (this.#at + LZF_LONGEST_RUN > FILLED_BYTES) this.#turn(emit)
      progress.at = at
      progress.written = this.#at
      lzfWholeTokens(progress, input, to, buffer, Math.min(FILLED_BYTES, this.#at + this.#limit - this.written))
      at = progress.at
      this.written += progress.written - this.#at
      this.#at = progress.written
      if (at >= to || this.#at + LZF_LONGEST_RUN > FILLED_BYTES) continue
      // One that is cut, damaged, or near the end of the piece.
      const taken = this.#token(input, at, to)
      if (taken === 0) break
      at += taken
    }
    return at - from
  }

  /** Takes the token at `at`, byte by byte, and returns its bytes; 0 when not all of it has come. */
  #token(input: Uint8Array, at: number, to: number): number {
    const buffer = this.#buffer
    const control = input[at]!
    if (control < 32) {
      const run = control + 1
      if (at + 1 + run > to) return 0
      this.#grow(run)
      for (let i = 1; i <= run; i++) buffer[this.#at++] = input[at + i]!
      return 1 + run
    }
    const long = control >> 5 === 7
    const size = long ? 3 : 2
    if (at + size > to) return 0
    const run = (control >> 5) + (long ? input[at + 1]! : 0) + 2
    const distance = ((control & 31) << 8) + input[at + size - 1]! + 1
    if (distance > this.written) throw new RangeError('LZF back reference points before the start')
    this.#grow(run)
    let source = this.#at - distance
    for (let i = 0; i < run; i++) buffer[this.#at++] = buffer[source++]!
    return size
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
