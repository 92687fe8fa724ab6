import { mayFollowDump, TAIL_BYTES } from './end.js'
import type { RdbWarning } from './errors.js'
import { type ParserOptions, RdbParser } from './parser.js'
import type { RdbString } from './strings.js'
import { type Container, IgnoreAll, type RdbEnd, type RdbKey } from './visitor.js'

/** Records that must follow each other behind the damage, and how sure they must make us, in bits. */
const LEAST_RECORDS = 3
const LEAST_BITS = 40
/** A chain of records that proves nothing within so many is none. */
const MOST_RECORDS = 200
/** Sure enough where the data ends before more can be seen. */
const BITS_AT_END = 24
/** Expiry times that servers write: 2001 to 5138, in ms. */
const FIRST_EXPIRY_MS = 1e12
const LAST_EXPIRY_MS = 1e14
const MOST_DATABASES = 1e6
const MOST_DEAD = 1 << 20
/** So many bytes that are decompressed or walked take as long as an element. */
const BYTES_PER_ELEMENT = 16

export type Verdict = 'yes' | 'no' | 'more'

/** Most trials end in an error that nobody looks at, and its stack trace costs more than the trial. */
const STACKS: { stackTraceLimit?: number | undefined } = Error

function withoutTraces(): number | undefined {
  const before = STACKS.stackTraceLimit
  STACKS.stackTraceLimit = 0
  return before
}

/** Ends a trial from inside the parser; one object, so that throwing is cheap. */
const ENOUGH = new RangeError('the trial is over')

/** What a chain from some place on is worth, and its first link. */
interface Link {
  /** Bits from here to the end of the chain; -Infinity when it leads nowhere. */
  readonly total: number
  /** Bits of the first record. */
  readonly own: number
  /** Offset of the second record; -1 for none. */
  readonly next: number
}

/** A first record that proves less is taken for a chance, when the chain stands without it. */
const LEAST_FIRST_BITS = 5

/**
 * Tries whether records follow each other from a place on.
 *
 * A chain counts only when it leads past the place where reading failed: everything before that has been read, and
 * led there. What its records are like behind that place adds up to bits: a name of printable text, a container whose
 * parts fit each other, LZF data that decodes to the declared length are hard to come by in bytes that are none.
 */
export class Probe {
  readonly #parser: RdbParser
  readonly #visitor = new ProbeVisitor()

  constructor(options: ParserOptions) {
    this.#parser = new RdbParser(this.#visitor, { ...options, verify: false, salvage: false })
    this.#parser.readOnce()
    this.#visitor.judged = (name, bits) => this.#parser.judgedName(name, bits)
  }

  /** What all trials so far have cost, in elements looked at: of a few bytes each, or as long to walk or decompress. */
  get work(): number {
    return this.#visitor.work
  }

  /** Before a search: `failedAt` is the offset that a chain must lead past. */
  begin(parser: RdbParser, failedAt: number): void {
    this.#parser.adopt(parser)
    this.#visitor.failedAt = failedAt
    this.#visitor.dead.clear()
  }

  /** True when a trial may be worth it. */
  isCandidate(bytes: Uint8Array, at: number, end: number): boolean {
    const type = bytes[at]!
    if (!this.#parser.mayBegin(type)) return false
    if (type > 64) return true
    // A value: its key name is at most 64 KiB, and stored in one of the known forms.
    if (at + 5 >= end) return true
    const first = bytes[at + 1]!
    // A hole of zeros: strings without a name.
    if (type === 0 && first === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0) return false
    if (first < 0x80) return true
    return first === 0x80 ? bytes[at + 2] === 0 && bytes[at + 3] === 0 : first >= 0xc0 && first <= 0xc3
  }

  /**
   * Judges whether a record begins at `bytes[at]`, which lies at `offset` in the file.
   * @param ended the bytes go on to the end of the input
   * @param full there are as many bytes as are ever held at once
   */
  try(bytes: Uint8Array, at: number, end: number, offset: number, ended: boolean, full: boolean): Verdict {
    const visitor = this.#visitor
    const parser = this.#parser
    visitor.begin(offset)
    parser.resumeAt(offset)
    let taken = 0
    const traces = withoutTraces()
    try {
      taken = parser.push(bytes.subarray(at, end))
    } catch {
      if (visitor.verdict === 'no') visitor.bury()
      return visitor.verdict
    } finally {
      STACKS.stackTraceLimit = traces
    }
    if (parser.done) return this.#atEnd(bytes, at + taken, end, ended)
    if (!ended && !full) return 'more'
    const sure = ended ? BITS_AT_END : LEAST_BITS
    if (visitor.records > 0 && visitor.bits >= sure) return 'yes'
    visitor.bury()
    return 'no'
  }

  /**
   * The place between `from` and `to` from which the chain is worth most, up to `end`; -1 when none proves enough.
   *
   * Nearly everything in a dump is a string, and so bytes that are none of it are easily read as a list that swallows
   * a hundred records and then fits again. Of all chains that lead through, the one with most to show is the true one.
   * From back to front, so that a chain is known as soon as it meets a record of another.
   *
   * @param mostWork above it no further places are looked at
   */
  best(
    bytes: Uint8Array,
    from: number,
    to: number,
    end: number,
    base: number,
    ended: boolean,
    mostWork: number,
  ): number {
    const visitor = this.#visitor
    visitor.links = new Map()
    let best = -1
    let most = LEAST_BITS
    for (let at = to - 1; at >= from && visitor.work <= mostWork; at--) {
      if (!this.isCandidate(bytes, at, end)) continue
      const total = this.#score(bytes, at, end, base + at, ended)
      if (total < most) continue
      most = total
      best = base + at
    }
    const { links } = visitor
    visitor.links = null
    if (best === -1) return -1
    for (let link = links.get(best); link !== undefined && link.own < LEAST_FIRST_BITS; link = links.get(best)) {
      if (link.next === -1 || (links.get(link.next)?.total ?? 0) < LEAST_BITS) break
      best = link.next
    }
    return best
  }

  #score(bytes: Uint8Array, at: number, end: number, offset: number, ended: boolean): number {
    const visitor = this.#visitor
    const parser = this.#parser
    visitor.begin(offset)
    parser.resumeAt(offset)
    let tail = Number.NEGATIVE_INFINITY
    const traces = withoutTraces()
    try {
      const taken = parser.push(bytes.subarray(at, end))
      if (!parser.done) tail = visitor.openRecordAt(parser.offset) >= visitor.failedAt ? 0 : Number.NEGATIVE_INFINITY
      else if (ended && at + taken === end) tail = BITS_AT_END
      else if (mayFollowDump(bytes, at + taken, Math.min(end, at + taken + TAIL_BYTES))) tail = 0
    } catch {
      if (visitor.metLink !== null) tail = visitor.metLink.total
    } finally {
      STACKS.stackTraceLimit = traces
    }
    return visitor.link(tail, offset)
  }

  /** The end of the dump: behind it there is nothing, or what may follow a dump. */
  #atEnd(bytes: Uint8Array, at: number, end: number, ended: boolean): Verdict {
    if (at === end) return ended ? 'yes' : 'more'
    const next = bytes[at]!
    const isCommand = next === 0x2a && at + 1 < end && bytes[at + 1]! >= 0x31 && bytes[at + 1]! <= 0x39
    if (isCommand || next === 0x23) return this.#visitor.bits >= BITS_AT_END / 2 ? 'yes' : 'no'
    if (this.#visitor.bits >= BITS_AT_END) return 'yes'
    this.#visitor.bury()
    return 'no'
  }
}

class ProbeVisitor extends IgnoreAll {
  verdict: Verdict = 'no'
  /** Bits that a name proves, given what others were like. */
  judged: (name: RdbString, bits: number) => number = (_name, bits) => bits
  failedAt = 0
  /** Records behind the place where reading failed, and what they prove. */
  records = 0
  bits = 0
  /** Offsets at which chains that led nowhere had a record. */
  readonly dead = new Set<number>()
  /** Set while places are compared: what is known of records so far, by their offset. */
  links: Map<number, Link> | null = null
  metLink: Link | null = null
  #metAt = -1
  readonly #visited: number[] = []
  readonly #gains: number[] = []
  /** Elements that all trials so far have looked at. */
  work = 0
  #total = 0
  #start = 0
  #recordBits = 0
  #elementBits = 0

  begin(offset: number): void {
    this.work++
    this.verdict = 'no'
    this.records = 0
    this.bits = 0
    this.#total = 0
    this.#start = offset
    this.#recordBits = 0
    this.#visited.length = 0
    this.#gains.length = 0
    this.metLink = null
    this.#metAt = -1
  }

  /** Where the record begins that was not at hand as a whole; `offset` is how far reading came. */
  openRecordAt(offset: number): number {
    const ends = this.#gains.length
    return this.#visited.length > ends ? this.#visited[ends]! : offset
  }

  /** Notes the records of the chain that was tried, whose rest is worth `tail`; returns what it is worth as a whole. */
  link(tail: number, start: number): number {
    const links = this.links!
    const ends = this.#gains.length
    // The first record may have more in front of its key (a database, a field) than its own attributes.
    if (ends > 0) this.#visited[0] = start
    let total = tail
    // The last record may not have ended: it is worth nothing.
    let next = this.#visited.length > ends ? this.#visited[ends]! : this.#metAt
    if (this.#visited.length > ends) links.set(this.#visited[ends]!, { total, own: 0, next: -1 })
    for (let i = ends - 1; i >= 0; i--) {
      const own = this.#gains[i]!
      total += own
      links.set(this.#visited[i]!, { total, own, next })
      next = this.#visited[i]!
    }
    return total
  }

  /** Records of this chain need not be tried again. */
  bury(): void {
    if (this.dead.size > MOST_DEAD) this.dead.clear()
    for (const offset of this.#visited) this.dead.add(offset)
  }

  override key(key: RdbKey): boolean {
    if (this.links !== null) {
      const link = this.links.get(key.offset)
      if (link !== undefined) {
        this.metLink = link
        this.#metAt = key.offset
        throw ENOUGH
      }
    } else if (this.dead.has(key.offset)) throw ENOUGH
    this.#visited.push(key.offset)
    this.#elementBits = 0
    this.#recordBits += this.judged(key.key, 3 + nameBits(key.key))
    const { expiresAtMs } = key
    if (expiresAtMs !== -1) {
      this.#recordBits += expiresAtMs >= FIRST_EXPIRY_MS && expiresAtMs <= LAST_EXPIRY_MS ? 12 : -8
    }
    return true
  }

  override endKey(key: RdbKey): void {
    if (key.damage !== null) throw ENOUGH
    // Zeros: an empty string without a name.
    if (key.rdbBytes <= 3 && key.key.length === 0) throw ENOUGH
    const start = key.offset
    if (this.links !== null) {
      this.#gains.push(this.#recordBits + Math.min(12, this.#elementBits))
      this.#recordBits = 0
      return
    }
    this.#total++
    if (start >= this.failedAt) {
      this.records++
      this.bits += this.#recordBits + Math.min(12, this.#elementBits)
    }
    this.#recordBits = 0
    if (this.records >= LEAST_RECORDS && this.bits >= LEAST_BITS) {
      this.verdict = 'yes'
      throw ENOUGH
    }
    // Records in front of the place are as many as there are; behind it they must prove something soon.
    if (this.records > MOST_RECORDS || (this.#total > MOST_RECORDS && start > this.#start + (1 << 20))) throw ENOUGH
  }

  override string(value: RdbString): void {
    this.#see(value)
  }
  override element(value: RdbString): void {
    this.#see(value)
  }
  override field(field: RdbString, value: RdbString): void {
    this.#see(field)
    this.#see(value)
  }
  override member(member: RdbString): void {
    this.#see(member)
  }
  override container(_container: Container): boolean {
    // Its entries are walked all the same.
    return false
  }
  override containerEnd(container: Container): void {
    this.work += container.bytes / BYTES_PER_ELEMENT
    this.#elementBits += 6 + Math.min(6, container.entries) + (container.lzfBytes > 0 ? 12 : 0)
  }
  override streamNode(): void {
    this.#elementBits += 8
  }
  override aux(name: RdbString): void {
    const bits = nameBits(name)
    if (bits <= 0) throw ENOUGH
    this.#recordBits += bits
  }
  override selectDb(db: number): void {
    if (db > MOST_DATABASES) throw ENOUGH
    // Two bytes are soon met by chance, and all keys behind them would be of the wrong database.
    this.#recordBits += db < 64 ? -6 : -12
  }
  override resizeDb(keys: number, expires: number): void {
    if (expires > keys) throw ENOUGH
    this.#recordBits += 18
  }
  override warning(warning: RdbWarning): void {
    // A value of many containers would be damaged in each of them.
    if (warning.code === 'damaged-key') throw ENOUGH
    this.#recordBits -= 8
  }
  override end(_end: RdbEnd): void {
    this.bits += this.#recordBits
  }

  #see(string: RdbString): void {
    this.work++
    if (string.compressedBytes > 0 && string.length <= 1 << 20) {
      // Decoding it is the proof; damage ends the chain with the key.
      string.load()
      this.work += string.length / BYTES_PER_ELEMENT
      this.#elementBits += 12
    } else {
      this.#elementBits += 0.5
    }
  }
}

/** What a name tells: text is a sign, control characters are one against. */
function nameBits(name: RdbString): number {
  const { bytes, start } = name
  const end = Math.min(name.end, start + 32)
  if (start === end) return -3
  let text = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte >= 0x20 && byte !== 0x7f) text++
    else text -= 3
  }
  return Math.max(-4, Math.min(16, text * 1.2))
}
