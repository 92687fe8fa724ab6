import type { KeyBatch } from '../batch.js'
import { BLOCK_ROWS, rowBlock } from './row-block.js'

/** Numbers of groups are below this. */
const MOST_GROUPS = 1 << 16

/** Rows of one database that have type and encoding in common, and what they come to. */
export class RowSums {
  /** Rows of the block are those of the batch from `start` on. */
  batch: KeyBatch | null = null
  start = 0
  /** Number of the group, and its first row in the block. */
  group = 0
  row = 0
  keys = 0
  ramBytes = 0
  overheadBytes = 0
  memoryUsageBytes = 0
  payloadBytes = 0
  rdbBytes = 0
  elements = 0
  nameBytes = 0
  /** With what the group had before: too large to be exact, so that the sum depends on the order of keys. */
  ramSquares = 0
  expiringKeys = 0
  expiringRamBytes = 0
  expiredKeys = 0
  mostRamBytes = 0
  mostPayloadBytes = 0
  mostElements = 0
  longestElementBytes = 0
  leastNameHash = 0
  /** Rows that expire are those in front of this in `expiringRows`, as many as `expiringKeys`. */
  expiringEnd = 0
  /** Told by `listRows`. */
  begin = 0
  end = 0
  /** Told by `listLarge`. */
  large = 0

  get expiringRows(): Int32Array {
    return blockSums.expiringRows
  }

  /** Puts rows of at least so many bytes in their order into the first `large` entries of what it returns. */
  listLarge(least: number): Int32Array {
    this.listRows()
    this.large = blockSums.listLarge(this.begin, this.end, least)
    return blockSums.largeRows
  }

  /** Puts the rows of the group in their order into `rows[begin, end)`. */
  listRows(): Int32Array {
    this.end = blockSums.listRows(this.group)
    this.begin = this.end - this.keys
    return blockSums.rows
  }
}

/**
 * Adds up rows of the block by group. Where a loop finds its numbers is part of its code: see `rowBlock`. So there is
 * one of this per thread, and it holds one block at a time.
 */
export const blockSums = makeBlockSums()

function makeBlockSums() {
  const { ramBytes, overheadBytes, memoryUsageBytes, payloadBytes, rdbBytes, elements, keyLength } = rowBlock
  const { longestElementBytes, expiresAtMs, nameHash } = rowBlock
  /** Place of a group, and 1. */
  const placeOf = new Uint16Array(MOST_GROUPS)
  const groups = new Int32Array(BLOCK_ROWS)
  const firstRow = new Int32Array(BLOCK_ROWS)
  const leastHash = new Int32Array(BLOCK_ROWS)
  /**
   * 16 per place, two lines of the cache: keys, sums of 7 columns and of the squares of ramBytes, the most of 4
   * columns; of the rows that expire their number, ramBytes, and how many have expired. `read` says what is where.
   */
  const sums = new Float64Array(BLOCK_ROWS * 16)
  const placeOfRow = new Int32Array(BLOCK_ROWS)
  const expiring = new Int32Array(BLOCK_ROWS)
  const rows = new Int32Array(BLOCK_ROWS)
  const ends = new Int32Array(BLOCK_ROWS)
  const largeRows = new Int32Array(BLOCK_ROWS)
  const expiringRows = new Int32Array(BLOCK_ROWS)
  const expiringEnds = new Int32Array(BLOCK_ROWS)
  const lastGroup = MOST_GROUPS - 1
  const lastPlace = BLOCK_ROWS - 1
  let size = 0
  let first = 0
  let last = 0
  let listed = false

  const open = (group: number, row: number, ramSquares: number): number => {
    const place = size++
    placeOf[group] = place + 1
    groups[place] = group
    firstRow[place] = row
    leastHash[place] = 0x7fffffff
    const at = place * 16
    sums.fill(0, at, at + 16)
    sums[at + 8] = ramSquares
    sums[at + 9] = -1
    return place
  }

  const addUp = (groupOfRow: Int32Array, start: number, ramSquaresOf: (group: number) => number): void => {
    for (let row = first; row < last; row++) {
      const group = groupOfRow[start + row]!
      const known = placeOf[group & lastGroup]! - 1
      // Said in a way that compiled code knows the range of, and does not check again.
      const place = (known >= 0 ? known : open(group, row, ramSquaresOf(group))) & lastPlace
      placeOfRow[row] = place
      const at = place * 16
      const ram = ramBytes[row]!
      const payload = payloadBytes[row]!
      const count = elements[row]!
      const longest = longestElementBytes[row]!
      const hash = nameHash[row]!
      sums[at] = sums[at]! + 1
      sums[at + 1] = sums[at + 1]! + ram
      sums[at + 2] = sums[at + 2]! + overheadBytes[row]!
      sums[at + 3] = sums[at + 3]! + memoryUsageBytes[row]!
      sums[at + 4] = sums[at + 4]! + payload
      sums[at + 5] = sums[at + 5]! + rdbBytes[row]!
      sums[at + 6] = sums[at + 6]! + count
      sums[at + 7] = sums[at + 7]! + keyLength[row]!
      sums[at + 8] = sums[at + 8]! + ram * ram
      if (ram > sums[at + 9]!) sums[at + 9] = ram
      if (payload > sums[at + 10]!) sums[at + 10] = payload
      if (count > sums[at + 11]!) sums[at + 11] = count
      if (longest > sums[at + 12]!) sums[at + 12] = longest
      if (hash < leastHash[place]!) leastHash[place] = hash
    }
  }

  /** Notes rows that expire, without a jump that nobody can foresee, then adds them up. */
  const addExpiring = (nowMs: number): void => {
    let found = 0
    for (let row = first; row < last; row++) {
      expiring[found & lastPlace] = row
      found += +(expiresAtMs[row]! >= 0)
    }
    for (let i = 0; i < found; i++) {
      const row = expiring[i]!
      const at = (placeOfRow[row]! & lastPlace) * 16
      sums[at + 13] = sums[at + 13]! + 1
      sums[at + 14] = sums[at + 14]! + ramBytes[row]!
      // A key lives through its last millisecond: keyIsExpired (db.c) asks for now > when.
      sums[at + 15] = sums[at + 15]! + +(expiresAtMs[row]! < nowMs)
    }
    let end = 0
    for (let place = 0; place < size; place++) {
      expiringEnds[place] = end
      end += sums[place * 16 + 13]!
    }
    for (let i = 0; i < found; i++) {
      const row = expiring[i]!
      const place = placeOfRow[row]! & lastPlace
      const at = expiringEnds[place]! & lastPlace
      expiringRows[at] = row
      expiringEnds[place] = at + 1
    }
  }

  return {
    rows,
    largeRows,
    expiringRows,

    /**
     * Adds up the rows of the block in `[from, to)`; returns how many groups they have.
     *
     * @param groupOfRow group of each row of the batch, in which the block begins at `start`
     * @param nowMs the moment expiry is judged at, in ms since 1970
     * @param ramSquaresOf what `ramSquares` of a group were before
     */
    add(
      from: number,
      to: number,
      groupOfRow: Int32Array,
      start: number,
      nowMs: number,
      ramSquaresOf: (group: number) => number,
    ): number {
      for (let place = 0; place < size; place++) placeOf[groups[place]!] = 0
      size = 0
      first = from
      last = to
      listed = false
      addUp(groupOfRow, start, ramSquaresOf)
      addExpiring(nowMs)
      return size
    },

    /** What the group at a place comes to; groups stand in the order of their first rows. */
    read(place: number, into: RowSums): void {
      const at = place * 16
      into.group = groups[place]!
      into.row = firstRow[place]!
      into.keys = sums[at]!
      into.ramBytes = sums[at + 1]!
      into.overheadBytes = sums[at + 2]!
      into.memoryUsageBytes = sums[at + 3]!
      into.payloadBytes = sums[at + 4]!
      into.rdbBytes = sums[at + 5]!
      into.elements = sums[at + 6]!
      into.nameBytes = sums[at + 7]!
      into.ramSquares = sums[at + 8]!
      into.mostRamBytes = sums[at + 9]!
      into.mostPayloadBytes = sums[at + 10]!
      into.mostElements = sums[at + 11]!
      into.longestElementBytes = sums[at + 12]!
      into.expiringKeys = sums[at + 13]!
      into.expiringRamBytes = sums[at + 14]!
      into.expiredKeys = sums[at + 15]!
      into.leastNameHash = leastHash[place]!
      into.expiringEnd = expiringEnds[place]!
    },

    /** Puts rows of a group one after the other into `rows`; returns where they end. */
    listRows(group: number): number {
      if (!listed) {
        let end = 0
        for (let place = 0; place < size; place++) {
          ends[place] = end
          end += sums[place * 16]!
        }
        for (let row = first; row < last; row++) {
          const place = placeOfRow[row]! & lastPlace
          const at = ends[place]! & lastPlace
          rows[at] = row
          ends[place] = at + 1
        }
        listed = true
      }
      return ends[placeOf[group]! - 1]!
    },

    /** Puts those of the rows in `[begin, end)` of `rows` that have at least so many bytes into `largeRows`. */
    listLarge(begin: number, end: number, least: number): number {
      let found = 0
      for (let i = begin; i < end; i++) {
        const row = rows[i]!
        largeRows[found & lastPlace] = row
        found += +(ramBytes[row]! >= least)
      }
      return found
    },
  }
}
