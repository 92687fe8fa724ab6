import { stripVTControlCharacters } from 'node:util'
import yargs, { type CommandModule } from 'yargs'
import { RdbError } from '../../parsers/index.js'
import { ConfigError } from '../batch-run/config-error.js'
import { InputError } from '../io/errors.js'
import { ClosedPipe, streamOutput, writeAll } from '../io/output.js'
import { SettingError } from '../memory/settings.js'
import { meantBy } from '../nearest-name.js'
import { ParameterError } from '../optimizations/parameters.js'
import { ProveError } from '../prove/prove-error.js'
import { UnitError } from '../units.js'
import { TREE_DEPTH } from './analyze-options.js'
import { columnsOf, type Environment, hideDashes, restoreDashes, UsageError, withTreeDepth } from './environment.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { explainFailure, printMessage } from './messages.js'
import { withOptionFile } from './option-file.js'
import { optionNames, withShared } from './shared-options.js'
import { usageMessage } from './usage-message.js'

const MAX_HELP_COLUMNS = 100
/** yargs says of a list that has to be given that it is empty when it is not. */
const NO_DUMPS = /(\[array\](?: \[required\])?) \[default: \[\]\]/g

/** All commands, in the order of the help. A new one is a file of its own and a line here. */
const COMMANDS = {
  analyze: async () => (await import('./commands/analyze.js')).analyzeCommand,
  keys: async () => (await import('./commands/keys.js')).keysCommand,
  export: async () => (await import('./commands/export.js')).exportCommand,
  explain: async () => (await import('./commands/explain.js')).explainCommand,
  merge: async () => (await import('./commands/merge.js')).mergeCommand,
  compare: async () => (await import('./commands/compare.js')).compareCommand,
  check: async () => (await import('./commands/check.js')).checkCommand,
  simulate: async () => (await import('./commands/simulate.js')).simulateCommand,
  nightly: async () => (await import('./commands/nightly.js')).nightlyCommand,
  worker: async () => (await import('./commands/worker.js')).workerCommand,
  history: async () => (await import('./commands/history.js')).historyCommand,
  prove: async () => (await import('./commands/prove.js')).proveCommand,
  techniques: async () => (await import('./commands/techniques.js')).techniquesCommand,
  targets: async () => (await import('./commands/targets.js')).targetsCommand,
} as const

/** Those that take the shared options. */
const READS_DUMPS: ReadonlySet<string> = new Set<keyof typeof COMMANDS>([
  'analyze',
  'keys',
  'export',
  'explain',
  'merge',
  'compare',
  'check',
  'simulate',
  'prove',
])

/**
 * The commands a command line may mean: each one whose name is in it, and `analyze`, which needs no name. Where help is
 * asked for, all. Loading those nobody asked for takes longer than the report on a small dump.
 */
async function commandsFor(
  argv: readonly string[],
  environment: Environment,
  done: (code: ExitCode) => void,
): Promise<readonly CommandModule[]> {
  const all = argv.some((argument) => /^-[^-]*h|^--h|^help$/.test(argument))
  const named = Object.entries(COMMANDS).filter(([name]) => all || name === 'analyze' || argv.includes(name))
  return Promise.all(
    named.map(async ([name, load]) => {
      const command = (await load())(environment, done) as CommandModule
      return READS_DUMPS.has(name) ? withShared(command, argv, environment) : command
    }),
  )
}

/** Runs one command line and gives its exit code. Prints failures; throws only what is a bug. */
export async function run(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const done = (result: ExitCode): void => {
    code = result
  }
  // `rdblens help keys`, as other programs have it.
  const asked = hideDashes(argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1), '--help'] : argv)
  try {
    let printed = ''
    const given = await withOptionFile(asked)
    const parser = commandLine(environment, await commandsFor(asked, environment, done), asked)
    skipUnseenHelp(parser)
    if (argv.length === 0) throw new UsageError('name a dump: rdblens dump.rdb (rdblens --help says more)')
    await parser.parseAsync(withTreeDepth(given, TREE_DEPTH), {}, (error, _args, output) => {
      if (error !== undefined && error !== null) throw error
      printed = output.replace(NO_DUMPS, (text, kind: string) => kind.padStart(text.length))
    })
    // Help and version: yargs hands them over instead of printing them itself.
    if (printed !== '') await writeAll(streamOutput(environment.stdout), [`${printed}\n`])
    return code
  } catch (error) {
    return failureCode(error, environment)
  }
}

function commandLine(environment: Environment, commands: readonly CommandModule[], argv: readonly string[]) {
  const parser = yargs()
    .scriptName('rdblens')
    .usage('$0 <dump...>\n\nReads Redis and Valkey dumps offline: what is in them, and what every key costs.')
  for (const command of commands) parser.command(command)
  return parser
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
        'Exit codes: 0 done, 1 a budget or --fail-on condition was broken, 2 wrong usage, 3 not readable or not a dump, ' +
        '4 cut or damaged: partial result.',
    )
    .middleware((args) => {
      for (const [name, value] of Object.entries(args)) args[name] = restoreDashes(value)
    })
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      // Some mistakes come as an error of a class that yargs does not export.
      if (error && error.name !== 'YError') throw error
      const line = { argv, usage: usageOf(commands, argv), options: optionNames(parser) }
      throw new UsageError(usageMessage(stripVTControlCharacters(error?.message ?? message), line))
    })
}

/** How the command is called that a command line is about: the first that it names, else `analyze`. */
function usageOf(commands: readonly CommandModule[], argv: readonly string[]): string {
  const usages = commands.map(({ command }) => String(Array.isArray(command) ? command[0] : command))
  const named = usages.find((usage) => !usage.startsWith('analyze') && argv.includes(usage.split(' ')[0]!))
  return named ?? usages[0]!
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
    const word = mistypedCommand(error)
    const commands = Object.keys(COMMANDS)
    const meant = word === undefined ? undefined : meantBy(word, commands)
    const hint =
      meant === undefined ? `If it was meant as a command: ${commands.join(', ')}.` : `Did you mean rdblens ${meant}?`
    const lines = word === undefined ? [] : [hint]
    printMessage(environment.stderr, [...explainFailure(error), ...lines, `Exit code ${EXIT.unreadable}.`])
    return EXIT.unreadable
  }
  throw error
}

function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof UnitError || error instanceof SettingError) return true
  if (error instanceof ParameterError || error instanceof ConfigError) return true
  // What yargs makes of an error in one of its callbacks; it does not export the class.
  return error instanceof Error && error.name === 'YError'
}

/** A word without a dot or a slash that is no file. */
function mistypedCommand(error: Error): string | undefined {
  if (!(error instanceof InputError) || error.code !== 'missing') return undefined
  return /^([a-z]+) does not exist$/.exec(error.message)?.[1]
}
