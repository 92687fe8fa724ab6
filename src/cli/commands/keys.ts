import { basename, dirname, join } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { fileOutput, makeFolder, type Output } from '../../io/output.js'
import { partPath, SplitOutput } from '../../io/split-output.js'
import { type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import type { FileOutcome, KeysOptions } from '../library.js'
import {
  type CsvArguments,
  checkDelimiter,
  csvOptions,
  list,
  memoryOptions,
  outputOptions,
  type ReadArguments,
  readOptions,
  readRequest,
  redactOption,
  single,
  wholeNumber,
} from '../options.js'
import { reportOutcome } from '../outcome.js'
import { checkReadings, type Destination, destinations, openOutput, streamTo } from '../outputs.js'
import { Progress } from '../progress.js'

const FORMATS = ['csv', 'jsonl', 'parquet'] as const

interface KeysArguments extends ReadArguments, CsvArguments {
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly compat?: string | undefined
  readonly csvRows?: string | undefined
  readonly hive?: string | undefined
  readonly partition?: readonly string[] | undefined
}

export function keysCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, KeysArguments> {
  const { library } = environment
  return {
    command: 'keys <dump...>',
    describe: 'One row per key with its size, type, encoding and expiry, as CSV, JSON lines or Parquet',

    builder: (yargs: Argv) =>
      csvOptions(redactOption(outputOptions(memoryOptions(readOptions(yargs)), FORMATS, 'csv')))
        .options({
          compat: {
            choices: ['rdbtools'],
            group: 'Output:',
            describe: 'Just the columns and words of redis-rdb-tools',
          },
          hive: single('Parquet in a folder as DuckDB, Spark, Trino, Athena and ClickHouse read it: DIR/date=.../', {
            group: 'Output:',
          }),
          partition: list('With --hive, the folders below it: date=2026-11-19, dataset=shop', { group: 'Output:' }),
          'csv-rows': { type: 'string', requiresArg: true, group: 'Output:', describe: 'Rows per file, with -o FILE' },
        })
        .example('$0 keys dump.rdb > keys.csv', 'For a spreadsheet or a database')
        .example('$0 keys dump.rdb --min-bytes 10KB --type hash', 'Large hashes only')
        .example('$0 keys dump.rdb --format jsonl | jq .key', 'JSON lines')
        .example('$0 keys dump.rdb --format parquet -o keys.parquet', 'For DuckDB and the like')
        .example(
          '$0 keys shop1.rdb --hive lake/ --partition date=2026-11-19 --partition dataset=shop',
          'One night of a lake',
        )
        .example(
          '$0 keys dump.rdb --redact hash',
          'Sizes for others, without a name in them',
        ) as unknown as Argv<KeysArguments>,

    handler: async (args) => {
      const results = destinationsOf(args)
      const options = keysOptions(args, results)
      const rows = args.csvRows === undefined ? null : wholeNumber('csv-rows', args.csvRows, 1)
      if (rows !== null && !results.some(({ format, path }) => format === 'csv' && path !== null)) {
        throw new UsageError('--csv-rows splits CSV into files: it needs -o FILE')
      }
      const progress = Progress.of(args, environment)
      const request = await readRequest(args, environment, (now) => progress.update(now))
      checkReadings(results, request.inputs)
      let files: readonly FileOutcome[] = []
      try {
        for (const { format, path } of results) {
          if (args.hive !== undefined) await makeFolder(dirname(path!))
          const output: Output =
            rows === null || path === null || format !== 'csv'
              ? await openOutput(path, environment)
              : new SplitOutput(rows, (part) => fileOutput(partPath(path, part)))
          const ofFormat = { ...options, format: format as KeysOptions['format'] }
          files = await streamTo(output, (sink) => library.streamKeys(request, ofFormat, sink))
        }
      } finally {
        progress.stop()
      }
      done(reportOutcome(files, environment, args))
    },
  }
}

/** With `--hive` the path is made of the partitions and the name of the first dump. */
function destinationsOf(args: KeysArguments): readonly Destination[] {
  const { hive, partition = [], output } = args
  if (hive === undefined) {
    if (partition.length > 0) throw new UsageError('--partition names folders below --hive DIR')
    return destinations(args.format, output, FORMATS)
  }
  if (output !== undefined) throw new UsageError('--hive names the file itself: leave out -o')
  const [format, ...others] = args.format.filter((text) => text !== 'csv')
  if (others.length > 0 || (format !== undefined && format !== 'parquet')) {
    throw new UsageError('--hive is for --format parquet')
  }
  const folders = partition.map((text) => {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(text)
    if (match === null)
      throw new UsageError(`--partition ${JSON.stringify(text)}: write name=value, such as date=2026-11-19`)
    // As Hive escapes what a path cannot hold.
    return `${match[1]}=${match[2]!.replace(/[^\w.,:@+ -]/g, (sign) => encodeURIComponent(sign))}`
  })
  const name =
    basename(args.dump[0] ?? 'keys')
      .replace(/[^\w.-]/g, '_')
      .replace(/^[._-]+/, '') || 'keys'
  return [{ format: 'parquet', path: join(hive, ...folders, `${name}.parquet`) }]
}

function keysOptions(args: KeysArguments, results: readonly Destination[]): Omit<KeysOptions, 'format'> {
  checkDelimiter(args.delimiter)
  if (!results.some(({ format }) => format === 'csv') && (args.compat !== undefined || args.delimiter !== undefined)) {
    throw new UsageError('--compat and --delimiter are about CSV')
  }
  return {
    compat: args.compat === 'rdbtools' ? 'rdbtools' : undefined,
    delimiter: args.delimiter,
    csvRaw: args.csvRaw === true,
    csvBom: args.csvBom === true,
  }
}
