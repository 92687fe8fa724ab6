import { figureBatch, KeyBatch } from '../batch.js'

/** Batches that may be on their way, and their rows: together they stay in a cache that both threads see. */
const BATCHES = 4
const ROWS = 2048
/** How long the other thread may take for its oldest batch before something must be wrong. */
const PATIENCE_MS = 60_000

/** A batch that goes to another thread. */
export interface SentRows {
  readonly kind: 'rows'
  /** Whose batch it is: 0 for the one who sends, else as `addRing` says. */
  readonly ring: number
  readonly batch: number
  readonly length: number
  readonly file: number
  /** The figures of names are there; else they are left to the thread. */
  readonly hasFigures: boolean
  /** The columns, when the thread does not know them yet: the first time, and when the names needed more room. */
  readonly columns: object | null
}

/** Batches of a further thread will come, by way of the one that sends. */
export interface AddedRing {
  readonly kind: 'ring'
  /** One number per batch: 1 while somebody has it. */
  readonly busy: Int32Array
}

/** Takes rows that other threads filled, in their own batches: these are free again when they have been read. */
export interface RowsTaker {
  /** @returns what to call these batches by */
  addRing(busy: Int32Array): number
  forward(rows: SentRows): void
}

/**
 * Batches in shared memory that go round between this thread, which fills them, and another, which reads them in order.
 */
export class BatchRing {
  /** One number per batch: 1 while the other thread has it. */
  readonly busy = new Int32Array(new SharedArrayBuffer(BATCHES * 4))
  /** The batch to fill first. */
  readonly first: KeyBatch
  readonly #batches: KeyBatch[] = []
  /** The memory of names that the thread knows, per batch. */
  readonly #known: (Uint8Array | null)[] = []
  #current = 0

  constructor() {
    this.first = this.#make()
  }

  /** What to send for the batch that was filled. */
  sent(batch: KeyBatch): SentRows {
    const current = this.#current
    const known = this.#known[current] === batch.keyBytes
    this.#known[current] = batch.keyBytes
    this.busy[current] = 1
    // Own fields only: shared memory goes along, methods do not.
    const columns = known ? null : { ...batch }
    // Whoever is ahead of the other computes the figures.
    const hasFigures = Atomics.load(this.busy, (current + BATCHES / 2) % BATCHES) === 1
    if (hasFigures) figureBatch(batch)
    return { kind: 'rows', ring: 0, batch: current, length: batch.length, file: batch.file, hasFigures, columns }
  }

  /** The batch to fill next, after the message is on its way; waits until it is free. */
  next(): KeyBatch {
    this.#current = (this.#current + 1) % BATCHES
    if (this.#current === this.#batches.length) return this.#make()
    const waited = Atomics.wait(this.busy, this.#current, 1, PATIENCE_MS)
    if (waited === 'timed-out') throw new Error('the thread that takes the rows does not answer')
    return this.#batches[this.#current]!
  }

  #make(): KeyBatch {
    // The other thread has the time for it.
    const batch = new KeyBatch(ROWS, { shared: true, figuresLater: true })
    this.#batches.push(batch)
    this.#known.push(null)
    return batch
  }
}

/** The other side of a `BatchRing`, and of rings that were added. */
export class ReceivedBatches {
  readonly #rings: { readonly busy: Int32Array; readonly batches: KeyBatch[] }[] = []

  constructor(busy: Int32Array) {
    this.addRing(busy)
  }

  addRing(busy: Int32Array): void {
    this.#rings.push({ busy, batches: [] })
  }

  /** Shows the rows to `read`, then lets them be filled again. */
  take({ ring, batch: index, length, file, hasFigures, columns }: SentRows, read: (batch: KeyBatch) => void): void {
    const { busy, batches } = this.#rings[ring]!
    if (columns !== null) batches[index] = KeyBatch.received(columns)
    const batch = batches[index]!
    batch.length = length
    batch.file = file
    if (!hasFigures) figureBatch(batch)
    read(batch)
    Atomics.store(busy, index, 0)
    Atomics.notify(busy, index)
  }
}
