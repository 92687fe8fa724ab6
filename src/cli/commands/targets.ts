import type { Argv, CommandModule } from 'yargs'
import { padEnd, wrap } from '../../../reports/width.js'
import { writeAll } from '../../io/output.js'
import { columnsOf, type Environment } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { outputOptions } from '../options.js'
import { onlyDestination, openOutput } from '../outputs.js'

const FORMATS = ['text', 'json'] as const
const ID_COLUMN = 18
const STATE_COLUMN = 12

interface TargetsArguments {
  readonly format: readonly string[]
  readonly output?: string | undefined
}

export function targetsCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, TargetsArguments> {
  return {
    command: 'targets',
    describe: 'The server versions whose memory is modelled, and how well each is verified',
    builder: (yargs: Argv) => outputOptions(yargs, FORMATS, 'text') as unknown as Argv<TargetsArguments>,

    handler: async (args) => {
      const { format, path } = onlyDestination(args.format, args.output, FORMATS)
      const { targets } = environment.library
      const rows = targets.map(({ id, title, verification, basis }) => ({ id, title, verification, basis }))
      const pieces =
        format === 'json' ? [`${JSON.stringify(rows, null, 2)}\n`] : text(rows, columnsOf(environment.stdout))
      await writeAll(await openOutput(path, environment), pieces)
      done(EXIT.done)
    },
  }
}

function* text(
  rows: readonly { readonly id: string; readonly verification: string; readonly basis: string }[],
  columns: number,
): Generator<string> {
  yield `${padEnd('--target', ID_COLUMN)}${padEnd('sizes', STATE_COLUMN)}known from\n`
  for (const { id, verification, basis } of rows) {
    let head = padEnd(id, ID_COLUMN) + padEnd(verification, STATE_COLUMN)
    for (const line of wrap(basis, columns - ID_COLUMN - STATE_COLUMN)) {
      yield `${head}${line}\n`
      head = ' '.repeat(ID_COLUMN + STATE_COLUMN)
    }
  }
}
