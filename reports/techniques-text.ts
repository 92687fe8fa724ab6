import { padEnd, wrap } from './width.js'

/** What the catalogue knows about a technique. */
export interface TechniqueEntry {
  readonly id: string
  readonly title: string
  readonly why: string
  readonly effort: string
  readonly certainty: string
  readonly breaks: readonly string[]
  readonly cpu: string
  readonly steps: readonly string[]
  readonly verify: readonly string[]
  readonly rollback: readonly string[]
  readonly parameters: readonly {
    readonly name: string
    readonly describe: string
    readonly preset?: number | string
  }[]
}

const ID_COLUMN = 22
const EFFORT_COLUMN = 12

/** One line per technique: the decision table. */
export function* techniquesText(entries: readonly TechniqueEntry[], columns = 80): Generator<string> {
  yield `${padEnd('technique', ID_COLUMN)}${padEnd('effort', EFFORT_COLUMN)}what to do\n`
  for (const { id, effort, title } of entries) {
    let head = padEnd(id, ID_COLUMN) + padEnd(effort, EFFORT_COLUMN)
    for (const line of wrap(title, columns - ID_COLUMN - EFFORT_COLUMN)) {
      yield `${head}${line}\n`
      head = ' '.repeat(ID_COLUMN + EFFORT_COLUMN)
    }
  }
}

/** All there is to know about one technique. */
export function* techniqueText(entry: TechniqueEntry, columns = 80): Generator<string> {
  yield* indented(`${entry.id}: ${entry.title}`, columns, 0)
  yield '\n'
  yield* indented(entry.why, columns, 2)
  yield* indented(`effort: ${entry.effort}; sizes: ${entry.certainty}`, columns, 2)
  yield* indented(`time: ${entry.cpu}`, columns, 2)
  yield* section('what breaks', entry.breaks, columns)
  yield* section('steps', entry.steps, columns)
  yield* section('verify', entry.verify, columns)
  yield* section('the way back', entry.rollback, columns)
  yield* section(
    'parameters',
    entry.parameters.map(({ name, describe, preset }) => {
      const value = preset === undefined ? '' : ` [${preset}]`
      return `--param ${entry.id}.${name}=: ${describe}${value}`
    }),
    columns,
  )
}

function* section(title: string, lines: readonly string[], columns: number): Generator<string> {
  if (lines.length === 0) return
  yield `\n  ${title}\n`
  for (const line of lines) yield* indented(`- ${line}`, columns, 4)
}

function* indented(text: string, columns: number, indent: number): Generator<string> {
  let head = ' '.repeat(indent)
  for (const line of wrap(text, columns - indent - 2)) {
    yield `${head}${line}\n`
    head = ' '.repeat(indent + 2)
  }
}
