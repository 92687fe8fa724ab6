import type { Argv, CommandModule } from 'yargs'
import { loaded } from '../../../reports/formats.js'
import { pageOf, type SectionArguments, sectionOptions, sectionsOf } from '../analyze-options.js'
import type { Environment } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import {
  type CsvArguments,
  checkDelimiter,
  checkRedaction,
  csvOptions,
  FILTERS,
  memoryOptions,
  outputOptions,
  READING,
  type ReadArguments,
  readRequest,
  redactOption,
  single,
  topOption,
  wholeNumber,
} from '../options.js'
import { reportOutcome, worse } from '../outcome.js'
import { destinations } from '../outputs.js'
import { Progress } from '../progress.js'
import { csvOf, writeReport } from '../written-reports.js'

const DEFAULT_TOP = 10

interface MergeArguments extends Omit<ReadArguments, 'dump'>, SectionArguments, CsvArguments {
  readonly profile: readonly string[]
  readonly top?: string | undefined
  readonly save?: string | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly noColor?: boolean | undefined
}

export function mergeCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, MergeArguments> {
  const { library } = environment
  const formats = library.reporters.map((reporter) => reporter.id)
  return {
    command: 'merge <profile...>',
    describe: 'One report from the profiles of many shards, as if their dumps had been read together',

    builder: (yargs: Argv) =>
      csvOptions(redactOption(outputOptions(sectionOptions(memoryOptions(yargs)), formats, 'text')))
        .positional('profile', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'Profiles that analyze --save wrote, directories of them, or globs; dumps, too',
        })
        .options(FILTERS)
        .options(READING)
        .options({
          top: topOption,
          save: single('Also write the profile of all parts together', { group: 'Output:' }),
        })
        .example('$0 dump.rdb --quiet --save shard1.profile.json.gz', 'On each machine: a profile of its dump')
        .example('$0 merge shards/', 'In one place: the report on all of them')
        .example('$0 merge shard*.profile.json.gz --format html -o report.html', 'The same for a browser')
        .example(
          '$0 merge shards/ --quiet --save fleet.profile.json.gz',
          'One profile of all, for compare',
        ) as unknown as Argv<MergeArguments>,

    handler: async (args) => {
      const top = args.top === undefined ? undefined : wholeNumber('top', args.top, 0)
      const results = destinations(args.format, args.output, formats)
      checkRedaction(args)
      checkDelimiter(args.delimiter)
      const page = pageOf(args)
      const topOf = (format: string): number =>
        top ?? library.reporters.find(({ id }) => id === format)?.defaultTop ?? DEFAULT_TOP
      const sections = await sectionsOf(args)
      const progress = Progress.of(args, environment)
      const request = await readRequest(
        // A profile that others are added to may be read and written.
        { ...args, dump: args.profile, save: undefined },
        environment,
        (now) => progress.update(now),
        undefined,
        'profiles',
      )
      const {
        report,
        files,
        profile = null,
        partialDumps = 0,
      } = await library
        .analyze(request, {
          ...sections,
          top: Math.max(...results.map(({ format }) => topOf(format))),
          profile: args.save !== undefined,
        })
        .finally(() => progress.stop())
      for (const destination of results) {
        const options = { ...page, ...csvOf(args), top: topOf(destination.format) }
        const format = await loaded(library.reporters.find(({ id }) => id === destination.format)!)
        await writeReport(format, report, destination, options, args.noColor === true, environment)
      }
      if (profile !== null && args.save !== undefined) await library.saveProfile(profile, args.save)
      done(worse(reportOutcome(files, environment, args), partialDumps, environment))
    },
  }
}
