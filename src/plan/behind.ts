import { TYPES } from '../batch.js'
import type { ShapeType } from '../memory/shape-pricer.js'
import type { ChangedBefore } from '../optimizations/optimization.js'
import type { Step } from './stage.js'

/**
 * Steps that change values, chosen again for values as the steps before leave them: the length from which compressing
 * pays is another one behind MessagePack than in front of it. A step with nothing left to gain goes.
 */
export function chosenBehind(steps: readonly Step[]): readonly Step[] {
  const chosen: Step[] = []
  for (const step of steps) {
    const others = chosen.filter((other) => isSharedWith(step, other)).flatMap(changedBy)
    if (others.length === 0 || step.change.kind !== 'keys' || step.change.behind === undefined) {
      chosen.push(step)
      continue
    }
    const outcome = step.change.behind(others)
    if (outcome?.change !== undefined) chosen.push({ ...step, change: outcome.change, outcome })
  }
  return chosen
}

function changedBy({ change, groups }: Step): readonly ChangedBefore[] {
  if (change.kind !== 'keys' || change.families === undefined) return []
  const families = groups === 'all' ? null : familiesOf(groups)
  return [
    {
      families: change.families,
      takes: (pattern, type) => families === null || families.has(familyNumber(pattern, type)),
    },
  ]
}

/** `groupNumber` is database × pattern × type: pattern and type alone. */
const FAMILIES = 8192 * 16

/** Patterns and types of some groups, as `familyNumber` tells them. */
export function familiesOf(groups: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...groups].map((group) => group % FAMILIES))
}

export function familyNumber(pattern: number, type: ShapeType): number {
  return pattern * 16 + TYPES.indexOf(type)
}

function isSharedWith({ groups }: Step, { groups: others }: Step): boolean {
  if (groups === 'all' || others === 'all') return true
  for (const group of groups) if (others.has(group)) return true
  return false
}
