/** A line of a group file: keys that fit the glob belong to the group. */
export interface GroupRule {
  readonly glob: string
  readonly group: string
  readonly owner: string | null
}

/** A group file that cannot be understood. */
export class GroupFileError extends Error {
  override readonly name = 'GroupFileError'
}

const MAX_RULES = 10_000
const WORD = /"((?:[^"\\]|\\.)*)"|(\S+)/g

/**
 * Reads a group file: `glob  name  [owner]` per line, globs as in KEYS, `#` begins a comment. What has blanks in it
 * stands in double quotes; in a glob a blank may also be written as `\x20`. The first line that fits a key counts.
 *
 *     user:*          accounts   "Team Identity"
 *     cart:*          shop       checkout
 *     # sessions of both apps
 *     sess:*          sessions
 *
 * @throws GroupFileError
 */
export function parseGroupFile(text: string, file = 'the group file'): readonly GroupRule[] {
  const rules: GroupRule[] = []
  const owners = new Map<string, string | null>()
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const words = wordsOf(line)
    if (words.length === 0) continue
    const at = `${file}, line ${index + 1}`
    const [glob, group, owner] = words
    if (group === undefined) throw new GroupFileError(`${at}: a name is missing behind the pattern ${glob}`)
    if (words.length > 3) {
      throw new GroupFileError(`${at}: there is more than pattern, name and owner; put blanks between double quotes`)
    }
    if (group === '[other]') throw new GroupFileError(`${at}: [other] is the name of the keys that no line fits`)
    const known = owners.get(group) ?? null
    if (known !== null && owner !== undefined && owner !== known) {
      throw new GroupFileError(`${at}: ${group} has two owners, ${known} and ${owner}`)
    }
    owners.set(group, owner ?? known)
    rules.push({ glob: glob!, group, owner: owner ?? null })
    if (rules.length > MAX_RULES) throw new GroupFileError(`${at}: more than ${MAX_RULES} patterns`)
  }
  if (rules.length === 0) throw new GroupFileError(`${file} has no line with a pattern and a name`)
  return rules.map((rule) => ({ ...rule, owner: owners.get(rule.group)! }))
}

/** The words of a line up to a comment. A `#` inside a word belongs to it. */
function wordsOf(line: string): readonly string[] {
  const words: string[] = []
  for (const match of line.matchAll(WORD)) {
    if (match[2]?.startsWith('#')) break
    words.push(match[2] ?? match[1]!.replace(/\\(["\\])/g, '$1'))
  }
  return words
}
