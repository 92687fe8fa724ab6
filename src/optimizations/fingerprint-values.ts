import { createHash, type Hash } from 'node:crypto'
import { type PartRole, type RdbKey, RdbString } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ChosenKeys, Groups, GroupTally } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, TechniqueRun, usefulGroups } from './optimization.js'
import { Fork, Rewriter, type ShapeSink } from './rewriter.js'

/** Any integer that needs 64 bits: they all take the same. */
const LARGE_INTEGER = 2 ** 62
const LARGE_INTEGER_DIGITS = 19

export const fingerprintValues: Technique = {
  id: 'fingerprint-values',
  title: 'Keep a 64-bit fingerprint of values that are only compared',
  why: 'Where a value only answers "has it changed?", its hash does as well, and an integer needs no string at all.',
  effort: 'client',
  certainty: 'exact',
  breaks: [
    'The values cannot be read back. Only for values that are compared and never shown.',
    'Two different values may have the same fingerprint: with 8 bytes about 1 in 37 million among a million values.',
  ],
  cpu: 'Hashing in the client; less to send over the network.',
  steps: [
    'Write the first <bytes> bytes of SHA-256(value), or those as a signed 64-bit integer in decimal',
    'Compare fingerprints instead of values; accept both forms until all keys are rewritten',
  ],
  verify: ['OBJECT ENCODING <key>: int, or embstr', 'MEMORY USAGE <key> before and after'],
  rollback: ['Write the values again from their source; they cannot be recovered from the fingerprints.'],
  parameters: [
    { name: 'bytes', kind: 'number', least: 4, most: 32, preset: 8, describe: 'bytes of the fingerprint' },
    { name: 'minBytes', kind: 'number', least: 1, preset: 32, describe: 'only values at least this long' },
    {
      name: 'as',
      kind: 'choice',
      choices: ['integer', 'bytes'],
      describe:
        'integer: decimal text of 64 bits, which the server keeps as a number [bytes where 8 bytes are not wanted]',
    },
  ],
  rewrites: ['values'],
  concession: 'The values cannot be read back, only compared.',
  start: (context) => new FingerprintValues(context),
}

/** Without `match`: digests are all of one length, and there are many of them. */
const LEAST_KEYS = 50
const LONGEST_DIGEST = 128

class ValueTally extends GroupTally {
  shortest = Infinity
  longest = 0
}

class FingerprintValues extends TechniqueRun {
  readonly #groups: Groups<ValueTally>
  readonly #bytes: number
  readonly #minBytes: number
  readonly #asInteger: boolean
  #length = 0

  constructor(context: TechniqueContext) {
    super(context)
    this.#groups = new Groups(context.names, (...group) => new ValueTally(...group))
    this.#bytes = context.parameters.number('bytes')!
    this.#minBytes = context.parameters.number('minBytes')!
    const as = context.parameters.text('as') ?? (this.#bytes === 8 ? 'integer' : 'bytes')
    this.#asInteger = as === 'integer' && this.#bytes === 8
  }

  override begin(key: RdbKey): boolean {
    this.#length = 0
    return key.layout.redisType === 'string'
  }

  override string(value: RdbString): void {
    this.#length = value.length
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (this.#length < this.#minBytes || this.#length <= this.#bytes) return
    const { pricer } = this
    const after = this.#asInteger
      ? pricer.string(key.key.length, key.expiresAtMs >= 0, LARGE_INTEGER_DIGITS, LARGE_INTEGER)
      : pricer.string(key.key.length, key.expiresAtMs >= 0, this.#bytes, Number.NaN)
    const tally = this.#groups.of(key, batch, row)
    tally.resized(batch, row, after)
    if (this.#length < tally.shortest) tally.shortest = this.#length
    if (this.#length > tally.longest) tally.longest = this.#length
  }

  override outcome(): Outcome {
    const named = this.context.parameters.has('match')
    const mixed = this.#mixedPatterns()
    const groups = this.#groups.all.filter(
      ({ keys, pattern, longest }) => named || (keys >= LEAST_KEYS && !mixed.has(pattern) && longest <= LONGEST_DIGEST),
    )
    const useful = usefulGroups(groups)
    const chosen = new ChosenKeys(useful, this.context)
    const form = { bytes: this.#bytes, minBytes: this.#minBytes, asInteger: this.#asInteger }
    return {
      groups: useful,
      change: {
        kind: 'keys',
        through: (next) =>
          new Fork(next, new Fingerprints(next, form), (key) => key.layout.redisType === 'string' && chosen.has()),
      },
      parameters: { as: this.#asInteger ? 'integer' : 'bytes' },
      details: (tally) => ({ valueBytes: (tally as ValueTally).longest }),
      assumptions: [
        named
          ? 'All values of these keys are only compared, never shown.'
          : 'Takes patterns whose values are all of one length, as digests are; which values are only compared is not ' +
            'in the dump. Name the keys with --param fingerprint-values.match=GLOB.',
      ],
    }
  }

  /** Patterns with values of several lengths, in whatever encoding they are. */
  #mixedPatterns(): ReadonlySet<number> {
    const lengths = new Map<number, number>()
    const mixed = new Set<number>()
    for (const { pattern, shortest, longest } of this.#groups.all) {
      const length = lengths.get(pattern) ?? shortest
      if (shortest !== length || longest !== length) mixed.add(pattern)
      lengths.set(pattern, length)
    }
    return mixed
  }
}

/** Shows strings as fingerprints. */
class Fingerprints extends Rewriter {
  readonly #value = new RdbString()
  /** Of the pieces of a long value; null outside of one. */
  #pieces: Hash | null = null

  constructor(
    next: ShapeSink,
    readonly form: { readonly bytes: number; readonly minBytes: number; readonly asInteger: boolean },
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    this.#pieces = null
    super.begin(key)
  }

  override part(_role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    this.#pieces ??= createHash('sha256')
    this.#pieces.update(bytes.subarray(start, end))
  }

  override string(value: RdbString): void {
    const { bytes, minBytes, asInteger } = this.form
    if (value.length < minBytes || value.length <= bytes) {
      super.string(value)
      return
    }
    const hash = this.#pieces ?? createHash('sha256').update(value.view())
    this.#pieces = null
    const digest = hash.digest()
    if (asInteger) this.#value.setInt64(digest.readInt32BE(0), digest.readInt32BE(4), 8)
    else this.#value.setRaw(digest, 0, bytes, bytes)
    super.string(this.#value)
  }
}
