import type { RdbString } from '../../../parsers/index.js'
import { ENCODING } from '../../batch.js'
import { type Costs, EMBEDDED_VALUE_BYTES, SHARED_INTEGERS } from '../costs.js'
import { integerOf } from '../structs/integers.js'
import type { Tally } from '../tally.js'

const INT = ENCODING.int
const EMBSTR = ENCODING.embstr
const RAW = ENCODING.raw

/** Prices string values. The shortest way of all: most keys of most dumps are strings. */
export class StringSizer {
  constructor(
    private readonly costs: Costs,
    private readonly tally: Tally,
  ) {}

  size(keyLength: number, hasExpiry: number, value: RdbString): void {
    const tally = this.tally
    const length = value.length
    tally.payloadBytes = keyLength + length
    tally.longestElementBytes = length
    if (length <= 20) {
      const integer = integerOf(value)
      // NaN compares false: not an integer.
      if (integer <= this.costs.maxInteger && integer >= -this.costs.maxInteger - 1) {
        this.#integer(keyLength, hasExpiry, integer)
        return
      }
    }
    if (this.costs.model.keyHolder === 'object') this.#inObject(keyLength, hasExpiry, length)
    else if (length <= this.costs.model.embstrLimit) this.#embstr(keyLength, hasExpiry, length)
    else this.#raw(keyLength, hasExpiry, length)
  }

  /** A damaged dump ended before the value: only the key is counted. */
  missing(keyLength: number, hasExpiry: number): void {
    const { costs, tally } = this
    tally.encoding = RAW
    tally.estimated = true
    tally.payloadBytes = keyLength
    tally.memoryUsageBytes = costs.keyUsage(keyLength, hasExpiry)
    costs.addKey(tally, keyLength, hasExpiry)
  }

  #integer(keyLength: number, hasExpiry: number, integer: number): void {
    const { costs, tally } = this
    tally.encoding = INT
    tally.memoryUsageBytes = costs.keyUsage(keyLength, hasExpiry)
    costs.addKey(tally, keyLength, hasExpiry)
    if (costs.sharesIntegers && integer >= 0 && integer < SHARED_INTEGERS) {
      tally.addBlock('object shared with other keys', -costs.robjBytes, -costs.robjGiven)
    }
  }

  #embstr(keyLength: number, hasExpiry: number, length: number): void {
    const { costs, tally } = this
    const block = costs.embstrBytes(length)
    const given = costs.given(block)
    tally.encoding = EMBSTR
    tally.memoryUsageBytes =
      costs.keyUsage(keyLength, hasExpiry) +
      // 4.0 to 6.2 count the text and two bytes more beside the object.
      (costs.model.embstrUsage === 'length' ? length + 2 : given - costs.robjBytes)
    const keyRequested = costs.keyRequested(keyLength, hasExpiry)
    tally.headerBytes = keyRequested - keyLength
    if (tally.rows === null) {
      tally.requestedBytes += keyRequested - costs.robjBytes + block
      tally.ramBytes += costs.keyGiven(keyLength, hasExpiry) - costs.robjGiven + given
      return
    }
    costs.addEntry(tally, keyLength)
    tally.addBlock('object with value (embstr)', block, given)
  }

  #raw(keyLength: number, hasExpiry: number, length: number): void {
    const { costs, tally } = this
    tally.encoding = RAW
    tally.memoryUsageBytes = costs.keyUsage(keyLength, hasExpiry) + costs.sdsUsage(length)
    costs.addKey(tally, keyLength, hasExpiry)
    tally.addBlock('value (sds)', costs.sdsBytes(length), costs.sdsGiven(length))
  }

  /** Targets whose objects carry the key: the value goes into the same block where the rule allows it. */
  #inObject(keyLength: number, hasExpiry: number, length: number): void {
    const { costs, tally } = this
    const rule = costs.model.embed!
    if (length <= rule.maxValueBytes) {
      const base = costs.embedBaseBytes(rule)
      // The room of the pointer is there, used or not.
      const valueBytes = Math.max(costs.robjBytes - base, length + EMBEDDED_VALUE_BYTES)
      const before = costs.objectBlockBytes(base, keyLength, hasExpiry)
      const reckoned =
        (rule.exactKeyHeader ? before - 8 * hasExpiry : base + keyLength + 3) +
        (rule.countsExpiry ? 8 * hasExpiry : 0) +
        length +
        EMBEDDED_VALUE_BYTES
      if (reckoned <= rule.limitBytes) {
        const block = before + valueBytes
        const given = costs.given(block)
        tally.encoding = EMBSTR
        tally.memoryUsageBytes = given
        tally.headerBytes = before - keyLength
        tally.addBlock('object with key name and value', block, given)
        return
      }
    }
    this.#raw(keyLength, hasExpiry, length)
  }
}
