import type { Argv } from 'yargs'
import { nearest } from '../nearest-name.js'
import { type ParameterTexts, parseParameterFile, parseParameters } from '../optimizations/index.js'
import { UsageError } from './environment.js'
import { list, readOptionFile, single } from './options.js'

/** Which techniques, and with what. */
export interface TechniqueArguments {
  readonly technique?: readonly string[] | undefined
  readonly sequence?: readonly string[] | undefined
  readonly param?: readonly string[] | undefined
  readonly params?: string | undefined
}

export function techniqueOptions<Arguments>(yargs: Argv<Arguments>) {
  const group = 'Techniques:'
  return yargs.options({
    technique: list('Only these: raise-hash-limits,bucket-strings [all]', { group }),
    sequence: list('These together, one behind the other: shorten-field-names,bucket-strings', { group }),
    param: list('Parameter of a technique: bucket-strings.buckets=92', { group }),
    params: single('Parameters from a JSON file: {"bucket-strings": {"buckets": 92}}', { group }),
  })
}

/** Ids with commas between them; undefined when none were given. */
export function chosenTechniques(
  option: string,
  values: readonly string[] | undefined,
  known: readonly string[],
): readonly string[] | undefined {
  const ids = values?.flatMap((value) => value.split(',')).map((id) => id.trim())
  const unknown = ids?.find((id) => !known.includes(id))
  if (unknown !== undefined) throw new UsageError(`--${option} ${unknown}: no such technique${nearest(unknown, known)}`)
  return ids
}

/** What `--param` says wins over the file. */
export async function parametersOf(
  { param, params }: Pick<TechniqueArguments, 'param' | 'params'>,
  ids: readonly string[],
): Promise<ParameterTexts> {
  const file = params === undefined ? {} : parseParameterFile(await readOptionFile('params', params), params, ids)
  const given = parseParameters(param ?? [], ids)
  const both: Record<string, Readonly<Record<string, string>>> = { ...file }
  for (const [id, parameters] of Object.entries(given)) both[id] = { ...both[id], ...parameters }
  return both
}
