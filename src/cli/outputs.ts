import { fileOutput, type Output, sameFile, streamOutput } from '../io/output.js'
import { columnsOf, type Environment, UsageError } from './environment.js'

/** One result to write: `--format csv`, or `--format csv:keys.csv`. */
export interface Destination {
  readonly format: string
  /** Null for standard output. */
  readonly path: string | null
}

/** Reads `--format` and `-o`; `-` is standard output. */
export function destinations(
  formats: readonly string[],
  output: string | undefined,
  known: readonly string[],
): readonly Destination[] {
  const found = formats.map((text): Destination => {
    const colon = text.indexOf(':')
    const format = colon === -1 ? text : text.slice(0, colon)
    if (!known.includes(format)) {
      throw new UsageError(`--format ${JSON.stringify(text)}: formats of this command are ${known.join(', ')}`)
    }
    const path = colon === -1 ? '' : text.slice(colon + 1)
    if (colon !== -1 && path === '')
      throw new UsageError(`--format ${JSON.stringify(text)}: the file is missing behind the colon`)
    return { format, path: path === '' ? null : path }
  })
  const paths = found.flatMap(({ path }) => path ?? [])
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) throw new UsageError(`${twice}: two formats cannot go to the same file`)
  const toStdout = found.filter((destination) => destination.path === null)
  if (toStdout.length > 1) {
    throw new UsageError('only one --format can go to standard output: write the others as FORMAT:FILE')
  }
  if (output === undefined || output === '-') return found
  if (toStdout.length === 0) throw new UsageError(`-o ${output}: every --format names its file already`)
  return found.map((destination) => (destination.path === null ? { ...destination, path: output } : destination))
}

/** What an output is asked for with. */
export interface OutputArguments {
  readonly format?: readonly string[] | undefined
  readonly output?: string | undefined
  readonly save?: string | undefined
}

/** A dump is never written over by what is made of it. */
export async function keepInputs(
  { format = [], output, save }: OutputArguments,
  inputs: readonly string[],
): Promise<void> {
  const files = inputs.filter((path) => path !== '-')
  const named = format.filter((text) => text.includes(':')).map((text) => text.slice(text.indexOf(':') + 1))
  for (const path of [...named, output, save]) {
    if (path === undefined || path === '-') continue
    const input = await sameFile(path, files)
    if (input !== undefined) throw new UsageError(`${path} is read here, and would be written over: name another file`)
  }
}

/** The only destination of a command that has one. */
export function onlyDestination(
  formats: readonly string[],
  output: string | undefined,
  known: readonly string[],
): Destination {
  const found = destinations(formats, output, known)
  if (found.length !== 1) throw new UsageError('this command writes one format at a time: give --format once')
  return found[0]!
}

/** Nothing is kept of what a command streams, so that each format takes a reading of its own. */
export function checkReadings({ length }: readonly Destination[], inputs: readonly { readonly path: string }[]): void {
  if (length > 1 && inputs.some(({ path }) => path === '-')) {
    throw new UsageError('standard input can be read only once: give --format once, or save the dump to a file first')
  }
}

/** Columns of text: of the terminal, or 80 in a file, wherever it is written from. */
export function widthOf(path: string | null, environment: Environment): number {
  return path === null ? columnsOf(environment.stdout) : 80
}

export function openOutput(path: string | null, environment: Environment): Promise<Output> {
  return path === null ? Promise.resolve(streamOutput(environment.stdout)) : fileOutput(path)
}

/** Writes what `stream` hands over; on a failure nothing is left behind. */
export async function streamTo<Result>(
  output: Output,
  stream: (sink: (piece: Uint8Array) => Promise<void> | undefined) => Promise<Result>,
): Promise<Result> {
  try {
    const result = await stream((piece) => output.write(piece))
    await output.close()
    return result
  } catch (error) {
    await output.abort()
    throw error
  }
}
