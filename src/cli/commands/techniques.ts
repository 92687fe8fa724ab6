import type { Argv, CommandModule } from 'yargs'
import { techniquesText, techniqueText } from '../../../reports/techniques-text.js'
import { writeAll } from '../../io/output.js'
import { nearest } from '../../nearest-name.js'
import { techniqueIds, techniques } from '../../optimizations/index.js'
import { columnsOf, type Environment, UsageError } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { outputOptions } from '../options.js'
import { onlyDestination, openOutput } from '../outputs.js'

const FORMATS = ['text', 'json'] as const

interface TechniquesArguments {
  readonly id?: string | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
}

export function techniquesCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, TechniquesArguments> {
  return {
    command: 'techniques [id]',
    describe: 'The ways to save memory that simulate knows: what to do, what breaks, how to verify',
    builder: (yargs: Argv) =>
      outputOptions(yargs, FORMATS, 'text').positional('id', {
        type: 'string',
        describe: 'One of them, in detail',
      }) as unknown as Argv<TechniquesArguments>,

    handler: async (args) => {
      const { format, path } = onlyDestination(args.format, args.output, FORMATS)
      const one = techniques.find(({ id }) => id === args.id)
      if (args.id !== undefined && one === undefined) {
        throw new UsageError(`no technique ${args.id}${nearest(args.id, techniqueIds)}`)
      }
      const columns = columnsOf(environment.stdout)
      const text = (): Iterable<string> =>
        one === undefined ? techniquesText(techniques, columns) : techniqueText(one, columns)
      const pieces = format === 'json' ? [`${JSON.stringify(one ?? techniques, null, 2)}\n`] : text()
      await writeAll(await openOutput(path, environment), pieces)
      done(EXIT.done)
    },
  }
}
