import type { RdbKey } from '../../parsers/index.js'
import { type KeyBatch, TYPE } from '../batch.js'
import type { Target } from '../memory/target.js'
import { ChosenKeys, plainGroups } from './groups.js'
import { MemberPieces } from './member-pieces.js'
import { type Outcome, type Technique, type TechniqueContext, TechniqueRun, usefulGroups } from './optimization.js'
import { ParameterError } from './parameters.js'

/** SBChain and SBLink (sb.h) with struct bloom (bloom.h) inside, RedisBloom. */
const CHAIN_BYTES = 40
const LINK_BYTES = 72
/** Bits are rounded up to whole words. */
const WORD_BITS = 64
const DEFAULT_ERROR_RATE = '0.01'

export const bloomFilter: Technique = {
  id: 'bloom-filter',
  title: 'Ask a Bloom filter instead of a set whether something was seen',
  why: 'Where a set is only asked with SISMEMBER, some ten bits per member are enough, however long the members are.',
  effort: 'data-model',
  concession:
    'Members can no longer be listed, counted exactly or removed, and some that are not there are said to be.',
  certainty: 'modelled',
  breaks: [
    'Members cannot be listed, counted exactly or removed any more: only BF.ADD and BF.EXISTS are left.',
    'Of members that were never added, a share (errorRate) is said to be there. What was added is always found.',
    'The server needs the module: part of Redis 8, Redis Stack or RedisBloom before; valkey-bloom for Valkey.',
    'A filter that grows beyond its capacity gets a second, larger one beside it, and is slower.',
  ],
  cpu: 'BF.EXISTS computes a hash and reads some ten bits: about as quick as SISMEMBER.',
  steps: [
    'BF.RESERVE <key>:bf <errorRate> <members> NONSCALING',
    'Writers: BF.ADD <key>:bf <member> beside SADD <key> <member>; fill in the old members with SSCAN and BF.MADD',
    'Readers: BF.EXISTS instead of SISMEMBER; then take SADD out and UNLINK the sets',
  ],
  verify: ['BF.INFO <key>:bf: Size and Capacity', 'BF.EXISTS of members that are not there: about errorRate say yes'],
  rollback: ['The sets have to be filled anew from their source: members cannot be recovered.'],
  parameters: [
    {
      name: 'errorRate',
      kind: 'text',
      preset: DEFAULT_ERROR_RATE,
      describe: 'share of wrong yes, above 0 and below 1',
    },
    { name: 'minMembers', kind: 'number', least: 1, preset: 1000, describe: 'only sets with at least so many members' },
  ],
  start(context) {
    if (context.target.model.elementObjects) return `${context.target.model.title} has no modules; they came with 4.0`
    return new BloomFilter(context, errorRateOf(context))
  },
}

class BloomFilter extends TechniqueRun {
  readonly #groups = plainGroups(this.context.names)
  readonly #least: number

  constructor(
    context: TechniqueContext,
    readonly errorRate: number,
    /** What was chosen before; null while that is still to do. */
    readonly decided: ChosenKeys | null = null,
  ) {
    super(context)
    this.#least = context.parameters.number('minMembers')!
  }

  override begin(key: RdbKey): boolean {
    return key.layout.redisType === 'set' && (this.decided === null || this.decided.has())
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const members = batch.elements[row]!
    if (batch.type[row] !== TYPE.set || members < this.#least) return
    const filter = bloomFilterBytes(this.context.target, members, this.errorRate)
    // The key of a module value is that of any value which has a block of its own.
    const holder = this.pricer.string(key.key.length, key.expiresAtMs >= 0, 0, 1_000_000)
    this.#groups.of(key, batch, row).resized(batch, row, holder + filter)
  }

  override outcome(): Outcome {
    const { context, errorRate } = this
    const given = context.parameters.has('match') || this.decided !== null
    const groups = given ? this.#groups.all : usefulGroups(this.#groups.all)
    const chosen = new ChosenKeys(groups, context)
    return {
      groups,
      parameters: { errorRate },
      assumptions: [
        'Takes every set of this size; which of them are only asked for membership is not in the dump. Name them with ' +
          '--param bloom-filter.match=GLOB.',
        `Filters have room for the members of today: ${bitsPerMember(errorRate).toFixed(1)} bits each at an error rate of ${errorRate}; ` +
          'reserve more where sets grow.',
      ],
      change: {
        kind: 'gather',
        again: (later) => new BloomFilter(later, errorRate, chosen),
        through: (next) =>
          new MemberPieces(next, chosen, this.#least, 'BF.MADD', (members) => [
            'BF.RESERVE',
            String(errorRate),
            String(members),
            'NONSCALING',
          ]),
      },
    }
  }
}

/** Bits per member of the best filter for an error rate. */
export function bitsPerMember(errorRate: number): number {
  return -Math.log(errorRate) / Math.LN2 ** 2
}

/** What the allocator gives for a filter that does not grow, without the key. */
export function bloomFilterBytes(target: Target, members: number, errorRate: number): number {
  const bits = Math.ceil(Math.floor(members * bitsPerMember(errorRate)) / WORD_BITS) * WORD_BITS
  const { allocator, structs } = target
  return (
    allocator.given(structs.moduleValue) +
    allocator.given(CHAIN_BYTES) +
    allocator.given(LINK_BYTES) +
    allocator.given(Math.max(WORD_BITS, bits) / 8)
  )
}

/** @throws ParameterError */
function errorRateOf({ parameters }: TechniqueContext): number {
  const text = parameters.text('errorRate')!
  const rate = /^\d*\.?\d+(e-\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (rate > 0 && rate < 1) return rate
  throw new ParameterError(`--param bloom-filter.errorRate=${text}: write a number above 0 and below 1`)
}
