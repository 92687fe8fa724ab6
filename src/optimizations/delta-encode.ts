import { canonicalInteger } from '../memory/structs/integers.js'
import { numbersOf, sequenceStyle } from './number-sequences.js'
import type { Outcome, Technique } from './optimization.js'
import type { ValueCoder } from './sampling/coders.js'
import { mainPattern, mainResult, rewriteStep, writeCommand } from './sampling/commands.js'
import type { Column, FamilySample } from './sampling/family-sample.js'
import { markedCoder } from './sampling/marked-coder.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

const LEAST_SHARE = 0.9
const LEAST_VALUES = 20
/** What becomes of the numbers of a family. */
const WITHIN = 'differences within a value'
const FROM_BASE = 'differences from a base'

export const deltaEncode: Technique = {
  id: 'delta-encode',
  title: 'Keep differences instead of large numbers',
  why: 'Times and counters differ little from their neighbours: a difference takes one or two bytes where the number takes ten digits.',
  effort: 'client',
  certainty: 'sampled',
  isHomemade: true,
  rewrites: ['values'],
  breaks: [
    'Sequences become bytes that only the client can read; one number cannot be changed without writing the sequence again.',
    'Numbers in fields are smaller by a constant: every reader and Lua script must add it; HINCRBY still works.',
  ],
  cpu: 'An addition per number.',
  steps: [
    'Sequences: the first number and then each difference as a zigzag varint',
    'Fields: HSET <key> <field> (number - base), with one base per field in the configuration of the client',
  ],
  verify: ['MEMORY USAGE <key> before and after', 'The decoded numbers are the old ones'],
  rollback: ['Rewrite the numbers as text: nothing is lost.'],
  parameters: [],
  start: (context) => new DeltaEncode(context),
}

class DeltaEncode extends SampledRun {
  override choose(sample: FamilySample): FamilyChoice | null {
    const kinds = new Set<string>()
    const coders = this.byColumn(sample, (column) => {
      const style = sequenceStyle(column.values)
      if (style !== null) {
        const coder = markedCoder(
          column.values,
          (value) => {
            const numbers = numbersOf(value, style)
            if (numbers === null) return null
            const packed = packDeltas(numbers)
            return packed.length < value.length ? packed : null
          },
          LEAST_SHARE,
        )
        if (coder !== null) kinds.add(WITHIN)
        return coder
      }
      // Members of sets are looked up by their text, numbers that are strings take no room of their own.
      const coder = sample.type === 'hash' || sample.type === 'list' ? baseCoder(column) : null
      if (coder !== null) kinds.add(FROM_BASE)
      return coder
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return { coders, details: { kind: [...kinds].sort().join(', '), ...(fields === null ? {} : { fields }) } }
  }

  #stepsFor(results: readonly FamilyResult[]): readonly string[] {
    const kind = String(mainResult(results)?.choice.details?.kind ?? '')
    return [
      ...(kind.includes(WITHIN)
        ? [`Sequences in ${mainPattern(this, results)}: the first number, then each difference, as zigzag varints`]
        : []),
      ...(kind.includes(FROM_BASE)
        ? [
            `Writers: ${writeCommand(this, results, '(number - base)')}, with one base per field or list, not above its smallest ` +
              'number, in the configuration of the client. Readers add it.',
          ]
        : []),
      rewriteStep(this, results, kind === FROM_BASE ? '(number - base)' : '<packed>'),
    ]
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    return {
      steps: this.#stepsFor(results),
      assumptions: [
        'Sequences are whole numbers with one separator, at least four. The base of a field or list is the smallest number ' +
          'of the sample; smaller ones become negative.',
      ],
    }
  }
}

/** Numbers less the smallest one; null unless all are numbers and that makes them shorter. */
function baseCoder({ values }: Column): ValueCoder | null {
  if (values.length < LEAST_VALUES) return null
  let base = Infinity
  for (const value of values) {
    const number = canonicalInteger(value, 0, value.length)
    if (!Number.isSafeInteger(number)) return null
    if (number < base) base = number
  }
  if (base < 1000) return null
  return {
    takesIntegers: true,
    encode: (value) => {
      const number = canonicalInteger(value, 0, value.length)
      return Number.isSafeInteger(number) ? Buffer.from(String(number - base), 'latin1') : null
    },
  }
}

function packDeltas(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = []
  let last = 0
  for (const number of numbers) {
    const delta = number - last
    last = number
    // Zigzag: signs go to the lowest bit. Beyond 2^32 bits are taken by division.
    let left = delta >= 0 ? delta * 2 : -delta * 2 - 1
    while (left >= 128) {
      bytes.push((left % 128) + 128)
      left = Math.floor(left / 128)
    }
    bytes.push(left)
  }
  return Uint8Array.from(bytes)
}
