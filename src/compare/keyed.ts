import { joinChurn } from '../../reports/compare/other-changes.js'
import type { ChangedKey, ComparedSide, KeyChurn } from '../../reports/compare-report.js'
import { formatBytes, formatCount } from '../../reports/format.js'
import { Collectors, type CollectorsState } from '../analysis/collectors.js'
import { TopKeys } from '../analysis/top-keys.js'
import { ENCODINGS, type KeyBatch, TYPES } from '../batch.js'
import { exportChunks } from '../io/export-chunks.js'
import { memoryBudget } from '../memory-budget.js'
import { fileOutcome, type ScannedDump, scanDumps } from '../pipeline/scan.js'
import { provenance } from '../provenance.js'
import type { FileOutcome, ReadRequest } from '../requests.js'
import { byKeyChange, changedKey } from './big-keys.js'
import { CellGroups } from './cell-groups.js'
import { BIG_KEY_BYTES, parseCondition } from './conditions.js'
import { factsOfState, type ListedKey, type SideFacts } from './facts.js'
import { hashKey, keyHash } from './key-hash.js'
import { KeyTable, keysWithin } from './key-table.js'
import { unifiedPatterns } from './patterns.js'
import { compareReport, type Joined } from './report.js'
import { CsvRows } from './rows/csv-rows.js'
import { JsonRows } from './rows/json-rows.js'
import { RowMaker } from './rows/row-maker.js'
import type { CompareResult, CompareRunOptions } from './run.js'
import type { Side } from './sides.js'

/** Largest keys of the old side that are remembered by name, so that those that are gone can be named. */
const REMEMBERED = 5000
const LISTED = 500
const KEPT = 200
const DEFAULT_TOP = 10

/** Sums of churn per group of the new side, side by side. */
const CHURN = { added: 0, addedRam: 1, grown: 2, grownRam: 3, shrunk: 4, shrunkRam: 5, same: 6 } as const
const CHURN_SUMS = 8

/** Compares two sides that are read key by key: exports of `keys`, or dumps. */
export async function compareKeys(
  before: Side,
  after: Side,
  request: ReadRequest,
  options: CompareRunOptions,
): Promise<CompareResult> {
  const conditions = (options.failOn ?? []).map(parseCondition)
  const budget = memoryBudget(request.maxMemoryBytes)
  const most = keysWithin(budget.comparedKeysBytes)
  const table = new KeyTable(most)
  const old = new KeyedSide(before, request, options.nowMs?.[0])
  const fresh = new KeyedSide(after, request, options.nowMs?.[1])
  const remembered = new TopKeys(REMEMBERED)
  const removed = new GroupSums(2)
  const came = new GroupSums(CHURN_SUMS)
  const top = { added: new TopKeys(LISTED), grown: new TopKeys(LISTED), shrunk: new TopKeys(LISTED) }
  const gone: ListedKey[] = []
  let newBigKeys = 0
  const extremes = new BigKeyExtremes()
  for (let turn = 0; turn < table.share; turn++) {
    if (turn > 0) table.clear(turn)
    await old.read((batch, groups) => {
      for (let row = 0; row < batch.length; row++) {
        const start = batch.keyStart[row]!
        hashKey(batch.db[row]!, batch.keyBytes, start, batch.keyEnd[row]!)
        const ram = batch.ramBytes[row]!
        table.add(keyHash.a, keyHash.b, ram, groups[row]!)
        if (turn === 0 && ram >= remembered.floor) remembered.offer(ram, batch, row)
      }
    })
    await fresh.read((batch, groups) => {
      for (let row = 0; row < batch.length; row++) {
        hashKey(batch.db[row]!, batch.keyBytes, batch.keyStart[row]!, batch.keyEnd[row]!)
        if (!table.holds(keyHash.b)) continue
        const ram = batch.ramBytes[row]!
        const known = table.take(keyHash.a, keyHash.b)
        const group = groups[row]!
        if (known < 0) {
          came.add(group, CHURN.added, ram)
          if (ram >= BIG_KEY_BYTES) newBigKeys++
          if (ram >= top.added.floor) top.added.offer(ram, batch, row)
        } else if (ram > known) {
          came.add(group, CHURN.grown, ram - known)
          if (ram - known >= top.grown.floor) top.grown.offer(ram - known, batch, row)
          if (ram >= BIG_KEY_BYTES) extremes.grown(known, ram, batch, row)
        } else if (ram < known) {
          came.add(group, CHURN.shrunk, known - ram)
          if (known - ram >= top.shrunk.floor) top.shrunk.offer(known - ram, batch, row)
          if (ram >= BIG_KEY_BYTES) extremes.shrunk(known, ram, batch, row)
        } else came.add(group, CHURN.same, 0)
      }
    })
    table.forEachLeft((bytes, group) => removed.add(group, 0, bytes))
    for (const key of remembered.sorted()) {
      // Longer names are not kept whole, so that they cannot be looked up.
      const name = remembered.names.bytes(key.slot)
      if (name.length < key.keyLength) continue
      hashKey(key.db, name, 0, name.length)
      if (table.holds(keyHash.b) && table.isLeft(keyHash.a, keyHash.b)) gone.push(listed(remembered, key))
    }
  }
  const unlisted = remembered.size === REMEMBERED ? remembered.floor : -1

  const oldFacts = old.facts()
  const newFacts = fresh.facts()
  const { pairs, cells } = unifiedPatterns(oldFacts.collectors!.patterns, newFacts.collectors!.patterns)
  const churns = pairs.map(() => [0, 0, 0, 0, 0, 0, 0, 0, 0])
  const all = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  spread(came, fresh.places(), cells.ofNew, [...churns.entries()], all, 0)
  spread(removed, old.places(), cells.ofOld, [...churns.entries()], all, CHURN_SUMS - 1)
  const joined: Joined = {
    pairs: pairs.map((pair, place) => ({ ...pair, churn: churnOf(churns[place]!) })),
    churn: joinChurn([churnOf(all)]),
    keys: changedKeysOf(top, gone),
    newBigKeys,
    extremes: extremes.keys(),
    note:
      unlisted < 0
        ? 'Keys are found on both sides by database and name.'
        : `Keys are found on both sides by database and name. Of those that are gone, the ones that took ${unlisted} bytes or less are counted and not listed.`,
  }
  const report = compareReport(oldFacts, newFacts, joined, {
    top: options.top ?? DEFAULT_TOP,
    conditions,
    notes:
      table.share === 1
        ? []
        : [
            `Both sides were read ${table.share} times: ${formatBytes(budget.bytes)} (--max-memory) have room for ` +
              `${formatCount(most)} keys at a time.`,
          ],
  })
  return { report, files: [...old.files, ...fresh.files], partialDumps: 0 }
}

/** Adds the sums of groups to the pattern each belongs to, and to all. */
function spread(
  sums: GroupSums,
  places: Int32Array,
  pairOf: (cell: number) => number,
  churns: readonly (readonly [number, number[]])[],
  all: number[],
  first: number,
): void {
  for (let group = 0; group < sums.size; group++) {
    const place = places[group] ?? -1
    const pair = place < 0 ? -1 : pairOf(place)
    for (let column = 0; column < Math.min(sums.columns, first === 0 ? CHURN_SUMS - 1 : 2); column++) {
      const value = sums.at(group, column)
      all[first + column]! += value
      if (pair >= 0) churns[pair]![1][first + column]! += value
    }
  }
}

function churnOf(sums: readonly number[]): KeyChurn {
  const pair = (at: number): { keys: number; ramBytes: number } => ({ keys: sums[at]!, ramBytes: sums[at + 1]! })
  return {
    added: pair(CHURN.added),
    removed: pair(CHURN_SUMS - 1),
    grown: pair(CHURN.grown),
    shrunk: pair(CHURN.shrunk),
    same: sums[CHURN.same]!,
  }
}

function changedKeysOf(
  { added, grown, shrunk }: { readonly added: TopKeys; readonly grown: TopKeys; readonly shrunk: TopKeys },
  gone: readonly ListedKey[],
): readonly ChangedKey[] {
  const found = [
    ...added.sorted().map((key) => changedKey(null, listed(added, key))),
    ...grown.sorted().map((key) => moved(listed(grown, key), key.rank)),
    ...shrunk.sorted().map((key) => moved(listed(shrunk, key), -key.rank)),
    ...gone.map((key) => changedKey(key, null)),
  ]
  return found.filter((row) => row !== null).sort(byKeyChange)
}

/** A key that takes `change` bytes more than before; how it was encoded, and how many elements it had, is not kept. */
function moved(key: ListedKey, change: number): ChangedKey | null {
  const row = changedKey({ ...key, ramBytes: key.ramBytes - change, elements: null }, key)
  return row === null ? null : { ...row, oldEncoding: null }
}

/** Which big keys grew and shrank most, in bytes and in proportion: among the keys that are listed they may be missing. */
class BigKeyExtremes {
  readonly #grownBytes = new TopKeys(1)
  readonly #grownTimes = new TopKeys(1)
  readonly #shrunkBytes = new TopKeys(1)
  readonly #shrunkTimes = new TopKeys(1)

  grown(before: number, after: number, batch: KeyBatch, row: number): void {
    if (after - before >= this.#grownBytes.floor) this.#grownBytes.offer(after - before, batch, row)
    if (after / before >= this.#grownTimes.floor) this.#grownTimes.offer(after / before, batch, row)
  }

  shrunk(before: number, after: number, batch: KeyBatch, row: number): void {
    if (before - after >= this.#shrunkBytes.floor) this.#shrunkBytes.offer(before - after, batch, row)
    if (before / after >= this.#shrunkTimes.floor) this.#shrunkTimes.offer(before / after, batch, row)
  }

  keys(): readonly ChangedKey[] {
    const found = (top: TopKeys, changeOf: (ramBytes: number, rank: number) => number): (ChangedKey | null)[] =>
      top.sorted().map((key) => moved(listed(top, key), changeOf(key.ramBytes, key.rank)))
    return [
      ...found(this.#grownBytes, (_, rank) => rank),
      ...found(this.#grownTimes, (ramBytes, rank) => ramBytes - Math.round(ramBytes / rank)),
      ...found(this.#shrunkBytes, (_, rank) => -rank),
      ...found(this.#shrunkTimes, (ramBytes, rank) => ramBytes - Math.round(ramBytes * rank)),
    ].filter((row) => row !== null)
  }
}

function listed(from: TopKeys, key: ReturnType<TopKeys['sorted']>[number]): ListedKey {
  return {
    name: from.names.name(key.slot)!,
    db: key.db,
    type: TYPES[key.type]!,
    encoding: ENCODINGS[key.encoding]!,
    ramBytes: key.ramBytes,
    elements: key.elements,
  }
}

/** Sums per group, in a list that grows. */
class GroupSums {
  readonly columns: number
  size = 0
  #sums = new Float64Array(1024)

  constructor(columns: number) {
    this.columns = columns
  }

  /** Counts one key, and its bytes in the column behind. */
  add(group: number, column: number, bytes: number): void {
    const at = group * this.columns + column
    if (group >= this.size) {
      this.size = group + 1
      if (this.size * this.columns > this.#sums.length) {
        const larger = new Float64Array(Math.max(this.#sums.length * 2, this.size * this.columns))
        larger.set(this.#sums)
        this.#sums = larger
      }
    }
    this.#sums[at] = this.#sums[at]! + 1
    this.#sums[at + 1] = this.#sums[at + 1]! + bytes
  }

  at(group: number, column: number): number {
    return this.#sums[group * this.columns + column]!
  }
}

/** Reads one side, as often as it takes; collects in the first reading. */
class KeyedSide {
  files: readonly FileOutcome[] = []
  readonly #side: Side
  readonly #request: ReadRequest
  readonly #nowMs: number | undefined
  readonly #collectors: Collectors
  readonly #groups: CellGroups
  readonly #groupOfRow = new Int32Array(8192)
  #info: ComparedSide
  #likeness: SideFacts['likeness'] = {}
  #readings = 0
  #state: CollectorsState | null = null

  constructor(side: Side, request: ReadRequest, nowMs: number | undefined) {
    const { separators } = request
    this.#side = side
    this.#request = request
    this.#nowMs = nowMs
    this.#collectors = new Collectors({ top: KEPT, ...(separators === undefined ? {} : { separators }) })
    this.#groups = new CellGroups(this.#collectors.miner)
    this.#info = {
      paths: side.inputs.map(({ path }) => path),
      kind: side.kind === 'keys' ? 'keys' : 'dumps',
      server: 'unknown',
      target: null,
      dumpTimeMs: null,
      nowMs: nowMs ?? null,
      complete: true,
    }
  }

  /** @param take is told the group of each row */
  async read(take: (batch: KeyBatch, groups: Int32Array) => void): Promise<void> {
    const collects = this.#readings++ === 0
    const groups = this.#groupOfRow
    const onBatch = (batch: KeyBatch): void => {
      if (collects) this.#collectors.add(batch, groups)
      for (let row = 0; row < batch.length; row++) {
        groups[row] = this.#groups.of(collects ? groups[row]! : this.#collectors.miner.findCell(batch, row))
      }
      take(batch, groups)
    }
    if (this.#side.kind === 'keys') await this.#readExports(onBatch)
    else await this.#readDumps(onBatch, collects)
  }

  facts(): SideFacts {
    this.#state ??= this.#collectors.state()
    const hasNames = (this.#request.redact ?? 'none') === 'none'
    return factsOfState(this.#info, this.#state, this.#likeness, hasNames)
  }

  places(): Int32Array {
    return this.#groups.places()
  }

  async #readExports(onBatch: (batch: KeyBatch) => void): Promise<void> {
    this.#collectors.setNow(this.#nowMs ?? 0)
    for (const [file, input] of this.#side.inputs.entries()) {
      const rows = new RowMaker(input.name, file, onBatch)
      let reader: JsonRows | CsvRows | null = null
      for await (const chunk of exportChunks(input)) {
        reader ??= looksLikeJson(chunk) ? new JsonRows(rows) : new CsvRows(rows)
        reader.push(chunk)
      }
      reader?.finish()
    }
  }

  async #readDumps(onBatch: (batch: KeyBatch) => void, collects: boolean): Promise<void> {
    const request: ReadRequest = {
      ...this.#request,
      inputs: this.#side.inputs,
      verify: this.#request.verify && collects,
    }
    const dumps: ScannedDump[] = []
    let nowMs = 0
    let chosen: Parameters<NonNullable<Parameters<typeof scanDumps>[0]['onTarget']>>[0] | null = null
    const scan = scanDumps({
      request,
      sha256: false,
      onTarget: (target) => {
        chosen = target
      },
      onNow: (dumpNowMs) => {
        if (dumps.length === 0) nowMs = dumpNowMs
        if (collects) this.#collectors.setNow(dumpNowMs)
      },
      onBatch,
    })
    for await (const dump of scan) dumps.push(dump)
    if (!collects || chosen === null) return
    const { target } = chosen as Exclude<typeof chosen, null>
    const about = provenance(dumps, target, request, nowMs, false)
    this.files = dumps.map(fileOutcome)
    this.#likeness = { target: [about.target, about.settings], options: about.options, dumps: dumps.length }
    this.#info = {
      ...this.#info,
      server: about.server,
      target: about.target.id,
      dumpTimeMs: about.dumpTimeMs,
      nowMs,
      complete: dumps.every(({ read, damagedKeys }) => read.error === null && damagedKeys === 0),
    }
  }
}

/** The first sign that is no blank. */
function looksLikeJson(chunk: Uint8Array): boolean {
  const first = chunk.find((byte) => byte > 32 && byte < 0x80)
  return first === 91 || first === 123
}
