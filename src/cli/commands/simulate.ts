import type { Argv, CommandModule } from 'yargs'
import { SIMULATE_FORMATS } from '../../../reports/simulate/index.js'
import { writeAll } from '../../io/output.js'
import { SIMULATE_MEMORY_BYTES } from '../../memory-budget.js'
import { techniqueIds } from '../../optimizations/index.js'
import { type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import {
  type CsvArguments,
  checkDelimiter,
  csvOptions,
  flag,
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
import { destinations, openOutput, widthOf } from '../outputs.js'
import { type PlanArguments, planOptions, readPlan } from '../plan-options.js'
import { Progress } from '../progress.js'
import { chosenTechniques, parametersOf } from '../technique-options.js'
import { csvOf } from '../written-reports.js'
import { asksForResp, writeRewritten } from './simulate-resp.js'

const FORMATS: readonly string[] = [...Object.keys(SIMULATE_FORMATS), 'resp']

interface SimulateArguments extends ReadArguments, PlanArguments, CsvArguments {
  readonly technique?: readonly string[] | undefined
  readonly param?: readonly string[] | undefined
  readonly params?: string | undefined
  readonly sequence?: readonly string[] | undefined
  readonly noPlan?: boolean | undefined
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
      planOptions(csvOptions(redactOption(outputOptions(memoryOptions(readOptions(yargs)), FORMATS, 'text'))))
        .options({
          technique: list('Only these: raise-hash-limits,bucket-strings [all]', { group }),
          param: list('Parameter of a technique: bucket-strings.buckets=92', { group }),
          params: single('Parameters from a JSON file: {"bucket-strings": {"buckets": 92}}', { group }),
          sequence: list('In place of a plan these, one behind the other: raise-hash-limits,bucket-strings', { group }),
          'no-plan': flag('No plan, only what each technique does alone: one reading instead of two', {
            group: 'Plan:',
          }),
          top: { type: 'string', requiresArg: true, default: '10', group, describe: 'Groups per technique; 0 for all' },
        })
        .example('$0 simulate dump.rdb', 'The plan, and what each technique does alone')
        .example('$0 simulate dump.rdb --plan-effort setting', 'What redis.conf alone can do')
        .example('$0 simulate dump.rdb --price-per-gib-month 12.50', 'The same in money')
        .example('$0 simulate dump.rdb --sequence merge-entity-keys,raise-hash-limits', 'Two of them together')
        .example(
          '$0 simulate dump.rdb --technique raise-hash-limits --param raise-hash-limits.entries=1024',
          'One limit',
        )
        .example('$0 simulate dump.rdb --format json', 'With curves and all groups, for programs')
        .example(
          '$0 simulate dump.rdb --technique bucket-strings --format resp | redis-cli -s /tmp/scratch.sock --pipe',
          'The rewritten data into a scratch server',
        )
        .epilogue('rdblens techniques lists the techniques.') as unknown as Argv<SimulateArguments>,

    handler: async (args) => {
      const results = destinations(args.format, args.output, FORMATS)
      const techniques = chosenTechniques('technique', args.technique, techniqueIds)
      const sequence = chosenTechniques('sequence', args.sequence, techniqueIds)
      if (sequence !== undefined && techniques !== undefined) {
        throw new UsageError('--sequence names the techniques itself: leave out --technique')
      }
      const { pricePerGibMonth } = readPlan(args, techniques)
      const parameters = await parametersOf(args, techniqueIds)
      if (asksForResp(args.format)) {
        done(await writeRewritten(args, techniques, sequence, parameters, environment))
        return
      }
      checkDelimiter(args.delimiter)
      const top = wholeNumber('top', args.top, 0)
      const progress = Progress.of(args, environment)
      const request = await readRequest(args, environment, (now) => progress.update(now), SIMULATE_MEMORY_BYTES)
      const { report, files } = await library
        .simulate(request, {
          techniques,
          parameters,
          top,
          plan: args.noPlan === true ? false : readPlan(args, techniques),
          sequence: sequence === undefined ? undefined : { ids: sequence, pricePerGibMonth },
        })
        .finally(() => progress.stop())
      const code = reportOutcome(files, environment, args)
      for (const { format, path } of results) {
        const width = widthOf(path, environment)
        const pieces = SIMULATE_FORMATS[format]!(report, { width, details: techniques !== undefined, ...csvOf(args) })
        await writeAll(await openOutput(path, environment), pieces)
      }
      done(code)
    },
  }
}
