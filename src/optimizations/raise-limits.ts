import type { RdbKey, RedisType } from '../../parsers/index.js'
import { type KeyBatch, TYPE } from '../batch.js'
import type { SettingName } from '../memory/settings.js'
import type { Target } from '../memory/target.js'
import { type CurvePoint, ElementCounts, elbowOf } from './curve.js'
import { Groups, GroupTally } from './groups.js'
import type { NamePatterns } from './names.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import type { ParameterSpec } from './parameters.js'
import { RewriteRun } from './rewriter.js'

interface LimitSettings {
  readonly id: string
  readonly title: string
  readonly why: string
  readonly type: RedisType
  readonly entries: SettingName
  /** Null where length has no say. */
  readonly value: SettingName | null
  /** Has to be raised together with `entries`. */
  readonly gate?: SettingName
  /** Why there is no such limit on a target; null when there is. */
  unavailable?(target: Target): string | null
  readonly breaks: readonly string[]
  readonly excludes?: readonly string[]
}

/** Limits that are tried: from the default of most versions to where commands get slow. */
const ENTRIES = [64, 128, 256, 512, 768, 1024, 2048, 4096, 8192, 16384]
const VALUES = [64, 128, 256, 512, 1024, 4096]
/** Without parameters nothing larger is chosen: a walk through more than this, on every command, is felt. */
const MOST_ENTRIES = 1024
const MOST_VALUE = 512
const MOST_INTSET = 8192

/** Figures of a cell: keys, their bytes before, and after; squares of what each saves. */
const CELL = 4

/** How far one limit goes in each direction, as sums over keys: cell = entries × value. */
class LimitTally extends GroupTally {
  readonly cells: Float64Array

  constructor(cells: number, ...group: ConstructorParameters<typeof GroupTally>) {
    super(...group)
    this.cells = new Float64Array(CELL * cells)
  }

  /** The limits of that cell are chosen. */
  take(cell: number): void {
    this.keys = this.cells[cell]!
    this.keysAfter = this.keys
    this.ramBefore = this.cells[cell + 1]!
    this.ramAfter = this.cells[cell + 2]!
    this.savedSquares = this.cells[cell + 3]!
    this.resizedKeys = this.keys
  }
}

/** A technique that raises the limit up to which values of a type are packed. */
export function raiseLimits(what: LimitSettings): Technique {
  const { entries, value, gate } = what
  const parameters: ParameterSpec[] = [
    { name: 'entries', kind: 'number', least: 1, describe: `${entries} [the elbow of the curve]` },
  ]
  if (value !== null) parameters.push({ name: 'value', kind: 'number', least: 1, describe: `${value} [likewise]` })
  if (gate !== undefined) {
    parameters.push({ name: 'intset', kind: 'number', least: 1, describe: `${gate} [raised as far as entries]` })
  }
  const names = [entries, ...(value === null ? [] : [value]), ...(gate === undefined ? [] : [gate])]
  return {
    id: what.id,
    title: what.title,
    why: what.why,
    effort: 'setting',
    certainty: 'exact',
    breaks: what.breaks,
    cpu:
      'Commands on a packed value walk through it, and writes move what is behind: some ten microseconds per thousand ' +
      'elements instead of one. Keys that are written very often are better off under a lower limit (--param entries).',
    steps: [
      ...names.map((name) => `redis.conf: ${name} <limit>`),
      ...names.map((name) => `CONFIG SET ${name} <limit>`),
      'Values that are there already change when they are loaded or written anew: restart from the dump, or resync a replica and fail over.',
    ],
    verify: [
      'OBJECT ENCODING <key> of keys near the limit',
      'INFO memory: used_memory after the restart',
      'LATENCY HISTOGRAM of the commands on these keys',
    ],
    rollback: [
      ...names.map((name) => `CONFIG SET ${name} <old limit>`),
      'Packed values stay packed until they grow beyond the old limit or the server restarts.',
    ],
    parameters,
    ...(what.excludes === undefined ? {} : { excludes: what.excludes }),
    start(context) {
      const reason = what.unavailable?.(context.target) ?? null
      return reason ?? new RaiseLimitsRun(what, context)
    },
  }
}

class RaiseLimitsRun extends RewriteRun<LimitTally> {
  readonly #what: LimitSettings
  readonly #type: number
  readonly #entries: readonly number[]
  readonly #values: readonly number[]
  /** One limit only: what it does is what the sizer says. */
  readonly #isGiven: boolean
  readonly #elements = new Map<number, ElementCounts>()
  /** No limit, old or new, reaches keys with more elements. */
  readonly #most: number
  #isBeyond = false

  constructor(what: LimitSettings, context: TechniqueContext) {
    const { target, parameters } = context
    const current = Number(target.settings[what.entries])
    const currentValue = what.value === null ? 0 : Number(target.settings[what.value])
    const entries = candidates(parameters.number('entries'), parameters.has('value') ? [current] : ENTRIES, current)
    const values =
      what.value === null
        ? [Infinity]
        : candidates(parameters.number('value'), parameters.has('entries') ? [currentValue] : VALUES, currentValue)
    const settings: Record<string, number> = { [what.entries]: Math.max(...entries) }
    if (what.value !== null) settings[what.value] = Math.max(...values)
    if (what.gate !== undefined) {
      const before = Number(target.settings[what.gate])
      // Somebody who names one limit means that one.
      const gate = parameters.number('intset') ?? (parameters.has('entries') ? before : Math.max(before, ...entries))
      settings[what.gate] = gate
    }
    super(
      context,
      { ...target, settings: { ...target.settings, ...settings } },
      groupsOf(context.names, entries.length * values.length),
    )
    const after = this.sizer.costs.settings
    const limits = [what.entries, ...(what.gate === undefined ? [] : [what.gate])]
    this.#most = Math.max(...limits.flatMap((name) => [Number(target.settings[name]), Number(after[name])]))
    this.#what = what
    this.#type = TYPE[what.type]
    this.#entries = entries
    this.#values = values
    this.#isGiven = entries.length === 1 && values.length === 1
  }

  override takes(key: RdbKey): boolean {
    this.#isBeyond = false
    this.wantsValue = true
    return key.layout.redisType === this.#what.type
  }

  override count(elements: number): void {
    if (elements > this.#most) {
      this.#isBeyond = true
      this.wantsValue = false
    } else super.count(elements)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    if (!this.#isBeyond) super.row(key, batch, row)
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    const before = batch.ramBytes[row]!
    const after = this.sizer.ramBytes
    const changes = this.sizer.encoding !== batch.encoding[row]
    if (!changes && after === before) return
    const entries = this.#entries
    const values = this.#values
    const elements = batch.elements[row]!
    const longest = batch.longestElementBytes[row]!
    const tally = this.groups.at(batch.file, key.db, this.#type, batch.encoding[row]!)
    for (let e = 0; e < entries.length; e++) {
      if (elements > entries[e]! && !this.#isGiven) continue
      for (let v = 0; v < values.length; v++) {
        if (longest > values[v]! && !this.#isGiven) continue
        const cell = CELL * (e * values.length + v)
        tally.cells[cell]!++
        tally.cells[cell + 1]! += before
        tally.cells[cell + 2]! += after
        tally.cells[cell + 3]! += (before - after) ** 2
      }
      // Bands of counts, so that a quantile is known for the limit that is chosen in the end.
      let counts = this.#elements.get(e)
      if (counts === undefined) {
        counts = new ElementCounts()
        this.#elements.set(e, counts)
      }
      counts.add(elements)
    }
  }

  override outcome(): Outcome {
    const { context } = this
    const what = this.#what
    const given = { entries: context.parameters.number('entries'), value: context.parameters.number('value') }
    const current = Number(context.target.settings[what.entries])
    const most = what.type === 'set' && what.value === null ? MOST_INTSET : MOST_ENTRIES
    const v = this.#values.length - 1
    // First how long values may be, at any number; then how many.
    const valueCurve = this.#values.map((limit, index) => this.#point(limit, this.#bestEntries(most), index))
    const valueChoice =
      given.value !== undefined || this.#values.length === 1
        ? v
        : chosen(
            valueCurve.filter(({ limit }) => limit <= MOST_VALUE),
            valueCurve,
          )
    const curve = this.#entries.map((limit, index) => this.#point(limit, index, valueChoice))
    const choice =
      given.entries !== undefined || this.#entries.length === 1
        ? curve.length - 1
        : chosen(
            curve.filter(({ limit }) => limit <= most),
            curve,
          )
    const limit = this.#entries[choice]!
    const cell = CELL * (choice * this.#values.length + valueChoice)
    for (const tally of this.groups.all) tally.take(cell)
    const groups = this.groups.all.filter((tally) => tally.keys > 0)
    const lines: [SettingName, number][] = [[what.entries, limit]]
    if (what.value !== null) lines.push([what.value, this.#values[valueChoice]!])
    if (what.gate !== undefined) {
      const gate = context.parameters.number('intset') ?? this.#gate(limit)
      lines.push([what.gate, gate])
    }
    const changed = lines.filter(([name, value]) => value !== Number(context.target.settings[name]))
    return {
      groups,
      parameters: {
        entries: limit,
        ...(what.value === null ? {} : { value: this.#values[valueChoice] }),
        ...(what.gate === undefined ? {} : { intset: lines.at(-1)![1] }),
        current,
        curve,
        ...(what.value === null ? {} : { valueCurve }),
        elbow: elbowOf(curve)?.limit ?? null,
        p99Elements: this.#elements.get(choice)?.quantile(0.99) ?? 0,
        redisConf: changed.map(([name, value]) => `${name} ${value}`),
      },
      assumptions: ['Sizes hold for a server that has loaded the data under the new limit.'],
      change: { kind: 'setting', settings: Object.fromEntries(lines) },
      ...(changed.length === 0
        ? {}
        : {
            steps: [
              ...changed.map(([name, value]) => `redis.conf: ${name} ${value}`),
              ...changed.map(([name, value]) => `CONFIG SET ${name} ${value}`),
              'Values that are there already change when they are loaded or written anew: restart from the dump, or resync a replica and fail over.',
            ],
            rollback: [
              ...changed.map(([name]) => `CONFIG SET ${name} ${context.target.settings[name]}`),
              'Packed values stay packed until they grow beyond the old limit or the server restarts.',
            ],
          }),
    }
  }

  /** The limit that has to go with `entries`, where it was not given. */
  #gate(entries: number): number {
    const before = Number(this.context.target.settings[this.#what.gate!])
    return this.context.parameters.has('entries') ? before : Math.max(before, entries)
  }

  #bestEntries(most: number): number {
    const within = this.#entries.filter((limit) => limit <= most).length
    return Math.max(0, within - 1)
  }

  #point(limit: number, e: number, v: number): CurvePoint {
    const cell = CELL * (e * this.#values.length + v)
    let savedBytes = 0
    let keys = 0
    for (const { cells } of this.groups.all) {
      keys += cells[cell]!
      savedBytes += cells[cell + 1]! - cells[cell + 2]!
    }
    return { limit, keys, savedBytes: Math.round(savedBytes) }
  }
}

/** Position of the elbow of some points among all of them; the first (today's limit) when nothing is saved. */
function chosen(some: readonly CurvePoint[], all: readonly CurvePoint[]): number {
  const elbow = elbowOf(some)
  return elbow === null ? 0 : all.indexOf(elbow)
}

/** Today's limit and those above it, or only the one given. */
function candidates(given: number | undefined, limits: readonly number[], current: number): readonly number[] {
  if (given !== undefined) return [given]
  return [current, ...limits.filter((limit) => limit > current)]
}

function groupsOf(names: NamePatterns, cells: number): Groups<LimitTally> {
  return new Groups(names, (...group) => new LimitTally(cells, ...group))
}
