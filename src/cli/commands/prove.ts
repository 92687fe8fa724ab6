import type { Argv, CommandModule } from 'yargs'
import { proveJson, proveText } from '../../../reports/prove-text.js'
import { writeAll } from '../../io/output.js'
import { techniqueIds } from '../../optimizations/index.js'
import { columnsOf, type Environment, UsageError } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { printMessage } from '../messages.js'
import {
  list,
  outputOptions,
  type ReadArguments,
  readOptions,
  readRequest,
  redactOption,
  single,
  singleDumpPositional,
  wholeNumber,
} from '../options.js'
import { destinations, openOutput } from '../outputs.js'
import { chosenTechniques, parametersOf, type TechniqueArguments, techniqueOptions } from '../technique-options.js'

const FORMATS = ['text', 'json'] as const

interface ProveArguments extends Omit<ReadArguments, 'dump'>, TechniqueArguments {
  readonly dump: string
  readonly server?: string | undefined
  readonly tmp?: string | undefined
  readonly timeout: string
  readonly format: readonly string[]
  readonly output?: string | undefined
}

export function proveCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, ProveArguments> {
  const { library } = environment
  const group = 'Server:'
  return {
    command: 'prove <dump>',
    describe: 'Carry techniques out on a scratch server of its own: predicted and measured, side by side',

    builder: (yargs: Argv) =>
      singleDumpPositional(techniqueOptions(redactOption(outputOptions(readOptions(yargs), FORMATS, 'text'))))
        .positional('dump', { type: 'string', describe: 'RDB or AOF file' })
        .options({
          server: single('Program to start: redis-server or valkey-server [from the PATH]', { group }),
          tmp: single('Folder for the scratch server and its dumps [the one for temporary files]', { group }),
          set: list('Setting of that server: hash-max-listpack-entries=512', { group }),
          timeout: {
            type: 'string',
            requiresArg: true,
            default: '600',
            group,
            describe: 'Seconds that a load may take',
          },
        })
        .example('$0 prove dump.rdb', 'Every technique that can be carried out')
        .example(
          '$0 prove dump.rdb --technique bucket-strings --server /opt/valkey/bin/valkey-server',
          'One, on Valkey',
        )
        .example("$0 prove dump.rdb --match 'user:*' --sequence shorten-field-names,compress-values", 'Two in sequence')
        .epilogue(
          'It starts its own server on a socket in a temporary folder, and talks to no other.\n' +
            'Exit code 1: a prediction is off.',
        ) as unknown as Argv<ProveArguments>,

    handler: async (args) => {
      const results = destinations(args.format, args.output, FORMATS)
      const techniques = chosenTechniques('technique', args.technique, techniqueIds)
      const sequence = chosenTechniques('sequence', args.sequence, techniqueIds)
      if (techniques !== undefined && sequence !== undefined) {
        throw new UsageError('--technique proves each alone, --sequence all of them together: give one of the two')
      }
      const parameters = await parametersOf(args, techniqueIds)
      const timeout = wholeNumber('timeout', args.timeout, 1)
      const request = await readRequest({ ...args, dump: [args.dump] }, environment, () => {})
      if (request.inputs.length !== 1) throw new UsageError(`${args.dump}: prove takes one dump at a time`)
      const says = args.quiet !== true && args.noProgress !== true
      const report = await library.prove(request, {
        techniques,
        sequence,
        parameters,
        server: args.server,
        tmp: args.tmp,
        loadDeadlineMs: timeout * 1000,
        onStep: (step) => {
          if (says) printMessage(environment.stderr, [step])
        },
      })
      for (const { format, path } of results) {
        const width = path === null ? columnsOf(environment.stdout) : 80
        const pieces = format === 'json' ? proveJson(report) : proveText(report, width)
        await writeAll(await openOutput(path, environment), pieces)
      }
      done(report.techniques.every(({ verdict }) => verdict === 'agrees') ? EXIT.done : EXIT.broken)
    },
  }
}
