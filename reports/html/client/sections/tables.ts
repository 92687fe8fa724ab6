import { shownKey, shownText, visibleName } from '../../../escape.js'
import type { AnalysisReport, DatabaseRow, EncodingRow, FileRow, Sums, TargetRow, TypeRow } from '../../../report.js'
import { bytesColumn, countColumn, shareColumn, sumColumns } from '../columns.js'
import { type Child, el, facts, meter, name, paragraph } from '../dom.js'
import { plainTable } from '../plain-table.js'
import { table } from '../table.js'
import { formatBytes, formatCount, percent, plural, shareOf } from '../units.js'
import { section, subsection } from './section.js'

/** Types and encodings, databases, files. */
export function typesSection(report: AnalysisReport): HTMLElement | null {
  if (report.types.length === 0) return null
  return section('types', 'Types and encodings', '', typesTable(report), encodingsTable(report))
}

function typesTable(report: AnalysisReport): HTMLElement {
  return table<TypeRow>({
    label: 'types',
    rows: report.types,
    columns: [
      { title: 'type', value: (row) => row.type },
      ...sumColumns<TypeRow>(report.totals, report.types),
      bytesColumn('average', (row) => Math.round(row.averageRamBytes)),
      countColumn('elements', (row) => row.elements, true),
      bytesColumn('largest', (row) => row.largest?.ramBytes ?? null, true),
    ],
    details: (row) => sumDetails(row, row.largest),
    anchor: (row) => `type-${row.type}`,
  })
}

function encodingsTable(report: AnalysisReport): HTMLElement {
  return table<EncodingRow>({
    label: 'encodings',
    rows: report.encodings,
    columns: [
      { title: 'encoding', value: (row) => `${row.type} ${row.encoding}` },
      ...sumColumns<EncodingRow>(report.totals, report.encodings),
      bytesColumn('average', (row) => Math.round(row.averageRamBytes)),
      countColumn('elements', (row) => row.elements, true),
      bytesColumn('largest', (row) => row.largest?.ramBytes ?? null, true),
    ],
    details: (row) => sumDetails(row, row.largest),
    anchor: (row) => `encoding-${row.type}-${row.encoding}`,
    first: 30,
  })
}

/** Shown when there are several: one database tells nothing new. */
export function databasesSection(report: AnalysisReport): HTMLElement | null {
  const severalDbs = report.databases.length > 1
  const severalFiles = report.files.length > 1
  if (!severalDbs && !severalFiles) return null
  return section(
    'databases',
    severalDbs && severalFiles ? 'Databases and files' : severalDbs ? 'Databases' : 'Files',
    '',
    severalDbs && databasesTable(report),
    severalFiles && filesTable(report),
  )
}

function databasesTable(report: AnalysisReport): HTMLElement {
  return table<DatabaseRow>({
    label: 'databases',
    rows: report.databases,
    columns: [
      { title: 'database', value: (row) => row.db, text: (row) => (row.db === -1 ? 'others' : `db ${row.db}`) },
      ...sumColumns<DatabaseRow>(report.totals, report.databases),
      shareColumn('with TTL %', (row) => shareOf(row.expiringKeys, row.keys)),
      bytesColumn('largest', (row) => row.largest?.ramBytes ?? null, true),
    ],
    details: (row) => sumDetails(row, row.largest),
    anchor: (row) => `db-${row.db}`,
  })
}

function filesTable(report: AnalysisReport): HTMLElement {
  const pathOf = (row: FileRow): string => visibleName(shownText(report.provenance.files[row.file]?.path ?? ''))
  return table<FileRow>({
    label: 'files',
    rows: report.files,
    columns: [
      { title: 'file', kind: 'name', value: pathOf },
      ...sumColumns<FileRow>(report.totals, report.files),
      shareColumn('with TTL %', (row) => shareOf(row.expiringKeys, row.keys)),
    ],
    search: pathOf,
    details: (row) => sumDetails(row, null),
  })
}

function sumDetails(row: Sums, largest: TypeRow['largest']): HTMLElement {
  const rows: (readonly [string, Child])[] = [
    ['memory', `${formatBytes(row.ramBytes)} and ${formatBytes(row.overheadBytes)} of the tables`],
    ['MEMORY USAGE', row.memoryUsageBytes === null ? 'not on this server' : formatBytes(row.memoryUsageBytes)],
    ['payload', `${formatBytes(row.payloadBytes)} (${percent(row.payloadBytes, row.ramBytes)})`],
    ['in the file', formatBytes(row.rdbBytes)],
    ['elements', formatCount(row.elements)],
    ['with TTL', `${plural(row.expiringKeys, 'key')}, ${formatCount(row.expiredKeys)} of them expired`],
  ]
  if (largest !== null) {
    rows.push([
      'largest key',
      el('span', {}, name(visibleName(shownKey(largest))), ` ${formatBytes(largest.ramBytes)}, db ${largest.db}`),
    ])
  }
  return facts(rows)
}

/** The ledger, and the same keys on other servers. */
export function accountingSection(report: AnalysisReport): HTMLElement | null {
  const { reconciliation, targets = [] } = report
  if (reconciliation.length === 0 && targets.length === 0) return null
  return section('accounting', 'Where the memory is', '', ledger(report), targetsTable(report))
}

function ledger(report: AnalysisReport): Child {
  const rows = report.reconciliation
  const total = rows.at(-1)
  if (total === undefined) return null
  const lines = rows.map((row) =>
    el(
      'tr',
      row === total ? { class: 'sum' } : {},
      el('td', {}, shownText(row.title)),
      el('td', { class: 'right' }, formatBytes(row.bytes)),
      el('td', { class: 'right' }, percent(row.bytes, total.bytes).replace(' %', '')),
      el('td', { class: 'bar' }, row === total ? null : meter(shareOf(row.bytes, total.bytes), 'meter wide-meter')),
    ),
  )
  return plainTable('where the memory is', [['part'], ['memory', true], ['%', true], ['']], lines, 'ledger')
}

function targetsTable(report: AnalysisReport): Child {
  const { targets = [], totals, provenance } = report
  if (targets.length === 0) return null
  const here = totals.ramBytes + totals.overheadBytes
  const memory = (row: TargetRow): number => row.ramBytes + row.overheadBytes
  const best = [...targets].sort((a, b) => memory(a) - memory(b))[0]!
  const saves =
    memory(best) < here ? `${shownText(best.title)} alone would save ${percent(here - memory(best), here)}.` : ''
  return subsection(
    'The same keys on other servers',
    saves !== '' && paragraph(saves),
    table<TargetRow>({
      label: 'servers',
      rows: targets,
      first: 40,
      columns: [
        {
          title: 'server',
          value: (row) => `${shownText(row.title)}${row.id === provenance.target.id ? ' (now)' : ''}`,
        },
        bytesColumn('memory', memory),
        {
          title: 'change %',
          align: 'right',
          value: (row) => Math.round(shareOf(memory(row) - here, here) * 1e4) / 100,
          text: (row) => change(memory(row), here),
        },
        bytesColumn('MEMORY USAGE', (row) => row.memoryUsageBytes, true),
        { title: 'sizes', value: (row) => shownText(row.verification) },
      ],
    }),
  )
}

function change(bytes: number, here: number): string {
  if (bytes === here || here === 0) return '0'
  const text = percent(Math.abs(bytes - here), here).replace(' %', '')
  return text.startsWith('<') ? text : `${bytes > here ? '+' : '-'}${text}`
}
