import { shownText } from '../escape.js'
import { safeJson } from '../json.js'
import type { Finding, NightReport, Severity } from './night-report.js'
import { RULE_TITLES } from './wording.js'

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warn: 'warning',
  note: 'note',
}

/** Findings as SARIF 2.1.0, for code scanning pages and editors. */
export function sarif(report: NightReport): string {
  const rules = [...new Set(report.findings.map(({ rule }) => rule))].sort()
  const sources = new Map(
    report.datasets.flatMap(({ dataset, shards }) =>
      shards.map(({ shard, source }) => [`${dataset}\0${shard}`, source] as const),
    ),
  )
  const folders = new Map(report.datasets.map(({ dataset, folder }) => [dataset, folder]))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'rdblens',
            version: report.generator.version,
            rules: rules.map((id) => ({
              id,
              shortDescription: { text: `${RULE_TITLES[id] ?? id}.` },
            })),
          },
        },
        automationDetails: { id: `rdblens nightly/${report.date}` },
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) => {
          const source = finding.about === 'shard' ? sources.get(`${finding.dataset}\0${finding.subject}`) : undefined
          const folder = folders.get(finding.dataset)
          const uri = source ?? (folder == null ? 'night.json' : `${folder}/report.json`)
          return result(finding, rules.indexOf(finding.rule), uri, report.date)
        }),
      },
    ],
  }
  return `${safeJson(log, 2)}\n`
}

function result(finding: Finding, ruleIndex: number, path: string, date: string): object {
  const { rule, severity, message, advice, dataset, about, subject, id, state, reason, owner, value, limit, unit } =
    finding
  const subjectName = shownText(subject)
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: [`${dataset}: ${shownText(message)}.`, shownText(advice)].join(' ').trim() },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(path) }, region: { startLine: 1 } },
        logicalLocations: [
          {
            name: subjectName,
            fullyQualifiedName: `${dataset}/${subjectName}`,
            kind: about === 'key' ? 'member' : 'resource',
          },
        ],
      },
    ],
    partialFingerprints: { 'rdblensFinding/v1': id },
    baselineState: finding.since === date ? 'new' : 'unchanged',
    ...(state === 'open' ? {} : { suppressions: [{ kind: 'external', justification: shownText(reason ?? state) }] }),
    properties: { dataset, owner, value, limit, unit, since: finding.since },
  }
}

/** A relative path, or a command, as a reference that every reader of URIs takes. */
function uriOf(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(shownText(part)))
    .join('/')
}
