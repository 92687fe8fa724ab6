import type { KeyColumns } from '../../reports/keys/row.js'
import { slotOf } from '../analysis/hash-slot.js'
import type { PatternMiner } from '../analysis/patterns/miner.js'
import type { KeyBatch } from '../batch.js'
import type { NameRedactor } from './names.js'

const encoder = new TextEncoder()

/** Rows of `rdblens keys` with redacted names; slots are still those of the real ones. */
export class RedactedRows {
  readonly redactor: NameRedactor
  readonly #miner: PatternMiner

  constructor(redactor: NameRedactor, miner: PatternMiner) {
    this.redactor = redactor
    this.#miner = miner
  }

  /** The same rows with other names. */
  of(batch: KeyBatch): KeyColumns {
    const { length, keyBytes } = batch
    const slot = new Int16Array(length)
    const names: Uint8Array[] = []
    const pattern = new Int32Array(length)
    const numbers = new Map<string, number>()
    for (let row = 0; row < length; row++) {
      const start = batch.keyStart[row]!
      const end = batch.keyEnd[row]!
      slot[row] = slotOf(keyBytes, start, end)
      const text = this.#miner.patternOf(batch, row)
      const shown = this.redactor.pattern(text)
      const number = numbers.get(shown) ?? numbers.size
      numbers.set(shown, number)
      pattern[row] = number
      names.push(encoder.encode(this.redactor.mode === 'ids' ? text : this.redactor.name(batch.keyAt(row))))
    }
    const { db, type, encoding, file, elements, longestElementBytes, payloadBytes, rdbBytes, ramBytes } = batch
    const { overheadBytes, memoryUsageBytes, expiresAtMs, idleSeconds, freq } = batch
    return {
      ...{ length, file, db, type, encoding, elements, longestElementBytes, payloadBytes, rdbBytes, ramBytes },
      ...{ overheadBytes, memoryUsageBytes, expiresAtMs, idleSeconds, freq, slot },
      ...{ pattern, patterns: [...numbers.keys()] },
      ...packed(names),
    }
  }
}

function packed(names: readonly Uint8Array[]): Pick<KeyColumns, 'keyBytes' | 'keyStart' | 'keyEnd'> {
  const keyStart = new Int32Array(names.length)
  const keyEnd = new Int32Array(names.length)
  const keyBytes = new Uint8Array(names.reduce((sum, name) => sum + name.length, 0))
  let at = 0
  for (const [row, name] of names.entries()) {
    keyStart[row] = at
    keyBytes.set(name, at)
    at += name.length
    keyEnd[row] = at
  }
  return { keyBytes, keyStart, keyEnd }
}
