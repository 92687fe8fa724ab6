import type { Argv, CommandModule } from 'yargs'
import { SIMULATE_FORMATS } from '../../../reports/simulate-formats.js'
import { writeAll } from '../../io/output.js'
import { readTextFile } from '../../io/text-file.js'
import { type ParameterTexts, parseParameterFile, parseParameters } from '../../optimizations/index.js'
import { columnsOf, type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import {
  list,
  memoryOptions,
  outputOptions,
  type ReadArguments,
  readOptions,
  readRequest,
  single,
  wholeNumber,
} from '../options.js'
import { reportOutcome } from '../outcome.js'
import { destinations, openOutput } from '../outputs.js'
import { Progress } from '../progress.js'

const FORMATS: readonly string[] = Object.keys(SIMULATE_FORMATS)

interface SimulateArguments extends ReadArguments {
  readonly technique?: readonly string[] | undefined
  readonly param?: readonly string[] | undefined
  readonly params?: string | undefined
  readonly top: string
  readonly format: readonly string[]
  readonly output?: string | undefined
}

export function simulateCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, SimulateArguments> {
  const { library } = environment
  const group = 'Techniques:'
  return {
    command: 'simulate <dump...>',
    describe: 'What each way to save memory would save on this data, and what it would break',

    builder: (yargs: Argv) =>
      outputOptions(memoryOptions(readOptions(yargs)), FORMATS, 'text')
        .options({
          technique: list('Only these: raise-hash-limits,bucket-strings [all]', { group }),
          param: list('Parameter of a technique: bucket-strings.buckets=92', { group }),
          params: single('Parameters from a JSON file: {"bucket-strings": {"buckets": 92}}', { group }),
          top: { type: 'string', requiresArg: true, default: '10', group, describe: 'Groups per technique; 0 for all' },
        })
        .example('$0 simulate dump.rdb', 'Everything that is known, best first')
        .example(
          '$0 simulate dump.rdb --technique raise-hash-limits --param raise-hash-limits.entries=1024',
          'One limit',
        )
        .example('$0 simulate dump.rdb --format json', 'With curves and all groups, for programs')
        .epilogue('rdblens techniques lists the techniques.') as unknown as Argv<SimulateArguments>,

    handler: async (args) => {
      const results = destinations(args.format, args.output, FORMATS)
      const techniques = chosen(args.technique, library.techniqueIds)
      const parameters = await parametersOf(args, library.techniqueIds)
      const top = wholeNumber('top', args.top, 0)
      const progress = new Progress(environment.stderr, args.quiet !== true && args.noProgress !== true)
      const request = await readRequest(args, environment, (now) => progress.update(now))
      const { report, files } = await library
        .simulate(request, { techniques, parameters, top })
        .finally(() => progress.stop())
      const code = reportOutcome(files, environment, args.quiet === true)
      for (const { format, path } of results) {
        const width = path === null ? columnsOf(environment.stdout) : 80
        const pieces = SIMULATE_FORMATS[format]!(report, { width, details: techniques !== undefined })
        await writeAll(await openOutput(path, environment), pieces)
      }
      done(code)
    },
  }
}

function chosen(values: readonly string[] | undefined, known: readonly string[]): readonly string[] | undefined {
  const ids = values?.flatMap((value) => value.split(',')).map((id) => id.trim())
  const unknown = ids?.find((id) => !known.includes(id))
  if (unknown !== undefined) throw new UsageError(`--technique ${unknown}: known are ${known.join(', ')}`)
  return ids
}

/** What `--param` says wins over the file. */
async function parametersOf(args: SimulateArguments, ids: readonly string[]): Promise<ParameterTexts> {
  const file = args.params === undefined ? {} : parseParameterFile(await readTextFile(args.params), args.params, ids)
  const given = parseParameters(args.param ?? [], ids)
  const both: Record<string, Readonly<Record<string, string>>> = { ...file }
  for (const [id, parameters] of Object.entries(given)) both[id] = { ...both[id], ...parameters }
  return both
}
