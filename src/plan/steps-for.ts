import type { PlanStep } from '../../reports/report.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { Outcome } from '../optimizations/optimization.js'
import type { BeforeChanges } from './results.js'

/**
 * Steps of a technique for the groups that a plan gives to it: they name the group that saves most here, which may be
 * another one than when the technique stands alone.
 * @param rows groups of the plan, most saved bytes first
 */
export function stepsFor(
  steps: readonly string[],
  rows: PlanStep['groups'],
  outcome: Outcome | null,
  { names }: BeforeChanges,
): readonly string[] {
  const [first] = rows
  if (first === undefined || names.hidden) return steps
  const pattern = String(first.pattern)
  // The pattern that the technique named itself, as it stands in its steps; the longest, as one may be part of another.
  const named = (outcome?.groups ?? [])
    .map((group) => names.of(group.pattern).text)
    .filter((text) => text !== pattern && steps.some((step) => step.includes(text)))
    .sort((a, b) => b.length - a.length)[0]
  const told = steps.map((step) => {
    const here =
      named === undefined
        ? step
        : step.replaceAll(named, pattern).replaceAll(names.globOf(named), names.globOf(pattern))
    return filled(here, first, names)
  })
  const isConcrete = told.some((step, index) => step !== steps[index] || step.includes(pattern))
  const others = rows.length - 1
  return isConcrete && others > 0
    ? [
        ...told,
        `The same for ${others === 1 ? 'the other pattern' : `the other ${others} patterns`}, each with its own names and numbers.`,
      ]
    : told
}

/** `<name>` and the like become what was chosen for the group. */
function filled(step: string, row: PlanStep['groups'][number], names: NamePatterns): string {
  return step.replace(/<([A-Za-z]+)>/g, (placeholder, name: string) => {
    const value = name === 'pattern' ? names.globOf(String(row.pattern)) : row[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : placeholder
  })
}
