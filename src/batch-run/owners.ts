import type { GroupRule } from '../analysis/group-file.js'
import { compileGlob } from '../glob.js'
import { ConfigError } from './config-error.js'

/** A line of the owners file. */
export interface OwnerRule {
  readonly glob: string
  readonly owner: string
}

/** Keys that no line fits. */
export const NOBODY = '[nobody]'
const MAX_RULES = 10_000

/**
 * Reads an owners file, in the style of CODEOWNERS: a glob of key names (as in KEYS) and a team per line, `#` begins a
 * comment, the last line that fits a key counts. A line without a team takes its keys from the lines before it.
 *
 *     *            @platform
 *     session:*    @identity
 *     session:tmp:*
 *
 * @throws ConfigError
 */
export function readOwners(text: string, file: string): readonly OwnerRule[] {
  const rules: OwnerRule[] = []
  const fail = (line: number, message: string): never => {
    throw new ConfigError(file, [{ line, path: '', message }])
  }
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const words = line.replace(/(^|\s)#.*$/, '').match(/(?:[^\s\\]|\\.)+/g) ?? []
    const [glob, owner, more] = words
    if (glob === undefined) continue
    if (more !== undefined) fail(index + 1, `${glob} has more than one team: bytes can be charged to one only`)
    if (owner === NOBODY) fail(index + 1, `${NOBODY} stands for keys without a team`)
    rules.push({ glob, owner: owner ?? NOBODY })
    if (rules.length > MAX_RULES) fail(index + 1, `there are more than ${MAX_RULES} lines`)
  }
  return rules
}

/** As groups of keys, in which the first line that fits counts; null when there are none. */
export function ownerGroups(rules: readonly OwnerRule[]): readonly GroupRule[] | undefined {
  if (rules.length === 0) return undefined
  return rules.toReversed().map(({ glob, owner }) => ({ glob, group: owner, owner }))
}

/** The team of a key or pattern by its shown name; a placeholder such as `{int}` is taken as it stands. */
export function ownerOf(rules: readonly OwnerRule[]): (name: string) => string | null {
  const encoder = new TextEncoder()
  const compiled = rules.map(({ glob, owner }) => ({ matches: compileGlob(glob), owner })).toReversed()
  return (name) => {
    const bytes = encoder.encode(name)
    const rule = compiled.find(({ matches }) => matches(bytes, 0, bytes.length))
    return rule === undefined || rule.owner === NOBODY ? null : rule.owner
  }
}

/** True when a glob of the config fits a name. Without a glob everything fits. */
export function fitsGlob(glob: string | undefined, name: string): boolean {
  if (glob === undefined) return true
  const bytes = new TextEncoder().encode(name)
  return compileGlob(glob)(bytes, 0, bytes.length)
}
