import './thread-heap.js'
import { parentPort, workerData } from 'node:worker_threads'
import { RdbError, RdbParser } from '../../parsers/index.js'
import { bigKeyPreset } from '../analysis/big-key-limits.js'
import { figureBatch, KeyBatch } from '../batch.js'
import { KeyFilter } from '../filters.js'
import { describedTarget } from '../memory/target-description.js'
import { BigKeyElements } from './big-key-elements.js'
import { DuplicateGate, SampleGate } from './ranges/gates.js'
import { MarkedOverhead } from './ranges/marks.js'
import type { FromRangeThread, RangeSetup, ToRangeThread } from './ranges/messages.js'
import { RowBuilder } from './row-builder.js'
import { ValueSampler } from './value-sampler.js'
import { joinTaps } from './value-tap.js'

/** How long the other side may take for a batch before something must be wrong. */
const PATIENCE_MS = 120_000

/** Rows of a batch: a range of short keys has three of them. */
const BATCH_ROWS = 2048

/** Runs in a thread: makes rows of the ranges it is sent, one after the other. */
class RangeThread {
  readonly #setup: RangeSetup
  readonly #overhead = new MarkedOverhead()
  readonly #samples = new SampleGate({ headBytes: 64 * 1024, gate: 0, limits: new Float64Array(0) })
  readonly #duplicates = new DuplicateGate()
  readonly #sampler: ValueSampler<SampleGate, DuplicateGate> | null
  readonly #bigKeys: BigKeyElements | null
  readonly #batches: KeyBatch[] = []
  /** The memory of names that the other side knows, per batch. */
  readonly #known: (Uint8Array | null)[] = []
  #current = 0
  #range = 0
  #builder!: RowBuilder
  #parser!: RdbParser
  /** Offset behind what was given to it. */
  #readTo = 0
  #failed = false

  constructor(setup: RangeSetup) {
    this.#setup = setup
    const { values, bigKeys } = setup.taps
    this.#sampler = values ? new ValueSampler(this.#samples, this.#duplicates) : null
    this.#bigKeys =
      bigKeys === null
        ? null
        : new BigKeyElements(bigKeyPreset(bigKeys.preset, bigKeys.limits), bigKeys.listed, bigKeys.showValues)
    this.#batches.push(new KeyBatch(BATCH_ROWS, { shared: true, figuresLater: true }))
    this.#known.push(null)
  }

  receive(message: ToRangeThread): void {
    if (message.kind === 'dump') {
      const filter = new KeyFilter(this.#setup.filter, message.nowMs)
      const target = describedTarget(message.target)!
      if (this.#sampler !== null) this.#sampler.file = message.file
      this.#builder = new RowBuilder({
        targetFor: () => target,
        counted: null,
        filter,
        batch: this.#batches[this.#current]!,
        onBatch: (batch) => this.#send(batch),
        tap: joinTaps([this.#bigKeys, this.#sampler]),
        overhead: this.#overhead,
      })
      this.#builder.batch.file = message.file
      this.#builder.prepare()
      this.#failed = false
      return
    }
    if (this.#failed) return
    try {
      this.#read(message)
    } catch (error) {
      this.#failed = true
      if (!(error instanceof RdbError)) throw error
      if (this.#setup.once) this.#finish(error)
      else this.#post({ kind: 'wrong', range: message.range, message: error.message })
    }
  }

  #read(piece: ToRangeThread & { kind: 'piece' }): void {
    const { range, start, bytes, more, last, gates, chunkEnds, broken } = piece
    const builder = this.#builder
    if (start !== null) {
      this.#range = range
      this.#parser = new RdbParser(builder, { resume: start, limits: this.#setup.limits })
      this.#readTo = start.offset
      this.#overhead.reset()
      builder.beginDump()
      builder.beginPart()
    }
    if (gates !== null) {
      this.#samples.open(gates.samples)
      this.#duplicates.threshold = gates.duplicates
    }
    const parser = this.#parser
    let from = 0
    for (const to of [...chunkEnds, bytes.length]) {
      this.#readTo += to - from
      parser.push(chunkEnds.length === 0 ? bytes : bytes.subarray(from, to))
      from = to
    }
    this.#post({ kind: 'read', range, bytes, readTo: this.#readTo })
    if (more) return
    if (broken === 'cut') parser.end()
    if (broken === null && (last ? !parser.done : parser.start === null)) {
      const message = 'a range ends within a record'
      if (this.#setup.once) throw new Error(message)
      this.#failed = true
      this.#post({ kind: 'wrong', range, message })
      return
    }
    this.#finish(null)
  }

  /** Tells what the range came to, as far as it was read. */
  #finish(error: RdbError | null): void {
    const builder = this.#builder
    builder.flush()
    this.#post({
      kind: 'done',
      range: this.#range,
      marks: this.#overhead.take(),
      result: {
        keys: builder.keys,
        filteredKeys: builder.filteredKeys,
        damagedKeys: builder.damagedKeys,
        sums: builder.sums,
        warnings: builder.warnings,
        warningCounts: builder.warningCounts,
        facts: builder.facts.part,
        ended: builder.ended,
        samples: this.#samples.candidates.take(),
        seen: this.#samples.seen,
        duplicates: this.#duplicates.candidates.take(),
        bigKeys: this.#bigKeys?.take() ?? [],
      },
      readTo: this.#readTo,
      error: error === null ? null : { problem: error.problem, at: error.at },
    })
    this.#samples.seen = 0
  }

  /** Hands out a batch, and gives the one to fill next. */
  #send(batch: KeyBatch): KeyBatch {
    figureBatch(batch)
    const { busy } = this.#setup
    const current = this.#current
    const known = this.#known[current] === batch.keyBytes
    this.#known[current] = batch.keyBytes
    busy[current] = 1
    this.#post({
      kind: 'rows',
      range: this.#range,
      batch: current,
      length: batch.length,
      file: batch.file,
      marks: this.#overhead.take(),
      columns: known ? null : { ...batch },
    })
    this.#current = (current + 1) % busy.length
    if (this.#current === this.#batches.length) {
      this.#batches.push(new KeyBatch(BATCH_ROWS, { shared: true, figuresLater: true }))
      this.#known.push(null)
    }
    if (Atomics.wait(busy, this.#current, 1, PATIENCE_MS) === 'timed-out') {
      throw new Error('nobody takes the rows of a range')
    }
    return this.#batches[this.#current]!
  }

  #post(message: FromRangeThread): void {
    parentPort?.postMessage(message)
  }
}

const thread = new RangeThread(workerData as RangeSetup)
parentPort?.on('message', (message: ToRangeThread) => thread.receive(message))
