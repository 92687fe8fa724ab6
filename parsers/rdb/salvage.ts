import { RdbError } from './errors.js'
import { type ParserOptions, RdbParser } from './parser.js'
import { Probe } from './probe.js'
import type { RdbVisitor } from './visitor.js'

/** Bytes that were passed over: `[from, to)`, offsets in the dump. */
export interface SkippedRange {
  readonly from: number
  readonly to: number
  /** What was wrong there. */
  readonly error: RdbError
}

/** How far in front of the place where reading failed the damage may lie: a length of two bytes leads no further. */
const LOOK_BACK_BYTES = 32 * 1024
/** What is kept of the bytes already read, to look back. */
const HISTORY_BYTES = 2 * 1024 * 1024
/** A record is tried on so many bytes at most. */
const TRIAL_BYTES = 8 * 1024 * 1024
/** Places are compared by what follows up to so far behind the place where reading failed. */
const COMPARE_BYTES = 32 * 1024
/** The same where values are large, so that nothing was found in it. */
const COMPARE_MORE_BYTES = 256 * 1024
/**
 * Bytes that may be compared in all, beside an eighth of those that were read. When they are used up, as in files full
 * of damage, the first place that will do is taken.
 */
const COMPARE_BUDGET_BYTES = 2 * 1024 * 1024
/**
 * Elements that may be read on trial in all, beside one for each byte in front of the place. Damage in real dumps takes
 * half a million; somebody may make bytes in which a long list begins everywhere, and then only some places are tried.
 */
const MOST_WORK = 2 ** 24
/** A place that needs more bytes is tried again when so many have come. */
const RETRY_BYTES = 64 * 1024
/** Ranges that are remembered; all are counted. */
const RANGES_KEPT = 1000
/** A rewind reads part of the file again, so their number has an end. */
const MOST_REWINDS = 64
const NOTHING = new Uint8Array(0)
/** No other reading of the bytes helps against these. */
const FINAL = new Set(['not-an-rdb', 'bad-header', 'unsupported'])

/**
 * Reads a dump like `RdbParser`, and goes on behind damage: looks for the next place from which records follow each
 * other, tells what it passed over with a warning `skipped`, and reads on there.
 *
 * It holds the last 2 MiB of what was read, and up to 8 MiB more while it searches.
 */
export class SalvageParser {
  /** The first ranges that were passed over. */
  readonly skipped: SkippedRange[] = []
  skippedRanges = 0
  skippedBytes = 0
  /**
   * Offset from which the caller should give the bytes once more: a damaged length led further than is remembered.
   * After `push` or `end`: answer with `rewound` or `cannotRewind`. Null: go on.
   */
  rewindTo: number | null = null

  readonly #visitor: RdbVisitor
  readonly #parser: RdbParser
  readonly #probe: Probe
  /** Offset behind the last byte given. */
  #given = 0
  /** The last bytes that were read, when no search is on: `#history[0, #kept)`, up to `#given`. */
  #history = new Uint8Array(0)
  #kept = 0
  /** Bytes at hand since damage was met: `#hay[0, #hayEnd)` from offset `#hayBase`. */
  #hay = NOTHING
  #hayEnd = 0
  #hayBase = 0
  #error: RdbError | null = null
  #searchAt = 0
  #nextTry = 0
  /** Where reading failed, and where the record that it failed in begins. */
  #failedAt = 0
  #recordAt = 0
  /** How far places are to be compared; 0 when one after the other is tried. */
  #compareBytes = 0
  #comparedBytes = 0
  /** Where the records at hand begin for sure: no search goes further back. */
  #soundFrom = 9
  #rewinds = 0
  #ended = false

  constructor(visitor: RdbVisitor, options: ParserOptions = {}) {
    this.#visitor = visitor
    this.#parser = new RdbParser(visitor, { ...options, salvage: true })
    this.#probe = new Probe(options)
  }

  get done(): boolean {
    return this.#parser.done
  }

  get endOffset(): number {
    return this.#parser.endOffset
  }

  get offset(): number {
    return this.#parser.offset
  }

  /** Offset behind the last byte there is, where that is known. */
  set limit(offset: number) {
    this.#parser.limit = offset
  }

  /** @see RdbParser.push */
  push(chunk: Uint8Array): number {
    if (this.done || this.rewindTo !== null) return 0
    const start = this.#given
    this.#given += chunk.length
    if (this.#error !== null) {
      this.#addHay(chunk)
      this.#search()
    } else {
      try {
        this.#parser.push(chunk)
        this.#remember(chunk)
      } catch (error) {
        this.#takeHay(chunk, start)
        this.#lost(error)
      }
    }
    return this.done ? Math.max(0, Math.min(chunk.length, this.endOffset - start)) : chunk.length
  }

  /** @see RdbParser.end */
  end(): void {
    if (this.done) return
    this.#ended = true
    if (this.#error === null) {
      try {
        this.#parser.limit = this.#given
        this.#parser.retry()
        this.#parser.end()
      } catch (error) {
        this.#takeHay(NOTHING, this.#given)
        this.#lost(error)
      }
    } else {
      this.#search()
    }
    if (this.rewindTo !== null || this.done) return
    const error = this.#error
    // Nothing more was found.
    if (error !== null) throw error
  }

  /** The caller gives the bytes from `rewindTo` on again. */
  rewound(): void {
    const offset = this.rewindTo!
    this.rewindTo = null
    this.#ended = false
    this.#given = offset
    this.#hay = NOTHING
    this.#hayEnd = 0
    this.#hayBase = offset
    this.#searchAt = offset
    this.#nextTry = 0
    this.#failedAt = offset
    this.#compareBytes = COMPARE_BYTES
    this.#probe.begin(this.#parser, offset)
  }

  /** The caller cannot go back: what was not remembered is lost. */
  cannotRewind(): void {
    this.rewindTo = null
    this.#search()
    if (this.#ended && !this.done && this.#error !== null) throw this.#error
  }

  /** Bytes that were read without trouble: their end is kept. */
  #remember(chunk: Uint8Array): void {
    if (this.#history.length === 0) this.#history = new Uint8Array(2 * HISTORY_BYTES)
    const size = Math.min(chunk.length, HISTORY_BYTES)
    if (this.#kept + size > this.#history.length) {
      const keep = HISTORY_BYTES - size
      this.#history.copyWithin(0, this.#kept - keep, this.#kept)
      this.#kept = keep
    }
    this.#history.set(chunk.subarray(chunk.length - size), this.#kept)
    this.#kept += size
  }

  /** Damage in `chunk`, which begins at offset `start`: from now on the bytes lie in the hay. */
  #takeHay(chunk: Uint8Array, start: number): void {
    const before = Math.min(this.#kept, HISTORY_BYTES)
    this.#hay = new Uint8Array(before + chunk.length)
    this.#hay.set(this.#history.subarray(this.#kept - before, this.#kept))
    this.#hay.set(chunk, before)
    this.#hayEnd = this.#hay.length
    this.#hayBase = start - before
    this.#kept = 0
  }

  #addHay(chunk: Uint8Array): void {
    const from = Math.max(0, this.#searchAt - this.#hayBase)
    if (this.#hayEnd + chunk.length > this.#hay.length) {
      const kept = this.#hayEnd - from
      const needed = kept + chunk.length
      const target = needed > this.#hay.length ? new Uint8Array(2 * needed) : this.#hay
      if (target === this.#hay) target.copyWithin(0, from, this.#hayEnd)
      else target.set(this.#hay.subarray(from, this.#hayEnd))
      this.#hay = target
      this.#hayBase += from
      this.#hayEnd = kept
    }
    this.#hay.set(chunk, this.#hayEnd)
    this.#hayEnd += chunk.length
  }

  /** The parser failed; all bytes at hand are in the hay. */
  #lost(thrown: unknown): void {
    for (let error = thrown; ; ) {
      if (!(error instanceof RdbError) || FINAL.has(error.code)) throw error
      this.#beginSearch(error)
      if (this.rewindTo !== null) return
      const next = this.#searchOnce()
      if (next === null) return
      error = next
    }
  }

  #search(): void {
    const error = this.#searchOnce()
    if (error !== null) this.#lost(error)
  }

  #beginSearch(error: RdbError): void {
    const { offset, recordAt, bigLengthAt, bigLength, endDoubted } = this.#parser.lost
    // What is cut failed at the end: only records that end with it exactly lead further.
    const isCut = error.code === 'truncated' && error.at.offset >= this.#given
    const failedAt = isCut ? this.#given : Math.min(offset, this.#given)
    this.#parser.abandon(error)
    this.#error = error
    this.#nextTry = 0
    // What came before an end is good; only something behind it can make it a wrong one.
    if (endDoubted) this.#soundFrom = recordAt + 1
    // A damaged count makes a list of the records that follow, so the whole value is in doubt.
    const leastBack = Math.max(this.#soundFrom, Math.min(recordAt + 1, failedAt - LOOK_BACK_BYTES))
    // A long string that ends where reading failed, or far behind the end, may never have been one.
    const ledAstray = bigLengthAt >= this.#soundFrom && bigLengthAt + bigLength > failedAt - LOOK_BACK_BYTES
    this.#searchAt = ledAstray ? Math.min(leastBack, Math.max(this.#soundFrom, bigLengthAt - 64)) : leastBack
    if (this.#searchAt < this.#hayBase) {
      if (ledAstray && bigLengthAt < this.#hayBase && this.#rewinds < MOST_REWINDS) {
        this.#rewinds++
        this.rewindTo = bigLengthAt
        return
      }
      this.#searchAt = this.#hayBase
    }
    this.#failedAt = failedAt
    this.#recordAt = recordAt
    this.#compareBytes = this.#comparedBytes < COMPARE_BUDGET_BYTES + this.#given / 8 ? COMPARE_BYTES : 0
    this.#probe.begin(this.#parser, failedAt)
  }

  /** Looks for the next record and reads on there. Null, or the next error. */
  #searchOnce(): unknown {
    const found = this.#find()
    if (found === -1) return null
    const error = this.#error!
    this.#skip(error, found)
    this.#error = null
    this.#soundFrom = found + 1
    this.#parser.resumeAt(found)
    try {
      this.#parser.push(this.#hay.subarray(found - this.#hayBase, this.#hayEnd))
      if (this.#ended) {
        this.#parser.limit = this.#given
        this.#parser.retry()
        this.#parser.end()
      }
    } catch (next) {
      return next
    }
    this.#remember(this.#hay.subarray(0, this.#hayEnd))
    this.#hay = NOTHING
    this.#hayEnd = 0
    return null
  }

  /** Offset of the next plausible record; -1 when none is at hand. */
  #find(): number {
    if (this.#hayEnd < this.#nextTry && !this.#ended) return -1
    if (this.#compareBytes > 0) {
      const found = this.#compare()
      if (found !== null) return found
    }
    const hay = this.#hay
    const end = this.#hayEnd
    let at = Math.max(0, this.#searchAt - this.#hayBase)
    for (; at < end; at++) {
      if (this.#probe.work > MOST_WORK + this.#hayBase + at) continue
      if (!this.#probe.isCandidate(hay, at, end)) continue
      const isFull = end - at >= TRIAL_BYTES
      const verdict = this.#probe.try(hay, at, end, this.#hayBase + at, this.#ended, isFull)
      if (verdict === 'no') continue
      this.#searchAt = this.#hayBase + at
      if (verdict === 'yes') return this.#searchAt
      this.#nextTry = end + Math.max(RETRY_BYTES, (end - at) / 2)
      return -1
    }
    this.#searchAt = this.#hayBase + end
    this.#nextTry = 0
    return -1
  }

  /** Compares the places around the damage. Null: none is good enough; -1: more bytes are needed. */
  #compare(): number | null {
    while (this.#compareBytes > 0) {
      const failed = this.#failedAt - this.#hayBase
      const end = Math.min(this.#hayEnd, failed + this.#compareBytes)
      if (end < failed + this.#compareBytes && !this.#ended) {
        this.#nextTry = failed + this.#compareBytes
        return -1
      }
      const from = Math.max(0, this.#searchAt - this.#hayBase)
      const to = Math.min(end, failed + this.#compareBytes / 2)
      this.#comparedBytes += end - from
      const isAll = this.#ended && end === this.#hayEnd
      const mostWork = MOST_WORK + this.#failedAt
      const found = this.#probe.best(this.#hay, from, to, end, this.#hayBase, isAll, mostWork)
      if (found !== -1) return found
      this.#compareBytes = this.#compareBytes === COMPARE_BYTES && !isAll ? COMPARE_MORE_BYTES : 0
    }
    // From here on the first one that will do; in front of the damage chance is too great.
    this.#searchAt = Math.max(this.#searchAt, this.#failedAt)
    return null
  }

  #skip(error: RdbError, to: number): void {
    // What a damaged record swallowed counts as passed over, too.
    const from = Math.min(this.#recordAt, to)
    this.skippedRanges++
    this.skippedBytes += to - from
    if (this.skipped.length < RANGES_KEPT) this.skipped.push({ from, to, error })
    const message =
      to > from
        ? `${to - from} bytes were passed over, up to byte ${to}: ${error.message}`
        : `reading went back to byte ${to}, where records begin: ${error.message}`
    this.#visitor.warning({ code: 'skipped', message, at: { ...error.at, offset: from } })
  }
}
