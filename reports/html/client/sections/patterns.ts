import { shownKey, shownText, visibleName } from '../../../escape.js'
import { formatAverage, formatDuration } from '../../../format.js'
import type { AnalysisReport, GroupRow, PatternRow } from '../../../report.js'
import { anchorLink, anchorOf, anchorsOf } from '../anchors.js'
import { bytesColumn, shareColumn, sumColumns, sumsText } from '../columns.js'
import { shellWord } from '../commands.js'
import { command } from '../copy.js'
import { type Child, el, facts, name } from '../dom.js'
import { table } from '../table.js'
import { formatBytes, formatCount, percent, plural, shareOf } from '../units.js'
import { section } from './section.js'

export function patternsSection(report: AnalysisReport): HTMLElement | null {
  const { patterns, totals, patternSummary } = report
  if (patterns.length === 0) return null
  const remark = [
    `${plural(patternSummary.found, 'pattern')} found`,
    ...(patternSummary.bounded ? ['tail counted together to bound memory'] : []),
  ].join('; ')
  const anchor = anchorsOf(patterns, patternAnchor)
  return section(
    'patterns',
    'Patterns',
    remark,
    table<PatternRow>({
      label: 'patterns',
      rows: patterns,
      columns: [
        { title: 'pattern', kind: 'name', value: patternName },
        { title: 'type', value: (row) => row.type, wide: true },
        ...sumColumns<PatternRow>(totals, patterns),
        shareColumn('no TTL %', (row) => shareOf(row.withoutTtl, row.keys)),
        bytesColumn('average', (row) => Math.round(row.averageRamBytes), true),
        bytesColumn('largest', (row) => row.largest?.ramBytes ?? null, true),
      ],
      search: (row) => `${patternName(row)} ${row.type} ${row.encodings.map(({ encoding }) => encoding).join(' ')}`,
      details: (row) => patternDetails(row, anchor(row)),
      anchor,
      summary: sumsText('pattern', totals),
    }),
  )
}

function patternName(row: PatternRow): string {
  return row.patterns > 1 ? `[other: ${formatCount(row.patterns)} patterns]` : visibleName(shownText(row.pattern))
}

function patternAnchor(row: PatternRow): string {
  return anchorOf('pattern', row.pattern, row.type)
}

function patternDetails(row: PatternRow, anchor: string): HTMLElement {
  const ttl =
    row.ttl === null
      ? 'no key expires'
      : `${formatDuration(row.ttl.minMs)} to ${formatDuration(row.ttl.maxMs)}, median ${formatDuration(row.ttl.medianMs)}`
  const rows: (readonly [string, Child])[] = [
    ['type', row.type],
    ['memory', `${formatBytes(row.ramBytes)} and ${formatBytes(row.overheadBytes)} of the tables`],
    ['payload', `${formatBytes(row.payloadBytes)}, ${formatBytes(row.keyNameBytes)} of it key names`],
    ['in the file', formatBytes(row.rdbBytes)],
    ['average key', formatBytes(Math.round(row.averageRamBytes))],
    ['elements', formatCount(row.elements)],
    ['longest element', formatBytes(row.longestElementBytes)],
    ['time to live', ttl],
    ['without TTL', `${plural(row.withoutTtl, 'key')}, ${formatBytes(row.withoutTtlRamBytes)}`],
    ...(row.expiredKeys > 0 ? [['expired', plural(row.expiredKeys, 'key')] as const] : []),
    [
      'encodings',
      row.encodings
        .map(({ encoding, keys, ramBytes }) => `${encoding} ${formatCount(keys)} (${percent(ramBytes, row.ramBytes)})`)
        .join(', '),
    ],
    ...(row.averageIdleSeconds === null
      ? []
      : [['idle on average', formatDuration(row.averageIdleSeconds * 1000)] as const]),
    ...(row.averageFreq === null ? [] : [['access counter', formatAverage(row.averageFreq)] as const]),
  ]
  if (row.largest !== null) {
    rows.push([
      'largest key',
      el('span', {}, name(shownKey(row.largest)), ` ${formatBytes(row.largest.ramBytes)}, db ${row.largest.db}`),
    ])
  }
  if (row.examples.length > 0) {
    rows.push(['examples', el('span', { class: 'names' }, ...row.examples.map((key) => name(shownKey(key))))])
  }
  if (row.exampleWithoutTtl !== null) rows.push(['never expires', name(shownKey(row.exampleWithoutTtl))])
  return el(
    'div',
    {},
    el('p', { class: 'full' }, name(patternName(row)), anchorLink(anchor)),
    facts(rows),
    row.match === null ? null : command(`redis-cli --scan --pattern ${shellWord(row.match)} | head -20`),
  )
}

/** Groups of a group file: patterns by name and owner. */
export function groupsSection(report: AnalysisReport): HTMLElement | null {
  const { groups = [], totals } = report
  if (groups.length === 0) return null
  return section(
    'groups',
    'Groups',
    'as the group file names them',
    table<GroupRow>({
      label: 'groups',
      rows: groups,
      columns: [
        { title: 'group', kind: 'name', value: (row) => visibleName(shownText(row.group)) },
        { title: 'owner', value: (row) => (row.owner === null ? null : shownText(row.owner)) },
        ...sumColumns<GroupRow>(totals, groups),
        shareColumn('no TTL %', (row) => shareOf(row.withoutTtl, row.keys)),
      ],
      search: (row) => shownText(`${row.group} ${row.owner ?? ''}`),
      summary: sumsText('group', totals),
      anchor: (row) => anchorOf('group', row.group),
    }),
  )
}
