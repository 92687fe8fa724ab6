import type { Argv, CommandModule } from 'yargs'
import { COMPARE_FORMATS } from '../../../reports/compare/index.js'
import { metricNames, parseCondition } from '../../compare/index.js'
import { parseTimestamp } from '../../units.js'
import { type Environment, UsageError } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { printMessage } from '../messages.js'
import {
  type CsvArguments,
  checkDelimiter,
  csvOptions,
  list,
  memoryOptions,
  outputOptions,
  type ReadArguments,
  readingOptions,
  readRequest,
  redactOption,
  single,
  topOption,
  wholeNumber,
} from '../options.js'
import { reportOutcome, worse } from '../outcome.js'
import { destinations, keepInputs } from '../outputs.js'
import { Progress } from '../progress.js'
import { csvOf, writeReport } from '../written-reports.js'

interface CompareArguments extends Omit<ReadArguments, 'dump'>, CsvArguments {
  readonly old: string
  readonly new: string
  readonly top?: string | undefined
  readonly failOn?: readonly string[] | undefined
  readonly oldNow?: string | undefined
  readonly newNow?: string | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly noColor?: boolean | undefined
}

export function compareCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, CompareArguments> {
  const { library } = environment
  const formats = Object.keys(COMPARE_FORMATS)
  return {
    command: 'compare <old> <new>',
    describe: 'What grew, what is new and what is gone between two dumps, profiles, reports or exports of keys',

    builder: (yargs: Argv) =>
      csvOptions(redactOption(outputOptions(memoryOptions(readingOptions(yargs)), formats, 'text')))
        .positional('old', {
          type: 'string',
          demandOption: true,
          describe: 'A dump, a profile, a directory of shards, JSON of analyze, or CSV, JSON lines or JSON of keys',
        })
        .positional('new', { type: 'string', demandOption: true, describe: 'The same from another moment' })
        .options({
          'fail-on': list(`Exit code 1 when it is so: growth>10%, new-big-keys>0; of ${metricNames.join(', ')}`, {
            group: 'Output:',
          }),
          top: topOption,
          'old-now': single('The moment TTL is judged at in an export of keys', { group: 'Reading:' }),
          'new-now': single('The same for the new side', { group: 'Reading:' }),
        })
        .example('$0 compare monday.rdb tuesday.rdb', 'What changed in a day')
        .example('$0 compare old/ new/', 'Shards of two nights: directories of profiles or dumps')
        .example('$0 compare keys-1.jsonl keys-2.jsonl.gz', 'Exports of keys, of any size')
        .example("$0 compare old.rdb new.rdb --fail-on 'growth>10%' --fail-on 'new-big-keys>0'", 'As a check')
        .example(
          '$0 compare old.json new.json --format md',
          'Reports of earlier nights, for an issue',
        ) as unknown as Argv<CompareArguments>,

    handler: async (args) => {
      const results = destinations(args.format, args.output, formats)
      checkDelimiter(args.delimiter)
      for (const condition of args.failOn ?? []) parseCondition(condition)
      const top = args.top === undefined ? undefined : wholeNumber('top', args.top, 0)
      const topOf = (format: string): number => top ?? COMPARE_FORMATS[format]!.defaultTop
      const progress = Progress.of(args, environment)
      const { old: before, new: after } = args
      if (before === '-' && after === '-') throw new UsageError('standard input (-) is given more than once')
      await keepInputs(args, [before, after])
      const read = await readRequest({ ...args, dump: [] }, environment, (now) => progress.update(now))
      const request = before === '-' || after === '-' ? { ...read, stdin: environment.stdin } : read
      const moment = (text: string | undefined): number | undefined =>
        text === undefined ? request.nowMs : parseTimestamp(text)
      const { report, files, partialDumps } = await library
        .compareFiles(before, after, request, {
          top: Math.max(...results.map(({ format }) => topOf(format))),
          failOn: args.failOn,
          nowMs: [moment(args.oldNow), moment(args.newNow)],
        })
        .finally(() => progress.stop())
      const code = worse(reportOutcome(files, environment, args), partialDumps, environment)
      for (const destination of results) {
        const format = COMPARE_FORMATS[destination.format]!
        await writeReport(format, report, destination, csvOf(args), args.noColor === true, environment)
      }
      const broken = report.conditions.filter((condition) => condition.broken)
      if (broken.length > 0) {
        printMessage(environment.stderr, [
          ...broken.map(({ condition, message }) => `--fail-on ${condition}: ${message}.`),
          ...(code === EXIT.done ? [`Exit code ${EXIT.broken}.`] : []),
        ])
      }
      done(code === EXIT.done && broken.length > 0 ? EXIT.broken : code)
    },
  }
}
