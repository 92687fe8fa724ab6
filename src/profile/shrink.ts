import { Collectors } from '../analysis/collectors.js'
import { Patterns } from '../analysis/patterns.js'
import type { Profile } from './profile.js'

/** What is kept at most, step by step, until the file is small enough. Ordinary dumps need none of it. */
const STEPS = [
  { intervals: 8192, hashTags: 1024, kept: 100, cells: 4096, trees: 100, duplicates: 100, aux: true },
  { intervals: 2048, hashTags: 256, kept: 50, cells: 2048, trees: 40, duplicates: 50, aux: true },
  { intervals: 512, hashTags: 64, kept: 20, cells: 512, trees: 10, duplicates: 20, aux: false },
  { intervals: 128, hashTags: 16, kept: 20, cells: 128, trees: 0, duplicates: 0, aux: false },
] as const

export const LEVELS = STEPS.length

/**
 * The same profile with less detail. Sums stay; what is left out is said in `bounded`.
 *
 * @param level 1 to `LEVELS`
 */
export function shrunk(profile: Profile, level: number): Profile {
  const step = STEPS[level - 1]!
  const { separators, bigKeyPreset, bigKeyLimits } = profile.options
  const whole = { state: profile.collectors, firstFile: 0 }
  const collectors = Collectors.restored({ top: step.kept, separators, bigKeyPreset, bigKeyLimits }, [whole])
  const state = collectors.state(step)
  // A smaller miner gathers what is rare, as it does when names are many.
  const patterns = new Patterns({ separators, maxCells: step.cells, maxNodes: Math.max(1024, step.cells * 2) })
  patterns.merge(Patterns.restore(profile.collectors.patterns))
  const { values, provenance } = profile
  return {
    ...profile,
    options: { ...profile.options, kept: Math.min(step.kept, profile.options.kept) },
    provenance: step.aux
      ? provenance
      : {
          ...provenance,
          files: provenance.files.map((file) => ({ ...file, aux: [], modules: file.modules.slice(0, 8) })),
        },
    collectors: { ...state, patterns: patterns.state() },
    largestElements: profile.largestElements.slice(0, step.kept),
    values:
      values === null
        ? null
        : {
            ...values,
            formats: values.formats.slice(0, step.cells),
            trees: values.trees.slice(0, step.trees),
            duplicates: values.duplicates.slice(0, step.duplicates),
          },
    warnings: profile.warnings.slice(0, 100),
    bounded: [
      `patterns in at most ${step.cells} parts, ${step.kept} keys per list, ${step.hashTags} hash tags and ` +
        `${step.intervals} moments of expiry are kept, so that the profile stays below 1 MB`,
    ],
  }
}
