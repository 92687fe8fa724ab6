import type { ArgumentsCamelCase, Argv, CommandModule, Options } from 'yargs'
import { sectionsShared } from './analyze-options.js'
import type { Environment } from './environment.js'
import { printMessage } from './messages.js'
import { FILTERS, MEMORY, READING, REDACT, single, topOption } from './options.js'
import { PRICE } from './plan-options.js'

/** What every command takes that reads dumps, so that a script or an option file may say it to all of them. */
export const SHARED: Readonly<Record<string, Options>> = {
  ...FILTERS,
  ...READING,
  ...MEMORY,
  ...REDACT,
  ...sectionsShared,
  top: topOption,
  'price-per-gib-month': PRICE,
}

const CONFIG = single('Options from a YAML or JSON file, by their long names; the command line goes before it', {
  group: 'Reading:',
})

/** `command` with those shared options it has no use for, which it takes and says so. */
export function withShared<Arguments>(
  command: CommandModule<object, Arguments>,
  argv: readonly string[],
  environment: Environment,
): CommandModule<object, Arguments> {
  const idle: string[] = []
  const { builder } = command
  return {
    ...command,
    builder: (yargs: Argv) => {
      const built = (builder as (yargs: Argv) => Argv<Arguments>)(yargs)
      const own = optionNames(built)
      idle.push(...Object.keys(SHARED).filter((name) => !own.includes(name)))
      for (const name of idle) {
        const { default: _preset, ...option } = SHARED[name]!
        built.option(name, { ...option, hidden: true })
      }
      return built.option('config', CONFIG) as unknown as Argv<Arguments>
    },
    handler: (args: ArgumentsCamelCase<Arguments>) => {
      const given = idle.filter((name) => isGiven(name, argv))
      if (given.length > 0 && (args as { quiet?: boolean }).quiet !== true) {
        const names = given.map((name) => `--${name}`).join(', ')
        printMessage(environment.stderr, [`${names}: of no effect on ${String(command.command).split(' ')[0]}`])
      }
      return command.handler(args)
    },
  }
}

/** Whether an option stands on the command line; `-o` and `-q` count. */
export function isGiven(name: string, argv: readonly string[]): boolean {
  const alias = SHARED[name]?.alias
  const spelled = [`--${name}`, ...(typeof alias === 'string' ? [`-${alias}`] : [])]
  return argv.some((argument) => spelled.some((text) => argument === text || argument.startsWith(`${text}=`)))
}

/** The long names of what a command line may have; the types of yargs do not know that it tells. */
export function optionNames(yargs: object): readonly string[] {
  const { key } = (yargs as { getOptions(): { key: Readonly<Record<string, unknown>> } }).getOptions()
  return Object.keys(key).filter((name) => name.length > 1 && !/[A-Z$]/.test(name))
}
