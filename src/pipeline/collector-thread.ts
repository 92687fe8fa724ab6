import type { CollectorOptions } from '../analysis/collectors.js'
import type { SampledNames } from '../analysis/values/sampled-values.js'
import { type TargetDescription, targetDescription } from '../memory/target-description.js'
import type { AddedRing, SentRows } from './batch-ring.js'
import type { CollectContext, Collected, RowCollector } from './row-collector.js'
import { RowsThread } from './rows-thread.js'

/** What the thread is started with. */
export interface CollectorThreadSetup {
  readonly options: CollectorOptions
  /** One number per batch: 1 while the thread has it. */
  readonly busy: Int32Array
}

type ToCollector =
  | { readonly kind: 'now'; readonly nowMs: number }
  | {
      readonly kind: 'finish'
      readonly nowMs: number
      readonly target: TargetDescription
      readonly files: number
      readonly sampled: SampledNames
      readonly wantsState: boolean
    }

export type ToCollectorThread = ToCollector | AddedRing | SentRows

/**
 * Collects in a thread of its own, while this one parses and prices. The thread gets the rows in order, so that its
 * result is that of one thread.
 */
export class CollectorThread extends RowsThread<ToCollector> implements RowCollector {
  constructor(options: CollectorOptions) {
    super('collector-worker', { options } satisfies Omit<CollectorThreadSetup, 'busy'>)
  }

  setNow(nowMs: number): void {
    this.send({ kind: 'now', nowMs })
  }

  async finish({ target, ...context }: CollectContext): Promise<Collected> {
    const answer = await this.answerTo({ kind: 'finish', ...context, target: targetDescription(target) })
    return answer as Collected
  }
}
