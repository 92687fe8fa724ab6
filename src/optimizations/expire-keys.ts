import type { RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { ShapeKey } from '../memory/shape-pricer.js'
import { ChosenKeys, Groups, GroupTally } from './groups.js'
import { type Outcome, type Technique, type TechniqueContext, usefulGroups } from './optimization.js'
import { Fork, RewriteRun, Rewriter, type ShapeSink, Vanish } from './rewriter.js'

/** Share of a pattern's keys that expire from which on those that never do look like a leak. */
const LEAK_SHARE = 0.5

export const expireKeys: Technique = {
  id: 'expire-keys',
  title: 'Give an expiry to keys that were forgotten',
  why: 'Keys without an expiry in a pattern where most have one stay for ever: usually a code path that forgets EXPIRE.',
  effort: 'client',
  certainty: 'exact',
  breaks: ['Keys that are meant to stay would go: ask the owner of the pattern before you set an expiry.'],
  cpu: 'None for commands; the server deletes expired keys in the background, a few at a time.',
  steps: [
    'Find the code path that writes <pattern> without EX, PX or EXPIRE, and mend it',
    'redis-cli --scan --pattern \'<pattern>\' | while read -r key; do redis-cli EXPIRE "$key" <seconds> NX; done',
    'EXPIRE ... NX needs Redis 7.0; before it, ask TTL first. Spread <seconds> over some hours, so that not all go at once.',
  ],
  verify: ['INFO keyspace: expires=', 'rdblens analyze of the next dump: keys without expiry per pattern'],
  rollback: ['PERSIST <key> takes the expiry away again; keys that have expired are gone.'],
  parameters: [
    {
      name: 'add',
      kind: 'choice',
      choices: ['leaks', 'all'],
      preset: 'leaks',
      describe: 'leaks: what is freed when forgotten keys are gone; all: what an expiry costs on every key without one',
    },
  ],
  rewrites: [],
  concession: 'The keys go: only their owner knows whether they were meant to stay.',
  start: (context) => (context.parameters.text('add') === 'all' ? new ExpireAll(context) : new Leaks(context)),
}

class LeakTally extends GroupTally {
  expiring = 0
}

/** Counts keys with and without expiry per pattern. */
class Leaks extends RewriteRun<LeakTally> {
  constructor(context: TechniqueContext) {
    super(context, context.target, new Groups(context.names, (...group) => new LeakTally(...group)))
    // Nothing is priced: the keys are gone.
    this.wantsValue = false
  }

  override takes(): boolean {
    return true
  }

  override begin(): boolean {
    return true
  }

  override container(): boolean {
    return false
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    // Whatever the encoding: it depends on the size of a key, not on who wrote it.
    const tally = this.groups.at(batch.file, key.db, batch.type[row]!, 0)
    if (key.expiresAtMs >= 0) tally.expiring++
    else tally.before(batch, row)
  }

  override outcome(): Outcome {
    const leaks = this.groups.all.filter(
      ({ keys, expiring, pattern }) => pattern !== 0 && keys > 0 && expiring / (keys + expiring) >= LEAK_SHARE,
    )
    const groups = usefulGroups(leaks)
    const chosen = new ChosenKeys(groups, this.context)
    return {
      groups,
      // As it is when they have expired.
      change: {
        kind: 'keys',
        through: (next) => new Fork(next, new Vanish(), (key) => key.expiresAtMs < 0 && chosen.has()),
      },
      details: (tally) => ({ keysThatExpire: (tally as LeakTally).expiring, encoding: null }),
      assumptions: [
        'Freed once these keys have expired.',
        `A leak: keys without expiry where at least ${LEAK_SHARE * 100} % of the pattern's keys have one.`,
      ],
    }
  }
}

/** Prices every key without expiry as if it had one. */
class ExpireAll extends RewriteRun {
  constructor(context: TechniqueContext) {
    super(context)
    this.through((next) => new WithExpiry(next, context))
  }

  override takes(key: RdbKey): boolean {
    return key.expiresAtMs < 0
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    const tally = this.groups.of(key, batch, row)
    tally.before(batch, row)
    tally.after(this.sizer.ramBytes, true, this.sizer.hasFieldExpiry)
  }

  override outcome(): Outcome {
    const groups = this.groups.all
    const chosen = new ChosenKeys(groups, this.context)
    return {
      groups,
      assumptions: ['The cost of the expiries alone: nothing has expired yet.'],
      change: {
        kind: 'keys',
        through: (next) => new Fork(next, new WithExpiry(next, this.context), (key) => this.takes(key) && chosen.has()),
      },
    }
  }
}

/** So far behind the dump that nothing goes while somebody looks. */
const FAR_MS = 365 * 86_400_000

/** Shows keys with an expiry. */
class WithExpiry extends Rewriter {
  readonly #key = new ShapeKey()

  constructor(
    next: ShapeSink,
    readonly context: TechniqueContext,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    super.begin(this.#expiring(key))
  }

  override end(key: RdbKey): void {
    super.end(this.#expiring(key))
  }

  #expiring(key: RdbKey): RdbKey {
    this.#key.copy(key)
    this.#key.expiresAtMs = this.context.nowMs() + FAR_MS
    return this.#key
  }
}
