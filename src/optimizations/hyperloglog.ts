import type { RdbKey } from '../../parsers/index.js'
import { type KeyBatch, TYPE } from '../batch.js'
import { ChosenKeys, Groups, UsageTally } from './groups.js'
import { MemberPieces } from './member-pieces.js'
import { type Outcome, type Technique, type TechniqueContext, TechniqueRun, usefulGroups } from './optimization.js'

/** 2^14 registers (HLL_P, hyperloglog.c). */
const REGISTERS = 16384
/** struct hllhdr: magic, encoding, cached cardinality. */
const HEADER_BYTES = 16
/** Six bits per register. */
const DENSE_BYTES = HEADER_BYTES + (REGISTERS * 6) / 8
/** hll-sparse-max-bytes: beyond it a HyperLogLog becomes dense. */
const MOST_SPARSE_BYTES = 3000
/** A run of zero registers above this takes two bytes instead of one (opcodes XZERO and ZERO). */
const SHORT_ZERO_RUN = 64

export const hyperloglog: Technique = {
  id: 'hyperloglog',
  title: 'Count visitors with a HyperLogLog instead of a set',
  why: 'Where only the number of different members is asked for, 12 KiB are enough for any number of them.',
  effort: 'data-model',
  certainty: 'modelled',
  breaks: [
    'Members cannot be listed, tested or removed any more: only PFCOUNT and PFMERGE (for SUNIONSTORE) are left.',
    'Counts are estimates with a standard error of 0.81 %.',
  ],
  cpu: 'PFADD takes as long as SADD; PFCOUNT of several keys merges 12 KiB per key.',
  steps: [
    'Writers: PFADD <key>:hll <member> beside SADD <key> <member>, until a full period is covered',
    'Readers: PFCOUNT instead of SCARD; then take SADD out and UNLINK the sets',
  ],
  verify: ['PFCOUNT against SCARD for some keys: within 2 %', 'MEMORY USAGE of both'],
  rollback: ['The sets have to be filled anew from their source: members cannot be recovered.'],
  parameters: [
    { name: 'minMembers', kind: 'number', least: 1, preset: 1000, describe: 'only sets with at least so many members' },
  ],
  rewrites: ['field names', 'values', 'shape'],
  concession: 'Members can be counted only, to within about 1 %, and no longer be listed, tested or removed.',
  start: (context) => new Hyperloglog(context),
}

class Hyperloglog extends TechniqueRun {
  readonly #groups = new Groups(this.context.names, (...group) => new UsageTally(...group))
  readonly #least: number
  /** What was chosen before; null while that is still to do. */
  readonly #chosen: ChosenKeys | null

  constructor(context: TechniqueContext, chosen: ChosenKeys | null = null) {
    super(context)
    this.#chosen = chosen
    this.#least = context.parameters.number('minMembers')!
  }

  override begin(key: RdbKey): boolean {
    return key.layout.redisType === 'set' && (this.#chosen === null || this.#chosen.has())
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const members = batch.elements[row]!
    if (batch.type[row] !== TYPE.set || members < this.#least) return
    const bytes = hyperloglogBytes(members)
    const after = this.pricer.string(key.key.length, key.expiresAtMs >= 0, bytes, Number.NaN)
    const tally = this.#groups.of(key, batch, row)
    tally.resized(batch, row, after)
    tally.usageAfter += this.pricer.memoryUsageBytes
  }

  override outcome(): Outcome {
    const given = this.context.parameters.has('match') || this.#chosen !== null
    const groups = given ? this.#groups.all : usefulGroups(this.#groups.all)
    const chosen = new ChosenKeys(groups, this.context)
    return {
      groups,
      change: {
        kind: 'gather',
        again: (context) => new Hyperloglog(context, chosen),
        through: (next) => new MemberPieces(next, chosen, this.#least, 'PFADD'),
      },
      assumptions: [
        'Takes every set of this size; which of them are only counted is not in the dump. Name them with ' +
          '--param hyperloglog.match=GLOB.',
        'The size of sparse HyperLogLogs is the one to expect: it depends on the hashes of the members.',
      ],
    }
  }
}

/**
 * Expected length of a HyperLogLog of so many different members. Sparse: a byte per run of equal registers above zero,
 * one or two per run of zeros between them.
 */
export function hyperloglogBytes(members: number): number {
  const set = REGISTERS * (1 - (1 - 1 / REGISTERS) ** members)
  const share = set / REGISTERS
  const zeroRuns = Math.max(0, set * (1 - share)) + 1
  const longRuns = zeroRuns * (1 - share) ** SHORT_ZERO_RUN
  // Neighbours with the same value share an opcode: a third of them while most registers saw one member.
  const values = set * (1 - share / 3)
  const sparse = HEADER_BYTES + Math.round(values + zeroRuns + longRuns)
  return sparse > MOST_SPARSE_BYTES ? DENSE_BYTES : sparse
}
