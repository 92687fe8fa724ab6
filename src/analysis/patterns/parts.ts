import { BYTE, KIND } from './classes.js'
import { Families, type FamilyNode, noSums } from './families.js'
import type { PatternMiner } from './miner.js'
import { ROOT } from './tree.js'

/**
 * A node of the finished tree. Built from the miner's columns when a report is made, so that rules that need the
 * whole tree can be applied without touching the miner.
 */
export interface Part extends FamilyNode {
  kind: number
  mask: number
  shortest: number
  longest: number
  /** Texts were gathered in `{*}` here. */
  saturated: boolean
  /** Where trailing digits of a literal begin within its label; 0: it has none. */
  digitsAt: number
  /** Keys in the whole subtree. */
  keys: number
  children: Part[]
}

/** From so many texts at one place on that go on alike and hold alike values, they are values of a variable. */
const MANY = 32

const HEX_BITS = BYTE.digit | BYTE.hexLower | BYTE.hexUpper
const LETTER_OR_DIGIT = HEX_BITS | BYTE.lower | BYTE.upper

/** Keys a text must have at the start of names, once texts are gathered there, to stay a name of its own. */
const ROOT_SHARE = 1 / 1024
const ROOT_KEYS = 16
/** The same behind the start: share of the keys of its place. */
const INNER_SHARE = 1 / 64

/**
 * The tree of a miner, with variable parts unified: what was random chance in single names does not split a pattern.
 */
export function partsOf(miner: PatternMiner): Part {
  const root = partOf(miner, ROOT)
  unify(root, true)
  foldMany(root, new Families(miner.cells))
  return root
}

function partOf(miner: PatternMiner, node: number): Part {
  const { tree, cells } = miner
  const part: Part = {
    separator: tree.separator(node),
    kind: tree.kind[node]!,
    label: tree.label(node),
    mask: tree.mask[node]!,
    shortest: tree.shortest[node]!,
    longest: tree.longest[node]!,
    saturated: tree.saturated[node] === 1,
    digitsAt: tree.digitsAt[node]!,
    keys: 0,
    cells: [],
    children: [],
    sums: noSums(),
    shape: -1,
    variableBelow: false,
  }
  if (node === ROOT) part.label = ''
  for (let cell = tree.firstCell[node]!; cell !== -1; cell = cells.next[cell]!) {
    part.cells.push(cell)
    part.keys += cells.keys(cell)
  }
  for (let child = tree.firstChild[node]!; child !== -1; child = tree.nextSibling[child]!) {
    const below = partOf(miner, child)
    part.children.push(below)
    part.keys += below.keys
  }
  return part
}

/** Moves everything of `source` into `target`, which stands at the same place. */
function merge(source: Part, target: Part): void {
  target.keys += source.keys
  target.mask |= source.mask
  target.shortest = Math.min(target.shortest, source.shortest)
  target.longest = Math.max(target.longest, source.longest)
  target.saturated ||= source.saturated
  target.cells.push(...source.cells)
  for (const child of source.children) {
    const same = target.children.find(
      (other) => other.separator === child.separator && other.kind === child.kind && other.label === child.label,
    )
    if (same === undefined) target.children.push(child)
    else merge(child, same)
  }
}

/** One place in the tree: the children with the same separator. */
class Place {
  readonly parts: Part[]

  constructor(parts: readonly Part[]) {
    this.parts = [...parts]
  }

  of(kind: number): Part | undefined {
    return this.parts.find((part) => part.kind === kind)
  }

  absorb(part: Part, into: Part): void {
    if (part === into) return
    this.parts.splice(this.parts.indexOf(part), 1)
    merge(part, into)
  }

  /** Moves every part that `which` picks into `into`. */
  absorbAll(into: Part, which: (part: Part) => boolean): void {
    for (const part of [...this.parts]) if (part !== into && which(part)) this.absorb(part, into)
  }
}

function unify(parent: Part, isRoot: boolean): void {
  const places = new Map<string, Part[]>()
  for (const child of parent.children) {
    const place = places.get(child.separator)
    if (place === undefined) places.set(child.separator, [child])
    else place.push(child)
  }
  parent.children = []
  for (const parts of places.values()) {
    const place = new Place(parts)
    joinNumbered(place)
    if (parent.saturated) gatherTexts(place, parent, isRoot)
    nameStar(place)
    joinHex(place)
    joinRandom(place)
    joinDates(place)
    parent.children.push(...place.parts)
  }
  for (const child of parent.children) unify(child, false)
}

/** `v7` where `v{int}` is known. */
function joinNumbered(place: Place): void {
  for (const word of place.parts.filter((part) => part.kind === KIND.wordInt)) {
    const letters = word.label.slice(0, -'{int}'.length)
    place.absorbAll(
      word,
      (part) => part.kind === KIND.literal && part.digitsAt > 0 && /^\d{1,3}$/.test(restOf(part.label, letters)),
    )
  }
}

function restOf(label: string, letters: string): string {
  return label.startsWith(letters) ? label.slice(letters.length) : ''
}

/** Where there were too many texts, only the frequent ones stay; those that look like the others inside go, too. */
function gatherTexts(place: Place, parent: Part, isRoot: boolean): void {
  const texts = place.parts.filter((part) => part.kind === KIND.literal || part.kind === KIND.wordInt)
  if (texts.length === 0) return
  const fewest = isRoot ? Math.max(ROOT_KEYS, parent.keys * ROOT_SHARE) : parent.keys * INNER_SHARE
  let star = place.of(KIND.star)
  for (const text of texts) {
    const light = text.keys < fewest
    if (!light && (isRoot || star === undefined || !continuesLike(text, star))) continue
    if (star === undefined) {
      star = { ...text, kind: KIND.star, label: '{*}', digitsAt: 0 }
      place.parts[place.parts.indexOf(text)] = star
    } else place.absorb(text, star)
  }
}

/** Whether nearly all keys of a text go on in a way that keys behind `{*}` go on, too. */
function continuesLike(text: Part, star: Part): boolean {
  let known = star.cells.length > 0 ? text.keys - below(text) : 0
  for (const child of text.children) {
    if (star.children.some((other) => other.separator === child.separator && other.label === child.label)) {
      known += child.keys
    }
  }
  return known >= text.keys * 0.9
}

function below(part: Part): number {
  let keys = 0
  for (const child of part.children) keys += child.keys
  return keys
}

/** `{*}` whose values were all hex digits is `{hex}`; all random letters and digits beside random ones: `{base64}`. */
function nameStar(place: Place): void {
  const star = place.of(KIND.star)
  if (star === undefined) return
  if (star.mask !== 0 && (star.mask & ~HEX_BITS) === 0 && star.longest >= 4) {
    rename(place, star, KIND.hex, '{hex}')
    return
  }
  const random = place.of(KIND.base64)
  if (random !== undefined && (star.mask & ~LETTER_OR_DIGIT) === 0 && star.shortest >= 8 && star.keys <= random.keys) {
    place.absorb(star, random)
  }
}

function rename(place: Place, part: Part, kind: number, label: string): void {
  const known = place.of(kind)
  if (known !== undefined) place.absorb(part, known)
  else {
    part.kind = kind
    part.label = label
  }
}

/** Hex ids that chanced to be digits only, letters only, or letters and then digits. */
function joinHex(place: Place): void {
  const hash = place.of(KIND.hash)
  const hex = place.of(KIND.hex)
  if (hash !== undefined && hex !== undefined && hash.keys <= hex.keys) place.absorb(hash, hex)
  const main = hex ?? hash
  if (main === undefined) return
  const keys = main.keys
  place.absorbAll(main, (part) => {
    if (part.kind === KIND.date || part.kind === KIND.time) return part.keys * 100 <= keys
    if (part.kind === KIND.int) return part.keys * 2 <= keys
    if (part.kind === KIND.wordInt) return /^[a-f]+\{int\}$/i.test(part.label) && part.keys * 2 <= keys
    return part.kind === KIND.literal && /^[0-9a-f]{4,}$/i.test(part.label) && part.keys * 50 <= keys
  })
}

/** Random tokens that chanced to look like a word with a number, or to have no digit. */
function joinRandom(place: Place): void {
  const random = place.of(KIND.base64)
  if (random === undefined) return
  const keys = random.keys
  place.absorbAll(random, (part) => {
    if (part.kind === KIND.wordInt) return part.keys * 20 <= keys
    if (part.kind === KIND.hex) return part.keys * 100 <= keys
    if (part.kind !== KIND.literal || part.keys * 50 > keys || part.longest < 8) return false
    const digits = (part.mask & BYTE.digit) !== 0
    const bothCases =
      (part.mask & (BYTE.lower | BYTE.hexLower)) !== 0 && (part.mask & (BYTE.upper | BYTE.hexUpper)) !== 0
    return (part.mask & ~LETTER_OR_DIGIT) === 0 && (digits || bothCases)
  })
}

/** Numbers that chanced to read as a date: about one in 1,400 of eight digits. */
function joinDates(place: Place): void {
  const int = place.of(KIND.int)
  if (int === undefined) return
  const keys = int.keys
  place.absorbAll(int, (part) => (part.kind === KIND.date || part.kind === KIND.time) && part.keys * 100 <= keys)
}

/** Puts many alike texts at one place together as `{*}`; they need not be too many to be kept apart. */
function foldMany(parent: Part, families: Families): void {
  for (const child of parent.children) foldMany(child, families)
  const isText = (node: FamilyNode): boolean => (node as Part).kind === KIND.literal
  const finishAll = (part: Part): void => {
    for (const child of part.children) finishAll(child)
    families.finish(part, isText)
  }
  for (const family of families.alike(parent.children.filter(isText))) {
    if (family.length < MANY) continue
    const separator = family[0]!.separator
    let star = parent.children.find((child) => child.kind === KIND.star && child.separator === separator)
    for (const text of family) {
      if (star === undefined) {
        star = text
        star.kind = KIND.star
        star.label = '{*}'
        continue
      }
      parent.children.splice(parent.children.indexOf(text), 1)
      merge(text, star)
    }
    finishAll(star!)
  }
  families.finish(parent, isText)
}
