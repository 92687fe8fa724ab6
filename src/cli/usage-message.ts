import { meantBy } from '../nearest-name.js'
import { restoreDashes } from './environment.js'

/** Aliases of options: -h -o -q -V. */
const ONE_LETTER: ReadonlySet<string> = new Set('hoqV')

/** What is known of the command line when yargs refuses it. */
export interface RefusedLine {
  readonly argv: readonly string[]
  /** How the command is called: `explain <dump> <key>`. */
  readonly usage: string
  /** Its options, without dashes. */
  readonly options: readonly string[]
}

/** What yargs says of a wrong command line, in words of ours: it names options twice, and arguments by their number. */
export function usageMessage(said: string, line: RefusedLine): string {
  const name = line.usage.split(' ')[0]!
  const help = `(rdblens ${name} --help says more)`
  const unknown = /^Unknown arguments?: (.+)$/s.exec(said)
  if (unknown !== null) return `${unknownArguments(unknown[1]!.split(', '), name, line)} ${help}`
  const missing = /^Not enough non-option arguments/.test(said)
  // yargs counts arguments before it looks at options: what is wrong with them explains more.
  const wrong = missing ? unknownOptions(line) : []
  if (wrong.length > 0) return `${unknownArguments(wrong, name, line)} ${help}`
  if (missing || /^Too many non-option arguments/.test(said)) {
    return `rdblens ${line.usage}: ${missing ? 'an argument is missing' : 'there are too many arguments'} ${help}`
  }
  const value = /Argument: (\S+), Given: (".*?"), Choices: (.+)$/s.exec(said)
  if (value !== null) return `--${value[1]} ${value[2]}: write one of ${value[3]!.trim().replaceAll('"', '')}`
  const lacking = /^Not enough arguments following: (\S+)$/.exec(said)
  if (lacking !== null) return `${dashed(lacking[1]!)}: its value is missing ${help}`
  return said
}

/** Names of options on the line that the command does not have. */
function unknownOptions({ argv, options }: RefusedLine): readonly string[] {
  return argv
    .flatMap((argument) => /^--([^=]+)|^-([a-zA-Z])$/.exec(argument)?.slice(1, 3) ?? [])
    .filter((name) => name !== undefined && !options.includes(name) && !ONE_LETTER.has(name))
}

function unknownArguments(names: readonly string[], command: string, { argv, options }: RefusedLine): string {
  const given = names.filter((name) => isOption(name, argv))
  if (given.length === 0) {
    const words = names.map((word) => JSON.stringify(restoreDashes(word))).join(', ')
    return `rdblens ${command} has no use for ${words}`
  }
  const sentences = given.map((name) => {
    const meant = meantBy(name, options)
    return `there is no option ${dashed(name)}${meant === undefined ? '' : `; did you mean ${dashed(meant)}?`}`
  })
  return `${command}: ${sentences.join('; ')}`
}

/** yargs names `--big-key` also as `bigKey`; what was typed counts. */
function isOption(name: string, argv: readonly string[]): boolean {
  if (name.length === 1) return argv.some((argument) => /^-[^-]/.test(argument) && argument.includes(name))
  return argv.some((argument) => argument === dashed(name) || argument.startsWith(`${dashed(name)}=`))
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`
}
