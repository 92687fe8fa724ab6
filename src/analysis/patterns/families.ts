import { typeOfCode } from '../../batch.js'
import { compareText } from '../names.js'
import { STAT, STRIDE } from './cell-layout.js'
import type { PatternCells } from './cells.js'

/** Sums of a subtree, as far as two families of keys are compared by them. */
export interface FamilySums {
  keys: number
  ramBytes: number
  ramSquares: number
  nameBytes: number
  payloadBytes: number
  expiring: number
}

/** A node of a tree of name parts or segments that families are looked for in. */
export interface FamilyNode {
  separator: string
  label: string
  cells: number[]
  children: FamilyNode[]
  sums: FamilySums
  /** Equal for subtrees of equal structure and types. */
  shape: number
  /** Something variable below. */
  variableBelow: boolean
}

export function noSums(): FamilySums {
  return { keys: 0, ramBytes: 0, ramSquares: 0, nameBytes: 0, payloadBytes: 0, expiring: 0 }
}

/** Finds subtrees that differ in one text only and hold alike values: `stats:buy:{int}` and `stats:click:{int}`. */
export class Families {
  readonly #cells: PatternCells
  readonly #shapes = new Map<string, number>()

  constructor(cells: PatternCells) {
    this.#cells = cells
  }

  /** Computes sums and shape of a node from its cells and its finished children. */
  finish(node: FamilyNode, isText: (node: FamilyNode) => boolean): void {
    const sums = noSums()
    const types = new Set<number>()
    const { stats, code } = this.#cells
    for (const cell of node.cells) {
      const at = cell * STRIDE
      types.add(typeOfCode(code[cell]!))
      sums.keys += stats[at + STAT.keys]!
      sums.ramBytes += stats[at + STAT.ramBytes]!
      sums.ramSquares += stats[at + STAT.ramSquares]!
      sums.nameBytes += stats[at + STAT.nameBytes]!
      sums.payloadBytes += stats[at + STAT.payloadBytes]!
      sums.expiring += stats[at + STAT.expiring]!
    }
    node.variableBelow = false
    const shapes: string[] = []
    for (const child of node.children) {
      sums.keys += child.sums.keys
      sums.ramBytes += child.sums.ramBytes
      sums.ramSquares += child.sums.ramSquares
      sums.nameBytes += child.sums.nameBytes
      sums.payloadBytes += child.sums.payloadBytes
      sums.expiring += child.sums.expiring
      if (!isText(child) || child.variableBelow) node.variableBelow = true
      shapes.push(`${child.separator}\n${child.label}\n${child.shape}`)
    }
    shapes.sort(compareText)
    const shape = `${[...types].sort((a, b) => a - b).join(',')}\n${shapes.join('\n')}`
    const known = this.#shapes.get(shape)
    node.shape = known ?? this.#shapes.size
    if (known === undefined) this.#shapes.set(shape, node.shape)
    node.sums = sums
  }

  /** Groups of two and more nodes with the same separator, the same shape and alike sums; most keys first. */
  alike<T extends FamilyNode>(nodes: readonly T[]): T[][] {
    const places = new Map<string, T[]>()
    for (const node of nodes) {
      const key = `${node.separator}\n${node.shape}`
      const place = places.get(key)
      if (place === undefined) places.set(key, [node])
      else place.push(node)
    }
    const groups: T[][] = []
    for (const place of places.values()) {
      // The best known family is the one the others are compared with.
      let left = place.sort((a, b) => b.sums.keys - a.sums.keys || compareText(a.label, b.label))
      while (left.length > 1) {
        const first = left[0]!
        const group = left.filter((other) => other === first || areAlike(first.sums, other.sums))
        if (group.length > 1) groups.push(group)
        left = left.filter((other) => !group.includes(other))
      }
    }
    return groups
  }
}

/** A name that is a few bytes longer can cost so much more: the allocator's next size class. */
const ROUNDING = 16

/** Whether two families hold the same kind of thing: size without the name, stored bytes, share that expires. */
function areAlike(a: FamilySums, b: FamilySums): boolean {
  const spread = Math.sqrt(variance(a) / a.keys + variance(b) / b.keys)
  const bare = (sums: FamilySums): number => (sums.ramBytes - sums.nameBytes) / sums.keys
  const stored = (sums: FamilySums): number => (sums.payloadBytes - sums.nameBytes) / sums.keys
  if (!near(bare(a), bare(b), ROUNDING, spread) || !near(stored(a), stored(b), 2, spread)) return false
  const chance = Math.sqrt(0.25 / a.keys + 0.25 / b.keys)
  return Math.abs(a.expiring / a.keys - b.expiring / b.keys) <= 0.1 + 2 * chance
}

/** Of `ramBytes` per key. */
function variance(sums: FamilySums): number {
  const mean = sums.ramBytes / sums.keys
  return Math.max(0, sums.ramSquares / sums.keys - mean * mean)
}

/** Within 15 %, some bytes, or what chance explains. */
function near(a: number, b: number, bytes: number, spread: number): boolean {
  const larger = Math.max(Math.abs(a), Math.abs(b))
  return Math.abs(a - b) <= Math.max(bytes, 0.15 * larger + Math.min(2 * spread, 0.35 * larger))
}
