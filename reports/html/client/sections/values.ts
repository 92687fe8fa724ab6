import { shownKey, shownText, visibleName } from '../../../escape.js'
import { formatAverage } from '../../../format.js'
import type {
  AnalysisReport,
  DuplicateValueRow,
  ValueFormatRow,
  ValuePath,
  ValuesReport,
  ValueTree,
} from '../../../report.js'
import { bytesColumn, countColumn, shareColumn } from '../columns.js'
import { type Child, el, facts, fold, meter, name, paragraph } from '../dom.js'
import { table } from '../table.js'
import { formatBytes, formatCount, percent, plural, shareOf } from '../units.js'
import { section, subsection } from './section.js'

/** Levels of a tree of fields that are open from the start. */
const OPEN_PATHS = 12

/** What the values are, from a bounded sample. */
export function valuesSection(report: AnalysisReport): HTMLElement | null {
  const { values } = report
  if (values === undefined || values.sampledValues === 0) return null
  return section(
    'values',
    'Values',
    `from a sample of ${plural(values.sampledValues, 'value')}`,
    paragraph(shownText(values.sampleNote), 'soft'),
    summary(values),
    formats(values),
    duplicates(values),
    values.trees.length > 0 &&
      subsection('Names against values', ...values.trees.map((tree, index) => treeOf(tree, index === 0))),
  )
}

function summary(values: ValuesReport): Child {
  if (values.summary.length === 0) return null
  return el(
    'div',
    { class: 'shards' },
    ...values.summary.map((row) =>
      el(
        'div',
        { class: 'map-row' },
        el('span', {}, shownText(row.title)),
        meter(row.share),
        el('span', { class: 'number soft' }, plural(row.sampledValues, 'value')),
        el('span', { class: 'number share' }, percent(row.share, 1)),
      ),
    ),
  )
}

function formats(values: ValuesReport): Child {
  if (values.formats.length === 0) return null
  return table<ValueFormatRow>({
    label: 'formats',
    rows: values.formats,
    columns: [
      { title: 'pattern', kind: 'name', value: (row) => visibleName(shownText(row.pattern)) },
      { title: 'type', value: (row) => row.type, wide: true },
      { title: 'values are', value: (row) => shownText(row.title) },
      { ...shareColumn<ValueFormatRow>('% of bytes', (row) => row.share), bar: (row) => row.share },
      shareColumn('% of values', (row) => row.valueShare, true),
      bytesColumn('average', (row) => Math.round(row.averageBytes)),
      countColumn('sampled', (row) => row.sampledValues, true),
    ],
    search: (row) => shownText(`${row.pattern} ${row.type} ${row.format} ${row.title}`),
    ...(values.formats.some((row) => row.examples !== undefined)
      ? {
          details: (row: ValueFormatRow) =>
            el('div', { class: 'names' }, ...(row.examples ?? []).map((example) => name(shownText(example)))),
        }
      : {}),
  })
}

function duplicates(values: ValuesReport): Child {
  if (values.duplicates.length === 0) return null
  return subsection(
    'Values that many keys hold',
    table<DuplicateValueRow>({
      label: 'duplicates',
      rows: values.duplicates,
      first: 10,
      columns: [
        { title: 'pattern', kind: 'name', value: (row) => visibleName(shownText(row.pattern)) },
        { title: 'the value is', value: (row) => shownText(row.title), wide: true },
        bytesColumn('length', (row) => row.valueBytes),
        {
          title: 'keys',
          align: 'right',
          value: (row) => row.keys,
          text: (row) => `${row.exact ? '' : 'about '}${formatCount(row.keys)}`,
        },
        bytesColumn('wasted', (row) => row.wastedBytes),
      ],
      details: (row) =>
        facts([
          ...(row.value === undefined ? [] : [['value', name(shownText(row.value))] as const]),
          ['keys', el('span', { class: 'names' }, ...row.examples.map((key) => name(visibleName(shownKey(key)))))],
        ]),
    }),
  )
}

function treeOf(tree: ValueTree, open: boolean): HTMLElement {
  const title = el(
    'span',
    {},
    name(visibleName(shownText(tree.pattern))),
    ` ${tree.of === 'json' ? 'JSON' : 'fields'}: names take ${percent(tree.nameShare, 1)}`,
  )
  const all = tree.nameBytes + tree.valueBytes + tree.syntaxBytes + tree.blankBytes
  const parts = [
    `names ${formatBytes(tree.nameBytes)}`,
    `values ${formatBytes(tree.valueBytes)}`,
    ...(tree.syntaxBytes > 0 ? [`signs ${formatBytes(tree.syntaxBytes)}`] : []),
    ...(tree.blankBytes > 0 ? [`blanks ${formatBytes(tree.blankBytes)}`] : []),
  ].join(', ')
  const box = fold(
    title,
    el(
      'p',
      { class: 'soft' },
      `${parts} in ${plural(tree.sampledValues, tree.of === 'json' ? 'text' : 'field')} of the sample.`,
    ),
    el('div', { class: 'paths' }, ...tree.paths.map((path, index) => pathOf(path, all, index < OPEN_PATHS))),
  )
  box.open = open
  return box
}

/** One field, and what is in it. */
function pathOf(path: ValuePath, all: number, shown: boolean): HTMLElement {
  const bytes = path.nameBytes + path.valueBytes
  const remarks = [
    path.kind,
    `${formatAverage(path.values)} times`,
    ...(path.distinctValues === null ? [] : [`${formatCount(path.distinctValues)} different`]),
    ...(path.emptyValues > 0 ? [`${formatCount(path.emptyValues)} empty`] : []),
  ]
  const line = el(
    'span',
    { class: 'path' },
    name(visibleName(shownText(path.name))),
    el('span', { class: 'soft' }, shownText(remarks.join(', '))),
    meter(shareOf(bytes, all)),
    el('span', { class: 'number' }, percent(bytes, all)),
  )
  if (path.children.length === 0) return el('div', { class: 'path-row' }, line)
  const box = fold(line, ...path.children.map((child) => pathOf(child, all, false)))
  box.classList.add('path-row')
  box.open = shown && path.children.length <= OPEN_PATHS
  return box
}
