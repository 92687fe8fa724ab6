import { compareText } from '../names.js'
import { type PatternCells, STAT, STRIDE } from './cells.js'
import { KIND, WEAK_SEPARATORS } from './classes.js'
import type { Part } from './parts.js'

/**
 * What stands between two strong separators: `dark-mode`, `user_{int}`, `{uuid}`. The tree of segments is what
 * patterns and the prefix tree are read from.
 */
export interface Segment {
  separator: string
  label: string
  /** Glob of the same: `user_*`. */
  glob: string
  /** All text, nothing variable. */
  literal: boolean
  cells: number[]
  children: Segment[]
  /** Something variable in the segments below. */
  variableBelow: boolean
  /** Equal for subtrees of equal structure and types. */
  shape: number
  sums: Sums
}

/** Sums of a subtree, as far as two families are compared by them. */
interface Sums {
  keys: number
  ramBytes: number
  ramSquares: number
  nameBytes: number
  payloadBytes: number
  expiring: number
}

/** From so many alike texts at one place on they are values of a variable. */
const MANY = 32
/** Alike texts in the middle of a name are put together from two on, when each has so many keys. */
const FEW_KEYS = 8
/** Texts that are listed as `{a|b|c}` rather than `{*}`. */
const LISTED = 6
const LISTED_CHARACTERS = 48

/** Cuts the tree at strong separators and puts families together that differ in one text only. */
export function segmentsOf(root: Part, cells: PatternCells): Segment {
  const weak = strongShare(root) < 0.5 ? '' : WEAK_SEPARATORS
  const builder = new SegmentBuilder(cells, weak)
  return builder.build(root)
}

/** Share of the keys that have a separator other than the weak ones. */
function strongShare(root: Part): number {
  let strong = 0
  const visit = (part: Part, seen: boolean): void => {
    const here = seen || !isWeak(part.separator, WEAK_SEPARATORS)
    if (here) {
      strong += part.keys
      return
    }
    for (const child of part.children) visit(child, here)
  }
  for (const child of root.children) {
    if (child.separator !== '') strong += child.keys
    else for (const below of child.children) visit(below, false)
  }
  return root.keys === 0 ? 1 : strong / root.keys
}

function isWeak(separator: string, weak: string): boolean {
  if (separator === '' || weak === '') return false
  for (const character of separator) if (!weak.includes(character)) return false
  return true
}

class SegmentBuilder {
  readonly #cells: PatternCells
  readonly #weak: string
  readonly #shapes = new Map<string, number>()

  constructor(cells: PatternCells, weak: string) {
    this.#cells = cells
    this.#weak = weak
  }

  build(root: Part): Segment {
    const segment = blank('', '', '', true)
    segment.cells.push(...root.cells)
    this.#addChildren(segment, [root], true)
    this.#foldAlike(segment, true)
    this.#finish(segment)
    return segment
  }

  /** The segments behind `parts`, which all end where `segment` ends. */
  #addChildren(segment: Segment, parts: readonly Part[], isRoot: boolean): void {
    const found = new Map<string, { segment: Segment; parts: Part[] }>()
    const explore = (part: Part, separator: string, label: string, glob: string, literal: boolean): void => {
      const ends = part.cells.length > 0 || part.children.some((child) => !isWeak(child.separator, this.#weak))
      if (ends) {
        const name = collapse(label)
        const key = `${separator}\n${literal ? 1 : 0}${name}`
        let entry = found.get(key)
        if (entry === undefined) {
          entry = { segment: blank(separator, name, collapse(glob), literal), parts: [] }
          found.set(key, entry)
        }
        entry.segment.cells.push(...part.cells)
        entry.parts.push(part)
      }
      for (const child of part.children) {
        if (!isWeak(child.separator, this.#weak)) continue
        const [text, pattern, plain] = written(child)
        explore(child, separator, label + text, glob + pattern, literal && plain)
      }
    }
    for (const part of parts) {
      for (const child of part.children) {
        // Weak children were followed as part of the segment itself; at the root there is none yet.
        if (!isRoot && isWeak(child.separator, this.#weak)) continue
        const [text, pattern, plain] = written(child)
        const own = child.separator.length
        explore(child, child.separator, text.slice(own), pattern.slice(globText(child.separator).length), plain)
      }
    }
    for (const { segment: child, parts: below } of found.values()) {
      this.#addChildren(child, below, false)
      this.#foldAlike(child, false)
      this.#finish(child)
      segment.children.push(child)
    }
  }

  /** Computes the sums and the shape from cells and finished children. */
  #finish(segment: Segment): void {
    const sums = noSums()
    const types = new Set<number>()
    const { stats, code } = this.#cells
    for (const cell of segment.cells) {
      const at = cell * STRIDE
      types.add(code[cell]! >> 5)
      sums.keys += stats[at + STAT.keys]!
      sums.ramBytes += stats[at + STAT.ramBytes]!
      sums.ramSquares += stats[at + STAT.ramSquares]!
      sums.nameBytes += stats[at + STAT.nameBytes]!
      sums.payloadBytes += stats[at + STAT.payloadBytes]!
      sums.expiring += stats[at + STAT.expiring]!
    }
    segment.variableBelow = false
    const shapes: string[] = []
    for (const child of segment.children) {
      for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += child.sums[name]
      if (!child.literal || child.variableBelow) segment.variableBelow = true
      shapes.push(`${child.separator}\n${child.label}\n${child.shape}`)
    }
    shapes.sort(compareText)
    const shape = `${[...types].sort((a, b) => a - b).join(',')}\n${shapes.join('\n')}`
    const known = this.#shapes.get(shape)
    segment.shape = known ?? this.#shapes.size
    if (known === undefined) this.#shapes.set(shape, segment.shape)
    segment.sums = sums
  }

  /** Puts children together that are all text, go on alike and hold alike values. */
  #foldAlike(parent: Segment, isRoot: boolean): void {
    const groups = new Map<string, Segment[]>()
    for (const child of parent.children) {
      if (!child.literal) continue
      const key = `${child.separator}\n${child.shape}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [child])
      else group.push(child)
    }
    for (const group of groups.values()) {
      if (group.length < 2) continue
      // Most keys first: the best known family is the one the others are compared with.
      group.sort((a, b) => b.sums.keys - a.sums.keys || compareText(a.label, b.label))
      while (group.length > 1) {
        const first = group[0]!
        const alike = group.filter((other) => other === first || areAlike(first.sums, other.sums))
        const few = alike.filter((other) => other.sums.keys >= FEW_KEYS)
        let family: Segment[] = [first]
        if (alike.length >= MANY) family = alike
        else if (!isRoot && first.variableBelow && few.length > 1) family = few
        if (family.length > 1) this.#putTogether(parent, family, alike.length >= MANY)
        for (const member of family) group.splice(group.indexOf(member), 1)
      }
    }
  }

  #putTogether(parent: Segment, family: readonly Segment[], many: boolean): void {
    const labels = family.map((member) => member.label).sort(compareText)
    const listed = `{${labels.join('|')}}`
    const plain = labels.every((label) => label !== '' && !/[{}|]/.test(label))
    const label = !many && plain && labels.length <= LISTED && listed.length <= LISTED_CHARACTERS ? listed : '{*}'
    const known = parent.children.find(
      (child) => !child.literal && child.separator === family[0]!.separator && child.label === label,
    )
    const target = known ?? blank(family[0]!.separator, label, '*', false)
    if (known === undefined) parent.children.push(target)
    for (const member of family) {
      parent.children.splice(parent.children.indexOf(member), 1)
      this.#merge(member, target)
    }
    this.#finishAll(target)
  }

  #merge(source: Segment, target: Segment): void {
    target.cells.push(...source.cells)
    for (const child of source.children) {
      const same = target.children.find(
        (other) =>
          other.separator === child.separator && other.label === child.label && other.literal === child.literal,
      )
      if (same === undefined) target.children.push(child)
      else this.#merge(child, same)
    }
  }

  #finishAll(segment: Segment): void {
    for (const child of segment.children) this.#finishAll(child)
    this.#finish(segment)
  }
}

function noSums(): Sums {
  return { keys: 0, ramBytes: 0, ramSquares: 0, nameBytes: 0, payloadBytes: 0, expiring: 0 }
}

function blank(separator: string, label: string, glob: string, literal: boolean): Segment {
  return {
    separator,
    label,
    glob,
    literal,
    cells: [],
    children: [],
    variableBelow: false,
    shape: -1,
    sums: noSums(),
  }
}

/** A part with its separator, as pattern and as glob, and whether it is text only. */
function written(part: Part): [text: string, glob: string, plain: boolean] {
  const separator = globText(part.separator)
  if (part.kind === KIND.literal) return [part.separator + part.label, separator + globText(part.label), true]
  const prefix = part.kind === KIND.wordInt ? globText(part.label.slice(0, -'{int}'.length)) : ''
  return [part.separator + part.label, `${separator + prefix}*`, false]
}

/** Text as a glob that matches just it. */
function globText(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&')
}

/** Several variable words in a row are one: `{*}-{*}-{*}` is a title of some length. */
function collapse(label: string): string {
  return label.replace(/\{\*\}(?:[-_ ~]+\{\*\})+/g, '{*}').replace(/^\*(?:[-_ ~]+\*)+$/, '*')
}

/** Whether two families hold the same kind of thing: size without the name, stored bytes, share that expires. */
function areAlike(a: Sums, b: Sums): boolean {
  const spread = Math.sqrt(variance(a) / a.keys + variance(b) / b.keys)
  const bare = (sums: Sums): number => (sums.ramBytes - sums.nameBytes) / sums.keys
  const stored = (sums: Sums): number => (sums.payloadBytes - sums.nameBytes) / sums.keys
  if (!near(bare(a), bare(b), spread) || !near(stored(a), stored(b), spread)) return false
  const chance = Math.sqrt(0.25 / a.keys + 0.25 / b.keys)
  return Math.abs(a.expiring / a.keys - b.expiring / b.keys) <= 0.1 + 2 * chance
}

/** Of `ramBytes` per key. */
function variance(sums: Sums): number {
  const mean = sums.ramBytes / sums.keys
  return Math.max(0, sums.ramSquares / sums.keys - mean * mean)
}

/** Within 15 %, two bytes, or what chance explains. */
function near(a: number, b: number, spread: number): boolean {
  const larger = Math.max(Math.abs(a), Math.abs(b))
  return Math.abs(a - b) <= Math.max(2, 0.15 * larger + Math.min(2 * spread, 0.35 * larger))
}
