import { dirname, resolve } from 'node:path'
import { nearest } from '../nearest-name.js'
import { UsageError } from './environment.js'
import { readOptionFile } from './options.js'
import { isGiven, SHARED } from './shared-options.js'

/** Commands whose `--config` is the file of `nightly`. */
const NIGHTLY = ['nightly', 'history', 'worker']
/** Files are found from the folder of the option file, wherever the command is started. */
const PATHS = ['conf']

/** The command line with what its `--config FILE` adds to it: options that are not on it. */
export async function withOptionFile(argv: readonly string[]): Promise<readonly string[]> {
  const file = configOf(argv)
  if (file === undefined || argv.some((argument) => NIGHTLY.includes(argument))) return argv
  const [{ readConfigText }, text] = await Promise.all([
    import('../batch-run/config-text.js'),
    readOptionFile('config', file),
  ])
  const { value, lineOf, lineOfName } = readConfigText(text, file)
  if (value === null) return argv
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UsageError(`${file}: write options by their names, such as target: redis-7.4`)
  }
  const added: string[] = []
  for (const [name, said] of Object.entries(value)) {
    if (SHARED[name] === undefined) {
      throw new UsageError(`${file}, line ${lineOfName([name])}: there is no option ${name}${nearest(name, names())}`)
    }
    const refuse = (wanted: string) => new UsageError(`${file}, line ${lineOf([name])}, ${name}: write ${wanted}`)
    if (!isGiven(name, argv)) added.push(...argumentsOf(name, said, dirname(file), refuse))
  }
  return [...argv, ...added]
}

function names(): readonly string[] {
  return Object.keys(SHARED)
}

function configOf(argv: readonly string[]): string | undefined {
  for (const [index, argument] of argv.entries()) {
    if (argument.startsWith('--config=')) return argument.slice('--config='.length)
    if (argument === '--config') return argv[index + 1]
  }
  return undefined
}

/** One option as the command line would have it. */
function argumentsOf(
  name: string,
  said: unknown,
  folder: string,
  refuse: (wanted: string) => Error,
): readonly string[] {
  const { type, array } = SHARED[name]!
  if (type === 'boolean') {
    if (typeof said !== 'boolean') throw refuse('true or false')
    return said ? [`--${name}`] : []
  }
  const values = array === true ? listed(said) : [said]
  return values.map((value) => {
    if (typeof value !== 'string' && typeof value !== 'number') throw refuse(array === true ? 'a list' : 'one value')
    return `--${name}=${PATHS.includes(name) ? resolve(folder, String(value)) : value}`
  })
}

/** A list, one value, or a map: `{hash-max-listpack-entries: 512}`. */
function listed(said: unknown): readonly unknown[] {
  if (Array.isArray(said)) return said
  if (typeof said !== 'object' || said === null) return [said]
  return Object.entries(said).map(([name, value]) => `${name}=${String(value)}`)
}
