import type { ProvedTechnique } from '../../reports/prove-report.js'
import type { TechniqueResult } from '../../reports/report.js'
import type { Change } from '../optimizations/optimization.js'
import type { ChosenChanges } from '../rewrite.js'

/** Off by at most this share of the memory after. */
const TOLERANCE = { exact: 0.005, modelled: 0.02, sampled: 0.02 } as const
/** The same for sequences. */
const SEQUENCE_TOLERANCE = { exact: 0.01, modelled: 0.03, sampled: 0.03 } as const

/** Something to be carried out, and what it is predicted to make of the memory. */
export interface Candidate
  extends Pick<ProvedTechnique, 'id' | 'certainty' | 'parameters' | 'predicted' | 'toleranceRatio'> {
  readonly changes: readonly Change[]
}

/** One technique. */
export function alone(result: TechniqueResult, change: Change): Candidate {
  return {
    id: result.id,
    certainty: result.certainty,
    parameters: result.parameters,
    predicted: {
      beforeBytes: result.usedMemoryBefore,
      afterBytes: result.usedMemoryAfter,
      savedBytes: result.savedBytes,
    },
    toleranceRatio: TOLERANCE[result.certainty],
    changes: [change],
  }
}

/** Techniques one behind the other. */
export function inSequence({ savings }: ChosenChanges, changes: readonly Change[], ids: readonly string[]): Candidate {
  const { planSummary, plan } = savings
  const isExact = plan.every(({ certainty }) => certainty === 'exact')
  const certainty = isExact ? 'exact' : plan.some(({ certainty: step }) => step === 'sampled') ? 'sampled' : 'modelled'
  return {
    id: ids.join(' + '),
    certainty,
    parameters: Object.fromEntries(plan.map(({ id, parameters }) => [id, parameters])),
    predicted: {
      beforeBytes: planSummary!.before.usedMemoryBytes,
      afterBytes: planSummary!.after.usedMemoryBytes,
      savedBytes: planSummary!.savedBytes,
    },
    toleranceRatio: SEQUENCE_TOLERANCE[certainty],
    changes,
  }
}

/** Why a technique cannot be carried out here; null when it can. */
export function reasonAgainst(result: TechniqueResult, { changes }: ChosenChanges): string | null {
  switch (result.status) {
    case 'nothing-to-do':
      return 'nothing to do on this data'
    case 'applies':
      if (changes.has(result.id)) return null
      return result.effort === 'upgrade' ? 'needs another server' : 'advice: nothing that could be carried out here'
    default:
      return result.assumptions[0] ?? result.status
  }
}
