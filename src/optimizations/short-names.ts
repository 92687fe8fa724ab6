const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const MORE = `${LETTERS}ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789`

/** Names of one byte that are no digits, so that they are no integers. */
export const MOST_SHORT_NAMES = 52

/**
 * Short names, each for one text, that still say something where that can be: first letter, then first and last.
 * The same texts in the same order give the same names.
 * @param reserved names that are in use already
 */
export function shortNames(
  texts: readonly string[],
  bytes: 1 | 2,
  reserved: Iterable<string> = [],
): ReadonlyMap<string, string> {
  const taken = new Set<string>(reserved)
  const names = new Map<string, string>()
  for (const text of texts) {
    const name = candidates(text, bytes).find((candidate) => !taken.has(candidate))
    if (name === undefined) break
    taken.add(name)
    names.set(text, name)
  }
  return names
}

function candidates(text: string, bytes: 1 | 2): readonly string[] {
  const first = /[a-z]/i.exec(text)?.[0].toLowerCase() ?? 'x'
  const last = /[a-z]/i.exec([...text].reverse().join(''))?.[0].toLowerCase() ?? 'x'
  if (bytes === 1) return [first, first.toUpperCase(), last, ...MORE.slice(0, MOST_SHORT_NAMES)]
  const inside = [...text.slice(1)].filter((character) => MORE.includes(character))
  return [
    first + last,
    ...inside.map((character) => first + character),
    ...[...MORE].map((character) => first + character),
    ...[...LETTERS].flatMap((letter) => [...MORE].map((character) => letter + character)),
  ]
}
