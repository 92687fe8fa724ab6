import { type Cell, csvTable } from '../csv-table.js'
import { shownText } from '../escape.js'
import type { RenderOptions } from '../reporter.js'
import type { SimulateReport } from '../simulate-report.js'

const COLUMNS = [
  'technique',
  'status',
  'effort',
  'certainty',
  'database',
  'pattern',
  'type',
  'keys',
  'keys_after',
  'ram_bytes_before',
  'ram_bytes_after',
  'saved_bytes',
  'saved_low_bytes',
  'saved_high_bytes',
  'used_memory_before',
  'used_memory_after',
] as const

/**
 * One table: a row per technique with `pattern` empty, which counts the tables of the databases too, and below it a row
 * per group. Savings of different techniques overlap and do not add up.
 */
export function simulateCsv(
  report: SimulateReport,
  options: Pick<RenderOptions, 'delimiter' | 'bom' | 'raw'> = {},
): Iterable<string> {
  return csvTable(COLUMNS, rows(report), options)
}

function* rows({ techniques }: SimulateReport): Generator<readonly Cell[]> {
  for (const technique of techniques) {
    const { id, status, effort, certainty, interval95 } = technique
    yield [
      id,
      status,
      effort,
      certainty,
      null,
      null,
      null,
      technique.keys,
      null,
      technique.ramBytesBefore,
      technique.ramBytesAfter,
      technique.savedBytes,
      interval95?.[0] ?? null,
      interval95?.[1] ?? null,
      technique.usedMemoryBefore,
      technique.usedMemoryAfter,
    ]
    for (const group of technique.groups) {
      const cell = (name: string): Cell => {
        const value = group[name]
        if (typeof value === 'string') return shownText(value)
        return typeof value === 'number' ? value : null
      }
      yield [
        id,
        status,
        effort,
        certainty,
        cell('db'),
        cell('pattern'),
        cell('type'),
        cell('keys'),
        cell('keysAfter'),
        cell('ramBytesBefore'),
        cell('ramBytesAfter'),
        cell('savedBytes'),
        ...intervalOf(group),
        null,
        null,
      ]
    }
  }
}

function intervalOf({ interval95 }: SimulateReport['techniques'][number]['groups'][number]): readonly Cell[] {
  return Array.isArray(interval95) ? [Number(interval95[0]), Number(interval95[1])] : [null, null]
}
