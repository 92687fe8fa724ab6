import { shownText } from '../../../escape.js'
import { formatTime } from '../../../format.js'
import type { AnalysisReport } from '../../../report.js'
import { CHECKSUM_WORDS, memoryWords } from '../../../wording.js'
import { type Child, el, facts, fold, name, paragraph } from '../dom.js'
import { formatBytes, formatCount, plural } from '../units.js'
import { section, subsection } from './section.js'

/** How each number came about, so that it can be checked. */
export function methodSection(report: AnalysisReport): HTMLElement {
  const { provenance, generator, patternSummary, ttl } = report
  const { target, settings, options, changedSettings, notUnderstood = [] } = provenance
  return section(
    'method',
    'Method and provenance',
    '',
    facts([
      ['made by', `rdblens ${shownText(generator.version)}`],
      ['target', `${shownText(target.title)}, ${shownText(target.allocator)}, ${target.bits} bit`],
      ['sizes', provenance.estimated ? 'estimates for this target' : 'exact for this target'],
      ['time judged at', formatTime(provenance.nowMs)],
      ['separators', name(shownText(patternSummary.separators))],
      ...(provenance.filteredKeys > 0
        ? [['left out by filters', plural(provenance.filteredKeys, 'key')] as const]
        : []),
      ...Object.entries(options).map(
        ([key, value]) => [`--${shownText(key)}`, name(shownText(String(value)))] as const,
      ),
    ]),
    el(
      'ul',
      { class: 'plain' },
      ...[
        'Memory is what the allocator of the target gives for key, entry and value after it loaded the dump. The total adds the tables of the databases; rows of tables do not.',
        'Payload is what was stored: key names, fields, members and values.',
        'Percentiles and medians come from logarithmic histograms and are right within 7 %.',
        'Columns of patterns, types, encodings and databases add up to the totals; what is not listed stands in [other].',
        ...(report.memory === undefined ? [] : [`Memory: ${memoryWords(report.memory)}.`]),
        ...(patternSummary.bounded
          ? ['Patterns were counted in bounded memory: rare names may stand in a wider pattern.']
          : []),
        ...(ttl.stampedeUndercount > 0 ? ['Moments of expiry were counted in bounded memory.'] : []),
      ].map((text) => el('li', {}, text)),
    ),
    subsection(
      provenance.files.length > 1 ? 'Files' : 'File',
      ...provenance.files.map((_, index) => fileFacts(report, index)),
    ),
    notUnderstood.length > 0 &&
      subsection('Not in the report', ...notUnderstood.map((sentence) => paragraph(shownText(sentence)))),
    changedSettings !== undefined &&
      Object.keys(changedSettings).length > 0 &&
      subsection('Settings that are not the defaults', settingFacts(changedSettings)),
    Object.keys(settings).length > 0 && fold('Settings the sizes hold for', settingFacts(settings)),
  )
}

function settingFacts(settings: AnalysisReport['provenance']['settings']): HTMLElement {
  return facts(
    Object.entries(settings).map(([key, value]) => [shownText(key), name(shownText(String(value)))] as const),
  )
}

/** What is in the report of a dump that was not read whole. */
export function incompleteWords({ warnings }: AnalysisReport, file: number): string {
  const readOn = warnings.some((row) => row.file === file && (row.code === 'skipped' || row.code === 'damaged-key'))
  return readOn
    ? 'the dump is damaged: the report covers what could be read before and behind it'
    : 'the dump was cut or damaged: the report covers what came before'
}

function fileFacts(report: AnalysisReport, index: number): Child {
  const { files } = report.provenance
  const file = files[index]!
  const title = file.path === '-' ? 'standard input' : shownText(file.path)
  const list = facts([
    ['path', name(title)],
    ...(file.bytes === null
      ? []
      : [['size', `${formatBytes(file.bytes)} (${formatCount(file.bytes)} bytes)`] as const]),
    ...(file.sha256 === null ? [] : [['SHA-256', name(shownText(file.sha256))] as const]),
    ['format', `${shownText(file.magic)} ${file.rdbVersion}, ${shownText(file.dialect)}, ${shownText(file.container)}`],
    ['written by', `${shownText(file.server)}${file.bits === null ? '' : `, ${file.bits} bit`}`],
    ['checksum', CHECKSUM_WORDS[file.checksum]],
    ['taken', file.dumpTimeMs === null ? 'not recorded' : formatTime(file.dumpTimeMs)],
    ['used_memory then', file.usedMemoryBytes === null ? 'not recorded' : formatBytes(file.usedMemoryBytes)],
    ...(file.functions > 0
      ? [
          [
            'functions',
            `${plural(file.functions, 'library', 'libraries')}, ${formatBytes(file.functionBytes)}`,
          ] as const,
        ]
      : []),
    ...file.modules.map(
      (module) =>
        ['module', `${shownText(module.name)} (encver ${module.encver}), ${plural(module.keys, 'key')}`] as const,
    ),
    ...(file.commandsNotIncluded > 0
      ? [['not included', `${plural(file.commandsNotIncluded, 'AOF command')} behind the RDB part`] as const]
      : []),
    ...(file.complete ? [] : [['incomplete', incompleteWords(report, index)] as const]),
    ...file.aux.map(([key, value]) => [shownText(key), name(shownText(value))] as const),
  ])
  return files.length > 1 ? fold(title, list) : list
}

export function footer(version: string): HTMLElement {
  return el(
    'footer',
    {},
    paragraph(`Made by rdblens ${shownText(version)}. This page holds all its data and loads nothing.`),
    paragraph('Charts: Apache ECharts (Apache License 2.0).'),
  )
}
