import type { Argv, CommandModule } from 'yargs'
import { loaded } from '../../../reports/formats.js'
import { NodesFileError, parseSlotOwners } from '../../analysis/slot-owners.js'
import { expandInputs } from '../../io/inputs.js'
import { readTextFile } from '../../io/text-file.js'
import { type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import {
  type CsvArguments,
  checkDelimiter,
  csvOptions,
  flag,
  list,
  outputOptions,
  single,
  topOption,
  wholeNumber,
} from '../options.js'
import { reportOutcome, worse } from '../outcome.js'
import { destinations } from '../outputs.js'
import { csvOf, writeReport } from '../written-reports.js'

const DEFAULT_TOP = 10

interface MergeArguments extends CsvArguments {
  readonly profile: readonly string[]
  readonly top?: string | undefined
  readonly nodes?: string | undefined
  readonly shards?: readonly string[] | undefined
  readonly save?: string | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly noColor?: boolean | undefined
  readonly quiet?: boolean | undefined
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
      csvOptions(outputOptions(yargs, formats, 'text'))
        .positional('profile', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'Profiles that analyze --save wrote, directories of them, or globs; dumps, too',
        })
        .options({
          top: topOption,
          quiet: flag('No remarks on standard error', { group: 'Output:' }),
          save: single('Also write the profile of all parts together', { group: 'Output:' }),
          nodes: single('Who owns the slots: nodes.conf, CLUSTER NODES, or CLUSTER SLOTS / SHARDS as JSON', {
            group: 'Sections:',
          }),
          shards: list('Cluster sizes to try out [3,6,12,24]', { group: 'Sections:' }),
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
      checkDelimiter(args.delimiter)
      const topOf = (format: string): number =>
        top ?? library.reporters.find(({ id }) => id === format)?.defaultTop ?? DEFAULT_TOP
      const { nodes, shards } = args
      const inputs = await expandInputs(args.profile, 'profiles')
      const {
        report,
        files,
        profile = null,
        partialDumps = 0,
      } = await library.analyze(
        { inputs, filter: {}, settings: {}, verify: true },
        {
          top: Math.max(...results.map(({ format }) => topOf(format))),
          profile: args.save !== undefined,
          shards: shards?.flatMap((text) => text.split(',')).map((text) => wholeNumber('shards', text.trim(), 1)),
          slotOwners: nodes === undefined ? undefined : ownersIn(await readTextFile(nodes), nodes),
        },
      )
      for (const destination of results) {
        const page = { ...csvOf(args), top: topOf(destination.format) }
        const format = await loaded(library.reporters.find(({ id }) => id === destination.format)!)
        await writeReport(format, report, destination, page, args.noColor === true, environment)
      }
      if (profile !== null && args.save !== undefined) await library.saveProfile(profile, args.save)
      done(worse(reportOutcome(files, environment, args.quiet === true), partialDumps, environment))
    },
  }
}

function ownersIn(text: string, file: string): ReturnType<typeof parseSlotOwners> {
  try {
    return parseSlotOwners(text, file)
  } catch (error) {
    if (error instanceof NodesFileError) throw new UsageError(error.message)
    throw error
  }
}
