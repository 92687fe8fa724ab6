import { runColumns, STRING_FORM, type StringRun } from '../../parsers/index.js'
import { type KeyBatch, TYPE } from '../batch.js'
import type { KeySizer } from '../memory/sizer.js'
import { integerKind, PRICE, STRING_KIND, StringPrices } from '../memory/string-prices.js'
import { canonicalInteger } from '../memory/structs/integers.js'
import type { RowOverhead } from './overhead-rows.js'
import type { RunningSums } from './row-builder.js'

/** Texts up to this length may be integers. */
const INTEGER_TEXT = 20

/** Makes rows of runs of strings: what `RowBuilder` does key by key, in one loop over columns. */
export class StringRows {
  readonly #prices: StringPrices

  constructor(sizer: KeySizer) {
    this.#prices = new StringPrices(sizer)
  }

  /** Adds the run to the rows, which must have room for it, and to the sums. */
  add(run: StringRun, batch: KeyBatch, overhead: RowOverhead, sums: RunningSums): void {
    addRows(run, this.#prices, batch, overhead)
    sums.payloadBytes += runSums[SUM.payloadBytes]!
    sums.headerBytes += runSums[SUM.headerBytes]!
    sums.requestedBytes += runSums[SUM.requestedBytes]!
    sums.ramBytes += runSums[SUM.ramBytes]!
    sums.overheadBytes += runSums[SUM.overheadBytes]!
    sums.expiresBytes += runSums[SUM.expiresBytes]!
  }
}

/** Places in `runSums`. */
const SUM = {
  payloadBytes: 0,
  headerBytes: 1,
  requestedBytes: 2,
  ramBytes: 3,
  overheadBytes: 4,
  expiresBytes: 5,
} as const
/**
 * What the last run comes to. Not an object: V8 gives one another shape once a number outgrows its field, and throws
 * the compiled loop away at the end of each run for it.
 */
const runSums = new Float64Array(6)
const addRows = makeAddRows()

/** Columns of runs are constants of the function: so its compiled loop knows where they are, also in a bundle. */
function makeAddRows(): (run: StringRun, prices: StringPrices, batch: KeyBatch, overhead: RowOverhead) => void {
  const { from, to, nameStart, nameEnd, form, valueLength, value, expiresAtMs, idleSeconds, freq } = runColumns
  return (run, known, batch, overhead) => {
    const { length, bytes, base } = run
    const { prices } = known
    const first = batch.length
    let [payloadBytes, headerBytes, requestedBytes, ramBytes, overheadBytes, expiresBytes] = [0, 0, 0, 0, 0, 0]
    for (let i = 0; i < length; i++) {
      const row = first + i
      const start = nameStart[i]!
      const end = nameEnd[i]!
      const text = valueLength[i]!
      const expires = expiresAtMs[i]! >= 0
      let kind: number = STRING_KIND.text
      if (form[i] === STRING_FORM.integer) kind = integerKind(value[i]!)
      else if (text <= INTEGER_TEXT) kind = textKind(bytes, value[i]!, text)
      const name = end - start
      const price = known.of(name, text, kind, expires ? 1 : 0)
      const ram = prices[price + PRICE.ramBytes]!
      const share = overhead.next(expires, false)
      const payload = name + text
      batch.db[row] = run.db
      batch.type[row] = TYPE.string
      batch.flags[row] = 0
      batch.elements[row] = 1
      batch.expiresAtMs[row] = expiresAtMs[i]!
      batch.idleSeconds[row] = idleSeconds[i]!
      batch.freq[row] = freq[i]!
      batch.encoding[row] = prices[price + PRICE.encoding]!
      batch.keyLength[row] = name
      batch.longestElementBytes[row] = text
      batch.payloadBytes[row] = payload
      batch.rdbBytes[row] = to[i]! - from[i]!
      batch.ramBytes[row] = ram
      batch.overheadBytes[row] = share
      batch.memoryUsageBytes[row] = prices[price + PRICE.memoryUsageBytes]!
      batch.offset[row] = base + from[i]!
      batch.setKey(row, bytes, start, end)
      payloadBytes += payload
      headerBytes += prices[price + PRICE.headerBytes]!
      requestedBytes += prices[price + PRICE.requestedBytes]!
      ramBytes += ram
      overheadBytes += share
      expiresBytes += overhead.lastExpiresBytes
    }
    batch.length = first + length
    runSums[SUM.payloadBytes] = payloadBytes
    runSums[SUM.headerBytes] = headerBytes
    runSums[SUM.requestedBytes] = requestedBytes
    runSums[SUM.ramBytes] = ramBytes
    runSums[SUM.overheadBytes] = overheadBytes
    runSums[SUM.expiresBytes] = expiresBytes
  }
}

/** Whether a short text is an integer; nearly all that are none show it at their ends. */
function textKind(bytes: Uint8Array, start: number, length: number): number {
  if (length === 0) return STRING_KIND.text
  const last = bytes[start + length - 1]! - 48
  if (last < 0 || last > 9) return STRING_KIND.text
  const integer = canonicalInteger(bytes, start, start + length)
  return Number.isNaN(integer) ? STRING_KIND.text : integerKind(integer)
}
