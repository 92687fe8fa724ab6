/** Letters of a name from which on it may be a part of the one that is meant: `hyperlog` of `hyperloglog`. */
const PART_LENGTH = 3

/** The end of a message about a name that is not known: what was meant, when it is a slip of the pen away; else all. */
export function nearest(name: string, known: readonly string[]): string {
  const meant = meantBy(name, known)
  if (meant !== undefined) return `; did you mean ${meant}?`
  return known.length === 0 ? '' : `; known are ${known.join(', ')}`
}

/** The name that is a slip of the pen away, or the only one that has this one in it; undefined when none is. */
export function meantBy(name: string, known: readonly string[]): string | undefined {
  const best = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  if (best !== undefined && best.distance <= Math.max(1, Math.floor(name.length / 3))) return best.candidate
  const wholes = name.length < PART_LENGTH ? [] : known.filter((candidate) => candidate.includes(name.toLowerCase()))
  return wholes.length === 1 ? wholes[0] : undefined
}

/** Letters to add, drop, change, or swap with their neighbour, to get from one word to the other. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? before[j - 2]! + 1 : Infinity
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped))
    }
    before = row
    row = next
  }
  return row[b.length]!
}
