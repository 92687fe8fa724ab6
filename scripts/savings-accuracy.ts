/**
 * Predicted against measured: data sets that were really rewritten on real servers.
 *
 *     npx tsx scripts/savings-accuracy.ts RECORDINGS [part of a name] [--write]
 *
 * `--write` puts the table into docs/accuracy.md.
 *
 * RECORDINGS holds `<technique>/<server>/before.rdb` (or `.rdb.gz`) and `measured.json`. Prints a Markdown table; exit
 * code 1 when a prediction is off by more than its technique allows.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ParameterTexts, simulate } from '../src/index.js'
import type { AllocatorId } from '../src/memory/allocators/index.js'
import { parseSettings } from '../src/memory/settings.js'

/** What was measured on both sides of one rewriting; more fields than are used. */
export interface MeasuredCase {
  readonly technique: string
  readonly server: string
  readonly version: string
  /** Where it is not the one that the server's own sources build. */
  readonly allocator?: AllocatorId
  readonly parameters: Readonly<Record<string, unknown>>
  readonly before: MeasuredSide
  readonly after: MeasuredSide
}

interface MeasuredSide {
  readonly keys: number
  readonly used_memory_delta: number
  readonly sum_memory_usage?: number
  readonly options: Readonly<Record<string, string | number>>
}

interface Transformation {
  readonly id: string
  readonly parameters: Readonly<Record<string, string>>
  /** What comes behind it. */
  readonly next?: Transformation
}

/** Off by at most this share of the memory after. */
export const TOLERANCE = { exact: 0.005, modelled: 0.02, sampled: 0.02 } as const

/** Of the sum of `MEMORY USAGE`. */
export const USAGE_TOLERANCE = 0.01

/** The same empty server reports so much more or less from one start to the next (7.4: 994,328 to 994,424). */
export const NOISE_BYTES = 128

/** Our words for a recorded transformation; null for techniques that are not there (yet). */
export function transformationOf({ technique, parameters, after }: MeasuredCase): Transformation | null {
  const option = (pattern: RegExp): string =>
    String(Object.entries(after.options).find(([name]) => pattern.test(name))?.[1] ?? '')
  switch (technique) {
    case 'add-expiry':
      return { id: 'expire-keys', parameters: { add: 'all' } }
    case 'bucket-strings-100':
    case 'bucket-strings-512':
    case 'bucket-strings-hashtable':
      return { id: 'bucket-strings', parameters: { buckets: String(parameters.buckets), name: 'mediabucket:' } }
    case 'compress-lz4':
    case 'compress-zlib':
    case 'compress-zstd':
      return { id: 'compress-values', parameters: { codec: technique.slice('compress-'.length) } }
    case 'json-to-msgpack':
      return { id: 'serialize-msgpack', parameters: {} }
    case 'pack-digits':
    case 'pack-hex':
    case 'pack-uuid':
      return { id: 'base-encode', parameters: { alphabet: technique.slice('pack-'.length) } }
    case 'pack-base62':
      return { id: 'base-encode', parameters: { alphabet: 'base62' } }
    case 'fingerprint-values':
      return { id: 'fingerprint-values', parameters: { as: 'bytes', match: 'seen:*' } }
    case 'flags-to-bitmap':
      return { id: 'bitmap-flags', parameters: { name: 'users:active' } }
    case 'merge-entity-keys':
    case 'integer-sets':
      return { id: technique, parameters: {} }
    case 'list-node-size':
      return { id: technique, parameters: { size: String(parameters.size) } }
    case 'hash-to-list':
      return { id: 'hash-to-list', parameters: { order: (parameters.field_names as string[]).join(',') } }
    case 'raise-hash-entries':
      return { id: 'raise-hash-limits', parameters: { entries: option(/^hash-max-\w+-entries$/) } }
    case 'raise-hash-value':
      return { id: 'raise-hash-limits', parameters: { value: option(/^hash-max-\w+-value$/) } }
    case 'raise-intset-entries':
      return { id: 'raise-intset-limit', parameters: { entries: option(/^set-max-intset-entries$/) } }
    case 'raise-set-entries':
      return { id: 'raise-set-limits', parameters: { entries: option(/^set-max-listpack-entries$/) } }
    case 'raise-set-and-intset-entries':
      return {
        id: 'raise-set-limits',
        parameters: { entries: option(/^set-max-listpack-entries$/), intset: option(/^set-max-intset-entries$/) },
      }
    case 'raise-zset-entries':
      return { id: 'raise-zset-limits', parameters: { entries: option(/^zset-max-\w+-entries$/) } }
    case 'set-to-hyperloglog':
      return { id: 'hyperloglog', parameters: { minMembers: '1', match: '*' } }
    case 'shorten-hash-fields':
      return {
        id: 'shorten-field-names',
        parameters: { rename: 'visits:v,name:n,recent_actions:r' },
        next: { id: 'shorten-key-names', parameters: { rename: 'IP:=i:' } },
      }
    case 'shorten-key-names':
      return {
        id: 'shorten-key-names',
        parameters: { rename: 'users:friends=u:fs,users:followers=u:fw' },
      }
    case 'split-big-hash':
      return { id: 'split-big-keys', parameters: { parts: String(parameters.buckets) } }
    default:
      return null
  }
}

export interface Comparison {
  readonly name: string
  readonly id: string
  readonly certainty: keyof typeof TOLERANCE
  readonly predictedBefore: number
  readonly measuredBefore: number
  readonly predictedAfter: number
  readonly measuredAfter: number
  /** Difference of the memory after, as a share of what was measured. */
  readonly error: number
  /** Sums of `MEMORY USAGE` afterwards; null where nobody predicts it, or it was not measured. */
  readonly usage: { readonly predicted: number; readonly measured: number; readonly error: number } | null
  readonly isWithin: boolean
}

/** Predicts one case; null when there is no such technique. */
export async function compareCase(folder: string, name: string): Promise<Comparison | null> {
  const measured = JSON.parse(readFileSync(join(folder, 'measured.json'), 'utf8')) as MeasuredCase
  const transformation = transformationOf(measured)
  if (transformation === null) return null
  const steps = [transformation, ...(transformation.next === undefined ? [] : [transformation.next])]
  const parameters: ParameterTexts = Object.fromEntries(steps.map((step) => [step.id, step.parameters]))
  const ids = steps.map(({ id }) => id)
  const { report } = await simulate(requestFor(dumpOf(folder), measured), { parameters, sequence: { ids } })
  const result = report.techniques.find(({ id }) => id === transformation.id)!
  const planned = report.planSummary!
  // Alone a technique has its own figures; of several only the sequence knows.
  const usedMemoryAfter = steps.length === 1 ? result.usedMemoryAfter : planned.after.usedMemoryBytes
  const measuredAfter = measured.after.used_memory_delta
  const error = (usedMemoryAfter - measuredAfter) / measuredAfter
  const allowed = Math.max(NOISE_BYTES, TOLERANCE[result.certainty] * measuredAfter)
  const { memoryUsageBytes } = planned.after
  const sum = measured.after.sum_memory_usage
  const usage =
    memoryUsageBytes === null || sum === undefined
      ? null
      : { predicted: memoryUsageBytes, measured: sum, error: (memoryUsageBytes - sum) / sum }
  return {
    name,
    id: ids.join(' + '),
    certainty: result.certainty,
    predictedBefore: result.usedMemoryBefore,
    measuredBefore: measured.before.used_memory_delta,
    predictedAfter: usedMemoryAfter,
    measuredAfter,
    error,
    usage,
    isWithin:
      result.status === 'applies' &&
      Math.abs(error) * measuredAfter <= allowed &&
      (usage === null || Math.abs(usage.error) <= USAGE_TOLERANCE),
  }
}

function dumpOf(folder: string): string {
  const path = join(folder, 'before.rdb')
  return existsSync(path) ? path : `${path}.gz`
}

function requestFor(path: string, { before, allocator }: MeasuredCase): Parameters<typeof simulate>[0] {
  const settings = Object.entries(before.options).filter(([name]) => /-max-|^list-|^maxmemory/.test(name))
  return {
    inputs: [{ path, name: path, increments: [], notes: [] }],
    filter: {},
    verify: false,
    allocator,
    settings: parseSettings(settings.map(([name, value]) => `${name}=${value}`)),
  }
}

/** Folders of cases, `<technique>/<server>`, in order of names. */
export function casesIn(recordings: string, only = ''): readonly string[] {
  const folders = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  return folders(recordings)
    .flatMap((technique) => folders(join(recordings, technique)).map((server) => `${technique}/${server}`))
    .filter((name) => name.includes(only))
}

async function* tableOf(recordings: string, only: string): AsyncGenerator<string, number> {
  yield '| case | technique | before | measured | after | measured | off | MEMORY USAGE | measured | off |'
  yield '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|'
  let failures = 0
  for (const name of casesIn(recordings, only)) {
    const row = await compareCase(join(recordings, name), name)
    if (row === null) continue
    if (!row.isWithin) failures++
    const off = `${(row.error * 100).toFixed(2)} %${row.isWithin ? '' : ' (!)'}`
    const { usage } = row
    const usageOff = usage === null ? '' : `${(usage.error * 100).toFixed(2)} %`
    const cells = [
      ...[name, row.id, row.predictedBefore, row.measuredBefore, row.predictedAfter, row.measuredAfter, off],
      ...[usage?.predicted ?? '', usage?.measured ?? '', usageOff],
    ]
    yield `| ${cells.join(' | ')} |`
  }
  return failures
}

/** Where the table stands in docs/accuracy.md; the rest of that page is made by scripts/accuracy.ts. */
const BEGIN = '<!-- savings: begin -->'
const END = '<!-- savings: end -->'

async function main(recordings: string, only: string, page: string | undefined): Promise<number> {
  const lines: string[] = []
  const rows = tableOf(recordings, only)
  for (;;) {
    const { value, done } = await rows.next()
    if (done === true) {
      if (page !== undefined) writeInto(page, lines)
      return value === 0 ? 0 : 1
    }
    lines.push(value)
    console.log(value)
  }
}

function writeInto(page: string, lines: readonly string[]): void {
  const text = readFileSync(page, 'utf8')
  const section = `${BEGIN}\n\n${lines.join('\n')}\n\n${END}`
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for the table: ${BEGIN} ... ${END}`)
  writeFileSync(page, text.slice(0, from) + section + text.slice(to + END.length))
}

const [recordings, ...rest] = process.argv.slice(2)
const page = rest.includes('--write') ? 'docs/accuracy.md' : undefined
const only = rest.find((argument) => argument !== '--write')
if (process.argv[1]?.endsWith('savings-accuracy.ts') === true) {
  if (recordings === undefined) {
    console.error('name the folder of recordings: npx tsx scripts/savings-accuracy.ts RECORDINGS [part of a name]')
    process.exitCode = 2
  } else process.exitCode = await main(recordings, only ?? '', page)
}
