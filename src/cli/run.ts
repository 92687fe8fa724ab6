import { stripVTControlCharacters } from 'node:util'
import yargs from 'yargs'
import { RdbError } from '../../parsers/index.js'
import { InputError } from '../io/errors.js'
import { ClosedPipe, streamOutput, writeAll } from '../io/output.js'
import { SettingError } from '../memory/settings.js'
import { ParameterError } from '../optimizations/index.js'
import { ProveError } from '../prove/prove-error.js'
import { UnitError } from '../units.js'
import { TREE_DEPTH } from './analyze-options.js'
import { analyzeCommand } from './commands/analyze.js'
import { checkCommand } from './commands/check.js'
import { compareCommand } from './commands/compare.js'
import { explainCommand } from './commands/explain.js'
import { exportCommand } from './commands/export.js'
import { historyCommand } from './commands/history.js'
import { keysCommand } from './commands/keys.js'
import { mergeCommand } from './commands/merge.js'
import { nightlyCommand } from './commands/nightly.js'
import { proveCommand } from './commands/prove.js'
import { simulateCommand } from './commands/simulate.js'
import { targetsCommand } from './commands/targets.js'
import { techniquesCommand } from './commands/techniques.js'
import { workerCommand } from './commands/worker.js'
import { columnsOf, type Environment, hideDashes, UsageError, withTreeDepth } from './environment.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { explainFailure, printMessage } from './messages.js'

const MAX_HELP_COLUMNS = 100

/** Runs one command line and gives its exit code. Prints failures; throws only what is a bug. */
export async function run(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const done = (result: ExitCode): void => {
    code = result
  }
  try {
    let printed = ''
    const parser = commandLine(environment, done)
    skipUnseenHelp(parser)
    if (argv.length === 0) throw new UsageError('name a dump: rdblens dump.rdb (rdblens --help says more)')
    await parser.parseAsync(withTreeDepth(hideDashes(argv), TREE_DEPTH), {}, (error, _args, output) => {
      if (error !== undefined && error !== null) throw error
      printed = output
    })
    // Help and version: yargs hands them over instead of printing them itself.
    if (printed !== '') await writeAll(streamOutput(environment.stdout), [`${printed}\n`])
    return code
  } catch (error) {
    return failureCode(error, environment)
  }
}

function commandLine(environment: Environment, done: (code: ExitCode) => void) {
  return yargs()
    .scriptName('rdblens')
    .usage('$0 <dump...>\n\nReads Redis and Valkey dumps offline: what is in them, and what every key costs.')
    .command(analyzeCommand(environment, done))
    .command(keysCommand(environment, done))
    .command(exportCommand(environment, done))
    .command(explainCommand(environment, done))
    .command(mergeCommand(environment, done))
    .command(compareCommand(environment, done))
    .command(checkCommand(environment, done))
    .command(simulateCommand(environment, done))
    .command(nightlyCommand(environment, done))
    .command(workerCommand(environment, done))
    .command(historyCommand(environment, done))
    .command(proveCommand(environment, done))
    .command(techniquesCommand(environment, done))
    .command(targetsCommand(environment, done))
    .strict()
    .recommendCommands()
    .parserConfiguration({
      'boolean-negation': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    .version(environment.version)
    .help()
    .alias({ help: 'h', version: 'V' })
    .wrap(Math.min(columnsOf(environment.stdout), MAX_HELP_COLUMNS))
    .epilogue(
      'Sizes: 4096, 10KB, 1.5GiB (KB and KiB are 1024 bytes; a bare k is 1000, as in redis.conf).\n' +
        'Exit codes: 0 done, 1 a budget or --fail-on condition was broken, 2 wrong usage, 3 not readable or not a dump,\n' +
        '4 cut or damaged: partial result.',
    )
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error ?? new UsageError(stripVTControlCharacters(message))
    })
}

/** yargs lays out the help of every command that runs, for failures that show it. Ours do not, and it takes 30 ms. */
function skipUnseenHelp(parser: object): void {
  const internal = parser as {
    getInternalMethods?: () => { getUsageInstance(): { cacheHelpMessage: () => void } }
  }
  const usage = internal.getInternalMethods?.().getUsageInstance()
  if (usage !== undefined) usage.cacheHelpMessage = () => {}
}

/** Prints what went wrong and gives the code for it. */
function failureCode(error: unknown, environment: Environment): ExitCode {
  // `| head` took what it wanted.
  if (error instanceof ClosedPipe) return EXIT.done
  if (isUsageError(error)) {
    printMessage(environment.stderr, [error.message])
    return EXIT.usage
  }
  if (error instanceof ProveError) {
    printMessage(environment.stderr, [error.message, error.advice])
    return EXIT.usage
  }
  if (error instanceof InputError || error instanceof RdbError) {
    const commands = isMistypedCommand(error)
      ? 'If it was meant as a command: analyze, keys, export, explain, merge, compare, check, simulate, prove, nightly, worker, history, techniques, targets.'
      : ''
    printMessage(environment.stderr, [...explainFailure(error), commands, `Exit code ${EXIT.unreadable}.`])
    return EXIT.unreadable
  }
  throw error
}

function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof UnitError || error instanceof SettingError) return true
  if (error instanceof ParameterError) return true
  // What yargs makes of an error in one of its callbacks; it does not export the class.
  return error instanceof Error && error.name === 'YError'
}

/** A word without a dot or a slash that is no file. */
function isMistypedCommand(error: Error): boolean {
  return error instanceof InputError && error.code === 'missing' && /^[a-z]+ does not exist$/.test(error.message)
}
