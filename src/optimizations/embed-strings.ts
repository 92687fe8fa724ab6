import type { RdbKey, RdbString } from '../../parsers/index.js'
import { ENCODING, type KeyBatch } from '../batch.js'
import { Groups, GroupTally } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, TechniqueRun, usefulGroups } from './optimization.js'

export const embedStrings: Technique = {
  id: 'embed-strings',
  title: 'Shorten values that just miss the embstr limit',
  why: 'A short value shares one block with its object; a few bytes more and it needs a block of its own.',
  effort: 'client',
  certainty: 'exact',
  breaks: ['The values change: whatever you leave out must be something that no reader needs.'],
  cpu: 'None.',
  steps: ['Leave out the bytes named per pattern: quotes, units, blanks, parts that the key holds already'],
  verify: ['OBJECT ENCODING <key>: embstr instead of raw'],
  rollback: ['Write the longer values again.'],
  parameters: [
    {
      name: 'over',
      kind: 'number',
      least: 1,
      most: 64,
      preset: 8,
      describe: 'only values at most so many bytes over the limit',
    },
  ],
  start: (context) => new EmbedStrings(context),
}

class EmbedTally extends GroupTally {
  /** Most bytes that a value has to lose. */
  over = 0
}

class EmbedStrings extends TechniqueRun {
  readonly #groups: Groups<EmbedTally>
  readonly #over: number
  #length = 0

  constructor(context: TechniqueContext) {
    super(context)
    this.#groups = new Groups(context.names, (...group) => new EmbedTally(...group))
    this.#over = context.parameters.number('over')!
  }

  override begin(key: RdbKey): boolean {
    this.#length = 0
    return key.layout.redisType === 'string'
  }

  override string(value: RdbString): void {
    this.#length = value.length
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    // No limit is above 128 bytes.
    if (batch.encoding[row] !== ENCODING.raw || this.#length > 128 + this.#over) return
    const { pricer } = this
    // The shortest of them decides: most long values are nowhere near.
    const shortest = Math.max(1, this.#length - this.#over)
    pricer.string(key.key.length, key.expiresAtMs >= 0, shortest, Number.NaN)
    if (pricer.encoding !== ENCODING.embstr) return
    for (let over = 1; over <= this.#over && over < this.#length; over++) {
      const after = pricer.string(key.key.length, key.expiresAtMs >= 0, this.#length - over, Number.NaN)
      if (pricer.encoding !== ENCODING.embstr) continue
      if (after >= batch.ramBytes[row]!) return
      const tally = this.#groups.of(key, batch, row)
      tally.resized(batch, row, after)
      if (over > tally.over) tally.over = over
      return
    }
  }

  override outcome(): Outcome {
    return {
      groups: usefulGroups(this.#groups.all),
      details: (tally) => ({ bytesToLose: (tally as EmbedTally).over }),
      assumptions: ['Each value loses just as many bytes as it is over the limit.'],
    }
  }
}
