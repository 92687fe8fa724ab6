import type { GroupRow } from '../../reports/report.js'
import type { KeyBatch } from '../batch.js'
import { type ByteMatcher, compileGlob } from '../glob.js'
import type { GroupRule } from './group-file.js'
import { compareText } from './names.js'
import { floatsOf, StateError } from './state.js'

/** Sums per group, side by side. */
const STAT = {
  keys: 0,
  ramBytes: 1,
  overheadBytes: 2,
  payloadBytes: 3,
  rdbBytes: 4,
  withoutTtl: 5,
  withoutTtlRamBytes: 6,
} as const
const STATS = 7

interface Rule {
  readonly group: number
  /** What every name that fits begins with. */
  readonly prefix: Uint8Array
  /** Null: the prefix is all there is to it. */
  readonly matches: ByteMatcher | null
}

export interface GroupsState {
  readonly names: readonly { readonly group: string; readonly owner: string | null }[]
  /** `STATS` sums per group, then those of the keys outside of all. */
  readonly sums: Float64Array
}

/** Keys and bytes of the groups of a group file. */
export class Groups {
  readonly #names: readonly { readonly group: string; readonly owner: string | null }[]
  /** Rules by the first byte of the names they can fit, in the order of the file; the last list is for empty names. */
  readonly #byFirstByte: readonly (readonly Rule[])[]
  readonly #sums: Float64Array

  constructor(rules: readonly GroupRule[]) {
    const names = new Map<string, { group: string; owner: string | null; index: number }>()
    for (const { group, owner } of rules) {
      if (!names.has(group)) names.set(group, { group, owner, index: names.size })
    }
    this.#names = [...names.values()]
    this.#sums = new Float64Array((names.size + 1) * STATS)
    const compiled = rules.map((rule) => compile(rule, names.get(rule.group)!.index))
    this.#byFirstByte = Array.from({ length: 257 }, (_, byte) =>
      compiled.filter(({ prefix }) => prefix.length === 0 || prefix[0] === byte),
    )
  }

  add(batch: KeyBatch): void {
    const sums = this.#sums
    const { ramBytes, overheadBytes, payloadBytes, rdbBytes, expiresAtMs } = batch
    for (let row = 0; row < batch.length; row++) {
      const at = this.#groupOf(batch.keyBytes, batch.keyStart[row]!, batch.keyEnd[row]!) * STATS
      const ram = ramBytes[row]!
      sums[at]!++
      sums[at + STAT.ramBytes]! += ram
      sums[at + STAT.overheadBytes]! += overheadBytes[row]!
      sums[at + STAT.payloadBytes]! += payloadBytes[row]!
      sums[at + STAT.rdbBytes]! += rdbBytes[row]!
      if (expiresAtMs[row] === -1) {
        sums[at + STAT.withoutTtl]!++
        sums[at + STAT.withoutTtlRamBytes]! += ram
      }
    }
  }

  /** Adds what groups of the same file have seen. */
  merge(other: Groups): void {
    for (let at = 0; at < this.#sums.length; at++) this.#sums[at]! += other.#sums[at]!
  }

  state(): GroupsState {
    return { names: this.#names.map(({ group, owner }) => ({ group, owner })), sums: this.#sums.slice() }
  }

  /** Groups that only add up: keys are no longer told apart. @throws StateError */
  static restore(state: GroupsState): Groups {
    if (!Array.isArray(state.names)) throw new StateError('groups.names is no list')
    const rules = state.names.map(({ group, owner }: { group: unknown; owner: unknown }) => {
      if (typeof group !== 'string' || (owner !== null && typeof owner !== 'string')) {
        throw new StateError('groups.names is no list of names')
      }
      return { glob: '', group, owner }
    })
    const groups = new Groups(rules)
    groups.#sums.set(floatsOf(state.sums, groups.#sums.length, 'groups.sums'))
    return groups
  }

  /** The names, in the order of the file: groups of equal names can be merged. */
  get signature(): string {
    return JSON.stringify(this.#names.map(({ group, owner }) => [group, owner]))
  }

  /** Most ramBytes first; a last row `[other]` for the keys that no line fits. They add up to all keys. */
  result(): readonly GroupRow[] {
    const total = this.#names.reduce((sum, _, group) => sum + this.#sums[group * STATS + STAT.ramBytes]!, this.#other())
    const row = (group: string, owner: string | null, index: number): GroupRow => {
      const stat = (which: number): number => this.#sums[index * STATS + which]!
      return {
        group,
        owner,
        keys: stat(STAT.keys),
        ramBytes: stat(STAT.ramBytes),
        overheadBytes: stat(STAT.overheadBytes),
        payloadBytes: stat(STAT.payloadBytes),
        rdbBytes: stat(STAT.rdbBytes),
        share: total === 0 ? 0 : stat(STAT.ramBytes) / total,
        withoutTtl: stat(STAT.withoutTtl),
        withoutTtlRamBytes: stat(STAT.withoutTtlRamBytes),
      }
    }
    const rows = this.#names.map(({ group, owner }, index) => row(group, owner, index))
    rows.sort((a, b) => b.ramBytes - a.ramBytes || b.keys - a.keys || compareText(a.group, b.group))
    return [...rows, row('[other]', null, this.#names.length)]
  }

  #other(): number {
    return this.#sums[this.#names.length * STATS + STAT.ramBytes]!
  }

  #groupOf(bytes: Uint8Array, start: number, end: number): number {
    const rules = this.#byFirstByte[start === end ? 256 : bytes[start]!]!
    for (let i = 0; i < rules.length; i++) {
      const { group, prefix, matches } = rules[i]!
      if (!startsWith(bytes, start, end, prefix)) continue
      if (matches === null || matches(bytes, start, end)) return group
    }
    return this.#names.length
  }
}

function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false
  return true
}

function compile({ glob }: GroupRule, group: number): Rule {
  const literal = /^[^*?[\\]*/.exec(glob)![0]
  const prefix = new TextEncoder().encode(literal)
  return { group, prefix, matches: glob === `${literal}*` ? null : compileGlob(glob) }
}
