import type { Severity } from '../../reports/batch/night-report.js'
import type { RedactMode } from '../redact/modes.js'

export const OUTPUT_FORMATS = ['html', 'json', 'md', 'csv', 'keys', 'profile'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

/** What findings are about. */
export const RULES = [
  'budget',
  'leak',
  'stampede',
  'new-big-key',
  'missing-ttl',
  'forecast',
  'corrupt',
  'unreadable',
  'missing',
  'stale',
  'suppression',
] as const
export type Rule = (typeof RULES)[number]

type Size = number | string

/** `analysis` of a config, as written. */
export interface AnalysisConfig {
  readonly target?: string
  readonly settings?: Readonly<Record<string, string | number>>
  readonly conf?: string
  readonly bits?: 32 | 64
  readonly allocator?: string
  readonly cluster?: boolean
  readonly separators?: string
  readonly verify?: boolean
  readonly values?: boolean
  readonly bigKeyPreset?: string
  readonly bigKey?: readonly string[]
  readonly filter?: FilterConfig
}

export interface FilterConfig {
  readonly db?: readonly number[]
  readonly type?: readonly string[]
  readonly match?: readonly string[]
  readonly matchRe?: readonly string[]
  readonly exclude?: readonly string[]
  readonly excludeRe?: readonly string[]
  readonly minBytes?: Size
  readonly maxBytes?: Size
  readonly ttl?: string
}

export type SourceConfig =
  | string
  | { readonly path: string; readonly name?: string }
  | { readonly command: readonly string[]; readonly name: string; readonly timeout?: string }

export interface DatasetConfig {
  readonly name: string
  readonly sources: readonly SourceConfig[]
  readonly analysis?: AnalysisConfig
  readonly maxmemory?: Size
}

export interface BudgetConfig {
  readonly name?: string
  readonly dataset?: string
  readonly pattern?: string
  readonly owner?: string
  readonly maxBytes?: Size
  readonly maxKeys?: number
  readonly maxKeyBytes?: Size
  readonly maxGrowthPerDay?: Size
  readonly maxWithoutTtl?: number | string
  readonly forbidEncodings?: readonly string[]
  readonly forbidFormats?: readonly string[]
  readonly severity?: 'error' | 'warn'
}

export interface SuppressionConfig {
  readonly rule?: string
  readonly dataset?: string
  readonly subject?: string
  readonly reason: string
  readonly until: string
}

type SeverityOrOff = Severity | 'off'

/** A config as written. Checked against `CONFIG_SCHEMA` before anybody looks at it. */
export interface ConfigFile {
  readonly datasets: readonly DatasetConfig[]
  readonly analysis?: AnalysisConfig
  readonly output?: {
    readonly folder?: string
    readonly formats?: readonly OutputFormat[]
    readonly top?: number
    readonly redact?: RedactMode
    readonly prometheus?: string
  }
  readonly retention?: { readonly reports?: string; readonly history?: string }
  readonly threads?: number
  readonly unchanged?: 'size+time' | 'sha256'
  readonly price?: { readonly perGibMonth: number; readonly currency?: string }
  readonly owners?: string
  readonly budgets?: readonly BudgetConfig[]
  readonly baseline?: string
  readonly suppressions?: readonly SuppressionConfig[]
  readonly findings?: {
    readonly leak?: { readonly severity?: SeverityOrOff; readonly nights?: number; readonly minBytes?: Size }
    readonly stampede?: {
      readonly severity?: SeverityOrOff
      readonly minKeys?: number
      readonly minShare?: number | string
    }
    readonly newBigKey?: { readonly severity?: SeverityOrOff }
    readonly missingTtl?: { readonly severity?: SeverityOrOff }
    readonly stale?: { readonly severity?: SeverityOrOff; readonly olderThan?: string }
    readonly forecast?: { readonly warnWithin?: string; readonly errorWithin?: string; readonly nights?: number }
  }
  readonly failOn?: 'error' | 'warn' | 'never'
}
