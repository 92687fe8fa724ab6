import { numbersOf, sequenceStyle } from './number-sequences.js'
import type { Outcome, Technique } from './optimization.js'
import type { ValueCoder } from './sampling/coders.js'
import { mainPattern, rewriteStep } from './sampling/commands.js'
import type { FamilySample } from './sampling/family-sample.js'
import { markedCoder } from './sampling/marked-coder.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

const LEAST_SHARE = 0.9
const WIDTHS = [1, 2, 4] as const
const TRIED = 200
/** An exception: the smallest number of the width, then the number in 8 bytes. */
const EXCEPTION_BYTES = 8

export const mostlyEncode: Technique = {
  id: 'mostly-encode',
  title: 'Write numbers of a sequence in one, two or four bytes',
  why: 'Most numbers of a sequence are small; the few large ones can be exceptions. Any number is still found by its place.',
  effort: 'client',
  certainty: 'sampled',
  isHomemade: true,
  rewrites: ['values'],
  breaks: [
    'Sequences become bytes that only the client can read, or GETRANGE by position where no exception comes before.',
    'A number that does not fit takes more room than before.',
  ],
  cpu: 'None to speak of: numbers are read as they lie.',
  steps: [
    'Write each number as a signed integer of <bits> bits; an exception is the smallest such number, then 8 bytes',
  ],
  verify: ['STRLEN <key>: numbers x width', 'MEMORY USAGE <key> before and after'],
  rollback: ['Rewrite the numbers as text: nothing is lost.'],
  parameters: [],
  start: (context) => new MostlyEncode(context),
}

class MostlyEncode extends SampledRun {
  override choose(sample: FamilySample): FamilyChoice | null {
    const bits = new Set<number>()
    const coders = this.byColumn(sample, ({ values }) => {
      const style = sequenceStyle(values)
      if (style === null) return null
      const tried = values.slice(0, TRIED).flatMap((value) => numbersOf(value, style) ?? [])
      const width = bestWidth(tried)
      const coder: ValueCoder | null = markedCoder(
        values,
        (value) => {
          const numbers = numbersOf(value, style)
          if (numbers === null) return null
          const packed = pack(numbers, width)
          return packed.length < value.length ? packed : null
        },
        LEAST_SHARE,
      )
      if (coder !== null) bits.add(width * 8)
      return coder
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return { coders, details: { bits: [...bits].join(', '), ...(fields === null ? {} : { fields }) } }
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const widths = [...new Set(results.map(({ choice }) => choice.details?.bits))].join(', ')
    return {
      ...(results.length === 0 ? {} : { parameters: { bits: widths } }),
      steps: [
        `${mainPattern(this, results)}: each number as a signed integer of ${widths || '<bits>'} bits, little-endian; an exception ` +
          'is the smallest such number, then 8 bytes',
        rewriteStep(this, results, '<packed>'),
      ],
      assumptions: ['Sequences are whole numbers with one separator, at least four.'],
    }
  }
}

function bestWidth(numbers: readonly number[]): number {
  let best: number = WIDTHS[0]
  let least = Infinity
  for (const width of WIDTHS) {
    const bytes = numbers.reduce((sum, number) => sum + width + (fits(number, width) ? 0 : EXCEPTION_BYTES), 0)
    if (bytes < least) {
      least = bytes
      best = width
    }
  }
  return best
}

/** The smallest number of a width announces an exception. */
function fits(number: number, width: number): boolean {
  const half = 2 ** (width * 8 - 1)
  return number > -half && number < half
}

function pack(numbers: readonly number[], width: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(numbers.length * (width + EXCEPTION_BYTES)))
  let at = 0
  for (const number of numbers) {
    const isFitting = fits(number, width)
    const written = isFitting ? number : -(2 ** (width * 8 - 1))
    if (width === 1) out.setInt8(at, written)
    else if (width === 2) out.setInt16(at, written, true)
    else out.setInt32(at, written, true)
    at += width
    if (isFitting) continue
    out.setBigInt64(at, BigInt(number), true)
    at += EXCEPTION_BYTES
  }
  return new Uint8Array(out.buffer, 0, at)
}
