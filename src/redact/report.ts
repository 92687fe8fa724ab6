import type { AnalysisReport } from '../../reports/report.js'
import type { ScannedDump } from '../pipeline/scan.js'
import { type NameRedactor, nameBytes } from './names.js'

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain }
type Fields = { readonly [name: string]: Plain }

/** Options that are written in the words of key names. */
const NAME_OPTIONS = ['match', 'matchRe', 'exclude', 'excludeRe']

/**
 * The report with every name in it redacted, wherever it stands: what a field is called says what is in it, so
 * sections to come are covered when they use the words of `reports/report.ts`.
 */
export function redactReport(report: AnalysisReport, redactor: NameRedactor): AnalysisReport {
  const { provenance, ...rest } = report
  const options = Object.fromEntries(
    Object.entries(provenance.options).map(([name, value]) => [
      name,
      NAME_OPTIONS.includes(name) ? '(redacted)' : value,
    ]),
  )
  return {
    ...(redacted(rest as unknown as Plain, redactor) as unknown as Omit<AnalysisReport, 'provenance'>),
    provenance: { ...provenance, options },
  }
}

/** A part of a report with every name in it redacted. */
export function redactPart<Part>(part: Part, redactor: NameRedactor): Part {
  return redacted(part as unknown as Plain, redactor) as unknown as Part
}

function redacted(value: Plain, redactor: NameRedactor): Plain {
  if (Array.isArray(value)) return value.map((item) => redacted(item, redactor))
  if (value === null || typeof value !== 'object') return value
  const fields = value as Fields
  const result: Record<string, Plain> = {}
  for (const [name, field] of Object.entries(fields)) {
    if (name === 'keyBase64' || name === 'keyLength' || isShownValue(name, field)) continue
    result[name] = redactedField(name, field, fields, redactor)
  }
  return result
}

/** Heads of values, which `--show-values` puts beside formats and duplicates. */
function isShownValue(name: string, field: Plain): boolean {
  if (name === 'value') return typeof field === 'string'
  return name === 'examples' && Array.isArray(field) && field.some((item) => typeof item === 'string')
}

function redactedField(name: string, field: Plain, fields: Fields, redactor: NameRedactor): Plain {
  if (typeof field !== 'string') return redacted(field, redactor)
  switch (name) {
    case 'key':
      return redactor.name(nameBytes(fields as unknown as { key: string; keyBase64?: string }))
    case 'pattern':
      return redactor.pattern(field)
    case 'match':
      return redactor.mode === 'hash' ? null : field
    case 'tag':
      return redactor.hashTag(field)
    case 'name':
      // An element of a value, a place within values, or a node of the prefix tree.
      if ('index' in fields) return null
      if ('nameBytes' in fields) return redactor.field(field)
      return 'children' in fields ? redactor.pattern(field) : field
    default:
      return field
  }
}

/** The dump with the names in its error and its warnings redacted. */
export function redactDump<Dump extends Pick<ScannedDump, 'read' | 'warnings'>>(
  dump: Dump,
  redactor: NameRedactor,
): Dump {
  const { read, warnings } = dump
  return {
    ...dump,
    read: { ...read, error: read.error === null ? null : redactor.error(read.error) },
    warnings: warnings.map(({ code, message, at }) => ({
      code,
      message: redactor.sentence(message, at),
      at: redactor.location(at),
    })),
  }
}
