import type { RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ChosenKeys, plainGroups } from './groups.js'
import { type Outcome, type Technique, TechniqueRun } from './optimization.js'
import { Fork, Vanish } from './rewriter.js'

export const dropExpired: Technique = {
  id: 'drop-expired',
  title: 'Let the server delete what has expired already',
  why: 'Expired keys stay in memory until somebody asks for them or the background cycle finds them.',
  effort: 'setting',
  certainty: 'exact',
  breaks: ['Nothing: to clients these keys are gone already.'],
  cpu: 'active-expire-effort 10 lets the expiry cycle take up to four times the processor time of effort 1.',
  steps: [
    'CONFIG SET active-expire-effort 10 for a while (1 is the default; Redis 6.0 and later)',
    'redis-cli --scan > /dev/null: SCAN deletes the expired keys that it meets on a primary',
  ],
  verify: ['INFO stats: expired_keys rises, expired_stale_perc falls', 'INFO memory: used_memory'],
  rollback: ['CONFIG SET active-expire-effort 1'],
  parameters: [],
  rewrites: [],
  start: (context) => new DropExpired(context),
}

class DropExpired extends TechniqueRun {
  readonly #groups = plainGroups(this.context.names)

  override begin(key: RdbKey): boolean {
    return key.expiresAtMs >= 0 && key.expiresAtMs <= this.context.nowMs()
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    this.#groups.of(key, batch, row).before(batch, row)
  }

  override outcome(): Outcome {
    const groups = this.#groups.all
    const chosen = new ChosenKeys(groups, this.context)
    return {
      groups,
      assumptions: ['Judged at the time of the dump (--now judges at another time).'],
      change: {
        kind: 'keys',
        through: (next) => new Fork(next, new Vanish(), (key) => this.begin(key) && chosen.has()),
      },
    }
  }
}
