import type { KeyBatch } from '../batch.js'
import type { ChosenRecords } from '../io/chosen-records.js'
import { sampleHashIn } from '../sample-hash.js'

/** Of the least keys of a sample, from which on it is thinned out: at most two are wanted. */
const MOST = 2.5
/** Databases of all dumps that are told apart; a dump that somebody made up may have more. */
const MOST_DATABASES = 1024
const FIRST_ROOM = 64
/** Share of the sample that are there in any case: the largest keys, of which one may weigh more than many others. */
const LARGEST_SHARE = 1 / 32
/** Bytes of records of these at most: reading them must not take longer than the rest of the sample. */
const LARGEST_BYTES = 2 ** 24

/** A key that is larger than most. */
interface LargeRecord {
  readonly file: number
  readonly db: number
  readonly offset: number
  readonly size: number
  readonly hash: number
  readonly ramBytes: number
  readonly elements: number
}

/** Keys that are not left to chance. */
export interface LargestKeys {
  /** Keys above this size are in the sample in any case, those above `leftOutAbove` are not in it. */
  readonly certainAbove: number
  readonly leftOutAbove: number
  readonly leftOutKeys: number
  readonly leftOutRamBytes: number
  /** Elements of those that are in the sample, and of all. */
  readonly takenElements: number
  readonly elements: number
  /** `sampleHash` of their names. */
  readonly hashes: ReadonlySet<number>
}

/** Records of one database of one dump. */
class DatabaseRecords {
  keys = 0
  expires = 0
  used = 0
  offsets = new Float64Array(FIRST_ROOM)
  sizes = new Float64Array(FIRST_ROOM)
  hashes = new Uint32Array(FIRST_ROOM)

  constructor(
    readonly file: number,
    readonly db: number,
  ) {}

  add(offset: number, size: number, hash: number): void {
    if (this.used === this.offsets.length) this.#grow()
    this.offsets[this.used] = offset
    this.sizes[this.used] = size
    this.hashes[this.used++] = hash
  }

  /** Leaves the keys that are in a thinner sample, too. */
  thin(oneIn: number): void {
    let kept = 0
    for (let i = 0; i < this.used; i++) {
      if (this.hashes[i]! % oneIn !== 0) continue
      this.offsets[kept] = this.offsets[i]!
      this.sizes[kept] = this.sizes[i]!
      this.hashes[kept++] = this.hashes[i]!
    }
    this.used = kept
  }

  #grow(): void {
    const { offsets, sizes, hashes } = this
    this.offsets = new Float64Array(offsets.length * 2)
    this.offsets.set(offsets)
    this.sizes = new Float64Array(sizes.length * 2)
    this.sizes.set(sizes)
    this.hashes = new Uint32Array(hashes.length * 2)
    this.hashes.set(hashes)
  }
}

/**
 * Notes where the keys of a sample are while a dump is read, so that it can be read again without all the others. The
 * sample is the one that `oneIn` of a filter takes; it gets thinner as keys come, in bounded memory.
 */
export class RecordSample {
  readonly #least: number
  readonly #mostLarge: number
  readonly #databases = new Map<number, DatabaseRecords>()
  readonly #firstOffsets: number[] = []
  #oneIn = 1
  #kept = 0
  #isStopped = false
  #largest: LargeRecord[] = []
  /** All larger keys are in `#largest`. */
  #largestAbove = 0

  /** @param least keys from which on a sample is large enough */
  constructor(least: number) {
    this.#least = least
    this.#mostLarge = Math.max(1, Math.floor(least * LARGEST_SHARE))
  }

  /** Forgets everything: the dumps are read from the start. */
  clear(): void {
    this.#databases.clear()
    this.#firstOffsets.length = 0
    this.#oneIn = 1
    this.#kept = 0
    this.#isStopped = false
    this.#largest = []
    this.#largestAbove = 0
  }

  /** Nothing is noted any more: records alone would not say the same. */
  stop(): void {
    this.#isStopped = true
  }

  add(batch: KeyBatch): void {
    const { length, file, db, expiresAtMs, offset, rdbBytes, ramBytes, elements, keyStart, keyEnd } = batch
    if (length === 0 || this.#isStopped) return
    this.#firstOffsets[file] ??= offset[0]!
    // The arena of names has room for whole words behind the last one.
    const names = new DataView(batch.keyBytes.buffer, batch.keyBytes.byteOffset, batch.keyBytes.length)
    const others = this.#oneIn - 1
    let records = this.#databaseOf(file, db[0]!)
    for (let row = 0; row < length; row++) {
      if (db[row] !== records.db) records = this.#databaseOf(file, db[row]!)
      records.keys++
      if (expiresAtMs[row]! >= 0) records.expires++
      const hash = sampleHashIn(names, keyStart[row]!, keyEnd[row]!)
      if (ramBytes[row]! > this.#largestAbove) {
        const [at, size, ram] = [offset[row]!, rdbBytes[row]!, ramBytes[row]!]
        this.#largest.push({ file, db: db[row]!, offset: at, size, hash, ramBytes: ram, elements: elements[row]! })
        if (this.#largest.length === 2 * this.#mostLarge) this.#cutLargest()
      }
      if ((hash & others) !== 0) continue
      records.add(offset[row]!, rdbBytes[row]!, hash)
      this.#kept++
    }
    while (this.#kept > MOST * this.#least) this.#thinTo(this.#oneIn * 2)
  }

  /** Keys and expiries of each database, as file × 65536 + database; null where nothing was noted. */
  get databases(): ReadonlyMap<number, { readonly keys: number; readonly expires: number }> | null {
    if (this.#isStopped) return null
    return new Map([...this.#databases.values()].map((records) => [records.file * 65536 + records.db, records]))
  }

  /** The largest keys; null where nothing was noted. */
  largest(): LargestKeys | null {
    if (this.#isStopped) return null
    this.#cutLargest()
    const rising = [...this.#largest].sort((a, b) => a.ramBytes - b.ramBytes)
    let bytes = 0
    let leftOutAbove = Infinity
    for (const [index, { size }] of rising.entries()) {
      bytes += size
      if (bytes <= LARGEST_BYTES) continue
      leftOutAbove = index === 0 ? this.#largestAbove : rising[index - 1]!.ramBytes
      break
    }
    const leftOut = rising.filter(({ ramBytes }) => ramBytes > leftOutAbove)
    const taken = rising.filter(({ ramBytes }) => ramBytes <= leftOutAbove)
    return {
      certainAbove: this.#largestAbove,
      leftOutAbove,
      leftOutKeys: leftOut.length,
      leftOutRamBytes: sumOf(leftOut, 'ramBytes'),
      takenElements: sumOf(taken, 'elements'),
      elements: sumOf(rising, 'elements'),
      hashes: new Set(taken.map(({ hash }) => hash)),
    }
  }

  /** Leaves so many that are larger than all others: of keys of one size all or none. */
  #cutLargest(): void {
    const falling = this.#largest.sort((a, b) => b.ramBytes - a.ramBytes)
    if (falling.length <= this.#mostLarge) return
    this.#largestAbove = falling[this.#mostLarge]!.ramBytes
    this.#largest = falling.filter(({ ramBytes }) => ramBytes > this.#largestAbove)
  }

  /**
   * The keys of one dump that are in the sample; null when they cannot be had alone.
   * @param oneIn a power of two
   */
  of(file: number, oneIn: number): ChosenRecords | null {
    if (oneIn < this.#oneIn || this.#isStopped) return null
    this.#thinTo(oneIn)
    const leftOutAbove = this.largest()?.leftOutAbove ?? Infinity
    const large = this.#largest.filter((record) => record.file === file)
    const databases = [...this.#databases.values()].filter((records) => records.file === file)
    return {
      headBytes: this.#firstOffsets[file] ?? 0,
      databases: databases
        .map(({ db, keys, expires, used, offsets, sizes }) => {
          const records = new Map<number, number>()
          for (let i = 0; i < used; i++) records.set(offsets[i]!, sizes[i]!)
          for (const { db: its, offset, size, ramBytes } of large) {
            if (its !== db) continue
            if (ramBytes <= leftOutAbove) records.set(offset, size)
            else records.delete(offset)
          }
          const inOrder = [...records].sort((a, b) => a[0] - b[0])
          return {
            db,
            keys,
            expires,
            offsets: Float64Array.from(inOrder, ([offset]) => offset),
            sizes: Float64Array.from(inOrder, ([, size]) => size),
          }
        })
        .filter(({ offsets }) => offsets.length > 0),
    }
  }

  #thinTo(oneIn: number): void {
    this.#oneIn = oneIn
    this.#kept = 0
    for (const records of this.#databases.values()) {
      records.thin(oneIn)
      this.#kept += records.used
    }
  }

  #databaseOf(file: number, db: number): DatabaseRecords {
    // 2^32 databases at most.
    const number = file * 2 ** 32 + db
    let records = this.#databases.get(number)
    if (records === undefined) {
      records = new DatabaseRecords(file, db)
      this.#databases.set(number, records)
      if (this.#databases.size > MOST_DATABASES) this.stop()
    }
    return records
  }
}

function sumOf(records: readonly LargeRecord[], what: 'ramBytes' | 'elements'): number {
  return records.reduce((sum, record) => sum + record[what], 0)
}
