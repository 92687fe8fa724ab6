import type { DatabaseRow, EncodingRow, FileRow, LargestKey, Sums, TypeRow } from '../../reports/report.js'
import { CODES, codeOf, ENCODINGS, encodingOfCode, isCode, type KeyBatch, TYPES, typeOfCode } from '../batch.js'
import { compareText, NameSlots, type NamesState } from './names.js'
import type { RowSums } from './row-sums.js'
import { checkRange, floatsOf, intsOf, StateError } from './state.js'

/** Databases that are counted one by one; those beyond share one row. */
const DATABASES = 1024

/** Places of the sums within the row of a group. */
const SUM = {
  keys: 0,
  ramBytes: 1,
  overheadBytes: 2,
  memoryUsageBytes: 3,
  payloadBytes: 4,
  rdbBytes: 5,
  elements: 6,
  expiringKeys: 7,
  expiredKeys: 8,
} as const
const SUMS = 9
const LARGEST_RAM = 9
const STRIDE = 10
const NAMES_PER_BLOCK = 64
const PREFIX_BYTES = 8

/** Groups of database, type and encoding, and sums per file. */
export interface TotalsState {
  readonly dbs: Int32Array
  readonly codes: Int32Array
  /** `SUMS` sums per group and the bytes of its largest key. */
  readonly sums: Float64Array
  /** Largest key of each group. */
  readonly names: NamesState
  readonly files: Float64Array
  /** `SUMS` sums per file. */
  readonly fileSums: Float64Array
}

export interface TotalsResult {
  readonly totals: Sums
  readonly types: readonly TypeRow[]
  readonly encodings: readonly EncodingRow[]
  readonly databases: readonly DatabaseRow[]
  readonly files: readonly FileRow[]
}

/**
 * Sums by database, type and encoding, in one table of groups; every other table is made of these groups.
 * What a file adds is the difference between the whole before and behind it.
 */
export class Totals {
  #groups = 0
  #sums = new Float64Array(64 * STRIDE)
  #codes = new Uint8Array(64)
  #dbs = new Int32Array(64)
  readonly #names: NameSlots[] = []
  /** The first eight bytes of the name of each group's largest key, as two numbers; 2^32 - 1 where nobody knows. */
  #prefixes = new Uint32Array(64 * 2)
  /** Names of the batch at hand. */
  #bytes: Uint8Array = new Uint8Array(0)
  #words = new DataView(this.#bytes.buffer)
  readonly #bases = new Map<number, number>()
  /** Group of database and code, -1 where there is none yet. */
  #groupOf = new Int32Array(0)
  #lastDb = -1
  #lastBase = -1
  readonly #files = new Map<number, Float64Array>()
  #file = -1
  /** The whole at the beginning of the current file. */
  #before: Float64Array = new Float64Array(SUMS)

  /** Adds rows that have database, type and encoding in common. */
  add(rows: RowSums): void {
    const batch = rows.batch!
    const first = rows.start + rows.row
    if (batch.file !== this.#file) {
      this.#closeFile()
      this.#file = batch.file
    }
    const db = batch.db[first]!
    if (db !== this.#lastDb || this.#lastBase === -1) {
      this.#lastDb = db
      this.#lastBase = this.#baseOf(db)
    }
    const code = codeOf(batch.type[first]!, batch.encoding[first]!)
    let group = this.#groupOf[this.#lastBase + code]!
    if (group === -1) group = this.#create(this.#lastBase, code, db)
    const sums = this.#sums
    const at = group * STRIDE
    sums[at + SUM.keys]! += rows.keys
    sums[at + SUM.ramBytes]! += rows.ramBytes
    sums[at + SUM.overheadBytes]! += rows.overheadBytes
    sums[at + SUM.memoryUsageBytes]! += rows.memoryUsageBytes
    sums[at + SUM.payloadBytes]! += rows.payloadBytes
    sums[at + SUM.rdbBytes]! += rows.rdbBytes
    sums[at + SUM.elements]! += rows.elements
    sums[at + SUM.expiringKeys]! += rows.expiringKeys
    sums[at + SUM.expiredKeys]! += rows.expiredKeys
    if (rows.mostRamBytes < sums[at + LARGEST_RAM]!) return
    const largest = rows.listLarge(rows.mostRamBytes)
    if (this.#bytes !== batch.keyBytes) this.#look(batch.keyBytes)
    for (let i = 0; i < rows.large; i++) {
      const row = rows.start + largest[i]!
      if (!this.#isBehind(group, rows.mostRamBytes, batch.keyStart[row]!, batch.keyEnd[row]!)) {
        this.#offerLargest(group, batch, row)
      }
    }
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Sees by the first bytes that the name of an equally large key stands behind that of the group's largest one. */
  #isBehind(group: number, ramBytes: number, start: number, end: number): boolean {
    if (ramBytes !== this.#sums[group * STRIDE + LARGEST_RAM] || end - start < PREFIX_BYTES) return false
    const first = this.#words.getUint32(start)
    const kept = this.#prefixes[group * 2]!
    return first > kept || (first === kept && this.#words.getUint32(start + 4) > this.#prefixes[group * 2 + 1]!)
  }

  merge(other: Totals): void {
    this.#closeFile()
    other.#closeFile()
    for (let theirs = 0; theirs < other.#groups; theirs++) {
      const db = other.#dbs[theirs]!
      const base = this.#baseOf(db)
      const code = other.#codes[theirs]!
      let ours = this.#groupOf[base + code]!
      if (ours === -1) ours = this.#create(base, code, db)
      const a = theirs * STRIDE
      const b = ours * STRIDE
      for (let sum = 0; sum < SUMS; sum++) this.#sums[b + sum]! += other.#sums[a + sum]!
      if (other.#compareLargest(theirs, this, ours) < 0) {
        this.#sums[b + LARGEST_RAM] = other.#sums[a + LARGEST_RAM]!
        this.#namesOf(ours).copy(other.#namesOf(theirs), slotIn(theirs), slotIn(ours))
        this.#forgetPrefix(ours)
      }
    }
    for (const [file, sums] of other.#files) this.#addToFile(file, sums)
    this.#before = this.#whole()
  }

  state(): TotalsState {
    this.#closeFile()
    const groups = this.#groups
    const names = new NameSlots(groups)
    for (let group = 0; group < groups; group++) names.copy(this.#namesOf(group), slotIn(group), group)
    const files = [...this.#files]
    return {
      dbs: this.#dbs.slice(0, groups),
      codes: Int32Array.from(this.#codes.subarray(0, groups)),
      sums: this.#sums.slice(0, groups * STRIDE),
      names: names.state(),
      files: Float64Array.from(files, ([file]) => file),
      fileSums: Float64Array.from(files.flatMap(([, sums]) => [...sums])),
    }
  }

  /**
   * Adds what another has counted.
   *
   * @param firstFile what the file numbers of the state begin with here
   * @throws StateError
   */
  restore(state: TotalsState, firstFile: number): void {
    const other = new Totals()
    const dbs = intsOf(state.dbs, null, 'totals.dbs')
    checkRange(dbs, -1, 0x7fffffff, 'totals.dbs')
    const codes = intsOf(state.codes, dbs.length, 'totals.codes')
    checkRange(codes, 0, CODES - 1, 'totals.codes')
    const sums = floatsOf(state.sums, dbs.length * STRIDE, 'totals.sums')
    const names = new NameSlots(dbs.length)
    names.restore(state.names)
    for (let from = 0; from < dbs.length; from++) {
      const base = other.#baseOf(dbs[from]!)
      const code = codes[from]!
      if (!isCode(code)) throw new StateError('totals: unknown type or encoding')
      if (other.#groupOf[base + code] !== -1) throw new StateError('totals: a group is there twice')
      const group = other.#create(base, code, dbs[from]!)
      other.#sums.set(sums.subarray(from * STRIDE, (from + 1) * STRIDE), group * STRIDE)
      other.#namesOf(group).copy(names, from, slotIn(group))
    }
    const files = floatsOf(state.files, null, 'totals.files')
    const fileSums = floatsOf(state.fileSums, files.length * SUMS, 'totals.fileSums')
    for (const [i, file] of files.entries()) {
      other.#files.set(file + firstFile, fileSums.slice(i * SUMS, (i + 1) * SUMS))
    }
    other.#before = other.#whole()
    this.merge(other)
  }

  /**
   * @param hasMemoryUsage false: the target has no `MEMORY USAGE`
   * @param files how many input files there were, also those without keys
   */
  result(hasMemoryUsage: boolean, files = 0): TotalsResult {
    this.#closeFile()
    const all = Array.from({ length: this.#groups }, (_, group) => group)
    const sumsOf = (groups: readonly number[]): Sums => this.#sumsOf(groups, hasMemoryUsage)
    const byBytes = (a: Sums, b: Sums): number => b.ramBytes - a.ramBytes || b.keys - a.keys
    const averageRamBytes = (sums: Sums): number => sums.ramBytes / sums.keys

    const types = [...groupBy(all, (group) => typeOfCode(this.#codes[group]!))].map(([type, groups]): TypeRow => {
      const sums = sumsOf(groups)
      return {
        type: TYPES[type]!,
        ...sums,
        averageRamBytes: averageRamBytes(sums),
        averageElements: sums.elements / sums.keys,
        largest: this.#largestOf(groups),
      }
    })
    const encodings = [...groupBy(all, (group) => this.#codes[group]!)].map(([code, groups]): EncodingRow => {
      const sums = sumsOf(groups)
      return {
        type: TYPES[typeOfCode(code)]!,
        encoding: ENCODINGS[encodingOfCode(code)]!,
        ...sums,
        averageRamBytes: averageRamBytes(sums),
        largest: this.#largestOf(groups),
      }
    })
    const databases = [...groupBy(all, (group) => this.#dbs[group]!)].map(
      ([db, groups]): DatabaseRow => ({ db, ...sumsOf(groups), largest: this.#largestOf(groups) }),
    )
    const fileRows = new Map<number, FileRow>()
    for (let file = 0; file < files; file++)
      fileRows.set(file, { file, ...toSums(new Float64Array(SUMS), hasMemoryUsage) })
    for (const [file, sums] of this.#files) fileRows.set(file, { file, ...toSums(sums, hasMemoryUsage) })
    return {
      totals: sumsOf(all),
      types: types.sort((a, b) => byBytes(a, b) || compareText(a.type, b.type)),
      encodings: encodings.sort(
        (a, b) => byBytes(a, b) || compareText(a.type, b.type) || compareText(a.encoding, b.encoding),
      ),
      databases: databases.sort((a, b) => byBytes(a, b) || a.db - b.db),
      files: [...fileRows.values()].sort((a, b) => a.file - b.file),
    }
  }

  /** Where the groups of a database begin in `#groupOf`; databases beyond the limit count as -1. */
  #baseOf(db: number): number {
    const known = this.#bases.get(db)
    if (known !== undefined) return known
    if (db !== -1 && this.#bases.size >= DATABASES) return this.#baseOf(-1)
    const base = this.#bases.size * CODES
    this.#bases.set(db, base)
    if (base >= this.#groupOf.length) {
      const larger = new Int32Array(Math.max(CODES, this.#groupOf.length * 2)).fill(-1)
      larger.set(this.#groupOf)
      this.#groupOf = larger
    }
    return base
  }

  #create(base: number, code: number, db: number): number {
    const group = this.#groups++
    if (group === this.#codes.length) {
      this.#sums = enlarged(this.#sums, new Float64Array(group * 2 * STRIDE))
      this.#codes = enlarged(this.#codes, new Uint8Array(group * 2))
      this.#dbs = enlarged(this.#dbs, new Int32Array(group * 2))
      this.#prefixes = enlarged(this.#prefixes, new Uint32Array(group * 4))
    }
    if (slotIn(group) === 0) this.#names.push(new NameSlots(NAMES_PER_BLOCK))
    this.#sums[group * STRIDE + LARGEST_RAM] = -1
    this.#forgetPrefix(group)
    this.#codes[group] = code
    this.#dbs[group] = this.#bases.get(db) === base ? db : -1
    this.#groupOf[base + code] = group
    return group
  }

  #namesOf(group: number): NameSlots {
    return this.#names[(group / NAMES_PER_BLOCK) | 0]!
  }

  /** The row is at least as large as the group's largest key: of equal ones the first name in byte order stays. */
  #offerLargest(group: number, batch: KeyBatch, row: number): void {
    const at = group * STRIDE + LARGEST_RAM
    const ram = batch.ramBytes[row]!
    const { keyBytes } = batch
    const start = batch.keyStart[row]!
    const end = batch.keyEnd[row]!
    const keyLength = batch.keyLength[row]!
    const names = this.#namesOf(group)
    const slot = slotIn(group)
    if (ram === this.#sums[at] && names.compare(slot, keyBytes, start, end, keyLength) <= 0) return
    this.#sums[at] = ram
    names.set(slot, keyBytes, start, end, keyLength)
    if (end - start >= PREFIX_BYTES) {
      this.#prefixes[group * 2] = this.#words.getUint32(start)
      this.#prefixes[group * 2 + 1] = this.#words.getUint32(start + 4)
    } else this.#forgetPrefix(group)
  }

  #forgetPrefix(group: number): void {
    this.#prefixes.fill(0xffffffff, group * 2, group * 2 + 2)
  }

  /** Negative when our group's largest key goes before that of another. */
  #compareLargest(group: number, other: Totals, theirs: number): number {
    const difference = other.#sums[theirs * STRIDE + LARGEST_RAM]! - this.#sums[group * STRIDE + LARGEST_RAM]!
    if (difference !== 0) return difference
    const byDb = this.#dbs[group]! - other.#dbs[theirs]!
    if (byDb !== 0) return byDb
    const bytes = other.#namesOf(theirs).bytes(slotIn(theirs))
    const length = other.#namesOf(theirs).length(slotIn(theirs))
    return this.#namesOf(group).compare(slotIn(group), bytes, 0, bytes.length, length)
  }

  #largestOf(groups: readonly number[]): LargestKey | null {
    let best = -1
    for (const group of groups) if (best === -1 || this.#compareLargest(group, this, best) < 0) best = group
    const name = best === -1 ? null : this.#namesOf(best).name(slotIn(best))
    if (name === null) return null
    return { ...name, db: this.#dbs[best]!, ramBytes: this.#sums[best * STRIDE + LARGEST_RAM]! }
  }

  #sumsOf(groups: readonly number[], hasMemoryUsage: boolean): Sums {
    const total = new Float64Array(SUMS)
    for (const group of groups) {
      for (let sum = 0; sum < SUMS; sum++) total[sum]! += this.#sums[group * STRIDE + sum]!
    }
    return toSums(total, hasMemoryUsage)
  }

  #whole(): Float64Array {
    const whole = new Float64Array(SUMS)
    for (let group = 0; group < this.#groups; group++) {
      for (let sum = 0; sum < SUMS; sum++) whole[sum]! += this.#sums[group * STRIDE + sum]!
    }
    return whole
  }

  /** Books what came since the last time on the current file. */
  #closeFile(): void {
    const whole = this.#whole()
    if (this.#file !== -1)
      this.#addToFile(
        this.#file,
        whole.map((value, sum) => value - this.#before[sum]!),
      )
    this.#before = whole
  }

  #addToFile(file: number, sums: Float64Array): void {
    const known = this.#files.get(file)
    if (known === undefined) this.#files.set(file, sums.slice())
    else for (let sum = 0; sum < SUMS; sum++) known[sum]! += sums[sum]!
  }
}

function slotIn(group: number): number {
  return group % NAMES_PER_BLOCK
}

function enlarged<Column extends Float64Array | Uint8Array | Int32Array | Uint32Array>(
  column: Column,
  larger: Column,
): Column {
  larger.set(column)
  return larger
}

function toSums(sums: Float64Array, hasMemoryUsage: boolean): Sums {
  return {
    keys: sums[SUM.keys]!,
    ramBytes: sums[SUM.ramBytes]!,
    overheadBytes: sums[SUM.overheadBytes]!,
    memoryUsageBytes: hasMemoryUsage ? sums[SUM.memoryUsageBytes]! : null,
    payloadBytes: sums[SUM.payloadBytes]!,
    rdbBytes: sums[SUM.rdbBytes]!,
    elements: sums[SUM.elements]!,
    expiringKeys: sums[SUM.expiringKeys]!,
    expiredKeys: sums[SUM.expiredKeys]!,
  }
}

function groupBy(groups: readonly number[], keyOf: (group: number) => number): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const group of groups) {
    const key = keyOf(group)
    const known = found.get(key)
    if (known === undefined) found.set(key, [group])
    else known.push(group)
  }
  return found
}
