import type { RdbParser } from '../../../parsers/index.js'
import type { DumpTaker } from '../../io/read-dump.js'
import { NotInRanges, type RangeSplitter } from './splitter.js'

/** Threads that read the ranges; `RangePool` is that. */
export interface RangesAtWork {
  /** Ranges that were handed out so far. */
  readonly handedOut: number
  readonly readTo: number
  readonly brokenAt: number | null
  /** Resolves when so many ranges have come back. @throws RdbError what is wrong with the dump */
  finished(ranges: number): Promise<void>
  stop(): Promise<void>
}

/**
 * Takes a dump that can be read only once: hands out ranges, and reads what is not cut into ranges with one parser,
 * which goes on where the last range ends when the rows of that have come back.
 */
export class RangesThenOne implements DumpTaker {
  readonly #splitter: RangeSplitter
  readonly #pool: RangesAtWork
  #parser: RdbParser | null = null
  #brokenAt: number | null = null

  constructor(splitter: RangeSplitter, pool: RangesAtWork) {
    this.#splitter = splitter
    this.#pool = pool
  }

  get done(): boolean {
    return this.#parser?.done ?? this.#splitter.done
  }

  get endOffset(): number {
    return this.#parser?.endOffset ?? this.#splitter.endOffset
  }

  get readTo(): number {
    if (this.#parser !== null) return Number.POSITIVE_INFINITY
    return Math.max(this.#splitter.frontBytes, this.#pool.readTo)
  }

  get brokenAt(): number | null {
    return this.#brokenAt ?? this.#pool.brokenAt
  }

  push(chunk: Uint8Array): number | Promise<number> {
    if (this.#parser !== null) return this.#parser.push(chunk)
    try {
      return this.#splitter.push(chunk)
    } catch (error) {
      if (!(error instanceof NotInRanges)) throw error
      return this.#goOn(chunk, error)
    }
  }

  async end(): Promise<void> {
    if (this.#parser === null) {
      try {
        this.#splitter.end()
      } catch (error) {
        if (!(error instanceof NotInRanges)) throw error
        await this.#leaveRanges('cut', error)
      }
    }
    this.#parser?.end()
  }

  async settle(): Promise<void> {
    if (this.#parser !== null) return
    if (!this.#splitter.done) await this.#leaveRanges('left', null)
    await this.#pool.finished(this.#pool.handedOut)
  }

  /** A payload is one value, which nobody cuts into ranges. */
  readDumpPayload(): void {
    throw new NotInRanges('a DUMP payload')
  }

  /** Reads the rest of a chunk behind that of the ranges. */
  async #goOn(chunk: Uint8Array, reason: NotInRanges): Promise<number> {
    const { taken } = this.#splitter
    const notOfDump = await this.#leaveRanges('left', reason)
    const parser = this.#parser
    if (parser === null || parser.done) return taken - notOfDump
    return taken + parser.push(chunk.subarray(taken))
  }

  /**
   * When all ranges have come back, one parser begins behind them.
   *
   * @returns how many of the last bytes that were held are not the dump's
   */
  async #leaveRanges(broken: 'cut' | 'left', reason: NotInRanges | null): Promise<number> {
    const pool = this.#pool
    const rest = this.#splitter.restOfDump(broken)
    await pool.finished(pool.handedOut)
    if (rest === null) {
      // The thread that has the record looks closer, and says what is wrong with it.
      if (reason !== null) throw reason.damage ?? new Error(`a record that was handed out: ${reason.message}`)
      return 0
    }
    const { parser, pieces } = rest
    this.#parser = parser
    // The other threads have no more to do.
    await pool.stop()
    let offset = rest.offset
    let given = 0
    let taken = 0
    for (const piece of pieces) {
      offset += piece.length
      given += piece.length
      // Should it throw: one parser alone would have seen that with the chunk that this piece is of.
      this.#brokenAt = offset
      taken += parser.push(piece)
    }
    this.#brokenAt = null
    return given - taken
  }
}
