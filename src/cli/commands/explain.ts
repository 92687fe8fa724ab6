import type { Argv, CommandModule } from 'yargs'
import { explainJson, explainText } from '../../../reports/explain-text.js'
import { shownKeyName } from '../../explain.js'
import { writeAll } from '../../io/output.js'
import { type Environment, UsageError } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { printMessage } from '../messages.js'
import {
  checkRedaction,
  flag,
  memoryOptions,
  outputOptions,
  READING,
  type ReadArguments,
  readRequest,
  redactOption,
  single,
  singleDumpPositional,
  wholeNumber,
} from '../options.js'
import { destinations, openOutput, widthOf } from '../outputs.js'
import { Progress } from '../progress.js'

const FORMATS = ['text', 'json'] as const

interface ExplainArguments extends Omit<ReadArguments, 'dump' | 'db'> {
  readonly dump: string
  readonly key: string
  readonly db?: string | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly showValues?: boolean | undefined
}

export function explainCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, ExplainArguments> {
  return {
    command: 'explain <dump> <key>',
    describe: 'Where every byte of one key goes, why it has its encoding, what deleting it costs',

    builder: (yargs: Argv) =>
      redactOption(outputOptions(memoryOptions(singleDumpPositional(yargs)), FORMATS, 'text'))
        .positional('key', { type: 'string', describe: 'Name of the key: text, \\xNN text, or base64' })
        .options({
          db: single('Database of the key [the first that has it]', { group: 'Which keys:' }),
          'show-values': flag('Name the largest elements also where they are values', { group: 'Output:' }),
          salvage: READING.salvage,
          'max-ratio': READING['max-ratio'],
          'max-memory': READING['max-memory'],
          'max-key-bytes': READING['max-key-bytes'],
          limit: READING.limit,
          quiet: READING.quiet,
          'no-progress': READING['no-progress'],
        })
        .example('$0 explain dump.rdb cart:8812', 'Why is this key so big?')
        .example('$0 explain dump.rdb cart:8812 --target redis-8.6', 'What would it take there?')
        .epilogue('Exit code 2: there is no such key.') as unknown as Argv<ExplainArguments>,

    handler: async (args) => {
      checkRedaction(args)
      const results = destinations(args.format, args.output, FORMATS)
      const progress = Progress.of(args, environment)
      const { db: dbText, ...rest } = args
      const db = dbText === undefined ? undefined : wholeNumber('db', dbText, 0)
      const request = await readRequest({ ...rest, dump: [args.dump] }, environment, (now) => progress.update(now))
      if (request.inputs.length !== 1) throw new UsageError(`${args.dump}: explain looks into one dump at a time`)
      const report = await environment.library
        .explainKey(request.inputs[0]!, request, { key: args.key, db, showValues: args.showValues })
        .finally(() => progress.stop())
      if (report === null) {
        const where = db === undefined ? '' : ` in database ${db}`
        printMessage(environment.stderr, [
          `${request.inputs[0]!.name} has no key ${shownKeyName(args.key, request)}${where}.`,
          'Names are exact; bytes that are not text are written as \\xNN. rdblens keys lists them all.',
        ])
        done(EXIT.usage)
        return
      }
      for (const { format, path } of results) {
        const pieces = format === 'json' ? explainJson(report) : explainText(report, widthOf(path, environment))
        await writeAll(await openOutput(path, environment), pieces)
      }
      done(EXIT.done)
    },
  }
}
