import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { shownText } from '../../reports/escape.js'
import { formatBytes, plural } from '../../reports/format.js'
import type { AnalysisReport } from '../../reports/report.js'
import { analyze } from '../analyze.js'
import { InputError } from '../io/errors.js'
import type { InputFile } from '../io/inputs.js'
import type { ReadProgress } from '../requests.js'

/** Dumps whose names differ in numbers only. */
interface Group {
  readonly name: string
  /** With `*` and `{date}` in place of what differs. */
  readonly source: string
  readonly inputs: InputFile[]
}

const PATTERNS = 3
/** Room that a suggested budget leaves. */
const HEADROOM = 1.25

/**
 * A config for the dumps that are there, with everything in it that can be set: what fits these dumps as settings, the
 * rest as comments.
 */
export async function initialConfig(
  inputs: readonly InputFile[],
  configPath: string,
  onProgress?: (progress: ReadProgress) => void,
): Promise<string> {
  const groups = groupsOf(inputs, dirname(resolve(configPath)))
  const parts: string[] = []
  for (const group of groups) parts.push(await datasetText(group, onProgress))
  return `${HEAD}
datasets:
${parts.join('\n')}
${REST}`
}

function groupsOf(inputs: readonly InputFile[], folder: string): readonly Group[] {
  const groups = new Map<string, Group>()
  const names = new Set<string>()
  for (const input of inputs) {
    const path = sourcePath(input, folder)
    const source = path
      .replace(/\d{4}-\d\d-\d\d/g, '{date}')
      .replace(/(^|\/)([^/]*)$/, (_, slash: string, name: string) => slash + name.replace(/\d+(?=[^\d]*$)/, '*'))
    const known = groups.get(source)
    if (known !== undefined) {
      known.inputs.push(input)
      continue
    }
    const name = uniqueName(nameOf(source), names)
    groups.set(source, { name, source, inputs: [input] })
  }
  // One dump is named as it is: a star would take in what comes later.
  return [...groups.values()].map((group) =>
    group.inputs.length > 1 || group.source.includes('{date}')
      ? group
      : { ...group, source: sourcePath(group.inputs[0]!, folder) },
  )
}

/** From the folder of the config, or as it was given from the root: such a config may be put anywhere. */
function sourcePath({ path }: InputFile, folder: string): string {
  return isAbsolute(path) ? path : relative(folder, resolve(path)) || path
}

/** `backup/shop-*.rdb` is `shop`; `shop/dump.rdb` is `shop`. */
function nameOf(source: string): string {
  const parts = source.split('/')
  const bare = parts.at(-1)!.replace(/\.(?:rdb|dfs|aof)(?:\.\w+)?$/i, '')
  const name = (bare === 'dump' && parts.length > 1 ? parts.at(-2)! : bare).replace(/\{date\}|\*/g, '')
  return name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-_.]+|[-_.]+$/g, '') || 'dumps'
}

function uniqueName(name: string, taken: Set<string>): string {
  let unique = name
  for (let count = 2; taken.has(unique); count++) unique = `${name}-${count}`
  taken.add(unique)
  return unique
}

async function datasetText(group: Group, onProgress?: (progress: ReadProgress) => void): Promise<string> {
  const { name, source, inputs } = group
  const lines = [`  - name: ${name}`, `    sources: [${JSON.stringify(source)}]`]
  try {
    const request = { inputs, filter: {}, settings: {}, verify: false, onProgress }
    const { report } = await analyze(request, { top: PATTERNS, values: false })
    lines.push(...remarks(report, inputs.length))
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    lines.push(`    # could not be read: ${commentText(error.message)}`)
  }
  return `${lines.join('\n')}\n`
}

function remarks({ totals, provenance, patterns, types }: AnalysisReport, dumps: number): readonly string[] {
  const bytes = totals.ramBytes + totals.overheadBytes
  const server = [...new Set(provenance.files.map((file) => file.server))].join(', ')
  const used = provenance.files.reduce((most, file) => Math.max(most, file.usedMemoryBytes ?? 0), 0)
  const named = patterns.filter(({ type }) => type !== 'mixed')
  return [
    `    # ${commentText(`${plural(dumps, 'dump')} of ${server}: ${plural(totals.keys, 'key')}, ${formatBytes(bytes)}; ${plural(types.length, 'type')}`)}`,
    ...named.map(
      (row) => `    #   ${commentText(`${row.pattern}  ${formatBytes(row.ramBytes)}, ${plural(row.keys, 'key')}`)}`,
    ),
    `    # maxmemory: ${used === 0 ? '4GB' : size(used * 2)}   # of each server: the forecast says when it is full`,
    '    # analysis:',
    `    #   target: ${commentText(provenance.target.id)}   # default: the server that wrote the dump`,
    `    # budgets below could say: {dataset: ${'NAME'}, maxBytes: ${size(bytes * HEADROOM)}}`,
  ]
}

/** Names from dumps must not end the comment. */
function commentText(text: string): string {
  return shownText(text)
}

/** Rounded up to two digits that matter. */
function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const step = value >= 100 ? 10 : value >= 10 ? 1 : 0.1
  return `${Number((Math.ceil(value / step) * step).toFixed(1))}${units[unit]}`
}

const HEAD = `# Config of rdblens nightly. Check it with: rdblens nightly --check
# Paths are relative to the folder of this file. Sizes: 4096, 10KB, 1.5GiB.
# What may stand here: rdblens nightly --schema (editors read it, too).
`

const REST = `# output:
#   folder: rdblens-nightly            # everything is written below it
#   formats: [html, json, md, csv, keys, profile]
#   redact: none                       # none, ids or hash: what is shown of key names
#   prometheus: /var/lib/prometheus/node-exporter/rdblens.prom

# retention:
#   reports: 90d
#   history: 2y

# price: {perGibMonth: 8.5, currency: USD}
# owners: OWNERS                       # lines such as: session:*  @identity

# budgets:
#   - name: sessions stay small
#     pattern: "session:*"
#     maxBytes: 2GB
#     maxWithoutTtl: 1%
#     severity: error                  # error: exit code 1; warn: told only
#   - maxGrowthPerDay: 10%             # of each data set
#   - {pattern: "cart:*", maxKeyBytes: 1MB, forbidEncodings: [zset/skiplist]}

# baseline: rdblens.baseline.json      # rdblens nightly --adopt writes it: only what gets worse counts
# suppressions:
#   - {rule: new-big-key, subject: "report:*", reason: "moved to object storage in Q1", until: 2027-03-31}

# findings:
#   leak: {nights: 3, minBytes: 1MB}   # severity: error, warn, note or off
#   stampede: {minKeys: 1000, minShare: 1%}
#   forecast: {warnWithin: 30d, errorWithin: 7d}

# failOn: error                        # exit code 1 from this severity on
`
