import type { Argv, CommandModule } from 'yargs'
import { loaded } from '../../../reports/formats.js'
import { pageOf, type SectionArguments, sectionOptions, sectionsOf } from '../analyze-options.js'
import { type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import {
  type CsvArguments,
  checkDelimiter,
  checkRedaction,
  csvOptions,
  list,
  memoryOptions,
  outputOptions,
  type ReadArguments,
  readOptions,
  readRequest,
  redactOption,
  topOption,
  wholeNumber,
} from '../options.js'
import { reportOutcome, worse } from '../outcome.js'
import { destinations } from '../outputs.js'
import { type PlanArguments, planOptions, readPlan } from '../plan-options.js'
import { Progress } from '../progress.js'
import { csvOf, writeReport } from '../written-reports.js'

const DEFAULT_TOP = 10
/** Formats that have room for what could be saved. */
const SHOW_SAVINGS: ReadonlySet<string> = new Set(['text', 'json', 'md', 'html'])

interface AnalyzeArguments extends ReadArguments, SectionArguments, CsvArguments, PlanArguments {
  readonly noSavings?: boolean | undefined
  readonly top?: string | undefined
  readonly targets?: readonly string[] | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly noColor?: boolean | undefined
  readonly save?: string | undefined
}

export function analyzeCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, AnalyzeArguments> {
  const { library } = environment
  const formats = library.reporters.map((reporter) => reporter.id)
  return {
    command: ['analyze <dump...>', '$0'],
    describe: 'What is in there and what it costs: totals, types, patterns, big keys, expiry',

    builder: (yargs: Argv) =>
      planOptions(
        csvOptions(redactOption(outputOptions(sectionOptions(memoryOptions(readOptions(yargs))), formats, 'text'))),
      )
        .option('no-savings', {
          type: 'boolean',
          group: 'Savings:',
          describe: 'Leave out what could be saved: the dump is read once only',
        })
        .option(
          'targets',
          list('Price the same keys on these servers, too: redis-7.2,valkey-8.1, or all', { group: 'Memory:' }),
        )
        .option('top', topOption)
        .option('save', {
          type: 'string',
          requiresArg: true,
          group: 'Output:',
          describe: 'Also write a profile, such as x.profile.json.gz: small, without values, for merge and compare',
        })
        .example('$0 dump.rdb', 'The report, on the terminal')
        .example('$0 dump.rdb --format json -o report.json', 'The same for programs')
        .example('$0 dump.rdb --bigkeys', 'What redis-cli --bigkeys, --memkeys and --keystats show')
        .example('$0 dump.rdb --tree --group-file teams.txt', 'By prefix, and by your own groups')
        .example('$0 dump.rdb --redact ids --format md', 'To show to others')
        .example('$0 /backup/shards/', 'Several dumps of one data set, one report')
        .example('ssh db1 cat /data/dump.rdb | $0 -', 'From standard input') as unknown as Argv<AnalyzeArguments>,

    handler: async (args) => {
      const top = args.top === undefined ? undefined : wholeNumber('top', args.top, 0)
      const results = destinations(args.format, args.output, formats)
      checkRedaction(args)
      checkDelimiter(args.delimiter)
      const page = pageOf(args)
      if (page.page !== undefined && !results.some(({ format }) => format === 'text')) {
        throw new UsageError('--bigkeys is a page of text: the other formats have its numbers in any case')
      }
      const topOf = (format: string): number =>
        top ?? library.reporters.find(({ id }) => id === format)?.defaultTop ?? DEFAULT_TOP
      const wantsSavings =
        args.noSavings !== true && page.page === undefined && results.some(({ format }) => SHOW_SAVINGS.has(format))
      const sections = await sectionsOf(args)
      const progress = Progress.of(args, environment)
      const request = await readRequest(args, environment, (now) => progress.update(now))
      const {
        report,
        files,
        profile = null,
        partialDumps = 0,
      } = await library
        .analyze(request, {
          ...sections,
          // 0 stands for all rows, which is what --top gives to every format.
          top: Math.max(...results.map(({ format }) => topOf(format))),
          targets: targetList(args.targets, library.targetIds),
          profile: args.save !== undefined,
          savings: wantsSavings && readPlan(args, undefined),
        })
        .finally(() => progress.stop())
      const code = worse(reportOutcome(files, environment, args), partialDumps, environment)
      for (const destination of results) {
        const format = await loaded(library.reporters.find(({ id }) => id === destination.format)!)
        const options = { ...page, ...csvOf(args), top: topOf(destination.format) }
        await writeReport(format, report, destination, options, args.noColor === true, environment)
      }
      if (profile !== null && args.save !== undefined) await library.saveProfile(profile, args.save)
      done(code)
    },
  }
}

/** Ids of `--targets`, which may be separated by commas. */
function targetList(values: readonly string[] | undefined, known: readonly string[]): readonly string[] | undefined {
  const ids = values?.flatMap((value) => value.split(',')).map((id) => id.trim())
  const unknown = ids?.find((id) => id !== 'all' && !known.includes(id))
  if (unknown !== undefined) throw new UsageError(`--targets ${unknown}: known are all, ${known.join(', ')}`)
  return ids
}
