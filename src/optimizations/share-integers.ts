import type { RdbKey } from '../../parsers/index.js'
import { Costs } from '../memory/costs.js'
import type { Target } from '../memory/target.js'
import { type Outcome, type Technique, type TechniqueContext, USEFUL_BYTES } from './optimization.js'
import { ResizeRun } from './resize.js'

export const shareIntegers: Technique = {
  id: 'share-integers',
  title: 'Let small integers share their objects',
  why: 'The server keeps one object for each of 0 to 9999, for all keys, unless the eviction policy needs one per key.',
  effort: 'setting',
  certainty: 'exact',
  breaks: [
    'Without an LRU or LFU policy the server does not evict by last access: with noeviction writes fail at maxmemory, ' +
      'volatile-ttl and the random policies evict other keys than before.',
  ],
  cpu: 'None.',
  steps: [
    'CONFIG SET maxmemory-policy volatile-ttl (or noeviction, or a random policy)',
    'Objects that are there already are shared when they are written anew or loaded: restart, or resync a replica',
  ],
  verify: ['OBJECT REFCOUNT <key with a small integer>: 2147483647', 'INFO memory: used_memory after the restart'],
  rollback: ['CONFIG SET maxmemory-policy <old policy>'],
  parameters: [],
  concession: 'The eviction policy changes: the server no longer evicts by last access.',
  start(context) {
    const { target } = context
    if (!target.model.sharesIntegers) return `${target.model.title} keeps the value in the object of each key`
    const settings = { ...target.settings, 'maxmemory-policy': 'noeviction' }
    return new ShareIntegers(context, { ...target, settings })
  },
}

class ShareIntegers extends ResizeRun {
  /** The policy makes a difference. */
  readonly #matters: boolean

  constructor(context: TechniqueContext, other: Target) {
    super(context, other)
    this.#matters = this.sizer.costs.sharesIntegers !== new Costs(context.target).sharesIntegers
  }

  /** Elements are objects up to 3.2 only. */
  override takes(key: RdbKey): boolean {
    return this.#matters && (key.layout.redisType === 'string' || this.other.model.elementObjects)
  }

  override outcome(): Outcome {
    const policy = this.context.target.settings['maxmemory-policy']
    return {
      groups: this.groups.all.filter(({ saved }) => saved >= USEFUL_BYTES),
      parameters: { policy },
      change: { kind: 'setting', settings: { 'maxmemory-policy': this.other.settings['maxmemory-policy'] } },
      assumptions: [
        `The policy is ${policy} now, with maxmemory ${this.context.target.settings.maxmemory} (--set, --conf).`,
      ],
    }
  }
}
