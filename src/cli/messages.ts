import { describe, locate, RdbError } from '../../parsers/index.js'
import { shownText } from '../../reports/escape.js'
import { plural } from '../../reports/format.js'
import { InputError } from '../io/errors.js'
import { columnsOf, type Terminal } from './environment.js'
import type { FileOutcome } from './library.js'

const NAME = 'rdblens: '
const INDENT = ' '.repeat(NAME.length)
const MAX_COLUMNS = 100

/** Prints what is wrong, where, and what to do next: `rdblens:` and the sentences, wrapped and indented. */
export function printMessage(stream: Terminal, sentences: readonly string[]): void {
  const width = Math.min(columnsOf(stream), MAX_COLUMNS) - NAME.length
  const lines = sentences.filter((sentence) => sentence !== '').flatMap((sentence) => wrap(shownText(sentence), width))
  stream.write(lines.map((line, index) => `${index === 0 ? NAME : INDENT}${line}\n`).join(''))
}

/** What stopped the reading of a dump, as sentences. `keys` were read before it. */
export function explainEnd({ read, keys, warnings }: FileOutcome): readonly string[] {
  const { error } = read
  if (error === null) return []
  const covered = `The result covers the ${plural(keys, 'key')} before it.`
  if (error instanceof InputError) return [error.message, covered, error.advice]
  return [`${read.name} ${damageOf(error)}`, `(${locate(error.at)})`, covered, ...adviceOn(error, warnings)]
}

const TRY_SALVAGE = 'With --salvage, reading goes on with the next key behind the damage.'
const SALVAGE_HELPS = new Set<RdbError['code']>([
  'bad-length',
  'bad-string',
  'bad-lzf',
  'bad-double',
  'bad-value',
  'bad-opcode',
  'unknown-type',
  'limit',
])

/** A file of a newer version is read wrong rather than damaged. */
function adviceOn(error: RdbError, warnings: FileOutcome['warnings']): readonly string[] {
  const newer = warnings.find((warning) => warning.code === 'newer-version')
  return newer === undefined
    ? [adviceFor(error), SALVAGE_HELPS.has(error.code) ? TRY_SALVAGE : '']
    : [`But ${newer.message}.`, 'A newer rdblens may know it.']
}

function damageOf({ problem }: RdbError): string {
  if (problem.code !== 'truncated') return `is damaged: ${describe(problem)}`
  return `is cut short: ${problem.what} needs at least ${plural(problem.missingBytes, 'more byte')}`
}

/** What to do about damage, by its kind. */
export function adviceFor(error: RdbError): string {
  switch (error.code) {
    case 'truncated':
      return 'A copy that was interrupted, or that the server is still writing, looks like this: copy it again.'
    case 'unknown-type':
      return 'A newer server, a module or a fork may have written it; a newer rdblens may know it.'
    case 'unsupported':
      return ''
    case 'limit':
      return 'No server writes this; the file may be damaged or made to do harm. If it is what you expect: --limit NAME=SIZE.'
    default:
      return 'Copy it again and compare checksums (sha256sum) on both sides; redis-check-rdb gives a second opinion.'
  }
}

/** Any failure as sentences. */
export function explainFailure(error: unknown): readonly string[] {
  if (error instanceof InputError) return [error.message, error.advice]
  if (error instanceof RdbError) return [error.message, adviceFor(error)]
  return [error instanceof Error ? error.message : String(error)]
}

/** Breaks at blanks; a word longer than a line stays whole, so that paths and commands can be copied. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
