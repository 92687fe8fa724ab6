import { escapeMarkdown, shownKey, shownText } from './escape.js'
import { formatBytes, formatCount, formatDuration, formatTime, plural, shareOf } from './format.js'
import { code, markdownTable, share } from './markdown-parts.js'
import { methodSentences } from './method.js'
import type { AnalysisReport, KeyName } from './report.js'
import type { RenderOptions, Reporter } from './reporter.js'
import { skewSentences } from './skew.js'
import { cutRows } from './text/page.js'
import { sumOf } from './text/sums.js'

const DEFAULT_TOP = 20
const LARGEST_PER_TYPE = 3
const keyCode = (key: KeyName): string => code(shownKey(key))

/** The report for issues and wikis. */
export const markdown: Reporter = {
  id: 'md',
  title: 'Markdown for issues and wikis',
  extension: '.md',

  *render(report: AnalysisReport, options: RenderOptions = {}): Iterable<string> {
    const top = options.top === 0 ? Number.POSITIVE_INFINITY : (options.top ?? DEFAULT_TOP)
    yield* head(report)
    yield* skew(report)
    yield* patterns(report, top)
    yield* groups(report)
    yield* types(report)
    yield* keys(report, top)
    yield* withoutTtl(report, top)
    yield* ttl(report)
    yield* databases(report)
    yield* slots(report)
    yield* values(report, top)
    yield* ledger(report)
    yield* warnings(report, top)
    yield* method(report)
    yield `\n<sub>rdblens ${escapeMarkdown(report.generator.version)}</sub>\n`
  },
}

function* head(report: AnalysisReport): Iterable<string> {
  const { provenance, totals, bigKeySummary, ttl: expiry } = report
  yield '# Redis memory report\n\n'
  const about = provenance.estimated ? 'about ' : ''
  yield `**${about}${formatBytes(totals.ramBytes + totals.overheadBytes)} in ${plural(totals.keys, 'key')}**, as ` +
    `${code(shownText(provenance.target.title))} holds it after loading.`
  if (bigKeySummary.flaggedKeys > 0) yield ` ${plural(bigKeySummary.flaggedKeys, 'key')} bigger than advised.`
  if (expiry.leaks.length > 0)
    yield ` ${plural(expiry.leaks.length, 'pattern')} with keys that never expire among keys that do.`
  yield '\n\n'
  yield* markdownTable(
    [
      { title: 'File', cell: (file) => code(shownText(file.path)) },
      { title: 'Server', cell: (file) => escapeMarkdown(shownText(file.server)) },
      { title: 'RDB', cell: (file) => String(file.rdbVersion), align: 'right' },
      { title: 'Taken', cell: (file) => (file.dumpTimeMs === null ? '' : formatTime(file.dumpTimeMs)) },
      { title: 'Size', cell: (file) => (file.bytes === null ? '' : formatBytes(file.bytes)), align: 'right' },
      { title: 'Checksum', cell: (file) => file.checksum },
      { title: 'Complete', cell: (file) => (file.complete ? 'yes' : '**no**') },
      { title: 'SHA-256', cell: (file) => (file.sha256 === null ? '' : `\`${file.sha256}\``) },
    ],
    provenance.files,
  )
}

function* patterns(report: AnalysisReport, top: number): Iterable<string> {
  if (report.patterns.length === 0) return
  const total = report.totals.ramBytes
  const rows = cutRows(
    report.patterns.map(({ pattern, type, keys: count, ramBytes, withoutTtl: permanent }) => ({
      pattern: type === 'mixed' ? pattern : code(shownText(pattern)),
      type: type as string,
      keys: count,
      ramBytes,
      permanent,
    })),
    top,
    (row) => row.type === 'mixed',
    (rest) => ({
      pattern: '[other]',
      type: 'mixed',
      keys: sumOf(rest, (row) => row.keys),
      ramBytes: sumOf(rest, (row) => row.ramBytes),
      permanent: sumOf(rest, (row) => row.permanent),
    }),
  )
  yield '\n## Patterns\n\n'
  yield* markdownTable(
    [
      {
        title: 'Pattern',
        cell: (row) => (row.type === 'mixed' ? escapeMarkdown(shownText(row.pattern)) : row.pattern),
      },
      { title: 'Type', cell: (row) => (row.type === 'mixed' ? '' : row.type) },
      { title: 'Keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'Share', cell: (row) => share(row.ramBytes, total), align: 'right' },
      { title: 'No TTL', cell: (row) => share(row.permanent, row.keys), align: 'right' },
      { title: 'Average', cell: (row) => formatBytes(Math.round(shareOf(row.ramBytes, row.keys))), align: 'right' },
    ],
    rows,
  )
}

function* skew(report: AnalysisReport): Iterable<string> {
  const sentences = skewSentences(report, shownText)
  if (sentences.length === 0) return
  yield '\n'
  for (const sentence of sentences) yield `- ${escapeMarkdown(sentence)}\n`
}

function* groups(report: AnalysisReport): Iterable<string> {
  const rows = report.groups ?? []
  if (rows.length === 0) return
  yield '\n## Groups\n\n'
  yield* markdownTable(
    [
      { title: 'Group', cell: (row) => escapeMarkdown(shownText(row.group)) },
      { title: 'Owner', cell: (row) => escapeMarkdown(shownText(row.owner ?? '')) },
      { title: 'Keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'Share', cell: (row) => share(row.ramBytes, report.totals.ramBytes), align: 'right' },
      { title: 'Overhead', cell: (row) => formatBytes(row.overheadBytes), align: 'right' },
      { title: 'Payload', cell: (row) => formatBytes(row.payloadBytes), align: 'right' },
      { title: 'No TTL', cell: (row) => share(row.withoutTtl, row.keys), align: 'right' },
    ],
    rows,
  )
}

function* slots(report: AnalysisReport): Iterable<string> {
  const rows = report.slots?.owners ?? []
  if (rows.length === 0) return
  yield '\n## Cluster nodes\n\n'
  yield* markdownTable(
    [
      { title: 'Node', cell: (row) => code(shownText(row.node)) },
      { title: 'Slots', cell: (row) => formatCount(row.slots), align: 'right' },
      { title: 'Keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'Share', cell: (row) => share(row.ramBytes, report.totals.ramBytes), align: 'right' },
      { title: 'Times mean', cell: (row) => row.timesMean.toFixed(2), align: 'right' },
    ],
    rows,
  )
}

function* method(report: AnalysisReport): Iterable<string> {
  yield '\n## Method\n\n'
  for (const sentence of methodSentences(report)) yield `- ${escapeMarkdown(sentence)}\n`
}

function* types(report: AnalysisReport): Iterable<string> {
  if (report.encodings.length === 0) return
  yield '\n## Types and encodings\n\n'
  yield* markdownTable(
    [
      { title: 'Type', cell: (row) => row.type },
      { title: 'Encoding', cell: (row) => row.encoding },
      { title: 'Keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'Share', cell: (row) => share(row.ramBytes, report.totals.ramBytes), align: 'right' },
      { title: 'Elements', cell: (row) => formatCount(row.elements), align: 'right' },
    ],
    report.encodings,
  )
}

function* keys(report: AnalysisReport, top: number): Iterable<string> {
  const flagged = report.bigKeys.slice(0, top)
  const rows =
    flagged.length > 0 ? flagged : report.largest.flatMap(({ byBytes }) => byBytes.slice(0, LARGEST_PER_TYPE))
  if (rows.length === 0) return
  yield flagged.length > 0 ? '\n## Big keys\n\n' : '\n## Largest keys\n\n'
  yield* markdownTable(
    [
      { title: 'Key', cell: keyCode },
      { title: 'DB', cell: (row) => String(row.db), align: 'right' },
      { title: 'Type', cell: (row) => row.type },
      { title: 'Encoding', cell: (row) => row.encoding },
      { title: 'Memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'Elements', cell: (row) => formatCount(row.elements), align: 'right' },
      { title: 'DEL blocks', cell: (row) => (row.deleteMs < 1 ? '' : formatDuration(row.deleteMs)), align: 'right' },
      { title: 'Why', cell: (row) => escapeMarkdown(shownText(row.reasons.join('; '))) },
    ],
    rows,
  )
  const left = report.bigKeySummary.flaggedKeys - flagged.length
  if (flagged.length > 0 && left > 0) yield `\nand ${formatCount(left)} more.\n`
}

function* withoutTtl(report: AnalysisReport, top: number): Iterable<string> {
  const rows = report.ttl.withoutTtlPatterns.slice(0, top)
  if (rows.length === 0) return
  yield '\n## Keys without TTL\n\n'
  yield `${plural(report.ttl.withoutTtl.keys, 'key')}, ${formatBytes(report.ttl.withoutTtl.ramBytes)}.\n\n`
  yield* markdownTable(
    [
      { title: 'Pattern', cell: (row) => code(shownText(row.pattern)) },
      { title: 'Without TTL', cell: (row) => formatCount(row.withoutTtl), align: 'right' },
      { title: 'Of keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Memory', cell: (row) => formatBytes(row.withoutTtlRamBytes), align: 'right' },
    ],
    rows,
  )
}

function* ttl(report: AnalysisReport): Iterable<string> {
  const rows = report.ttl.buckets.filter((bucket) => bucket.keys > 0)
  if (rows.length === 0) return
  yield '\n## Expiry\n\n'
  yield* markdownTable(
    [
      { title: 'Time left', cell: (row) => escapeMarkdown(row.title) },
      { title: 'Keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'Share', cell: (row) => share(row.ramBytes, report.totals.ramBytes), align: 'right' },
    ],
    rows,
  )
}

function* databases(report: AnalysisReport): Iterable<string> {
  if (report.databases.length < 2) return
  yield '\n## Databases\n\n'
  yield* markdownTable(
    [
      { title: 'DB', cell: (row) => (row.db === -1 ? 'others' : String(row.db)), align: 'right' },
      { title: 'Keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Memory', cell: (row) => formatBytes(row.ramBytes), align: 'right' },
      { title: 'Share', cell: (row) => share(row.ramBytes, report.totals.ramBytes), align: 'right' },
    ],
    report.databases,
  )
}

function* values(report: AnalysisReport, top: number): Iterable<string> {
  const section = report.values
  if (section === undefined || section.sampledValues === 0) return
  yield '\n## Values\n\n'
  yield `From a sample: ${plural(section.sampledValues, 'value')} of ${plural(section.sampledKeys, 'key')}.\n\n`
  yield* markdownTable(
    [
      { title: 'Pattern', cell: (row) => code(shownText(row.pattern)) },
      { title: 'Type', cell: (row) => (row.type === 'mixed' ? '' : row.type) },
      { title: 'Format', cell: (row) => escapeMarkdown(row.title) },
      { title: 'Of bytes', cell: (row) => share(row.share, 1), align: 'right' },
      { title: 'Average', cell: (row) => formatBytes(row.averageBytes), align: 'right' },
    ],
    section.formats.slice(0, top),
  )
  if (section.duplicates.length === 0) return
  yield '\n## Duplicate values\n\n'
  yield* markdownTable(
    [
      { title: 'Wasted', cell: (row) => (row.exact ? '' : 'about ') + formatBytes(row.wastedBytes), align: 'right' },
      { title: 'Keys', cell: (row) => formatCount(row.keys), align: 'right' },
      { title: 'Value', cell: (row) => formatBytes(row.valueBytes), align: 'right' },
      { title: 'Format', cell: (row) => escapeMarkdown(row.title) },
      { title: 'For example', cell: (row) => keyCode(row.examples[0]!) },
    ],
    section.duplicates.slice(0, top),
  )
}

function* ledger(report: AnalysisReport): Iterable<string> {
  if (report.reconciliation.length === 0) return
  const total = report.reconciliation.at(-1)!.bytes
  yield '\n## Where the memory is\n\n'
  yield* markdownTable(
    [
      { title: '', cell: (row) => escapeMarkdown(shownText(row.title)) },
      { title: 'Memory', cell: (row) => formatBytes(row.bytes), align: 'right' },
      { title: 'Share', cell: (row) => share(row.bytes, total), align: 'right' },
    ],
    report.reconciliation,
  )
}

function* warnings(report: AnalysisReport, top: number): Iterable<string> {
  if (report.warnings.length === 0) return
  yield '\n## Warnings\n\n'
  for (const warning of report.warnings.slice(0, top)) yield `- ${escapeMarkdown(shownText(warning.message))}\n`
  const left = report.warnings.length - top
  if (left > 0) yield `- and ${formatCount(left)} more\n`
}
