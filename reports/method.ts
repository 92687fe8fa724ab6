import { shownText } from './escape.js'
import { formatBytes, formatTime, plural } from './format.js'
import type { AnalysisReport, ProvenanceFile } from './report.js'
import { memoryWords } from './wording.js'

/** A fact about how a report came about, in words. Values may come from the dump. */
export interface Fact {
  /** Index into `provenance.files`; null: about the whole. */
  readonly file: number | null
  readonly property: string
  readonly value: string
}

/** Where a report comes from, all of it, as pairs: for tables, and for the end of a page. */
export function facts(report: AnalysisReport): readonly Fact[] {
  const { provenance, generator, patternSummary, bigKeySummary } = report
  const found: Fact[] = []
  const whole = (property: string, value: string): void => {
    found.push({ file: null, property, value })
  }
  for (const [index, file] of provenance.files.entries()) found.push(...fileFacts(file, index))
  const { target } = provenance
  whole('generator', `${generator.name} ${generator.version}`)
  whole('target', `${target.title} (${target.id}), ${target.bits}-bit, ${target.allocator}`)
  whole('sizes', provenance.estimated ? 'estimated' : 'exact')
  for (const [name, value] of Object.entries(provenance.changedSettings ?? {})) whole(`setting ${name}`, String(value))
  whole('judged at', new Date(provenance.nowMs).toISOString())
  for (const [name, value] of Object.entries(provenance.options)) {
    whole(`option ${name}`, Array.isArray(value) ? value.join(' ') : String(value))
  }
  if (provenance.filteredKeys > 0) whole('filtered', `${plural(provenance.filteredKeys, 'key')} left out`)
  whole('separators', patternSummary.separators)
  if (patternSummary.bounded) whole('patterns', 'rare ones counted together to bound memory')
  whole('big keys', `preset ${bigKeySummary.preset}`)
  const { memory } = report
  if (memory !== undefined) whole('memory', memoryWords(memory))
  for (const what of provenance.notUnderstood ?? []) whole('not understood', what)
  return found
}

function fileFacts(file: ProvenanceFile, index: number): readonly Fact[] {
  const pairs: readonly (readonly [property: string, value: string | null])[] = [
    ['path', file.path],
    ['sha256', file.sha256],
    ['bytes', file.bytes === null ? null : String(file.bytes)],
    ['container', file.container],
    ['magic', file.magic],
    ['rdb version', String(file.rdbVersion)],
    ['dialect', file.dialect],
    ['server', file.server],
    ['bits', file.bits === null ? null : String(file.bits)],
    ['checksum', file.checksum],
    ['dump time', file.dumpTimeMs === null ? null : isoTime(file.dumpTimeMs)],
    ['used memory', file.usedMemoryBytes === null ? null : String(file.usedMemoryBytes)],
    ['complete', file.complete ? 'yes' : 'no'],
    ['function libraries', file.functions === 0 ? null : String(file.functions)],
    ...file.modules.map(({ name, encver, keys }) => ['module', `${name} ${encver}, ${plural(keys, 'value')}`] as const),
    ['commands not included', file.commandsNotIncluded === 0 ? null : String(file.commandsNotIncluded)],
    ...file.aux.map(([name, value]) => [`aux ${name}`, value] as const),
  ]
  return pairs.flatMap(([property, value]) => (value === null ? [] : [{ file: index, property, value }]))
}

function isoTime(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString()
}

/** The same in a few sentences, safe for a terminal but for what acts there. */
export function methodSentences(report: AnalysisReport): readonly string[] {
  const { provenance, generator } = report
  const { target, files } = provenance
  const sentences: string[] = []
  for (const file of files.slice(0, MAX_FILES)) {
    const version = `${file.magic} ${file.rdbVersion}, ${file.container}, checksum ${file.checksum}`
    const name = files.length > 1 ? `${shownText(file.path)}: ` : ''
    sentences.push(`${name}SHA-256 ${file.sha256 ?? 'not computed'}`, `${name}${shownText(version)}`)
  }
  if (files.length > MAX_FILES) sentences.push(`and ${plural(files.length - MAX_FILES, 'more file')}`)
  sentences.push(
    `Sizes for ${shownText(target.title)}, ${target.bits}-bit, ${shownText(target.allocator)}` +
      `${provenance.estimated ? ', estimated' : ''}; times judged at ${formatTime(provenance.nowMs)}.`,
  )
  const settings = Object.entries(provenance.changedSettings ?? {}).map(([name, value]) => `${name} ${value}`)
  if (settings.length > 0) sentences.push(`Settings that are not the defaults: ${shownText(settings.join(', '))}.`)
  const options = Object.entries(provenance.options).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : String(value)}`,
  )
  if (options.length > 0) sentences.push(`Options: ${shownText(options.join(', '))}.`)
  if (report.memory !== undefined) sentences.push(`Memory: ${memoryWords(report.memory)}.`)
  const left = provenance.notUnderstood ?? []
  for (const what of left.slice(0, MAX_LEFT)) sentences.push(`Not understood: ${shownText(what)}.`)
  if (left.length > MAX_LEFT) sentences.push(`and ${plural(left.length - MAX_LEFT, 'more thing')} not understood.`)
  const functionBytes = files.reduce((sum, file) => sum + file.functionBytes, 0)
  if (functionBytes > 0) sentences.push(`Function libraries: ${formatBytes(functionBytes)} of source.`)
  sentences.push(`${generator.name} ${shownText(generator.version)}`)
  return sentences
}

const MAX_FILES = 8
const MAX_LEFT = 10
