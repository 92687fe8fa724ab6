import { type Container, type RdbKey, type RdbString, STRING_FORM } from '../../parsers/index.js'
import { escapeBytes } from '../../reports/escape.js'
import type { BigKey, LargeElementRow } from '../../reports/report.js'
import type { BigKeyPreset } from '../analysis/big-key-limits.js'
import { type KeyBatch, TYPES } from '../batch.js'
import { ValueTap } from './value-tap.js'

/** Elements kept per key, and bytes of a name. */
const KEPT = 3
const NAME_BYTES = 120
/** Big keys whose elements are kept, for each that a report can list: those that are pushed out later come on top. */
const SPARE = 4
const MIN_KEYS = 64
/** A packed value may hold less than its text: integers in listpacks and intsets take a byte for two or three. */
const PACKED_FACTOR = 4
/** List nodes may be so large: list-max-listpack-size -5 (t_list.c). */
const NODE_BYTES = 64 * 1024

/** The largest elements of one key; the key is found by its place. */
export interface KeptElementsState {
  readonly ramBytes: number
  readonly file: number
  readonly offset: number
  readonly elements: readonly LargeElementRow[]
}

/**
 * The three largest elements of each key above the limits. Whether a key is above them shows at its end only, so the
 * elements of every collection that may get there are looked at: one comparison each, nothing allocated. Packed values
 * that are too small to get there are not.
 */
export class BigKeyElements extends ValueTap {
  readonly #preset: BigKeyPreset
  readonly #showValues: boolean
  readonly #most: number
  #kept: KeptElementsState[] = []
  #limitBytes = 0
  #limitElements = 0
  /** A limit on single elements: any container may hold one. */
  #byElement = false
  #nodes = 0
  // The elements of the key at hand, largest first.
  #seen = 0
  #floor = -1
  #count = 0
  readonly #bytes = new Float64Array(KEPT + 1)
  readonly #index = new Float64Array(KEPT + 1)
  /** Which of the name slots belongs to which place. */
  readonly #slot = Int32Array.from({ length: KEPT + 1 }, (_, place) => place)
  readonly #names = Array.from({ length: KEPT + 1 }, () => new Uint8Array(NAME_BYTES))
  readonly #nameLength = new Int32Array(KEPT + 1)

  /**
   * @param listed how many big keys the report lists
   * @param showValues also names that are values: members of sets, elements of lists
   */
  constructor(preset: BigKeyPreset, listed: number, showValues: boolean) {
    super()
    this.#preset = preset
    this.#most = Math.max(MIN_KEYS, listed * SPARE)
    this.#showValues = showValues
  }

  /** Strings have no elements. */
  override get takesRuns(): boolean {
    return true
  }

  override begin(key: RdbKey): boolean {
    const type = key.layout.redisType
    if (type === 'string' || type === 'stream' || type === 'module') return false
    const limits = this.#preset.limits[type]
    this.#limitBytes = limits.bytes ?? Number.POSITIVE_INFINITY
    this.#limitElements = limits.elements ?? Number.POSITIVE_INFINITY
    this.#byElement = limits.elementBytes !== null
    this.#nodes = 1
    this.#seen = 0
    this.#floor = -1
    this.#count = 0
    return true
  }

  override looksInto(key: RdbKey, container: Container): boolean {
    return this.begin(key) && this.container(container)
  }

  /** Those that are no longer than the largest ones so far. */
  override get lengthsUpTo(): number {
    return this.#floor
  }

  override lengths(count: number): void {
    this.#seen += count
  }

  override nodes(nodes: number): void {
    this.#nodes = nodes
  }

  override container(container: Container): boolean {
    if (this.#byElement) return true
    // A list of many nodes: the first ones look small.
    const bytes = this.#nodes > 1 ? this.#nodes * Math.max(container.bytes, NODE_BYTES / 8) : container.bytes
    if (bytes * PACKED_FACTOR > this.#limitBytes) return true
    return container.bytes * this.#nodes >= this.#limitElements
  }

  override element(value: RdbString): void {
    const { length } = value
    const index = this.#seen++
    if (length > this.#floor) this.#insert(index, length, this.#showValues ? value : null)
  }

  override field(field: RdbString, value: RdbString): void {
    const bytes = field.length + value.length
    const index = this.#seen++
    if (bytes > this.#floor) this.#insert(index, bytes, field)
  }

  override member(member: RdbString): void {
    this.element(member)
  }

  override arrayElement(_indexHigh: number, indexLow: number, value: RdbString): void {
    const { length } = value
    if (length > this.#floor) this.#insert(indexLow, length, this.#showValues ? value : null)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (this.#count === 0 || !isBig(this.#preset, batch, row)) return
    this.#keep({
      ramBytes: batch.ramBytes[row]!,
      file: batch.file,
      offset: key.offset,
      elements: Array.from({ length: this.#count }, (_, place) => this.#element(place)),
    })
  }

  #keep(kept: KeptElementsState): void {
    this.#kept.push(kept)
    if (this.#kept.length < this.#most * 2) return
    this.#kept.sort((a, b) => b.ramBytes - a.ramBytes || a.file - b.file || a.offset - b.offset)
    this.#kept.length = this.#most
  }

  /** What is kept of the largest keys. */
  state(keys: number): readonly KeptElementsState[] {
    return this.#kept
      .toSorted((a, b) => b.ramBytes - a.ramBytes || a.file - b.file || a.offset - b.offset)
      .slice(0, keys)
  }

  /** What was kept since the last time. */
  take(): readonly KeptElementsState[] {
    const kept = this.#kept
    this.#kept = []
    return kept
  }

  /** What another one kept. */
  absorb(kept: readonly KeptElementsState[]): void {
    for (const one of kept) this.#keep(one)
  }

  /** The same keys, with their largest elements where they are known. */
  addTo(keys: readonly BigKey[]): readonly BigKey[] {
    return withElements(keys, this.#kept)
  }

  #element(place: number): LargeElementRow {
    const slot = this.#slot[place]!
    const length = this.#nameLength[slot]!
    return {
      name: length < 0 ? null : escapeBytes(this.#names[slot]!, 0, length),
      index: this.#index[place]!,
      bytes: this.#bytes[place]!,
    }
  }

  /** Puts an element in its place; of equal ones the first stays in front. */
  #insert(index: number, bytes: number, name: RdbString | null): void {
    let place = this.#count
    const slot = this.#slot[place]!
    while (place > 0 && this.#bytes[place - 1]! < bytes) {
      this.#bytes[place] = this.#bytes[place - 1]!
      this.#index[place] = this.#index[place - 1]!
      this.#slot[place] = this.#slot[place - 1]!
      place--
    }
    this.#bytes[place] = bytes
    this.#index[place] = index
    this.#slot[place] = slot
    this.#setName(slot, name)
    if (this.#count < KEPT) this.#count++
    if (this.#count === KEPT) this.#floor = this.#bytes[KEPT - 1]!
  }

  #setName(slot: number, name: RdbString | null): void {
    if (name === null || name.form === STRING_FORM.streamed) {
      this.#nameLength[slot] = -1
      return
    }
    const { bytes, start, end } = name.load()
    const length = Math.min(end - start, NAME_BYTES)
    const kept = this.#names[slot]!
    for (let i = 0; i < length; i++) kept[i] = bytes[start + i]!
    this.#nameLength[slot] = length
  }
}

/** The same keys, with their largest elements where they are known. */
export function withElements(keys: readonly BigKey[], kept: readonly KeptElementsState[]): readonly BigKey[] {
  const known = new Map(kept.map(({ file, offset, elements }) => [`${file} ${offset}`, elements]))
  return keys.map((key) => {
    const largestElements = known.get(`${key.file} ${key.offset}`)
    return largestElements === undefined ? key : { ...key, largestElements }
  })
}

/** Whether a row is above the limits, as `Biggest` sees it. */
function isBig(preset: BigKeyPreset, batch: KeyBatch, row: number): boolean {
  const limits = preset.limits[TYPES[batch.type[row]!]!]
  const bytes = preset.measure === 'ram' ? batch.ramBytes[row]! : batch.payloadBytes[row]! - batch.keyLength[row]!
  return (
    bytes > (limits.bytes ?? Number.POSITIVE_INFINITY) ||
    batch.elements[row]! >= (limits.elements ?? Number.POSITIVE_INFINITY) ||
    batch.longestElementBytes[row]! > (limits.elementBytes ?? Number.POSITIVE_INFINITY)
  )
}
