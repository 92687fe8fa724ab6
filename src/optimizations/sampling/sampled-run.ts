import type { Container, RdbKey, RdbString } from '../../../parsers/index.js'
import { formatBytes, formatCount } from '../../../reports/format.js'
import { formatOf } from '../../analysis/values/detect.js'
import { type KeyBatch, TYPE, TYPES } from '../../batch.js'
import { CERTAIN_FILE, GroupTally } from '../groups.js'
import {
  type ChangedBefore,
  type Outcome,
  type TechniqueContext,
  TechniqueRun,
  USEFUL_BYTES,
  USEFUL_SHARE,
} from '../optimization.js'
import { CodedRun } from './coded-run.js'
import { CodedKeys, CodersByFamily, type FamilyCoders, recoded, SamplePricer, type ValueCoder } from './coders.js'
import { addDictionaries, type DictionaryKey } from './dictionary-key.js'
import { interval95, RatioEstimate } from './estimate.js'
import type { Column, FamilySample } from './family-sample.js'
import { type Family, type FamilySamples, Reservoir } from './reservoir.js'
import type { SampledKey } from './sampled-key.js'
import type { SampledTally } from './tally.js'

/** Values by which a family is judged. */
const JUDGED_KEYS = 200

const EVERY_VALUE = 'Every value was looked at. Sorted sets, streams and hashes with expiry per field are left alone.'

/** What is done to one family. */
export interface FamilyChoice {
  readonly coders: FamilyCoders
  /** Dictionaries that are kept in the server beside the keys. */
  readonly dictionaries?: readonly DictionaryKey[]
  /** Keys that are priced; those from which nothing was learned. Without it: all of the sample. */
  readonly priced?: readonly SampledKey[]
  readonly details?: Readonly<Record<string, unknown>>
}

/** What a family would save. */
export interface FamilyResult {
  readonly family: Family
  readonly sample: FamilySample
  readonly choice: FamilyChoice
  readonly tallies: readonly GroupTally[]
  readonly savedBytes: number
  readonly variance: number
  readonly pricedKeys: number
}

/** A technique that runs codecs over a sample of real values, family by family: keys of one pattern and type. */
export abstract class SampledRun extends TechniqueRun {
  readonly reservoir: Reservoir
  /** The sample is for this run alone: it looks at the keys that match. */
  readonly #own: Reservoir | null
  readonly #pricer: SamplePricer
  /** Values (or 512 bytes of them) that the run may look at in all. */
  readonly units: number = 30_000

  constructor(context: TechniqueContext) {
    super(context)
    const { reservoir, parameters } = context
    this.#own = reservoir === undefined || parameters.has('match') ? new Reservoir(context) : null
    this.reservoir = this.#own ?? reservoir!.take(context)
    this.#pricer = new SamplePricer(context.target)
  }

  /** Keys were named by the user: everything is shown, losses too. */
  get isNamed(): boolean {
    return this.context.parameters.has('match')
  }

  /** So much, or the share of it that there is time for. */
  amount(most: number): number {
    return Math.ceil(most * (this.context.reservoir?.share ?? 1))
  }

  /** Null: nothing to gain in this family. */
  abstract choose(sample: FamilySample): FamilyChoice | null

  /** What becomes of a value is known for all values, not only for those of the sample. */
  readonly knowsAllValues: boolean = false

  /** Looks at all families before the first one is chosen for. */
  survey(_samples: readonly (readonly [Family, FamilySample])[]): void {}

  /** What is to be said about all of it. */
  abstract report(results: readonly FamilyResult[]): Partial<Outcome>

  override begin(key: RdbKey): boolean {
    return this.#own?.begin(key) ?? false
  }

  override string(value: RdbString): void {
    this.#own?.string(value)
  }

  override container(container: Container): boolean {
    return this.#own?.container(container) ?? false
  }

  override element(value: RdbString): void {
    this.#own?.element(value)
  }

  override field(field: RdbString, value: RdbString): void {
    this.#own?.field(field, value)
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    this.#own?.row(key, batch, row)
  }

  override outcome(): Outcome {
    const failure = this.#own === null ? this.context.reservoir!.failure() : null
    if (failure !== null) throw new Error(`the sample of keys could not be taken: ${failure}`)
    const { samples, leftOut } = this.reservoir.samples(this.amount(this.units))
    this.survey(samples)
    return this.#outcomeOf(samples, leftOut)
  }

  /** @param known families for which nothing has to be chosen again */
  #outcomeOf(
    samples: FamilySamples['samples'],
    leftOut: number,
    known: ReadonlyMap<Family, FamilyResult> = new Map(),
  ): Outcome {
    const results: FamilyResult[] = []
    let folded = 0
    let foldedBytes = 0
    for (const [family, sample] of samples) {
      const before = known.get(family)
      if (before !== undefined) {
        results.push(before)
        continue
      }
      const choice = areReadByServer(sample, this.isNamed) ? null : this.choose(sample)
      if (choice === null) continue
      const result = this.estimate(family, sample, choice)
      if (result === null) continue
      const bytes = result.tallies.reduce((sum, { ramBefore }) => sum + ramBefore, 0)
      if (this.isNamed || (result.savedBytes >= USEFUL_BYTES && result.savedBytes >= USEFUL_SHARE * bytes)) {
        results.push(result)
      } else if (result.savedBytes > 0) {
        folded++
        foldedBytes += result.savedBytes
      }
    }
    const groups = results.flatMap(({ tallies }) => tallies)
    const sampledKeys = results.reduce((sum, { pricedKeys }) => sum + pricedKeys, 0)
    const saved = groups.reduce((sum, tally) => sum + tally.saved, 0)
    const variance = results.reduce((sum, result) => sum + result.variance, 0)
    const report = this.report(results)
    const tooLittle =
      folded === 0
        ? []
        : [
            `Too little to be worth it in ${formatCount(folded)} more ${folded === 1 ? 'pattern' : 'patterns'}: ` +
              `${formatBytes(foldedBytes)} in all.`,
          ]
    const outcome: Outcome = {
      groups,
      sampledKeys,
      ...(results.length > 0 ? { interval95: interval95(saved, variance), change: this.#change(results) } : {}),
      details: detailsOf(results),
      ...report,
      assumptions: [
        ...(report.assumptions ?? []),
        ...this.#limits(groups, sampledKeys),
        ...this.#leftOut(leftOut),
        ...tooLittle,
        ...pushedAnew(groups),
      ],
    }
    if (!this.knowsAllValues || results.length === 0 || this.isExact(results)) return outcome
    const assumptions = [
      ...(report.assumptions ?? []),
      EVERY_VALUE,
      ...this.#leftOut(leftOut),
      ...tooLittle,
      ...pushedAnew(groups),
    ]
    return {
      ...outcome,
      certainty: 'sampled',
      exactly: () => this.#exactRun(results, { ...report, change: outcome.change!, assumptions }),
    }
  }

  /** Each key of some families as they were chosen to be changed. */
  #exactRun(results: readonly FamilyResult[], outcome: Omit<Outcome, 'groups'>): CodedRun {
    return new CodedRun(this.context, this.#familiesOf(results), (groups) => {
      const choices = new Map<GroupTally, FamilyChoice>()
      for (const { family, choice } of results) {
        const own = groups.filter(({ pattern, type }) => pattern === family.pattern && TYPES[type] === family.type)
        this.addDictionaries(own, choice)
        for (const group of own) choices.set(group, choice)
      }
      return { ...outcome, groups, certainty: 'exact', details: (group) => choices.get(group)?.details ?? {} }
    })
  }

  /** What a choice saves in all keys of a family; null when nothing of it can be priced. */
  estimate(family: Family, sample: FamilySample, choice: FamilyChoice): FamilyResult | null {
    const estimates = new Map<SampledTally, RatioEstimate>()
    const all = new RatioEstimate()
    let pricedKeys = 0
    for (const key of choice.priced ?? sample.keys) {
      const saved = this.savedBy(key, choice.coders)
      if (saved === null) continue
      pricedKeys++
      let estimate = estimates.get(key.tally)
      if (estimate === undefined) {
        estimate = new RatioEstimate()
        estimates.set(key.tally, estimate)
      }
      estimate.add(key.ramBytes, saved, this.#pricer.variance)
      all.add(key.ramBytes, saved, this.#pricer.variance)
    }
    if (pricedKeys === 0) return null
    let variance = 0
    const tallies: GroupTally[] = []
    for (const tally of family.tallies) {
      const { keys, ramBefore } = tally
      // A group without a key in the sample is like the rest of its family.
      const estimate = estimates.get(tally) ?? all
      const saved = estimate === all ? all.ratio * ramBefore : estimate.saved(keys, ramBefore)
      const group = new GroupTally(tally.file, tally.db, tally.pattern, tally.type, tally.encoding)
      group.keys = keys
      group.keysAfter = keys
      group.ramBefore = ramBefore
      group.ramAfter = ramBefore - Math.round(saved)
      group.expires = tally.expires
      group.expiresAfter = tally.expires
      group.variance = estimate.variance(keys, ramBefore)
      group.savedSquares = estimate.meanSquare * keys
      group.resizedKeys = keys
      variance += group.variance
      tallies.push(group)
    }
    this.addDictionaries(tallies, choice)
    const savedBytes = tallies.reduce((sum, tally) => sum + tally.saved, 0)
    return { family, sample, choice, tallies, savedBytes, variance, pricedKeys }
  }

  /** Bytes that one key saves; null when that cannot be said from the elements at hand. */
  savedBy(key: SampledKey, coders: FamilyCoders): number | null {
    const pricer = this.#pricer
    const before = pricer.plain(key)
    if (before === null) return null
    const saved = before - pricer.price(key, coders)
    // Of a part of the elements: in proportion to bytes, as these are known of the whole.
    return key.scale === 1 || before === 0 ? saved : (saved * key.ramBytes) / before
  }

  /** Nothing was concluded from a sample: each key was priced. */
  isExact(results: readonly FamilyResult[]): boolean {
    if (results.length === 0) return false
    return results.every(({ family, pricedKeys }) => {
      const keys = family.tallies.reduce((sum, tally) => sum + tally.keys, 0)
      return pricedKeys === keys && family.keys.every(({ scale }) => scale === 1)
    })
  }

  /** One coder per column, chosen one by one. */
  byColumn(sample: FamilySample, choose: (column: Column) => ValueCoder | null): FamilyCoders | null {
    const byField = new Map<number, ValueCoder>()
    for (const column of sample.columns) {
      const coder = choose(column)
      if (coder === null) continue
      if (column.field === null) return { all: coder }
      byField.set(column.id, coder)
    }
    return byField.size === 0 ? null : { all: null, byField }
  }

  /** The dictionaries of a family lie in keys of their own, per database. */
  addDictionaries(tallies: readonly GroupTally[], { dictionaries = [] }: FamilyChoice): void {
    const given = new Set<number>()
    for (const tally of tallies) {
      const database = (tally.file % CERTAIN_FILE) * 65536 + tally.db
      if (given.has(database)) continue
      given.add(database)
      addDictionaries(tally, dictionaries, this.pricer)
    }
  }

  #familiesOf(results: readonly FamilyResult[]): CodersByFamily {
    const families = new CodersByFamily(this.context.names, this.context.parameters.match)
    for (const { family, choice } of results) {
      families.set(family.pattern, family.type, choice.coders, choice.dictionaries)
    }
    return families
  }

  #change(results: readonly FamilyResult[]): NonNullable<Outcome['change']> {
    const families = this.#familiesOf(results)
    return {
      kind: 'keys',
      families,
      through: (next) => new CodedKeys(next, families),
      stepsOn: (takes) => {
        const some = results.filter(({ family }) => takes(family.pattern, family.type))
        return (some.length === 0 ? null : this.report(some).steps) ?? null
      },
      behind: (others) => this.#behind(others, results),
    }
  }

  /** The same technique on values that others have changed. */
  #behind(others: readonly ChangedBefore[], results: readonly FamilyResult[]): Outcome | null {
    const known = new Map<Family, FamilyResult>()
    const samples = results.map((result) => {
      const { family, sample } = result
      const changes = others
        .filter((other) => other.takes(family.pattern, family.type))
        .map(({ families }) => families.get(family.pattern, family.type))
        .filter((coders) => coders !== null)
      if (changes.length === 0) known.set(family, result)
      return [family, changes.reduce((left, coders) => left.map((key) => recoded(key, coders)), sample)] as const
    })
    const outcome = this.#outcomeOf(samples, 0, known)
    return outcome.groups.length === 0 ? null : outcome
  }

  #limits(groups: readonly GroupTally[], sampledKeys: number): readonly string[] {
    const { skipped } = this.reservoir
    const keys = groups.reduce((sum, group) => sum + group.keys, 0)
    const lines: string[] = []
    if (keys > 0) {
      lines.push(
        sampledKeys === keys
          ? EVERY_VALUE
          : `${formatCount(sampledKeys)} of ${formatCount(keys)} keys were looked at. Sorted sets, streams and hashes ` +
              'with expiry per field are left alone.',
      )
    }
    if (skipped.keys > 0) {
      lines.push(
        `${formatCount(skipped.keys)} keys with very long values (over 256 KB; elements over 64 KB) are left out: ` +
          `${formatBytes(skipped.ramBytes)}.`,
      )
    }
    return lines
  }

  #leftOut(patterns: number): readonly string[] {
    return patterns === 0 ? [] : [`${formatCount(patterns)} smaller patterns are left out.`]
  }
}

function pushedAnew(groups: readonly GroupTally[]): readonly string[] {
  if (!groups.some(({ type }) => type === TYPE.list)) return []
  return ['Lists are pushed anew: that their nodes are full then is part of what they save.']
}

/** The columns of a family that have a coder, as details show them. */
export function columnsShown(run: SampledRun, sample: FamilySample, coders: FamilyCoders): readonly string[] | null {
  const { byField } = coders
  if (byField === undefined || byField === null) return null
  const fields = sample.columns.filter(({ id }) => byField.has(id)).map(({ field }) => field ?? '')
  return run.context.names.shown(fields.sort())
}

/** Values that belong to the server: PFADD and PFCOUNT read them, SETBIT and BITCOUNT where they are bitmaps. */
function areReadByServer(sample: FamilySample, isNamed: boolean): boolean {
  sample.isReadByServer ??= judgedAsRead(sample, isNamed)
  return sample.isReadByServer
}

function judgedAsRead({ type, keys }: FamilySample, isNamed: boolean): boolean {
  if (type !== 'string') return false
  const formats = keys.slice(0, JUDGED_KEYS).map(({ bytes, nameBytes }) => formatOf(bytes.subarray(nameBytes), true))
  const most = formats.length / 2
  if (formats.filter((format) => format === 'hyperloglog').length > most) return true
  return !isNamed && formats.filter((format) => format === 'bitmap').length > most
}

function detailsOf(results: readonly FamilyResult[]): NonNullable<Outcome['details']> {
  const known = new Map<GroupTally, FamilyResult>()
  for (const result of results) for (const tally of result.tallies) known.set(tally, result)
  return (group) => {
    const { choice, pricedKeys } = known.get(group)!
    return { sampledKeys: pricedKeys, ...choice.details }
  }
}
