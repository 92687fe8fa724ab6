import type { RdbKey, RdbString } from '../../parsers/index.js'
import { KIND } from '../analysis/patterns/classes.js'
import { type KeyBatch, TYPE } from '../batch.js'
import { integerOf } from '../memory/structs/integers.js'
import { seededNumber } from '../table-seed.js'
import { FreeNames, sameNameForSeveral, takenNames, withoutEnd } from './free-names.js'
import { Groups, GroupTally } from './groups.js'
import {
  type Outcome,
  type PieceSink,
  type Technique,
  type TechniqueContext,
  TechniqueRun,
  USEFUL_BYTES,
} from './optimization.js'
import { ChoiceByGroup, isMatched, OTHER_SLOT, PieceName, StringPieces, variablePartAt } from './pieces.js'

/** Bits of a page where ids are sparse: 8 KiB. */
const PAGE_BITS = 65536
/** SETBIT takes offsets below this. */
const MOST_BITS = 2 ** 32
/** Behind the name of the pattern: pages must not be called as the flags were. */
const NAME_SUFFIX = ':bits'
/** Pages that are kept apart per pattern. */
const MOST_PAGES = 65536
const LEAST_KEYS = 100
const ZERO = 48

export const bitmapFlags: Technique = {
  id: 'bitmap-flags',
  title: 'Keep flags of numbered things in a bitmap',
  why: 'A key that holds 0 or 1 takes some 60 bytes for one bit of information.',
  effort: 'data-model',
  certainty: 'exact',
  breaks: [
    'A flag that is 0 and one that was never set are the same.',
    'No expiry per flag: keys with one stay as they are.',
    'GET and SET become GETBIT and SETBIT: every reader and writer changes.',
    OTHER_SLOT,
  ],
  cpu: 'GETBIT takes as long as GET; BITCOUNT over all of them is quick.',
  steps: [
    'Writers: SETBIT <name> <id> <0|1> (with pages: <name>:<id div pageBits>, id mod pageBits) and DEL <key>',
    'Readers: GETBIT. Move the rest in the background with SCAN MATCH <pattern>.',
  ],
  verify: ['BITCOUNT <name> against the number of keys that held 1', 'MEMORY USAGE <name>'],
  rollback: ['GETBIT of each id, SET of each flag that is 1.'],
  parameters: [
    { name: 'name', kind: 'text', describe: 'name of the bitmap [the pattern without its id, and :bits]' },
    {
      name: 'pageBits',
      kind: 'number',
      least: 8,
      describe: 'bits per key [one bitmap, or pages of 65536 bits where ids are sparse]',
    },
  ],
  rewrites: ['key name', 'values', 'shape'],
  start: (context) => new BitmapFlags(context),
}

class FlagTally extends GroupTally {
  /** Largest id. */
  largest = -1
  /** Largest offset by `seededNumber` of the page. */
  readonly pages = new Map<number, number>()
  /** Keys of the pattern that are no flags: it is about something else then. */
  others = 0
  /** Digits of the shortest and the longest id. */
  leastDigits = Infinity
  mostDigits = 0
  /** An id begins with a zero. */
  isPadded = false

  /** Every key is a flag with an id of its own: `007` and `7` would be the same bit. */
  get areFlags(): boolean {
    return this.others === 0 && !(this.isPadded && this.leastDigits < this.mostDigits)
  }
}

interface Bitmap {
  readonly name: string
  /** Null: all in one. */
  readonly pageBits: number | null
}

/** Bitmaps, as the allocator and as `MEMORY USAGE` count them. */
interface Price {
  readonly ramBytes: number
  readonly usageBytes: number
}

/** Ids that are too large for one bitmap. */
const NOT_POSSIBLE: Price = { ramBytes: Infinity, usageBytes: Infinity }

class BitmapFlags extends TechniqueRun {
  readonly #groups: Groups<FlagTally>
  readonly #pageBits: number
  #flag = false
  #id = -1
  #digits = 0
  #isPadded = false

  /** What was chosen before; null while that is still to do. */
  readonly #chosen: ChoiceByGroup<Bitmap> | null

  constructor(context: TechniqueContext, chosen: ChoiceByGroup<Bitmap> | null = null) {
    super(context)
    this.#chosen = chosen
    this.#groups = new Groups(context.names, (...group) => new FlagTally(...group))
    this.#pageBits = context.parameters.number('pageBits') ?? PAGE_BITS
  }

  override begin(key: RdbKey): boolean {
    this.#flag = false
    this.#id = this.idOf(key)
    return this.#id >= 0
  }

  override string(value: RdbString): void {
    this.#flag = isFlag(value)
  }

  /** The number in the name of a string; -1 when there is none, or more in the name that varies. */
  idOf(key: RdbKey): number {
    const { names } = this.context
    if (key.layout.redisType !== 'string' || names.of(names.current).variables !== 1) return -1
    // The digits of dates, hashes and the like do not tell one from the other.
    if (names.variableKind !== KIND.int && names.variableKind !== KIND.wordInt) return -1
    const { bytes, start, end } = key.key.load()
    const from = start + variablePartAt(names, key)
    let id = 0
    let digits = 0
    for (let i = from; i < end && digits < 16; i++, digits++) {
      const digit = bytes[i]! - ZERO
      if (digit < 0 || digit > 9) break
      id = id * 10 + digit
    }
    this.#digits = digits
    this.#isPadded = digits > 1 && bytes[from] === ZERO
    return digits > 0 && digits < 16 ? id : -1
  }

  override row(key: RdbKey, batch: KeyBatch, row: number): void {
    const tally = this.#groups.at(batch.file, key.db, TYPE.string, 0)
    if (!this.#flag) {
      tally.others++
      return
    }
    if (key.expiresAtMs >= 0) {
      tally.withExpiry++
      return
    }
    tally.before(batch, row)
    if (this.#id > tally.largest) tally.largest = this.#id
    tally.leastDigits = Math.min(tally.leastDigits, this.#digits)
    tally.mostDigits = Math.max(tally.mostDigits, this.#digits)
    tally.isPadded ||= this.#isPadded
    const page = Math.floor(this.#id / this.#pageBits)
    const offset = this.#id - page * this.#pageBits
    const place = seededNumber(page)
    const known = tally.pages.get(place)
    if (known === undefined && tally.pages.size === MOST_PAGES) tally.others++
    else if (known === undefined || offset > known) tally.pages.set(place, offset)
  }

  override outcome(): Outcome {
    const { parameters, names } = this.context
    const isPaged = new Set<GroupTally>()
    const free = new FreeNames(names)
    const nameOf = (tally: GroupTally): string =>
      parameters.text('name') ??
      this.#chosen?.of(tally.db, tally.pattern, TYPE.string)?.name ??
      free.of(tally, withoutEnd(names.of(tally.pattern).bare) + NAME_SUFFIX)
    const groups = this.#groups.all.filter((tally) => {
      const bitmap = this.#chosen?.of(tally.db, tally.pattern, TYPE.string)
      if (this.#chosen === null ? !tally.areFlags || tally.keys < LEAST_KEYS : bitmap === undefined) return false
      const nameBytes = new TextEncoder().encode(nameOf(tally)).length
      const paged = this.#paged(tally, nameBytes)
      const whole = tally.largest < MOST_BITS ? this.#bitmap(nameBytes, tally.largest) : NOT_POSSIBLE
      const inPages =
        bitmap === undefined ? parameters.has('pageBits') || paged.ramBytes < whole.ramBytes : bitmap.pageBits !== null
      if (inPages) isPaged.add(tally)
      const chosen = inPages ? paged : whole
      tally.ramAfter = chosen.ramBytes
      tally.usageAfter = chosen.usageBytes
      tally.keysAfter = isPaged.has(tally) ? tally.pages.size : 1
      return this.#chosen !== null || tally.saved >= USEFUL_BYTES
    })
    const bitmaps = new ChoiceByGroup<Bitmap>()
    for (const group of groups) {
      bitmaps.add(group, { name: nameOf(group), pageBits: isPaged.has(group) ? this.#pageBits : null })
    }
    return {
      groups,
      change: {
        kind: 'gather',
        again: (context) => new BitmapFlags(context, bitmaps),
        through: (next) => new BitPieces(next, this, bitmaps),
      },
      details: (tally) => ({
        name: names.shown(nameOf(tally)),
        pageBits: isPaged.has(tally) ? this.#pageBits : null,
        largestId: (tally as FlagTally).largest,
        encoding: null,
      }),
      assumptions: [
        'Only patterns with one number in the name in which every key holds 0 or 1.',
        ...sameNameForSeveral(parameters.text('name'), groups),
        ...takenNames(free, names),
      ],
      ...(groups.length === 0 || names.hidden ? {} : { steps: stepsFor(groups, nameOf, isPaged, this.#pageBits) }),
    }
  }

  #paged(tally: FlagTally, nameBytes: number): Price {
    const sum = { ramBytes: 0, usageBytes: 0 }
    for (const [place, offset] of tally.pages) {
      const page = seededNumber(place)
      const { ramBytes, usageBytes } = this.#bitmap(nameBytes + 1 + String(page).length, offset)
      sum.ramBytes += ramBytes
      sum.usageBytes += usageBytes
    }
    return sum
  }

  /** A string whose last bit is that one. */
  #bitmap(nameBytes: number, largest: number): Price {
    const ramBytes = this.pricer.string(nameBytes, false, Math.floor(largest / 8) + 1, Number.NaN)
    return { ramBytes, usageBytes: this.pricer.memoryUsageBytes }
  }
}

/** Commands for the pattern that saves most. */
function stepsFor(
  groups: readonly GroupTally[],
  nameOf: (group: GroupTally) => string,
  isPaged: ReadonlySet<GroupTally>,
  pageBits: number,
): readonly string[] {
  const best = groups.reduce((a, b) => (b.saved > a.saved ? b : a))
  const name = nameOf(best)
  const [key, offset] = isPaged.has(best) ? [`${name}:<id div ${pageBits}>`, `<id mod ${pageBits}>`] : [name, '<id>']
  return [
    `Writers: SETBIT ${key} ${offset} <0|1> and DEL <key>. Readers: GETBIT ${key} ${offset}.`,
    'Move the rest in the background with SCAN MATCH <pattern>: in one MULTI or script, so that no write comes between.',
  ]
}

/** Shows flags as bits that are set or cleared. */
class BitPieces extends StringPieces {
  readonly #name = new PieceName()

  constructor(
    next: PieceSink,
    readonly run: BitmapFlags,
    readonly bitmaps: ChoiceByGroup<Bitmap>,
  ) {
    super(next)
  }

  protected override mayTake(key: RdbKey): boolean {
    if (key.expiresAtMs >= 0 || this.run.idOf(key) < 0) return false
    return isMatched(this.run.context, key)
  }

  protected override piece(key: RdbKey, value: RdbString): boolean {
    const bitmap = this.bitmaps.of(key.db, this.run.context.names.current, TYPE.string)
    if (bitmap === undefined || !isFlag(value)) return false
    const id = this.run.idOf(key)
    const page = bitmap.pageBits === null ? 0 : Math.floor(id / bitmap.pageBits)
    const offset = bitmap.pageBits === null ? id : id - page * bitmap.pageBits
    // Also a 0: it says how far the flags go.
    this.#name.text(bitmap.pageBits === null ? bitmap.name : `${bitmap.name}:${page}`)
    this.next.command('SETBIT', this.#name.view, String(offset), String(integerOf(value)))
    return true
  }
}

function isFlag(value: RdbString): boolean {
  const integer = value.length === 1 ? integerOf(value) : Number.NaN
  return integer === 0 || integer === 1
}
