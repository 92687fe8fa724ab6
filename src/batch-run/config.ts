import { basename, dirname, resolve } from 'node:path'
import type { ErrorObject } from 'ajv'
import { InputError } from '../io/errors.js'
import { readTextFile } from '../io/text-file.js'
import type { SettingOverrides } from '../memory/settings.js'
import { nearest } from '../nearest-name.js'
import { ConfigError, type ConfigProblem } from './config-error.js'
import { checkMeaning } from './config-meaning.js'
import { CONFIG_SCHEMA } from './config-schema.js'
import { type ConfigPath, type ConfigText, readConfigText, shownPath } from './config-text.js'
import type { ConfigFile } from './config-types.js'
import { type OwnerRule, readOwners } from './owners.js'

/** Names that are looked for when no config is given. */
export const CONFIG_NAMES = ['rdblens.config.yaml', 'rdblens.config.yml', 'rdblens.config.json'] as const

/** A config that can be used. */
export interface NightlyConfig {
  /** As given. */
  readonly file: string
  /** What paths in it are relative to. */
  readonly folder: string
  readonly written: ConfigFile
  /** Settings of the redis.conf files that it names, by their path as written. */
  readonly confs: ReadonlyMap<string, SettingOverrides>
  readonly owners: readonly OwnerRule[]
}

const MAX_PROBLEMS = 10

/** Reads and checks a config with everything it names but the dumps. @throws ConfigError */
export async function loadConfig(path: string): Promise<NightlyConfig> {
  const file = basename(path)
  const text = readConfigText(await textOf(path), file)
  const folder = resolve(dirname(path))
  const problems = await schemaProblems(text)
  if (problems.length > 0) throw new ConfigError(file, problems.slice(0, MAX_PROBLEMS))
  const written = text.value as ConfigFile
  const { confs, problems: mistakes } = await checkMeaning(written, text, folder)
  if (mistakes.length > 0) throw new ConfigError(file, mistakes.slice(0, MAX_PROBLEMS))
  const owners = written.owners === undefined ? [] : await ownersOf(written.owners, text, folder, file)
  return { file: path, folder, written, confs, owners }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readTextFile(path)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const why = error.message.startsWith(`${path} `) ? error.message.slice(path.length + 1) : error.message
    throw new ConfigError(path, [{ line: null, path: '', message: why }])
  }
}

async function ownersOf(path: string, text: ConfigText, folder: string, file: string): Promise<readonly OwnerRule[]> {
  try {
    return readOwners(await readTextFile(resolve(folder, path)), path)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new ConfigError(file, [{ line: text.lineOf(['owners']), path: 'owners', message: error.message }])
  }
}

async function schemaProblems(text: ConfigText): Promise<readonly ConfigProblem[]> {
  const { Ajv } = await import('ajv')
  const validate = new Ajv({ allErrors: true, strictTypes: false, verbose: true }).compile(CONFIG_SCHEMA)
  if (validate(text.value)) return []
  const problems = mostTelling(validate.errors ?? []).map((error) => problemOf(error, text))
  const seen = new Set<string>()
  return problems.filter(({ line, path, message }) => {
    const key = `${line} ${path} ${message}`
    return !seen.has(key) && seen.add(key)
  })
}

/**
 * Where one of several shapes is wanted, each of them complains. The sum of it is said by the `anyOf`; what is said
 * below it is kept only when it is deeper in the config, and so closer to the mistake.
 */
function mostTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf')
  const isOf = (error: ErrorObject, choice: ErrorObject): boolean =>
    error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`)
  const isDeeper = (error: ErrorObject, choice: ErrorObject): boolean =>
    error.instancePath.length > choice.instancePath.length || error.keyword === 'additionalProperties'
  return errors.filter((error) => {
    const choice = choices.find((candidate) => isOf(error, candidate))
    if (choice !== undefined) return isDeeper(error, choice) && isObject(choice.data)
    if (error.keyword !== 'anyOf') return true
    return !(isObject(error.data) && errors.some((other) => isOf(other, error) && isDeeper(other, error)))
  })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function problemOf(error: ErrorObject, text: ConfigText): ConfigProblem {
  const path = pathOf(error.instancePath, text.value)
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = (error.params as { additionalProperty: string }).additionalProperty
      const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {})
      return {
        line: text.lineOfName([...path, name]),
        path: shownPath([...path, name]),
        message: `there is no such setting${nearest(name, known)}`,
      }
    }
    case 'required': {
      const name = (error.params as { missingProperty: string }).missingProperty
      return { line: text.lineOf(path), path: shownPath(path), message: `${name} is missing` }
    }
    case 'enum': {
      const known = (error.params as { allowedValues: readonly unknown[] }).allowedValues
      return {
        line: text.lineOf(path),
        path: shownPath(path),
        message: `${JSON.stringify(error.data)} is not one of ${known.join(', ')}`,
      }
    }
    default: {
      const { description } = error.parentSchema as { description?: string }
      const wanted = description === undefined ? '' : `: ${description.replace(/\.$/, '')}`
      const said = error.keyword === 'anyOf' || error.keyword === 'pattern' ? notWanted(error.data) : error.message!
      return { line: text.lineOf(path), path: shownPath(path), message: `${said}${wanted}` }
    }
  }
}

function notWanted(data: unknown): string {
  return isObject(data)
    ? 'this is not enough, or something else than can stand here'
    : `${JSON.stringify(data)} is not understood`
}

/** `/budgets/0/maxBytes` as its parts; numbers where the config has a list. */
function pathOf(pointer: string, root: unknown): ConfigPath {
  const path: (string | number)[] = []
  let at: unknown = root
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const step = Array.isArray(at) ? Number(name) : name
    path.push(step)
    at = (at as Record<string | number, unknown> | undefined)?.[step]
  }
  return path
}
