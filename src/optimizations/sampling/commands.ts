import type { Family } from './reservoir.js'
import type { FamilyResult, SampledRun } from './sampled-run.js'

/** Where most is to be gained, in words: for steps. */
export function mainPattern(run: SampledRun, results: readonly FamilyResult[]): string {
  const best = mainFamily(results)
  return best === undefined ? '<key>' : run.context.names.of(best.pattern).text
}

function mainGlob(run: SampledRun, results: readonly FamilyResult[]): string {
  const best = mainFamily(results)
  return best === undefined ? '<key>' : run.context.names.of(best.pattern).glob
}

/** The family with most to be gained. */
export function mainResult(results: readonly FamilyResult[]): FamilyResult | undefined {
  return [...results].sort((a, b) => b.savedBytes - a.savedBytes)[0]
}

function mainFamily(results: readonly FamilyResult[]): Family | undefined {
  return mainResult(results)?.family
}

/** The command that writes a changed value of that pattern. */
export function writeCommand(run: SampledRun, results: readonly FamilyResult[], value: string): string {
  const pattern = mainPattern(run, results)
  switch (mainFamily(results)?.type) {
    case 'hash':
      return `HSET ${pattern} <field> ${value}`
    case 'list':
      return `RPUSH ${pattern} ${value}`
    case 'set':
      return `SADD ${pattern} ${value}`
    default:
      return `SET ${pattern} ${value}`
  }
}

/** How values that are there already are changed, so that no write in between is lost, and no expiry. */
export function rewriteStep(run: SampledRun, results: readonly FamilyResult[], value: string): string {
  const scan = `Rewrite the rest in the background: SCAN MATCH ${mainGlob(run, results)}; for each key`
  const commit = 'EXEC; again when that gives nil'
  switch (mainFamily(results)?.type) {
    case 'hash':
      return `${scan} WATCH, HGETALL, MULTI, HSET <key> <field> ${value} ..., ${commit}`
    case 'list':
      return `${scan} WATCH, LRANGE, PTTL, MULTI, DEL, RPUSH <key> ${value} ..., PEXPIRE where it had one, ${commit}`
    case 'set':
      return `${scan} WATCH, SMEMBERS, MULTI, SREM and SADD <key> ${value} ..., ${commit}`
    default:
      return `${scan} WATCH, GET, MULTI, SET <key> ${value} KEEPTTL, ${commit}`
  }
}
