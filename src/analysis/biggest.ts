import type { BigKey, BigKeySummary, KeyType, LargestOfType } from '../../reports/report.js'
import { ENCODINGS, TYPE, TYPES } from '../batch.js'
import type { Target } from '../memory/target.js'
import { adviceFor, deleteMs, freeEffort, reasonsFor, replyBytes } from './big-key-advice.js'
import type { BigKeyPreset } from './big-key-limits.js'
import { compareText } from './names.js'
import { rowBlock } from './row-block.js'
import type { RowSums } from './row-sums.js'
import { floatsOf, StateError } from './state.js'
import { type KeptKey, TopKeys, type TopKeysState } from './top-keys.js'

export interface BiggestResult {
  readonly bigKeys: readonly BigKey[]
  readonly summary: BigKeySummary
  readonly largest: readonly LargestOfType[]
  /** Of each type that occurs: most elements, or most bytes for strings and modules. */
  readonly biggestOf: ReadonlyMap<KeyType, BigKey>
}

export interface BiggestState {
  /** Lists per type of `TYPES`. */
  readonly byBytes: readonly TopKeysState[]
  readonly byElements: readonly TopKeysState[]
  readonly flagged: TopKeysState
  readonly flaggedKeys: Float64Array
  readonly flaggedRam: Float64Array
}

/** Finds the largest keys of each type, and all that are over the limits. */
export class Biggest {
  readonly preset: BigKeyPreset
  readonly #byBytes: readonly TopKeys[]
  readonly #byElements: readonly TopKeys[]
  readonly #flagged: TopKeys
  readonly #flaggedKeys = new Float64Array(TYPES.length)
  readonly #flaggedRam = new Float64Array(TYPES.length)
  /** Ranks that the next key of a type must reach; infinite where nothing is kept. */
  readonly #bytesFloor = new Float64Array(TYPES.length).fill(-1)
  readonly #elementsFloor = new Float64Array(TYPES.length).fill(-1)
  readonly #limitBytes: Float64Array
  readonly #limitElements: Float64Array
  readonly #limitElementBytes: Float64Array

  /** @param kept keys kept per list */
  constructor(kept: number, preset: BigKeyPreset) {
    this.preset = preset
    this.#byBytes = TYPES.map(() => new TopKeys(kept))
    this.#byElements = TYPES.map((type) => new TopKeys(hasElements(type) ? kept : 0))
    this.#flagged = new TopKeys(kept)
    for (const type of TYPES) if (!hasElements(type)) this.#elementsFloor[TYPE[type]] = Number.POSITIVE_INFINITY
    const limit = (pick: 'bytes' | 'elements' | 'elementBytes'): Float64Array =>
      Float64Array.from(TYPES, (type) => preset.limits[type][pick] ?? Number.POSITIVE_INFINITY)
    this.#limitBytes = limit('bytes')
    this.#limitElements = limit('elements')
    this.#limitElementBytes = limit('elementBytes')
  }

  /** Adds rows of one type. */
  add(rows: RowSums): void {
    const batch = rows.batch!
    const t = batch.type[rows.start + rows.row]!
    if (rows.mostRamBytes >= this.#bytesFloor[t]!) {
      const top = this.#byBytes[t]!
      const large = rows.listLarge(this.#bytesFloor[t]!)
      for (let i = 0; i < rows.large; i++) {
        const ram = rowBlock.ramBytes[large[i]!]!
        if (ram >= top.floor) top.offer(ram, batch, rows.start + large[i]!)
      }
      this.#bytesFloor[t] = top.floor
    }
    const most = this.preset.measure === 'ram' ? rows.mostRamBytes : rows.mostPayloadBytes
    if (
      rows.mostElements > this.#elementsFloor[t]! ||
      (rows.mostElements === this.#elementsFloor[t]! && rows.mostRamBytes >= this.#byElements[t]!.floorRamBytes) ||
      most > this.#limitBytes[t]! ||
      rows.mostElements >= this.#limitElements[t]! ||
      rows.longestElementBytes > this.#limitElementBytes[t]!
    ) {
      this.#look(t, rows)
    }
  }

  /** Looks for rows with many elements, or beyond the limits. */
  #look(t: number, sums: RowSums): void {
    const { ramBytes, payloadBytes, keyLength, elements, longestElementBytes } = rowBlock
    const { start } = sums
    const batch = sums.batch!
    const ofRam = this.preset.measure === 'ram'
    const limitBytes = this.#limitBytes[t]!
    const limitElements = this.#limitElements[t]!
    const limitElementBytes = this.#limitElementBytes[t]!
    const top = this.#byElements[t]!
    let floor = this.#elementsFloor[t]!
    const rows = sums.listRows()
    for (let i = sums.begin; i < sums.end; i++) {
      const row = rows[i]!
      const count = elements[row]!
      if (count > floor || (count === floor && ramBytes[row]! >= top.floorRamBytes)) {
        top.offer(count, batch, start + row)
        floor = top.floor
      }
      // The payload includes the name: most keys are through with one comparison.
      const bytes = ofRam ? ramBytes[row]! : payloadBytes[row]!
      if (
        (bytes > limitBytes && (ofRam || bytes - keyLength[row]! > limitBytes)) ||
        count >= limitElements ||
        longestElementBytes[row]! > limitElementBytes
      ) {
        const ram = ramBytes[row]!
        this.#flaggedKeys[t]!++
        this.#flaggedRam[t]! += ram
        if (ram >= this.#flagged.floor) this.#flagged.offer(ram, batch, start + row)
      }
    }
    this.#elementsFloor[t] = floor
  }

  merge(other: Biggest): void {
    for (let t = 0; t < TYPES.length; t++) {
      this.#byBytes[t]!.merge(other.#byBytes[t]!)
      this.#bytesFloor[t] = this.#byBytes[t]!.floor
      if (hasElements(TYPES[t]!)) {
        this.#byElements[t]!.merge(other.#byElements[t]!)
        this.#elementsFloor[t] = this.#byElements[t]!.floor
      }
      this.#flaggedKeys[t]! += other.#flaggedKeys[t]!
      this.#flaggedRam[t]! += other.#flaggedRam[t]!
    }
    this.#flagged.merge(other.#flagged)
  }

  state(): BiggestState {
    return {
      byBytes: this.#byBytes.map((top) => top.state()),
      byElements: this.#byElements.map((top) => top.state()),
      flagged: this.#flagged.state(),
      flaggedKeys: this.#flaggedKeys.slice(),
      flaggedRam: this.#flaggedRam.slice(),
    }
  }

  /**
   * Adds what another has kept.
   *
   * @param firstFile what the file numbers of the state begin with here
   * @throws StateError
   */
  restore(state: BiggestState, firstFile: number): void {
    if (state.byBytes?.length !== TYPES.length || state.byElements?.length !== TYPES.length) {
      throw new StateError('biggest: the lists are not those of the types')
    }
    const keys = floatsOf(state.flaggedKeys, TYPES.length, 'biggest.flaggedKeys')
    const ram = floatsOf(state.flaggedRam, TYPES.length, 'biggest.flaggedRam')
    for (let t = 0; t < TYPES.length; t++) {
      this.#byBytes[t]!.merge(TopKeys.restore(state.byBytes[t]!, firstFile))
      this.#bytesFloor[t] = this.#byBytes[t]!.floor
      if (hasElements(TYPES[t]!)) {
        this.#byElements[t]!.merge(TopKeys.restore(state.byElements[t]!, firstFile))
        this.#elementsFloor[t] = this.#byElements[t]!.floor
      }
      this.#flaggedKeys[t]! += keys[t]!
      this.#flaggedRam[t]! += ram[t]!
    }
    this.#flagged.merge(TopKeys.restore(state.flagged, firstFile))
  }

  result(target: Target): BiggestResult {
    const list = (top: TopKeys): readonly BigKey[] => top.sorted().map((key) => bigKey(key, top, target, this.preset))
    const largest: LargestOfType[] = []
    const biggestOf = new Map<KeyType, BigKey>()
    const byType: BigKeySummary['byType'][number][] = []
    for (const type of TYPES) {
      const t = TYPE[type]
      const byBytes = list(this.#byBytes[t]!)
      if (byBytes.length === 0) continue
      const byElements = list(this.#byElements[t]!)
      largest.push({ type, byBytes, byElements })
      biggestOf.set(type, byElements[0] ?? byBytes[0]!)
      if (this.#flaggedKeys[t]! > 0) {
        byType.push({ type, keys: this.#flaggedKeys[t]!, ramBytes: this.#flaggedRam[t]! })
      }
    }
    largest.sort((a, b) => b.byBytes[0]!.ramBytes - a.byBytes[0]!.ramBytes || compareText(a.type, b.type))
    byType.sort((a, b) => b.ramBytes - a.ramBytes || compareText(a.type, b.type))
    return {
      bigKeys: list(this.#flagged),
      summary: {
        preset: this.preset.id,
        limits: this.preset.limits,
        flaggedKeys: byType.reduce((sum, row) => sum + row.keys, 0),
        flaggedRamBytes: byType.reduce((sum, row) => sum + row.ramBytes, 0),
        byType,
      },
      largest,
      biggestOf,
    }
  }
}

function hasElements(type: KeyType): boolean {
  return type !== 'string' && type !== 'module'
}

/** A kept key as the report shows it; advice only for keys that have a reason to be listed. */
export function bigKey(
  key: KeptKey,
  from: TopKeys,
  target: Target,
  preset: BigKeyPreset,
  moreReasons: readonly string[] = [],
): BigKey {
  const effort = freeEffort(key, target)
  const reasons = [...moreReasons, ...reasonsFor(key, preset)]
  return {
    ...from.names.name(key.slot)!,
    db: key.db,
    type: TYPES[key.type]!,
    encoding: ENCODINGS[key.encoding]!,
    ramBytes: key.ramBytes,
    payloadBytes: key.payloadBytes,
    elements: key.elements,
    longestElementBytes: key.longestElementBytes,
    expiresAtMs: key.expiresAtMs < 0 ? null : key.expiresAtMs,
    file: key.file,
    offset: key.offset,
    reasons,
    advice: reasons.length === 0 ? [] : adviceFor(key, effort, target),
    freeEffort: effort,
    deleteMs: deleteMs(key, effort),
    replyBytes: replyBytes(key),
  }
}
