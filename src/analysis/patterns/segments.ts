import { compareText } from '../names.js'
import type { PatternCells } from './cells.js'
import { KIND, WEAK_SEPARATORS } from './classes.js'
import { Families, type FamilyNode, noSums } from './families.js'
import type { Part } from './parts.js'

/**
 * What stands between two strong separators: `dark-mode`, `user_{int}`, `{uuid}`. The tree of segments is what
 * patterns and the prefix tree are read from.
 */
export interface Segment extends FamilyNode {
  /** Glob of the same: `user_*`. */
  glob: string
  /** All text, nothing variable. */
  literal: boolean
  children: Segment[]
}

/** Alike texts in the middle of a name are put together from two on, when each has so many keys. */
const FEW_KEYS = 20
/** A token shape so many times rarer than the main one at its place may be the main one, cut by chance. */
const SCATTERED = 50
/** A shape with a word in it must be so many times rarer: `{base64}-lock` may well be meant. */
const SCATTERED_WORD = 10_000
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
  readonly #families: Families
  readonly #weak: string

  constructor(cells: PatternCells, weak: string) {
    this.#families = new Families(cells)
    this.#weak = weak
  }

  build(root: Part): Segment {
    const segment = blank('', '', '', true)
    segment.cells.push(...root.cells)
    this.#addChildren(segment, [root], true)
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
      this.#joinScattered(child)
      this.#foldAlike(child)
      this.#finish(child)
      segment.children.push(child)
    }
  }

  #finish(segment: Segment): void {
    this.#families.finish(segment, (child) => (child as Segment).literal)
  }

  /**
   * Random tokens may hold dashes and underscores, which cut some of them into pieces that look like this and that.
   * Where nearly all tokens at a place are `{base64}` or `{*}`, such rare siblings are the same.
   */
  #joinScattered(parent: Segment): void {
    const mains = parent.children.filter((child) => child.label === '{base64}' || child.label === '{*}')
    mains.sort((a, b) => b.sums.keys - a.sums.keys || compareText(a.label, b.label))
    for (const main of mains) {
      if (!parent.children.includes(main)) continue
      const rare = parent.children.filter(
        (child) =>
          child !== main &&
          child.sums.keys * SCATTERED <= main.sums.keys &&
          child.separator.startsWith(main.separator) &&
          /^[-_]*$/.test(child.separator.slice(main.separator.length)) &&
          (child.separator !== main.separator || /[-_]|^\{(?:\*|hex|base64)\}$/.test(child.label)) &&
          looksScattered(child, main.sums.keys),
      )
      for (const child of rare) {
        parent.children.splice(parent.children.indexOf(child), 1)
        this.#merge(child, main)
      }
      this.#joinTrailing(main)
      if (rare.length > 0) this.#finishAll(main)
    }
  }

  /** The same for dashes at the end of a token, which stand with the separator behind it. */
  #joinTrailing(token: Segment): void {
    for (const main of [...token.children]) {
      for (const child of [...token.children]) {
        if (child.label !== main.label || child.sums.keys * SCATTERED > main.sums.keys) continue
        if (!child.separator.endsWith(main.separator)) continue
        if (!/^[-_]+$/.test(child.separator.slice(0, -main.separator.length))) continue
        token.children.splice(token.children.indexOf(child), 1)
        this.#merge(child, main)
        this.#finishAll(main)
      }
    }
  }

  /** Puts children together that are all text, go on alike with something variable, and hold alike values. */
  #foldAlike(parent: Segment): void {
    const texts = parent.children.filter((child) => child.literal && child.variableBelow && child.sums.keys >= FEW_KEYS)
    for (const family of this.#families.alike(texts)) this.#putTogether(parent, family)
  }

  #putTogether(parent: Segment, family: readonly Segment[]): void {
    const labels = family.map((member) => member.label).sort(compareText)
    const listed = `{${labels.join('|')}}`
    const plain = labels.every((label) => label !== '' && !/[{}|]/.test(label))
    const label = plain && labels.length <= LISTED && listed.length <= LISTED_CHARACTERS ? listed : '{*}'
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

/** Whether a segment may be pieces of a random token: variable parts, and texts that are no words or very rare. */
function looksScattered(segment: Segment, mainKeys: number): boolean {
  if (!segment.label.includes('{')) return false
  for (const piece of segment.label.split(/[-_]+/)) {
    if (piece === '' || /^[A-Za-z]*\{[^}]+\}$/.test(piece)) continue
    const random = piece.length === 1 || (/[a-z]/.test(piece) && /[A-Z]/.test(piece)) || /[0-9]/.test(piece)
    if (!random && segment.sums.keys > 3 && segment.sums.keys * SCATTERED_WORD > mainKeys) return false
  }
  return true
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
