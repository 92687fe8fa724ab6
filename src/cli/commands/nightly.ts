import { stringify } from 'csv-stringify/sync'
import type { Argv, CommandModule } from 'yargs'
import type { NightReport } from '../../../reports/batch/night-report.js'
import type { NightlyConfig, NightlyOptions, NightlyResult } from '../../batch-run/index.js'
import { InputError } from '../../io/errors.js'
import { fileFacts } from '../../io/folders.js'
import { writeAll } from '../../io/output.js'
import { columnsOf, type Environment, UsageError, wantsColor } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { printMessage } from '../messages.js'
import { findInputs, flag, outputOptions, single, wholeNumber } from '../options.js'
import { type Destination, destinations, openOutput } from '../outputs.js'
import { Progress } from '../progress.js'

const FORMATS = ['text', 'json', 'md', 'junit', 'sarif', 'csv'] as const
const DEFAULT_TOP = 20

interface NightlyArguments {
  readonly dump?: readonly string[]
  readonly config?: string | undefined
  readonly date?: string | undefined
  readonly init?: boolean | undefined
  readonly check?: boolean | undefined
  readonly schema?: boolean | undefined
  readonly adopt?: boolean | undefined
  readonly queue?: string | undefined
  readonly top?: string | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly quiet?: boolean | undefined
  readonly noProgress?: boolean | undefined
  readonly noColor?: boolean | undefined
}

type BatchRun = typeof import('../../batch-run/index.js')

export function nightlyCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, NightlyArguments> {
  return {
    command: 'nightly [dump...]',
    describe: 'All dumps of a config: dated reports, index page, history, budgets, metrics',

    builder: (yargs: Argv) =>
      outputOptions(yargs, FORMATS, 'text')
        .positional('dump', { type: 'string', describe: 'With --init: dumps to write a config for' })
        .options({
          config: single('Config file [rdblens.config.yaml, .yml or .json in this folder]'),
          date: single('The night, as 2026-11-19 [when the dumps were made, UTC]'),
          adopt: flag('Make the open findings of this night the baseline'),
          queue: single('Have workers read the dumps: redis://HOST:PORT of a job server (see rdblens worker)'),
          init: flag('Write a config for the dumps named, to standard output or -o FILE'),
          check: flag('Check the config and say what would be read'),
          schema: flag('Print the JSON schema of configs'),
          top: single(`Findings shown; 0 for all [${DEFAULT_TOP}]`, { group: 'Output:' }),
          quiet: flag('Only errors', { alias: 'q' }),
          'no-progress': flag('No progress line'),
        })
        .example('$0 nightly --init /backup/*.rdb -o rdblens.config.yaml', 'A commented config for these dumps')
        .example('$0 nightly --check', 'Is the config right, and what would be read')
        .example('$0 nightly', 'Run it')
        .example('$0 nightly --queue redis://jobs:6379', 'Many machines read the dumps')
        .example('$0 nightly --config fleet.yaml --format junit:findings.xml', 'In a CI job')
        .epilogue(
          'Exit code 0: done; 1: a budget or other error is open; 2: the config is wrong; 3: no dump could be read; ' +
            '4: some dumps could not be read whole.',
        ) as unknown as Argv<NightlyArguments>,

    handler: async (args) => {
      const batch: BatchRun = await import('../../batch-run/index.js')
      const modes = (['init', 'check', 'schema', 'adopt'] as const).filter((mode) => args[mode] === true)
      if (modes.length > 1) throw new UsageError(`--${modes.join(' and --')} do not go together`)
      if (args.init !== true && (args.dump ?? []).length > 0) {
        throw new UsageError(`${args.dump![0]}: dumps stand in the config; nightly --init ${args.dump![0]} writes one`)
      }
      if (args.date !== undefined && !batch.isDay(args.date)) {
        throw new UsageError(`--date ${JSON.stringify(args.date)}: write a day as 2026-11-19`)
      }
      try {
        if (args.schema === true)
          await printText(`${JSON.stringify(batch.CONFIG_SCHEMA, null, 2)}\n`, args, environment)
        else if (args.init === true) await init(batch, args, environment)
        else {
          const config = await batch.loadConfig(args.config ?? (await foundConfig(batch)))
          if (args.check === true) return done(await check(batch, config, args, environment))
          return done(await runNight(batch, config, args, environment))
        }
        done(EXIT.done)
      } catch (error) {
        if (error instanceof batch.QueueError) printMessage(environment.stderr, [`${error.message}.`, error.advice])
        else if (!(error instanceof batch.ConfigError)) throw error
        else for (const sentence of error.sentences) printMessage(environment.stderr, [sentence])
        done(EXIT.usage)
      }
    },
  }
}

async function foundConfig({ CONFIG_NAMES }: BatchRun): Promise<string> {
  for (const name of CONFIG_NAMES) if ((await fileFacts(name)) !== null) return name
  throw new UsageError(
    `no ${CONFIG_NAMES[0]} here: rdblens nightly --init DUMPS -o FILE writes one, --config names another`,
  )
}

/** To standard output, or to the file of `-o`, whose folder its paths are relative to. */
async function init(batch: BatchRun, args: NightlyArguments, environment: Environment): Promise<void> {
  if ((args.dump ?? []).length === 0) throw new UsageError('nightly --init: name dumps, such as /backup/*.rdb')
  const path = args.output ?? null
  if (path !== null && (await fileFacts(path)) !== null) throw new UsageError(`-o ${path}: it exists already`)
  const inputs = await findInputs(args.dump!)
  const progress = Progress.of(args, environment)
  const name = path ?? batch.CONFIG_NAMES[0]
  const text = await batch.initialConfig(inputs, name, (now) => progress.update(now)).finally(() => progress.stop())
  await printText(text, args, environment)
  if (args.quiet !== true) {
    printMessage(environment.stderr, [`look through it, then: rdblens nightly --check --config ${name}`])
  }
}

async function check(
  batch: BatchRun,
  config: NightlyConfig,
  args: NightlyArguments,
  environment: Environment,
): Promise<ExitCode> {
  const datasets = await batch.checkSources(config, args.date)
  const lines = datasets.flatMap(({ dataset, shards, lost }) => [
    `${dataset}\n`,
    ...shards.map(({ shard, source }) => `  ${shard}${shard === source ? '' : `  ${source}`}\n`),
    ...lost.map((message) => `  ! ${message}\n`),
  ])
  const isWhole = datasets.every(({ lost }) => lost.length === 0)
  lines.push(`${config.file} is right${isWhole ? '' : ', but not all sources have a dump'}.\n`)
  if (args.quiet !== true) await printText(lines.join(''), args, environment)
  if (isWhole) return EXIT.done
  return datasets.some(({ shards }) => shards.length > 0) ? EXIT.partial : EXIT.unreadable
}

async function runNight(
  batch: BatchRun,
  config: NightlyConfig,
  args: NightlyArguments,
  environment: Environment,
): Promise<ExitCode> {
  const results = destinations(args.format, args.output, FORMATS)
  const top = args.top === undefined ? DEFAULT_TOP : wholeNumber('top', args.top, 0)
  if (args.adopt === true && config.written.baseline === undefined) {
    throw new UsageError(`--adopt: ${config.file} names no baseline; add baseline: rdblens.baseline.json`)
  }
  const progress = Progress.of(args, environment)
  const say = (text: string): void => printMessage(environment.stderr, [text])
  const queue = args.queue === undefined ? null : await batch.ShardQueue.open(args.queue, say)
  const options: NightlyOptions = {
    analyze: queue === null ? undefined : (job, tell, id) => queue.analyze(job, tell, id),
    date: args.date,
    todayMs: Date.now(),
    adopt: args.adopt,
    onProgress: ({ dataset, shard, index, shards, reading }) => {
      if (reading !== null) progress.update({ ...reading, name: `${dataset}/${shard}`, file: index, files: shards })
    },
  }
  const result = await batch.runNightly(config, options).finally(async () => {
    progress.stop()
    await queue?.close()
  })
  for (const destination of results) {
    if (args.quiet === true && destination.path === null) continue
    const output = await openOutput(destination.path, environment)
    await writeAll(output, await rendered(result.report, destination, top, args.noColor === true, environment))
  }
  return verdict(result, args.quiet === true, environment)
}

function verdict(
  { report, folder, reused, notes, verdict: said }: NightlyResult,
  quiet: boolean,
  environment: Environment,
): ExitCode {
  const broken = report.datasets.flatMap(({ shards }) => shards).filter(({ status }) => status !== 'ok')
  for (const { problem } of broken) if (problem !== null) printMessage(environment.stderr, [`${problem}.`])
  for (const note of notes) printMessage(environment.stderr, [`${note}.`])
  const code = { done: EXIT.done, broken: EXIT.broken, unreadable: EXIT.unreadable, partial: EXIT.partial }[said]
  if (!quiet) {
    const again = reused === 0 ? '' : `${reused} of the dumps had not changed and were not read again.`
    const exit = code === EXIT.done ? '' : `Exit code ${code}.`
    printMessage(environment.stderr, [`reports are in ${folder}, all nights in ${folder}/index.html.`, again, exit])
  }
  return code
}

/** The night in one of the formats. */
async function rendered(
  report: NightReport,
  { format, path }: Destination,
  top: number,
  noColor: boolean,
  { stdout, env }: Environment,
): Promise<Iterable<string>> {
  switch (format) {
    case 'json':
      return [`${(await import('../../../reports/json.js')).safeJson(report, 2)}\n`]
    case 'md':
      return [(await import('../../../reports/batch/markdown.js')).nightMarkdown(report)]
    case 'junit':
      return [(await import('../../../reports/batch/junit.js')).junit(report)]
    case 'sarif':
      return [(await import('../../../reports/batch/sarif.js')).sarif(report)]
    case 'csv': {
      const { findingRows } = await import('../../../reports/batch/finding-rows.js')
      return [stringify([...findingRows(report)])]
    }
    default: {
      const { nightText } = await import('../../../reports/batch/text.js')
      const width = path === null ? columnsOf(stdout) : 80
      return nightText(report, { width, colors: path === null && wantsColor(stdout, env, noColor), top })
    }
  }
}

async function printText(text: string, args: NightlyArguments, environment: Environment): Promise<void> {
  if (text === '') throw new InputError('output', 'there is nothing to write')
  await writeAll(await openOutput(args.output ?? null, environment), [text])
}
