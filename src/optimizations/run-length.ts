import type { Outcome, Technique } from './optimization.js'
import { rewriteStep, writeCommand } from './sampling/commands.js'
import type { FamilySample } from './sampling/family-sample.js'
import { markedCoder } from './sampling/marked-coder.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

/** Share of the values of a column that must get shorter. */
const LEAST_SHARE = 0.5
/** Counts of PackBits: up to 128 bytes at once. */
const MOST_AT_ONCE = 128
const LEAST_RUN = 3

export const runLength: Technique = {
  id: 'run-length',
  title: 'Write runs of the same byte as a count',
  why: 'Flags, bitmaps and padded fields are long runs of zeros or blanks.',
  effort: 'client',
  certainty: 'sampled',
  isHomemade: true,
  rewrites: ['values'],
  breaks: [
    'SETBIT, GETBIT, BITCOUNT, GETRANGE and SETRANGE no longer work on the packed values.',
    'A value that gets more varied gets longer.',
  ],
  cpu: 'Some nanoseconds per byte in the client.',
  steps: [
    'PackBits: a count from 0 to 127, then so many bytes and one more as they are; from 129 to 255, then one byte 257 - count times',
  ],
  verify: ['STRLEN <key> before and after', 'MEMORY USAGE <key> before and after'],
  rollback: ['Write the values at full length: nothing is lost.'],
  parameters: [],
  start: (context) => new RunLength(context),
}

class RunLength extends SampledRun {
  override choose(sample: FamilySample): FamilyChoice | null {
    const coders = this.byColumn(sample, ({ values }) =>
      markedCoder(
        values,
        (value) => {
          const packed = packBits(value)
          return packed.length < value.length ? packed : null
        },
        LEAST_SHARE,
      ),
    )
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return { coders, details: fields === null ? {} : { fields } }
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    return {
      steps: [
        `Writers: ${writeCommand(this, results, 'packbits(value)')}: a count from 0 to 127, then so many bytes and one more as ` +
          'they are; from 129 to 255, then one byte 257 - count times. Readers unpack.',
        rewriteStep(this, results, 'packbits(value)'),
      ],
      assumptions: [
        'PackBits over bytes. Where some values stay as they are, a byte (0xff) in front of the packed ones is counted.',
      ],
    }
  }
}

export function packBits(value: Uint8Array): Uint8Array {
  const out = new Uint8Array(value.length + Math.ceil(value.length / MOST_AT_ONCE) + 1)
  let at = 0
  let literal = 0
  const flush = (end: number): void => {
    while (literal < end) {
      const count = Math.min(MOST_AT_ONCE, end - literal)
      out[at++] = count - 1
      out.set(value.subarray(literal, literal + count), at)
      at += count
      literal += count
    }
  }
  for (let i = 0; i < value.length; ) {
    let end = i + 1
    while (end < value.length && value[end] === value[i] && end - i < MOST_AT_ONCE) end++
    if (end - i >= LEAST_RUN) {
      flush(i)
      out[at++] = 257 - (end - i)
      out[at++] = value[i]!
      literal = end
    }
    i = end
  }
  flush(value.length)
  return out.subarray(0, at)
}
