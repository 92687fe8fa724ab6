import type { Container, RdbKey, RdbString } from '../../parsers/index.js'
import { FLAG_FIELD_EXPIRY, KeyBatch, TYPE, TYPES } from '../batch.js'
import type { Settings } from '../memory/settings.js'
import type { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import { AsElements } from '../optimizations/as-elements.js'
import { CERTAIN_FILE, currentGroup, Groups, GroupTally, groupNumber } from '../optimizations/groups.js'
import type { Change, Outcome, Technique, TechniqueContext, TechniqueRun } from '../optimizations/optimization.js'
import { inChain } from '../optimizations/pieces.js'
import { Fork, RewriteRun, Rewriter, type ShapeSink, Vanish } from '../optimizations/rewriter.js'
import { addDictionaries } from '../optimizations/sampling/dictionary-key.js'

/** A technique in a sequence. */
export interface Step {
  readonly technique: Technique
  readonly change: Change
  /** Of the first reading: `names` have to be the same. */
  readonly context: TechniqueContext
  /** Groups that it changes, as `groupNumber` tells them apart; of a setting: all that it concerns. */
  readonly groups: ReadonlySet<number> | 'all'
  /** Keys per group that are enough to say what it does; null: every key is looked at. */
  readonly sample: SampleRates | null
  /** What was chosen behind the steps before it, where that is something else than alone. */
  readonly outcome?: Outcome | undefined
}

/** One key in so many is looked at, by group; 1 where it is not said. */
export type SampleRates = ReadonlyMap<number, number>

/** Types whose keys take another shape when a setting changes. */
function typesOf(settings: Readonly<Record<string, string | number>>): ReadonlySet<number> {
  const types = new Set<number>()
  for (const name of Object.keys(settings)) {
    const type = /^(hash|zset|set|list|stream)-/.exec(name)?.[1]
    if (type !== undefined) types.add(TYPE[type as keyof typeof TYPE])
    else for (const any of Object.values(TYPE)) types.add(any)
  }
  return types
}

/** A target that has been told some settings; of two limits the higher one holds. */
function withSettings(target: Target, steps: readonly Step[]): Target {
  const settings: Record<string, unknown> = { ...target.settings }
  const told = new Set<string>()
  for (const { change } of steps) {
    if (change.kind !== 'setting') continue
    for (const [name, value] of Object.entries(change.settings)) {
      const before = settings[name]
      const isRaised = told.has(name) && typeof value === 'number' && typeof before === 'number'
      settings[name] = isRaised ? Math.max(before, value) : value
      told.add(name)
    }
  }
  return { ...target, settings: settings as unknown as Settings }
}

/** Keys of a group after a stage; `ramBefore` and the like are those of the dump. */
export class StageTally extends GroupTally {
  sampledKeys = 0
  sampledBefore = 0
  override usageAfter = 0

  /** What was counted of a sample, for all. */
  extrapolate(): void {
    if (this.sampledKeys === this.keys) return
    if (this.sampledKeys === 0) {
      // Nobody looked: nothing is known to change.
      this.ramAfter = this.ramBefore
      this.usageAfter = this.usageBefore
      this.keysAfter = this.keys
      this.expiresAfter = this.expires
      this.fieldExpiryKeysAfter = this.fieldExpiryKeys
      return
    }
    const perByte = this.ramBefore / this.sampledBefore
    const perKey = this.keys / this.sampledKeys
    this.ramAfter = Math.round(this.ramAfter * perByte)
    this.usageAfter = Math.round(this.usageAfter * perByte)
    this.keysAfter = Math.round(this.keysAfter * perKey)
    this.expiresAfter = Math.min(this.keysAfter, Math.round(this.expiresAfter * perKey))
    this.fieldExpiryKeysAfter = Math.round(this.fieldExpiryKeysAfter * perKey)
  }
}

/**
 * The data set behind the last of some steps: prices each key that this step concerns as all of them together leave it.
 * The settings of all steps hold; keys go through the changes in order, and into gathered keys at the end.
 */
export class StageRun extends RewriteRun<StageTally> {
  readonly #steps: readonly Step[]
  readonly #last: Step
  readonly #types: ReadonlySet<number> | null
  /** Groups whose keys end as parts of others. */
  readonly #gathered = new Set<number>()
  readonly #rates = new Map<number, number>()
  readonly #gatherings: Gathering[] = []
  readonly #chain: ShapeSink
  readonly #nothing: ShapeSink
  /** Leads into the chain, or past it. */
  #gate!: Rewriter
  readonly #price: Price
  #isSampled = true

  /** @param steps up to and with the one at hand */
  constructor(steps: readonly Step[], target: Target) {
    const last = steps.at(-1)!
    const after = withSettings(target, steps)
    const { names } = last.context
    super({ ...last.context, target: after }, after, new Groups(names, (...group) => new StageTally(...group)))
    this.#steps = steps
    this.#last = last
    this.#types = last.change.kind === 'setting' ? typesOf(last.change.settings) : null
    this.#price = new Price(this.sizer)
    let sink: ShapeSink = this.#price
    for (const { change } of steps) {
      if (change.kind !== 'setting' || change.isAnew === undefined) continue
      sink = new Fork(sink, new AsElements(sink, 'list'), (key) => change.isAnew!(key))
    }
    for (const { change, groups, context } of steps) {
      if (change.kind !== 'gather') continue
      if (groups !== 'all') for (const group of groups) this.#gathered.add(group)
      const gathering = new Gathering(sink, this.#price, change.again({ ...context, target: after }))
      this.#gatherings.push(gathering)
      sink = forkFor({ groups, context }, sink, gathering)
    }
    for (const { change, groups, context } of inChain(steps, ({ change }) => change).reverse()) {
      if (change.kind === 'keys') sink = forkFor({ groups, context }, sink, change.through(sink))
    }
    for (const { sample } of steps) for (const [group, rate] of sample ?? []) this.#rates.set(group, rate)
    this.#chain = sink
    this.#nothing = new Vanish()
    this.through((next) => {
      this.#gate = new Rewriter(next)
      return this.#gate
    })
  }

  override takes(): boolean {
    const { names } = this.context
    const group = currentGroup(names)
    const { groups } = this.#last
    const isGathered = this.#gathered.has(group)
    if (this.#types !== null) {
      if (!this.#types.has(group % 16) && !isGathered) return false
    } else if (groups !== 'all' && !groups.has(group)) return false
    const rate = isGathered ? 1 : (this.#rates.get(group) ?? 1)
    this.#isSampled = rate === 1 || sampleHash(names.key!.key) % rate === 0
    this.wantsValue = this.#isSampled
    this.#gate.next = this.#isSampled ? this.#chain : this.#nothing
    this.#price.reset()
    return true
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    this.#price.file = batch.file
    super.row(key, batch, row)
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    const tally = this.groups.at(batch.file, key.db, TYPE[key.layout.redisType], 0)
    tally.before(batch, row)
    if (!this.#isSampled) return
    tally.sampledKeys++
    tally.sampledBefore += batch.ramBytes[row]!
    this.#price.addTo(tally)
  }

  /** Groups with their keys before the first step and behind the last one; to be called once. */
  tallies(): readonly StageTally[] {
    const { all } = this.groups
    for (const tally of all) tally.extrapolate()
    this.#addDictionaries(all)
    for (const gathering of this.#gatherings) gathering.addTo(all)
    return all
  }

  /** What values are written with lies beside them, once per pattern and database. */
  #addDictionaries(tallies: readonly StageTally[]): void {
    const given = new Set<string>()
    for (const tally of tallies) {
      const { file, db, pattern, type } = tally
      const group = groupNumber(db, pattern, type)
      const id = `${file % CERTAIN_FILE} ${group}`
      if (given.has(id)) continue
      given.add(id)
      for (const { change, groups } of this.#steps) {
        if (change.kind !== 'keys' || (groups !== 'all' && !groups.has(group))) continue
        addDictionaries(tally, change.families?.dictionariesOf(pattern, TYPES[type]!) ?? [], this.pricer)
      }
    }
  }

  override outcome(): Outcome {
    return { groups: this.tallies() }
  }
}

/** Only keys that a step gets go its way. */
function forkFor(
  { groups, context }: Pick<Step, 'groups' | 'context'>,
  others: ShapeSink,
  chosen: ShapeSink,
): ShapeSink {
  const { names, parameters } = context
  const { match } = parameters
  return new Fork(others, chosen, () => {
    if (groups !== 'all' && !groups.has(currentGroup(names))) return false
    if (match === null) return true
    const { bytes, start, end } = names.key!.key.load()
    return match(bytes, start, end)
  })
}

/** The end of a chain: the sizer, and what it says of the keys that a key has become: none, one, or several. */
class Price extends Rewriter {
  /** Of the key at hand; known when it ends. */
  file = 0
  #keys = 0
  #ramBytes = 0
  #usageBytes = 0
  #expires = 0
  #fieldExpiryKeys = 0

  constructor(readonly sizer: KeySizer) {
    super(sizer)
  }

  /** The next key of the dump comes. */
  reset(): void {
    this.#keys = 0
    this.#ramBytes = 0
    this.#usageBytes = 0
    this.#expires = 0
    this.#fieldExpiryKeys = 0
  }

  override end(key: RdbKey): void {
    super.end(key)
    const { sizer } = this
    this.#keys++
    this.#ramBytes += sizer.ramBytes
    this.#usageBytes += sizer.memoryUsageBytes
    if (sizer.hasExpiry) this.#expires++
    if (sizer.hasFieldExpiry) this.#fieldExpiryKeys++
  }

  addTo(tally: StageTally): void {
    tally.keysAfter += this.#keys
    tally.ramAfter += this.#ramBytes
    tally.usageAfter += this.#usageBytes
    tally.expiresAfter += this.#expires
    tally.fieldExpiryKeysAfter += this.#fieldExpiryKeys
  }
}

/** Shows keys to the sizer, as they are, and to a technique that makes them parts of others. */
class Gathering extends Rewriter {
  readonly #price: Price
  readonly #run: TechniqueRun
  readonly #batch = new KeyBatch(1)
  #looks = false
  /** Entries of the container at hand are for the technique, and for the sizer. */
  #runWants = false
  #sizerWants = false

  constructor(next: ShapeSink, price: Price, run: TechniqueRun) {
    super(next)
    this.#price = price
    this.#run = run
  }

  /** Puts what became of the keys in place of what they were. */
  addTo(tallies: readonly StageTally[]): void {
    for (const group of this.#run.outcome().groups) {
      const { file, db, pattern, type } = group
      const tally = tallies.find(
        (candidate) =>
          candidate.file === file && candidate.db === db && candidate.pattern === pattern && candidate.type === type,
      )
      if (tally === undefined) continue
      tally.ramAfter += group.ramAfter - group.ramBefore
      tally.usageAfter += group.usageAfter - group.usageBefore
      tally.keysAfter += group.keysAfter - group.keys
      tally.expiresAfter += group.expiresAfter - group.expires
      tally.fieldExpiryKeysAfter += group.fieldExpiryKeysAfter - group.fieldExpiryKeys
    }
  }

  override begin(key: RdbKey): void {
    super.begin(key)
    this.#looks = this.#run.begin(key)
    this.#runWants = this.#looks
    this.#sizerWants = true
  }

  override end(key: RdbKey): void {
    super.end(key)
    if (!this.#looks) return
    const { sizer, file } = this.#price
    const batch = this.#batch
    batch.file = file
    batch.db[0] = key.db
    batch.type[0] = sizer.type
    batch.encoding[0] = sizer.encoding
    batch.flags[0] = sizer.hasFieldExpiry ? FLAG_FIELD_EXPIRY : 0
    batch.elements[0] = key.elements
    batch.longestElementBytes[0] = sizer.longestElementBytes
    batch.payloadBytes[0] = sizer.payloadBytes
    batch.ramBytes[0] = sizer.ramBytes
    batch.memoryUsageBytes[0] = sizer.memoryUsageBytes
    batch.expiresAtMs[0] = key.expiresAtMs
    this.#run.row(key, batch, 0)
  }

  override string(value: RdbString): void {
    super.string(value)
    if (this.#looks) this.#run.string(value)
  }

  override count(elements: number): void {
    super.count(elements)
    if (this.#looks) this.#run.count(elements)
  }

  override container(container: Container): boolean {
    this.#sizerWants = super.container(container)
    this.#runWants = this.#looks && this.#run.container(container)
    return this.#sizerWants || this.#runWants
  }

  override containerEnd(container: Container): void {
    super.containerEnd(container)
    if (this.#looks) this.#run.containerEnd(container)
    this.#sizerWants = true
    this.#runWants = this.#looks
  }

  override element(value: RdbString, expiresAtMs: number): void {
    if (this.#sizerWants) super.element(value, expiresAtMs)
    if (this.#runWants) this.#run.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (this.#sizerWants) super.field(field, value, expiresAtMs)
    if (this.#runWants) this.#run.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    if (this.#sizerWants) super.member(member, score, scoreText)
    if (this.#runWants) this.#run.member(member, score, scoreText)
  }
}

/** A hash of a key's name, other than those that techniques choose by. */
function sampleHash(name: RdbString): number {
  const { bytes, start, end } = name.load()
  let hash = 0x9747b28c
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x5bd1e995)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x27d4eb2d) >>> 8
}
