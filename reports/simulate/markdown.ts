import { decisionTable } from '../decision-table.js'
import { escapeMarkdown, shownText } from '../escape.js'
import { formatBytes, formatCount, formatShare } from '../format.js'
import { code, markdownTable, prose } from '../markdown-parts.js'
import type { TechniqueResult } from '../report.js'
import type { SimulateReport } from '../simulate-report.js'
import { simulateSentence } from './html.js'
import { plusMinus } from './lines.js'

const GROUPS_SHOWN = 5

/** What each change would save, for issues and wikis. */
export function* simulateMarkdown(report: SimulateReport): Iterable<string> {
  yield '# Redis memory savings\n\n'
  yield `**${prose(simulateSentence(report))}** Sizes as on ${code(shownText(report.target))}.\n`
  if (report.note !== null) yield `\n${escapeMarkdown(shownText(report.note))}\n`
  yield* plan(report)
  const helping = report.techniques.filter(({ status, savedBytes }) => status === 'applies' && savedBytes > 0)
  if (helping.length > 0) {
    yield '\n## Each change alone\n\nSavings overlap: they do not add up.\n\n'
    yield* markdownTable<TechniqueResult>(
      [
        { title: 'Technique', cell: ({ id }) => code(id) },
        { title: 'Saves', cell: ({ savedBytes }) => formatBytes(savedBytes), align: 'right' },
        { title: 'Share', cell: ({ savedRatio }) => prose(formatShare(savedRatio)), align: 'right' },
        { title: 'Keys', cell: ({ keys }) => formatCount(keys), align: 'right' },
        { title: 'Effort', cell: ({ effort }) => effort },
        { title: 'Sizes', cell: (row) => [row.certainty, plusMinus(row)].join(' ').trim() },
        { title: 'What breaks first', cell: ({ breaks }) => prose(breaks[0] ?? '') },
      ],
      helping,
    )
    for (const technique of helping) yield* details(technique)
  }
  yield* decisions(report)
  yield `\n<sub>rdblens ${escapeMarkdown(report.generator.version)}</sub>\n`
}

function* plan({ plan: steps }: SimulateReport): Iterable<string> {
  const helping = steps.filter(({ savedBytes }) => savedBytes > 0)
  if (helping.length === 0) return
  yield '\n## The plan\n\nEach step is priced after the ones before it.\n\n'
  yield* markdownTable(
    [
      { title: '', cell: (row) => String(helping.indexOf(row) + 1), align: 'right' },
      { title: 'Change', cell: ({ title }) => escapeMarkdown(shownText(title)) },
      { title: 'Frees', cell: ({ savedBytes }) => formatBytes(savedBytes), align: 'right' },
      { title: 'Memory after', cell: ({ usedMemoryAfter }) => formatBytes(usedMemoryAfter), align: 'right' },
      { title: 'Effort', cell: ({ effort }) => effort },
      { title: 'What breaks first', cell: ({ breaks }) => prose(breaks[0] ?? '') },
    ],
    helping,
  )
}

function* details(technique: TechniqueResult): Iterable<string> {
  yield `\n### ${prose(technique.title)}\n\n`
  yield* markdownTable<TechniqueResult['groups'][number]>(
    [
      { title: 'Pattern', cell: ({ pattern }) => code(shownText(String(pattern))) },
      { title: 'Keys', cell: ({ keys }) => formatCount(Number(keys)), align: 'right' },
      { title: 'Before', cell: ({ ramBytesBefore }) => formatBytes(Number(ramBytesBefore)), align: 'right' },
      { title: 'After', cell: ({ ramBytesAfter }) => formatBytes(Number(ramBytesAfter)), align: 'right' },
      { title: 'Saves', cell: ({ savedBytes }) => formatBytes(Number(savedBytes)), align: 'right' },
    ],
    technique.groups.slice(0, GROUPS_SHOWN),
  )
  const list = function* (title: string, lines: readonly string[], escaped = prose): Iterable<string> {
    if (lines.length === 0) return
    yield `\n${title}:\n\n`
    for (const line of lines) yield `- ${escaped(shownText(line))}\n`
  }
  yield* list('What breaks', technique.breaks)
  yield* list('Steps', technique.steps, escapeMarkdown)
  yield* list('Verify', technique.verify)
  yield* list('The way back', technique.rollback)
  yield* list('Assumed', technique.assumptions, escapeMarkdown)
}

function* decisions(report: SimulateReport): Iterable<string> {
  yield '\n## Decision table\n\n'
  yield* markdownTable(
    [
      { title: 'Question', cell: ({ question }) => prose(question) },
      { title: 'Technique', cell: ({ id }) => (id === '' ? '' : code(id)) },
      { title: 'Effort', cell: ({ effort }) => effort },
      { title: 'On this data', cell: ({ answer }) => prose(answer) },
    ],
    decisionTable(report).flatMap(({ question, answers, lookAt }) =>
      lookAt === null
        ? answers.map(({ id, effort, answer }, index) => ({
            question: index === 0 ? question : '',
            id,
            effort,
            answer,
          }))
        : [{ question, id: '', effort: '', answer: `No dump knows. Look at: ${lookAt}` }],
    ),
  )
}
