import { shownText, visibleName } from '../../../escape.js'
import type { AnalysisReport, ValueFormatRow } from '../../../report.js'
import { countColumn, shareColumn } from '../columns.js'
import { table } from '../table.js'
import { plural } from '../units.js'
import { section } from './section.js'

/** What the values are, from a bounded sample. */
export function valuesSection(report: AnalysisReport): HTMLElement | null {
  const { values } = report
  if (values === undefined || values.formats.length === 0) return null
  return section(
    'values',
    'Values',
    `from a sample of ${plural(values.sampledValues, 'value')}`,
    table<ValueFormatRow>({
      label: 'formats',
      rows: values.formats,
      columns: [
        { title: 'pattern', kind: 'name', value: (row) => visibleName(shownText(row.pattern)) },
        { title: 'type', value: (row) => row.type },
        { title: 'format', value: (row) => shownText(row.format) },
        countColumn('sampled', (row) => row.sampledValues),
        shareColumn('% of bytes', (row) => row.share),
      ],
      search: (row) => `${shownText(row.pattern)} ${row.type} ${row.format}`,
    }),
  )
}
