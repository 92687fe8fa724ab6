import type {
  DuplicateValueRow,
  KeyType,
  PatternRow,
  ValueFormatRow,
  ValuePath,
  ValuesReport,
  ValueTree,
} from '../../reports/report.js'
import { compareText } from '../analysis/names.js'
import type { WeighedFormatRow } from '../analysis/values/values-report.js'

type SummaryRow = ValuesReport['summary'][number] & { readonly weightedBytes?: number | undefined }

const OTHER = '[other]'
/** Duplicates that are listed at most. */
const DUPLICATES = 200
const MOST_LEVELS = 32

/**
 * What the values of all parts are. Formats are weighed by what they stand for in each part; a value that several
 * parts hold is listed once per part, because profiles do not keep what would tell.
 */
export function joinValues(parts: readonly ValuesReport[]): ValuesReport {
  const [first, ...others] = parts
  if (first === undefined || others.length === 0) return first!
  const sum = (pick: (part: ValuesReport) => number): number => parts.reduce((total, part) => total + pick(part), 0)
  const formats = joinFormats(parts.flatMap((part) => part.formats))
  return {
    sampledKeys: sum((part) => part.sampledKeys),
    sampledValues: sum((part) => part.sampledValues),
    sampledBytes: sum((part) => part.sampledBytes),
    sampleNote: joinedNote(parts),
    summary: joinSummaries(parts.flatMap((part) => part.summary)),
    formats,
    duplicates: parts.flatMap((part) => part.duplicates).sort(byWaste),
    trees: joinTrees(parts.flatMap((part) => part.trees)),
  }
}

const JOINED = / Of (\d+) samples put together; duplicates are those within one of them\.$/

/** How many samples there are, also where some of them were put together before. */
function joinedNote(parts: readonly ValuesReport[]): string {
  const samples = parts.reduce((sum, { sampleNote }) => sum + Number(JOINED.exec(sampleNote)?.[1] ?? 1), 0)
  const note = parts[0]!.sampleNote.replace(JOINED, '')
  return `${note} Of ${samples} samples put together; duplicates are those within one of them.`
}

/**
 * The section of a report on these patterns.
 *
 * @param rows all rows of the pattern table
 * @param top rows of it that are listed; 0: all
 */
export function listedValues(values: ValuesReport, rows: readonly PatternRow[], top: number): ValuesReport {
  const listed = top === 0 ? rows : rows.slice(0, top)
  const ranks = new Map(listed.map((row, rank) => [idOf(row), rank]))
  const rankOf = (row: { readonly pattern: string; readonly type: string }): number =>
    ranks.get(idOf(row)) ?? Number.POSITIVE_INFINITY
  const gathered = values.formats.map((row) =>
    Number.isFinite(rankOf(row)) ? row : { ...row, pattern: OTHER, type: 'mixed' as const },
  )
  const formats = joinFormats(gathered)
  // Array sort is stable: within a pattern the order of joinFormats stays.
  formats.sort((a, b) => order(rankOf(a), rankOf(b)))
  return {
    ...values,
    summary: values.summary.map(({ format, title, sampledValues, share: part }) => ({
      format,
      title,
      sampledValues,
      share: part,
    })),
    formats: formats.map(plainRow),
    duplicates: values.duplicates.slice(0, top === 0 ? DUPLICATES : Math.min(DUPLICATES, top)),
    trees: values.trees
      .filter((tree) => Number.isFinite(rankOf(tree)))
      .sort((a, b) => order(rankOf(a), rankOf(b)) || compareText(a.of, b.of)),
  }
}

function order(a: number, b: number): number {
  return a === b ? 0 : a - b
}

function idOf({ pattern, type }: { readonly pattern: string; readonly type: string }): string {
  return `${type} ${pattern}`
}

/** Rows with their weights; a profile has them. */
function weighed(row: ValueFormatRow): WeighedFormatRow {
  const { weightedValues = row.sampledValues, weightedBytes = row.sampledValues * row.averageBytes } =
    row as Partial<WeighedFormatRow>
  return { ...row, weightedValues, weightedBytes }
}

function plainRow({ weightedValues: _values, weightedBytes: _bytes, ...row }: WeighedFormatRow): ValueFormatRow {
  return row
}

/** Adds up rows of the same pattern, type and format; shares are then those of the sums. */
function joinFormats(rows: readonly ValueFormatRow[]): WeighedFormatRow[] {
  const patterns = new Map<string, Map<string, WeighedFormatRow>>()
  for (const row of rows.map(weighed)) {
    const id = idOf(row)
    const formats = patterns.get(id) ?? new Map<string, WeighedFormatRow>()
    patterns.set(id, formats)
    const known = formats.get(row.format)
    formats.set(row.format, known === undefined ? row : joinRows(known, row))
  }
  return [...patterns.values()].flatMap((formats) => {
    const found = [...formats.values()]
    const bytes = found.reduce((total, row) => total + row.weightedBytes, 0)
    const values = found.reduce((total, row) => total + row.weightedValues, 0)
    return found
      .map((row) => ({ ...row, share: share(row.weightedBytes, bytes), valueShare: share(row.weightedValues, values) }))
      .sort((a, b) => b.share - a.share || b.sampledValues - a.sampledValues || compareText(a.format, b.format))
  })
}

function joinRows(a: WeighedFormatRow, b: WeighedFormatRow): WeighedFormatRow {
  const sampledValues = a.sampledValues + b.sampledValues
  return {
    ...a,
    sampledValues,
    averageBytes: (a.averageBytes * a.sampledValues + b.averageBytes * b.sampledValues) / sampledValues,
    weightedValues: a.weightedValues + b.weightedValues,
    weightedBytes: a.weightedBytes + b.weightedBytes,
  }
}

function joinSummaries(rows: readonly SummaryRow[]): readonly SummaryRow[] {
  const found = new Map<string, SummaryRow & { readonly weightedBytes: number }>()
  for (const row of rows) {
    const { weightedBytes = row.share } = row
    const known = found.get(row.format)
    found.set(row.format, {
      ...row,
      sampledValues: row.sampledValues + (known?.sampledValues ?? 0),
      weightedBytes: weightedBytes + (known?.weightedBytes ?? 0),
    })
  }
  const total = [...found.values()].reduce((sum, row) => sum + row.weightedBytes, 0)
  return [...found.values()]
    .map((row) => ({ ...row, share: share(row.weightedBytes, total) }))
    .sort((a, b) => b.share - a.share || b.sampledValues - a.sampledValues || compareText(a.format, b.format))
}

function joinTrees(trees: readonly ValueTree[]): readonly ValueTree[] {
  const found = new Map<string, ValueTree>()
  for (const tree of trees) {
    const id = `${tree.of} ${idOf(tree as { pattern: string; type: KeyType })}`
    const known = found.get(id)
    found.set(id, known === undefined ? tree : joinTree(known, tree))
  }
  return [...found.values()]
}

function joinTree(a: ValueTree, b: ValueTree): ValueTree {
  const nameBytes = a.nameBytes + b.nameBytes
  const valueBytes = a.valueBytes + b.valueBytes
  const syntaxBytes = a.syntaxBytes + b.syntaxBytes
  const blankBytes = a.blankBytes + b.blankBytes
  return {
    ...a,
    sampledValues: a.sampledValues + b.sampledValues,
    nameBytes,
    valueBytes,
    syntaxBytes,
    blankBytes,
    nameShare: share(nameBytes, nameBytes + valueBytes + syntaxBytes + blankBytes),
    paths: joinPaths([...a.paths, ...b.paths], MOST_LEVELS),
  }
}

function joinPaths(paths: readonly ValuePath[], levels: number): readonly ValuePath[] {
  if (levels === 0) return []
  const found = new Map<string, ValuePath>()
  for (const path of paths) {
    const known = found.get(path.name)
    found.set(path.name, known === undefined ? path : joinPath(known, path, levels))
  }
  const bytes = (path: ValuePath): number => (path.name === OTHER ? -1 : path.nameBytes + path.valueBytes)
  return [...found.values()].sort((a, b) => bytes(b) - bytes(a) || compareText(a.name, b.name))
}

function joinPath(a: ValuePath, b: ValuePath, levels: number): ValuePath {
  return {
    name: a.name,
    kind: a.kind === b.kind ? a.kind : 'mixed',
    values: a.values + b.values,
    nameBytes: a.nameBytes + b.nameBytes,
    valueBytes: a.valueBytes + b.valueBytes,
    emptyValues: a.emptyValues + b.emptyValues,
    // Whether they are the same values nobody knows.
    distinctValues: null,
    children: joinPaths([...a.children, ...b.children], levels - 1),
  }
}

function byWaste(a: DuplicateValueRow, b: DuplicateValueRow): number {
  return b.wastedBytes - a.wastedBytes || compareText(a.examples[0]?.key ?? '', b.examples[0]?.key ?? '')
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
