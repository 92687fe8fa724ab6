import type { RdbString } from '../../../parsers/index.js'
import { ENCODING } from '../../batch.js'
import type { Costs } from '../costs.js'
import type { Tally } from '../tally.js'

/** Elements of one slice of a sparse array (Redis 8.8). */
const POINTER_PER_ELEMENT = 8

/**
 * Values whose memory the dump does not tell: module values and arrays. What they store is a lower bound, and the key
 * is always marked as estimated.
 */
export class OtherSizer {
  #elements = 0
  #requested = 0
  #given = 0

  constructor(
    private readonly costs: Costs,
    private readonly tally: Tally,
  ) {}

  begin(): void {
    this.#elements = 0
    this.#requested = 0
    this.#given = 0
  }

  element(value: RdbString): void {
    const length = value.length
    this.#elements++
    this.tally.payloadBytes += length
    if (length > this.tally.longestElementBytes) this.tally.longestElementBytes = length
    // Integers and strings of up to 7 bytes stand in the pointer.
    if (value.isInteger || length <= 7) return
    this.#requested += this.costs.sdsBytes(length)
    this.#given += this.costs.sdsGiven(length)
  }

  /** A number inside a module value. */
  number(): void {
    this.tally.payloadBytes += 8
  }

  /** A string inside a module value. */
  text(value: RdbString): void {
    this.tally.payloadBytes += value.length
    if (value.length > this.tally.longestElementBytes) this.tally.longestElementBytes = value.length
  }

  endArray(keyLength: number, hasExpiry: number): void {
    const { costs, tally } = this
    tally.payloadBytes += keyLength
    tally.encoding = ENCODING['sliced-array']
    tally.estimated = true
    costs.addKey(tally, keyLength, hasExpiry)
    const slots = this.#elements * POINTER_PER_ELEMENT
    tally.add('array slots', 1, slots, costs.given(slots))
    tally.add('elements', this.#elements, this.#requested, this.#given)
    tally.memoryUsageBytes = costs.keyUsage(keyLength, hasExpiry) + slots + this.#given
  }

  endModule(keyLength: number, hasExpiry: number): void {
    const { costs, tally } = this
    const stored = tally.payloadBytes
    tally.payloadBytes += keyLength
    tally.encoding = ENCODING.module
    tally.estimated = true
    costs.addKey(tally, keyLength, hasExpiry)
    tally.add('module value', 1, costs.structs.moduleValue, costs.given(costs.structs.moduleValue))
    tally.add('contents as stored in the dump (lower bound)', 1, stored, stored)
    tally.memoryUsageBytes = costs.keyUsage(keyLength, hasExpiry) - costs.robjBytes + stored
  }
}
