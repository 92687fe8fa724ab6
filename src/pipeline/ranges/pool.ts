import type { Worker } from 'node:worker_threads'
import { RdbError } from '../../../parsers/index.js'
import type { DuplicateSample } from '../../analysis/values/duplicates.js'
import type { ValueSamples } from '../../analysis/values/samples.js'
import { KeyBatch } from '../../batch.js'
import type { FilterOptions } from '../../filters.js'
import type { Limits } from '../../limits.js'
import type { TargetDescription } from '../../memory/target-description.js'
import type { RowsTaker } from '../batch-ring.js'
import type { BigKeyElements } from '../big-key-elements.js'
import type { RowBuilder } from '../row-builder.js'
import { startWorker } from '../start-worker.js'
import { OverheadOfRange } from './marks.js'
import type { FromRangeThread, RangeResult, RangeSetup, RangeTaps, ToRangeThread } from './messages.js'
import { duplicatesOf, samplesOf } from './packed.js'
import { RANGE_BYTES } from './size.js'
import { NotInRanges, type RangePiece } from './splitter.js'

/** Batches per thread: enough for a range and a half of short keys. */
const BATCHES = 8
/** Ranges that wait in front of each thread: one is read, one lies ready. */
const AHEAD = 2

export interface RangeRequest {
  readonly threads: number
  readonly filter: FilterOptions
  /** What bounds memory, where it differs from `LIMITS`. */
  readonly limits?: Partial<Limits> | undefined
  readonly taps: RangeTaps
  /** Where what the threads found beside the rows goes to; null where nobody looks. */
  readonly samples: ValueSamples | null
  readonly duplicates: DuplicateSample | null
  readonly bigKeys: BigKeyElements | null
  /** Gets the rows when they have been looked at here; null: nobody does. */
  readonly rowsTo: RowsTaker | null
  /** There is one dump, which cannot be read again: what is wrong with it is said by the range in which it shows. */
  readonly once?: boolean | undefined
  /** Size of a range; for tests. */
  readonly rangeBytes?: number | undefined
}

/** A dump whose ranges are read. */
export interface DumpInRanges {
  readonly file: number
  readonly nowMs: number
  readonly target: TargetDescription
  /** Adds up everything but the rows. */
  readonly builder: RowBuilder
  /** Called before its first row, after the last one of the dump before. */
  readonly onTurn: () => void
  /** Looks at the rows, which are reused afterwards. */
  readonly onRows: (batch: KeyBatch) => void
}

/** The same, while its ranges come back. */
interface DumpAtWork extends DumpInRanges {
  readonly firstRange: number
  readonly overhead: OverheadOfRange
}

interface RangeThread {
  readonly worker: Worker
  readonly busy: Int32Array
  readonly batches: KeyBatch[]
  /** What `rowsTo` calls them by. */
  readonly ring: number
  /** Pieces it has not read yet. */
  pieces: number
  /** The dump that it has been told about last. */
  dump: DumpAtWork | null
}

/** What a range has sent so far, while it is not its turn. */
interface WaitingRange {
  readonly messages: { readonly from: RangeThread; readonly message: FromRangeThread }[]
}

/**
 * Threads that make rows of ranges. Rows come back in the order of the files: ranges of a dump are handed out while the
 * last ones of the dump before are still read.
 */
export class RangePool {
  readonly request: RangeRequest
  readonly #threads: RangeThread[]
  readonly #free: ArrayBufferLike[] = []
  #failure: Error | null = null
  #readTo = 0
  #brokenAt: number | null = null
  #wake: (() => void) | null = null
  /** Dumps with ranges that have not come back, and the one that is being cut. */
  readonly #dumps: DumpAtWork[] = []
  #nextRange = 0
  #turn = 0
  #last: RangeThread | null = null
  #waiting = new Map<number, WaitingRange>()
  #gatesRange = 0
  /** The last state of the samples that was sent, by thread. */
  readonly #sent = new Map<RangeThread, string>()

  constructor(request: RangeRequest) {
    this.request = request
    this.#threads = Array.from({ length: request.threads }, () => this.#start())
  }

  /** Before the first range of a dump, which may have none. */
  begin(dump: DumpInRanges): void {
    const overhead = new OverheadOfRange(dump.builder.overhead, dump.builder.sums)
    const isFirst = this.#dumps.push({ ...dump, firstRange: this.#nextRange, overhead }) === 1
    if (isFirst) dump.onTurn()
  }

  /** Memory for a piece, which other threads can read, too. */
  readonly allocate = (size: number): Uint8Array => {
    const at = this.#free.findIndex((buffer) => buffer.byteLength >= size)
    const buffer =
      at === -1
        ? new SharedArrayBuffer(Math.max(size, this.request.rangeBytes ?? RANGE_BYTES))
        : this.#free.splice(at, 1)[0]!
    return new Uint8Array(buffer, 0, size)
  }

  /** Sends a piece to the thread with the least to do; pieces of one range to the same. */
  take({ bytes, start, more, last, chunkEnds, broken }: RangePiece): void {
    let thread = this.#last
    if (thread === null || start !== null) {
      thread = this.#threads.reduce((least, one) => (one.pieces < least.pieces ? one : least))
      this.#last = thread
    }
    this.#tell(thread, this.#dumps.at(-1)!)
    thread.pieces++
    this.#post(thread, {
      kind: 'piece',
      range: this.#nextRange,
      start,
      bytes,
      more,
      last,
      chunkEnds,
      broken,
      gates: start === null ? null : this.#gatesFor(thread),
    })
    if (!more) this.#nextRange++
  }

  /** Resolves when there is something to do again for the threads; undefined when there is at once. */
  get ready(): Promise<void> | undefined {
    if (this.#failure !== null) throw this.#failure
    if (this.#pieces < this.#threads.length * AHEAD) return undefined
    return this.#changed(() => this.#pieces < this.#threads.length * AHEAD)
  }

  /** Ranges that were handed out so far. */
  get handedOut(): number {
    return this.#nextRange
  }

  /** Resolves when so many ranges have come back. */
  async finished(ranges: number): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    if (this.#turn < ranges) await this.#changed(() => this.#turn >= ranges)
  }

  /** Offset in the dump up to which nothing is wrong with it: all rows of that have come back, or will. */
  get readTo(): number {
    return this.#readTo
  }

  /**
   * An offset in the chunk of the input that shows what is wrong with the dump, or at its end; null: nothing is known.
   */
  get brokenAt(): number | null {
    return this.#brokenAt
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }

  get #pieces(): number {
    let pieces = 0
    for (const thread of this.#threads) pieces += thread.pieces
    return pieces
  }

  async #changed(until: () => boolean): Promise<void> {
    while (!until()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      if (this.#failure !== null) throw this.#failure
    }
  }

  #start(): RangeThread {
    const busy = new Int32Array(new SharedArrayBuffer(BATCHES * 4))
    const { filter, taps, limits, once = false } = this.request
    const worker = startWorker('range-worker', { filter, taps, limits, once, busy } satisfies RangeSetup)
    const ring = this.request.rowsTo?.addRing(busy) ?? 0
    const thread: RangeThread = { worker, busy, batches: [], ring, pieces: 0, dump: null }
    worker.on('message', (message: FromRangeThread) => {
      try {
        this.#receive(thread, message)
      } catch (error) {
        this.#fail(error as Error)
      }
      this.#wake?.()
    })
    worker.on('error', (error) => {
      this.#fail(error)
      this.#wake?.()
    })
    return thread
  }

  #fail(error: Error): void {
    this.#failure ??= error
  }

  #receive(from: RangeThread, message: FromRangeThread): void {
    if (message.kind === 'read') {
      from.pieces--
      this.#free.push(message.bytes.buffer)
      if (message.range === this.#turn) this.#readTo = message.readTo
      return
    }
    if (this.#brokenAt !== null) return
    if (message.kind === 'wrong') throw new NotInRanges(message.message)
    if (message.range !== this.#turn) {
      const waiting = this.#waiting.get(message.range)
      if (waiting === undefined) this.#waiting.set(message.range, { messages: [{ from, message }] })
      else waiting.messages.push({ from, message })
      return
    }
    this.#use(from, message)
    while (this.#brokenAt === null) {
      const waiting = this.#waiting.get(this.#turn)
      const next = waiting?.messages.shift()
      if (next === undefined) break
      this.#use(next.from, next.message)
    }
  }

  #use(from: RangeThread, message: FromRangeThread): void {
    const dump = this.#dumpAtTurn()
    if (message.kind === 'rows') {
      const { batch: index, columns, length, file, marks } = message
      if (columns !== null) from.batches[index] = KeyBatch.received(columns)
      const batch = from.batches[index]!
      batch.length = length
      batch.file = file
      dump.overhead.marks(marks)
      dump.overhead.rows(batch)
      dump.onRows(batch)
      const { rowsTo } = this.request
      if (rowsTo === null) {
        Atomics.store(from.busy, index, 0)
        Atomics.notify(from.busy, index)
      } else rowsTo.forward({ kind: 'rows', ring: from.ring, batch: index, length, file, hasFigures: true, columns })
    } else if (message.kind === 'done') {
      dump.overhead.marks(message.marks)
      dump.overhead.finish()
      this.#add(message.result, dump.builder)
      this.#waiting.delete(this.#turn)
      this.#turn++
      if (message.error === null) this.#readTo = message.readTo
      else {
        this.#brokenAt = message.readTo
        this.#fail(new RdbError(message.error.problem, message.error.at))
      }
    }
  }

  /** The dump of the range whose turn it is. */
  #dumpAtTurn(): DumpAtWork {
    const dumps = this.#dumps
    while (dumps.length > 1 && dumps[1]!.firstRange <= this.#turn) {
      dumps.shift()
      dumps[0]!.onTurn()
    }
    return dumps[0]!
  }

  #add(result: RangeResult, builder: RowBuilder): void {
    builder.absorb(result)
    const { samples, duplicates, bigKeys } = this.request
    samples?.absorb(samplesOf(result.samples), result.seen)
    duplicates?.absorb(duplicatesOf(result.duplicates))
    bigKeys?.absorb(result.bigKeys)
    if (result.samples.numbers.length > 0 || result.duplicates.numbers.length > 0) this.#gatesRange++
  }

  /** What the samples ask for; null when the thread knows. */
  #gatesFor(thread: RangeThread): (ToRangeThread & { kind: 'piece' })['gates'] {
    const { samples, duplicates } = this.request
    if (samples === null || duplicates === null) return null
    const state = `${this.#gatesRange}`
    if (this.#sent.get(thread) === state) return null
    this.#sent.set(thread, state)
    return { samples: samples.gates, duplicates: duplicates.threshold }
  }

  /** Tells a thread which dump the pieces to come are of. */
  #tell(thread: RangeThread, dump: DumpAtWork): void {
    if (thread.dump === dump) return
    thread.dump = dump
    const { file, nowMs, target } = dump
    this.#post(thread, { kind: 'dump', file, nowMs, target })
  }

  #post(thread: RangeThread, message: ToRangeThread): void {
    thread.worker.postMessage(message)
  }
}
