import { resolve } from 'node:path'
import { parseBigKeyLimits } from '../analysis/big-key-limits.js'
import { type FilterOptions, KeyFilter } from '../filters.js'
import { InputError } from '../io/errors.js'
import { readTextFile } from '../io/text-file.js'
import { parseRedisConf, parseSettings, SettingError, type SettingOverrides } from '../memory/settings.js'
import { parseDuration, parseSize, UnitError } from '../units.js'
import type { ConfigProblem } from './config-error.js'
import { type ConfigPath, type ConfigText, shownPath } from './config-text.js'
import type { AnalysisConfig, BudgetConfig, ConfigFile, FilterConfig } from './config-types.js'

type Confs = Map<string, SettingOverrides>

/** What a schema cannot say: sizes, settings, expressions, files that are named, names that must fit each other. */
export async function checkMeaning(
  config: ConfigFile,
  text: ConfigText,
  folder: string,
): Promise<{ readonly problems: readonly ConfigProblem[]; readonly confs: Confs }> {
  const checks = new Checks(text)
  const confs: Confs = new Map()
  await checkAnalysis(config.analysis, ['analysis'], checks, confs, folder)
  const names = new Set<string>()
  for (const [index, dataset] of config.datasets.entries()) {
    const path = ['datasets', index]
    if (names.has(dataset.name.toLowerCase())) {
      checks.say([...path, 'name'], `there is another data set called ${dataset.name}`)
    }
    names.add(dataset.name.toLowerCase())
    checks.unit([...path, 'maxmemory'], () => dataset.maxmemory !== undefined && sizeOf(dataset.maxmemory))
    for (const [at, source] of dataset.sources.entries()) {
      if (typeof source === 'object' && 'command' in source) {
        checks.unit(
          [...path, 'sources', at, 'timeout'],
          () => source.timeout !== undefined && parseDuration(source.timeout),
        )
      }
    }
    await checkAnalysis(dataset.analysis, [...path, 'analysis'], checks, confs, folder)
  }
  for (const [index, budget] of (config.budgets ?? []).entries())
    checkBudget(budget, ['budgets', index], config, checks)
  for (const [index, { until }] of (config.suppressions ?? []).entries()) {
    if (!isDay(until)) checks.say(['suppressions', index, 'until'], `${until} is not a day`)
  }
  const { retention, findings } = config
  for (const [name, value] of Object.entries(retention ?? {})) {
    checks.unit(['retention', name], () => parseDuration(value as string))
  }
  const found = [
    [['findings', 'leak', 'minBytes'], findings?.leak?.minBytes, sizeOf],
    [['findings', 'stampede', 'minShare'], findings?.stampede?.minShare, shareOf],
    [['findings', 'stale', 'olderThan'], findings?.stale?.olderThan, parseDuration],
    [['findings', 'forecast', 'warnWithin'], findings?.forecast?.warnWithin, parseDuration],
    [['findings', 'forecast', 'errorWithin'], findings?.forecast?.errorWithin, parseDuration],
  ] as const
  for (const [path, value, parse] of found) {
    checks.unit(path, () => value !== undefined && (parse as (value: string | number) => number)(value))
  }
  return { problems: checks.problems, confs }
}

class Checks {
  readonly problems: ConfigProblem[] = []
  readonly #text: ConfigText

  constructor(text: ConfigText) {
    this.#text = text
  }

  say(path: ConfigPath, message: string): void {
    this.problems.push({ line: this.#text.lineOf(path), path: shownPath(path), message })
  }

  /** Whatever is thrown about a unit, a setting or a file is a mistake at that place. */
  unit(path: ConfigPath, parse: () => unknown): void {
    try {
      parse()
    } catch (error) {
      if (!(error instanceof UnitError || error instanceof SettingError || error instanceof InputError)) throw error
      this.say(path, error.message)
    }
  }
}

async function checkAnalysis(
  analysis: AnalysisConfig | undefined,
  path: ConfigPath,
  checks: Checks,
  confs: Confs,
  folder: string,
): Promise<void> {
  if (analysis === undefined) return
  for (const [name, value] of Object.entries(analysis.settings ?? {})) {
    checks.unit([...path, 'settings', name], () => parseSettings([`${name}=${value}`]))
  }
  for (const [index, limit] of (analysis.bigKey ?? []).entries()) {
    checks.unit([...path, 'bigKey', index], () => parseBigKeyLimits(limit))
  }
  checks.unit([...path, 'filter'], () => new KeyFilter(filterOf(analysis.filter), 0))
  const { conf } = analysis
  if (conf === undefined || confs.has(conf)) return
  try {
    confs.set(conf, parseRedisConf(await readTextFile(resolve(folder, conf))))
  } catch (error) {
    checks.unit([...path, 'conf'], () => {
      throw error
    })
  }
}

function checkBudget(budget: BudgetConfig, path: ConfigPath, config: ConfigFile, checks: Checks): void {
  for (const name of ['maxBytes', 'maxKeyBytes'] as const) {
    const value = budget[name]
    if (value !== undefined) checks.unit([...path, name], () => sizeOf(value))
  }
  const { maxGrowthPerDay: growth, maxWithoutTtl } = budget
  if (growth !== undefined) checks.unit([...path, 'maxGrowthPerDay'], () => growthOf(growth))
  if (maxWithoutTtl !== undefined) checks.unit([...path, 'maxWithoutTtl'], () => shareOf(maxWithoutTtl))
  if (budget.owner !== undefined) {
    if (config.owners === undefined) checks.say([...path, 'owner'], 'owners need an owners file: owners: OWNERS')
    if (budget.pattern !== undefined) checks.say([...path, 'owner'], 'a budget is about a pattern or about an owner')
    const unknown = (['maxKeyBytes', 'maxWithoutTtl', 'forbidEncodings', 'forbidFormats'] as const).find(
      (name) => budget[name] !== undefined && name !== 'maxWithoutTtl',
    )
    if (unknown !== undefined) {
      checks.say(
        [...path, unknown],
        `an owner has maxBytes, maxKeys, maxGrowthPerDay and maxWithoutTtl, not ${unknown}`,
      )
    }
  }
}

export function filterOf(filter: FilterConfig | undefined): FilterOptions {
  if (filter === undefined) return {}
  const { minBytes, maxBytes, ...rest } = filter
  return {
    ...(rest as FilterOptions),
    ...(minBytes === undefined ? {} : { minBytes: sizeOf(minBytes) }),
    ...(maxBytes === undefined ? {} : { maxBytes: sizeOf(maxBytes) }),
  }
}

export function sizeOf(value: number | string): number {
  return typeof value === 'number' ? value : parseSize(value)
}

/** `5%` or 0.05 */
export function shareOf(value: number | string): number {
  if (typeof value === 'number') return value
  const percent = value.replace('%', '').trim()
  // Read as a decimal: 0.7 / 100 is a little less than 0.007.
  const share = /^[\d.]+$/.test(percent) ? Number(`${percent}e-2`) : Number.NaN
  if (Number.isNaN(share)) throw new UnitError(`${JSON.stringify(value)} is not a share: write 5% or 0.05`)
  return share
}

/** Growth per day in bytes, or as a share of what was there. */
export function growthOf(value: number | string): { readonly bytes: number } | { readonly share: number } {
  return typeof value === 'string' && value.includes('%') ? { share: shareOf(value) } : { bytes: sizeOf(value) }
}

/** `2026-11-19`, and such a day exists. */
export function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text
}
