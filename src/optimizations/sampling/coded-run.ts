import type { RdbKey } from '../../../parsers/index.js'
import type { GroupTally } from '../groups.js'
import type { Outcome, TechniqueContext } from '../optimization.js'
import { RewriteRun } from '../rewriter.js'
import { CodedKeys, type CodersByFamily } from './coders.js'

/** Prices every key of chosen families as coders leave it, once it is known what these are. */
export class CodedRun extends RewriteRun {
  constructor(
    context: TechniqueContext,
    readonly families: CodersByFamily,
    /** Says the rest about groups in which every key was priced. */
    readonly conclude: (groups: readonly GroupTally[]) => Outcome,
  ) {
    super(context)
    this.through((next) => new CodedKeys(next, families))
  }

  override takes(key: RdbKey): boolean {
    return this.families.of(key) !== null
  }

  override outcome(): Outcome {
    return this.conclude(this.groups.all)
  }
}
