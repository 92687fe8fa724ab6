import type { Argv, CommandModule } from 'yargs'
import { fileOutput, type Output } from '../../io/output.js'
import { partPath, SplitOutput } from '../../io/split-output.js'
import { type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import type { KeysOptions } from '../library.js'
import {
  type CsvArguments,
  checkDelimiter,
  csvOptions,
  memoryOptions,
  outputOptions,
  type ReadArguments,
  readOptions,
  readRequest,
  redactOption,
  wholeNumber,
} from '../options.js'
import { reportOutcome } from '../outcome.js'
import { onlyDestination, openOutput } from '../outputs.js'
import { Progress } from '../progress.js'

const FORMATS = ['csv', 'jsonl'] as const

interface KeysArguments extends ReadArguments, CsvArguments {
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly compat?: string | undefined
  readonly csvRows?: string | undefined
}

export function keysCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, KeysArguments> {
  const { library } = environment
  return {
    command: 'keys <dump...>',
    describe: 'One row per key with its size, type, encoding and expiry, as CSV or JSON lines',

    builder: (yargs: Argv) =>
      csvOptions(redactOption(outputOptions(memoryOptions(readOptions(yargs)), FORMATS, 'csv')))
        .options({
          compat: {
            choices: ['rdbtools'],
            group: 'Output:',
            describe: 'Just the columns and words of redis-rdb-tools',
          },
          'csv-rows': { type: 'string', requiresArg: true, group: 'Output:', describe: 'Rows per file, with -o FILE' },
        })
        .example('$0 keys dump.rdb > keys.csv', 'For a spreadsheet or a database')
        .example('$0 keys dump.rdb --min-bytes 10KB --type hash', 'Large hashes only')
        .example('$0 keys dump.rdb --format jsonl | jq .key', 'JSON lines')
        .example(
          '$0 keys dump.rdb --redact hash',
          'Sizes for others, without a name in them',
        ) as unknown as Argv<KeysArguments>,

    handler: async (args) => {
      const { format, path } = onlyDestination(args.format, args.output, FORMATS)
      const options = keysOptions(args, format as KeysOptions['format'])
      const rows = args.csvRows === undefined ? null : wholeNumber('csv-rows', args.csvRows, 1)
      if (rows !== null && (path === null || format !== 'csv')) {
        throw new UsageError('--csv-rows splits CSV into files: it needs -o FILE')
      }
      const progress = new Progress(environment.stderr, args.quiet !== true && args.noProgress !== true)
      const request = await readRequest(args, environment, (now) => progress.update(now))
      const output: Output =
        rows === null || path === null
          ? await openOutput(path, environment)
          : new SplitOutput(rows, (part) => fileOutput(partPath(path, part)))
      try {
        const files = await library.streamKeys(request, options, (piece) => output.write(piece))
        await output.close()
        progress.stop()
        done(reportOutcome(files, environment, args.quiet === true))
      } catch (error) {
        await output.abort()
        throw error
      } finally {
        progress.stop()
      }
    },
  }
}

function keysOptions(args: KeysArguments, format: KeysOptions['format']): KeysOptions {
  checkDelimiter(args.delimiter)
  if (format !== 'csv' && (args.compat !== undefined || args.delimiter !== undefined)) {
    throw new UsageError('--compat and --delimiter are about CSV')
  }
  return {
    format,
    compat: args.compat === 'rdbtools' ? 'rdbtools' : undefined,
    delimiter: args.delimiter,
    csvRaw: args.csvRaw === true,
    csvBom: args.csvBom === true,
  }
}
