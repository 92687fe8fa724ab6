import { IgnoreAll, type RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import { forwarding, type ShapeSink } from '../shape-sink.js'
import { type Groups, type GroupTally, plainGroups } from './groups.js'
import { type Outcome, type TechniqueContext, TechniqueRun } from './optimization.js'

export type { ShapeSink } from '../shape-sink.js'

/**
 * Hands the keys on as they are; a technique overrides what it changes. As each takes and gives the same events,
 * rewriters can be put one behind the other.
 */
export class Rewriter extends forwarding(Object) implements ShapeSink {
  constructor(public next: ShapeSink) {
    super()
  }

  begin(key: RdbKey): void {
    this.next.begin(key)
  }

  end(key: RdbKey): void {
    this.next.end(key)
  }
}

/** Hands chosen keys to one sink, and the others to another one. */
export class Fork extends Rewriter {
  constructor(
    readonly others: ShapeSink,
    readonly chosen: ShapeSink,
    readonly takes: (key: RdbKey) => boolean,
  ) {
    super(others)
  }

  override begin(key: RdbKey): void {
    this.next = this.takes(key) ? this.chosen : this.others
    super.begin(key)
  }
}

/** The end of keys that go away. */
export class Vanish extends IgnoreAll implements ShapeSink {
  begin(): void {}
  override end(): void {}

  override container(): boolean {
    return false
  }
}

/** A technique whose keys stay keys, one for one: each is priced again in its new shape, or on another target. */
export abstract class RewriteRun<Tally extends GroupTally = GroupTally> extends forwarding(TechniqueRun) {
  readonly sizer: KeySizer
  readonly groups: Groups<Tally>
  /** What stands between the dump and the sizer, or the sizer. */
  next: ShapeSink

  constructor(context: TechniqueContext, target: Target = context.target, groups?: Groups<Tally>) {
    super(context)
    this.sizer = new KeySizer(target)
    this.next = this.sizer
    this.groups = groups ?? (plainGroups(context.names) as Groups<Tally>)
  }

  /** What stands between the dump and the sizer; called by constructors. */
  protected through(make: (next: ShapeSink) => ShapeSink): void {
    this.next = make(this.next)
  }

  /** False: the technique has nothing to do with the key. */
  abstract takes(key: RdbKey): boolean

  /** The key was priced: counts it, where it is to be changed. */
  priced(key: RdbKey, batch: KeyBatch, row: number): void {
    this.groups.of(key, batch, row).resized(batch, row, this.sizer.ramBytes)
  }

  abstract override outcome(): Outcome

  override begin(key: RdbKey): boolean {
    if (!this.takes(key)) return false
    this.next.begin(key)
    return true
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    this.next.end(key)
    this.priced(key, batch, row)
  }
}
