import { createTarget, type Target } from '../memory/target.js'
import { ONLY_MATCHING, type Outcome, type Technique } from './optimization.js'
import { ResizeRun } from './resize.js'

/** What a 32-bit server can hold: 4 GiB of addresses, less what the system, stacks and buffers take. */
const MOST_BYTES = 3 * 2 ** 30

export const pointerWidth32: Technique = {
  id: 'pointer-width-32',
  title: 'Run a 32-bit build',
  why: 'Small keys are mostly pointers, and those take 4 bytes instead of 8.',
  effort: 'upgrade',
  certainty: 'modelled',
  breaks: [
    'A 32-bit server ends at 3 GiB, whatever the machine has; maxmemory defaults to that with noeviction.',
    'Hardly anybody tests 32-bit builds any more; managed services have none.',
  ],
  cpu: '64-bit counters take two operations; otherwise none.',
  steps: ['make 32bit, then start it with the dump: the format is the same'],
  verify: ['INFO server: arch_bits:32', 'INFO memory: used_memory'],
  rollback: ['Start the 64-bit build with the dump.'],
  parameters: [],
  start(context) {
    const { target } = context
    if (target.bits === 32) return 'the target is a 32-bit server already'
    return new PointerWidth32(context, narrow(target))
  },
}

class PointerWidth32 extends ResizeRun {
  override outcome(): Outcome {
    const whole = { ramBytes: this.ramBytes, overheadBytes: this.overheadBytes }
    const isForAll = !this.context.parameters.has('match')
    const data = isForAll ? 'The data' : 'What matches'
    const fits = whole.ramBytes + whole.overheadBytes <= MOST_BYTES
    return {
      groups: fits ? this.groups.all : [],
      ...(fits && isForAll ? { whole } : {}),
      assumptions: [
        fits ? `${data} fits under 3 GiB.` : `${data} does not fit under the 3 GiB that a 32-bit server can use.`,
        'Sizes of 32-bit structs are reckoned from their fields, not measured.',
        ...(isForAll ? [] : [ONLY_MATCHING]),
      ],
    }
  }
}

function narrow(target: Target): Target {
  return createTarget(target.model, {
    settings: target.settings,
    allocator: target.allocator.id,
    bits: 32,
    cluster: target.cluster,
  })
}
