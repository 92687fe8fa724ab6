import { stringify } from 'csv-stringify/sync'
import type { Argv, CommandModule } from 'yargs'
import { historyRows, historyText } from '../../../reports/batch/history-text.js'
import type { Trends } from '../../../reports/batch/night-report.js'
import { safeJson } from '../../../reports/json.js'
import { InputError } from '../../io/errors.js'
import { fileFacts } from '../../io/folders.js'
import { writeAll } from '../../io/output.js'
import { columnsOf, type Environment, UsageError, wantsColor } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { printMessage } from '../messages.js'
import { outputOptions, single, wholeNumber } from '../options.js'
import { onlyDestination, openOutput } from '../outputs.js'

const FORMATS = ['text', 'json', 'csv'] as const
const DEFAULT_TOP = 10
const DEFAULT_NIGHTS = 90

interface HistoryArguments {
  readonly config?: string | undefined
  readonly folder?: string | undefined
  readonly dataset?: string | undefined
  readonly pattern?: string | undefined
  readonly nights?: string | undefined
  readonly date?: string | undefined
  readonly measure: string
  readonly top?: string | undefined
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly noColor?: boolean | undefined
}

export function historyCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, HistoryArguments> {
  return {
    command: 'history',
    describe: 'What nightly has seen so far: trends of data sets and patterns',

    builder: (yargs: Argv) =>
      outputOptions(yargs, FORMATS, 'text')
        .options({
          config: single('Config of nightly [rdblens.config.yaml, .yml or .json in this folder]'),
          folder: single('Output folder of nightly, instead of a config'),
          dataset: single('Only data sets whose name fits a glob'),
          pattern: single('Only patterns that fit a glob'),
          nights: single(`Days to look back [${DEFAULT_NIGHTS}]`),
          date: single('Last night [the newest]'),
          measure: single('What the text shows', { choices: ['memory', 'keys'], default: 'memory' }),
          top: single(`Patterns per data set; 0 for all [${DEFAULT_TOP}]`),
        })
        .example('$0 history', 'Memory of each data set and its largest patterns')
        .example("$0 history --pattern 'session:*' --measure keys --nights 30", 'One pattern')
        .example(
          '$0 history --format csv -o history.csv --top 0',
          'For a spreadsheet',
        ) as unknown as Argv<HistoryArguments>,

    handler: async (args) => {
      const { format, path } = onlyDestination(args.format, args.output, FORMATS)
      const batch = await import('../../batch-run/index.js')
      const top = args.top === undefined ? DEFAULT_TOP : wholeNumber('top', args.top, 0)
      const nights = args.nights === undefined ? DEFAULT_NIGHTS : wholeNumber('nights', args.nights, 1)
      if (args.date !== undefined && !batch.isDay(args.date)) {
        throw new UsageError(`--date ${JSON.stringify(args.date)}: write a day as 2026-11-19`)
      }
      try {
        const layout = batch.layoutOf(args.folder ?? (await folderOf(args.config)))
        if ((await fileFacts(layout.history)) === null) {
          throw new InputError('missing', `${layout.history} does not exist`, 'rdblens nightly makes it.')
        }
        const { dataset, pattern, date } = args
        const trends = await batch.readTrends(layout, { dataset, pattern, date, nights, top })
        await writeAll(await openOutput(path, environment), rendered(trends, format, args, environment, path === null))
        done(EXIT.done)
      } catch (error) {
        if (!(error instanceof batch.ConfigError)) throw error
        for (const sentence of error.sentences) printMessage(environment.stderr, [sentence])
        done(EXIT.usage)
      }
    },
  }
}

async function folderOf(given: string | undefined): Promise<string> {
  const { CONFIG_NAMES, loadConfig, outputFolder } = await import('../../batch-run/index.js')
  const names = given === undefined ? CONFIG_NAMES : [given]
  for (const name of names) if ((await fileFacts(name)) !== null) return outputFolder(await loadConfig(name))
  if (given !== undefined) return outputFolder(await loadConfig(given))
  throw new UsageError(`no ${CONFIG_NAMES[0]} here: name it with --config, or the output folder with --folder`)
}

function rendered(
  trends: Trends,
  format: string,
  { measure, noColor }: HistoryArguments,
  { stdout, env }: Environment,
  toStdout: boolean,
): Iterable<string> {
  if (format === 'json') return [`${safeJson(trends, 2)}\n`]
  if (format === 'csv') return [stringify([...historyRows(trends)])]
  return historyText(trends, {
    width: toStdout ? columnsOf(stdout) : 80,
    colors: toStdout && wantsColor(stdout, env, noColor === true),
    measure: measure === 'keys' ? 'keys' : 'bytes',
  })
}
