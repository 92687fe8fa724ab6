import type { NamePatterns } from './names.js'

/** What is put behind a name that is taken. */
const SUFFIXES = [':fields', ':all', ':packed', ':2', ':3', ':4', ':5', ':6', ':7', ':8']

/** Separators at the end of a name. The brace that closes a hash tag belongs to the name. */
const SEPARATORS_AT_END = /[^\p{L}\p{N}}]*$/u
/** In place of a name that has nothing but separators: patterns such as `{int}`. */
const NAMELESS = 'all'

/** A name without what separates it from a number or another name behind it. */
export function withoutEnd(name: string): string {
  const left = name.replace(SEPARATORS_AT_END, '')
  return left === '' ? NAMELESS : left
}

/** A name, and a word behind it: with a colon between both unless the name ends in a separator. */
export function wordBehind(name: string, word: string): string {
  return /[\p{L}\p{N}]$/u.test(name) ? `${name}:${word}` : name + word
}

/**
 * Names for keys that do not exist yet: other ones than keys of the dump have, and than others were given. What is
 * known are the patterns that are told apart, in any database.
 */
export class FreeNames {
  /** Names that were wanted, and are taken by keys of the dump. */
  readonly taken = new Set<string>()
  readonly #names: NamePatterns
  readonly #given = new Map<string, string>()
  readonly #inUse = new Set<string>()

  constructor(names: NamePatterns) {
    this.#names = names
  }

  /** A name for what becomes of the keys of a group; the same one each time. */
  of(group: { readonly db: number; readonly pattern: number }, wanted: string): string {
    return this.#choose(group, wanted, wanted, (name) => this.#names.hasName(name))
  }

  /** The same for names that a number is put behind: the separator at the end stays there. */
  numbered(group: { readonly db: number; readonly pattern: number }, wanted: string): string {
    const end = SEPARATORS_AT_END.exec(wanted)![0]
    const stem = wanted.slice(0, wanted.length - end.length)
    return this.#choose(group, wanted, stem, (name) => this.#names.hasNumbered(name), end)
  }

  #choose(
    { db, pattern }: { readonly db: number; readonly pattern: number },
    wanted: string,
    stem: string,
    exists: (name: string) => boolean,
    end = '',
  ): string {
    const id = `${db} ${pattern} ${wanted}`
    const known = this.#given.get(id)
    if (known !== undefined) return known
    if (exists(wanted)) this.taken.add(wanted)
    const isFree = (name: string): boolean => !exists(name) && !this.#inUse.has(`${db} ${name}`)
    const names = [wanted, ...SUFFIXES.map((suffix) => stem + suffix + end)]
    const name = names.find(isFree) ?? `${stem}:of-pattern-${pattern}${end}`
    this.#given.set(id, name)
    this.#inUse.add(`${db} ${name}`)
    return name
  }
}

/** Sentences about names that could not be had. */
export function takenNames({ taken }: FreeNames, names: NamePatterns): readonly string[] {
  if (taken.size === 0 || names.hidden) return []
  return [`There are keys named ${[...taken].sort().join(', ')} already, so that the new ones get another name.`]
}

/** Patterns of some groups with a text behind them, as they are printed, where there are keys of such names already. */
export function takenBehind(
  groups: readonly { readonly pattern: number }[],
  text: string,
  names: NamePatterns,
): string {
  if (names.hidden) return ''
  const wanted = new Set(groups.map(({ pattern }) => names.of(pattern).text + text))
  return [...wanted].filter((pattern) => names.hasPattern(pattern)).join(', ')
}

/** A sentence where one name was given for the keys of several patterns of a database. */
export function sameNameForSeveral(
  given: string | undefined,
  groups: readonly { readonly db: number; readonly pattern: number }[],
): readonly string[] {
  if (given === undefined) return []
  const patterns = new Set(groups.map(({ db, pattern }) => `${db} ${pattern}`)).size
  const databases = new Set(groups.map(({ db }) => db)).size
  if (patterns === databases) return []
  return [
    'The name that was given is that of several patterns: where they have the same number, one overwrites the other. The sizes are ' +
      'those of a name for each; choose one pattern with the parameter match.',
  ]
}
