import type { RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { Groups, GroupTally } from './groups.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import { RewriteRun } from './rewriter.js'

export const defragment: Technique = {
  id: 'defragment',
  title: 'See what the allocator rounds up, and what no key explains',
  why: 'Each block is rounded up to a size class; beyond that a server that has run for long holds pages that are half empty, which no dump can show.',
  effort: 'setting',
  certainty: 'modelled',
  breaks: ['Nothing. Active defragmentation takes CPU time, and needs the jemalloc that comes with the server.'],
  cpu: 'active-defrag-cycle-min and -max set the share of a CPU that defragmentation may take (1 to 25 %).',
  steps: [
    'INFO memory: allocator_frag_ratio (above 1.4: pages are half empty) and mem_fragmentation_ratio',
    'CONFIG SET activedefrag yes, or MEMORY PURGE; or restart from the dump, which always helps',
    'What stays unexplained: MEMORY STATS (clients, replication backlog, scripts), CLIENT LIST for large output buffers',
  ],
  verify: ['INFO memory: allocator_frag_bytes, mem_fragmentation_bytes', 'rdblens analyze: the ledger of the dump'],
  rollback: ['CONFIG SET activedefrag no'],
  parameters: [],
  start: (context) => new Defragment(context),
}

class RoundingTally extends GroupTally {
  requestedBytes = 0
}

/** Asks for each key again what was requested for it. */
class Defragment extends RewriteRun<RoundingTally> {
  constructor(context: TechniqueContext) {
    super(context, context.target, new Groups(context.names, (...group) => new RoundingTally(...group)))
  }

  override takes(): boolean {
    return true
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    const tally = this.groups.of(key, batch, row)
    tally.resized(batch, row, batch.ramBytes[row]!)
    tally.requestedBytes += this.sizer.requestedBytes
  }

  override outcome(): Outcome {
    const { context } = this
    const all = this.groups.all
    const ramBytes = all.reduce((sum, tally) => sum + tally.ramBefore, 0)
    const rounding = (tally: RoundingTally): number => tally.ramBefore - tally.requestedBytes
    const roundingBytes = all.reduce((sum, tally) => sum + rounding(tally), 0)
    const used = context.usedMemory?.() ?? null
    const unexplained = used === null ? null : used.saidBytes - used.explainedBytes
    return {
      groups: [...all].sort((a, b) => rounding(b) - rounding(a)),
      parameters: {
        roundingBytes,
        roundingShare: ramBytes === 0 ? 0 : roundingBytes / ramBytes,
        usedMemoryBytes: used?.saidBytes ?? null,
        unexplainedBytes: unexplained,
      },
      details: (tally) => {
        const bytes = rounding(tally as RoundingTally)
        return { roundingBytes: bytes, roundingShare: tally.ramBefore === 0 ? 0 : bytes / tally.ramBefore }
      },
      assumptions: [
        `The allocator rounds up ${percent(roundingBytes, ramBytes)} of what the keys take: part of every figure here. ` +
          'Defragmentation does not change it; values of other lengths do (see embed-strings).',
        unexplained === null
          ? 'What stands beside the keys is not known: the dump does not say used_memory, or not that of this target.'
          : `Of used_memory when the dump was made, ${unexplained} bytes (${percent(unexplained, used!.saidBytes)}) are in no key ` +
            'and no table: clients, replication, and room that values kept from when they were larger, which a restart frees.',
        'Fragmentation is a matter of pages, not of keys: only INFO memory of the running server tells it.',
      ],
    }
  }
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 0 : ((100 * part) / whole).toFixed(1)} %`
}
