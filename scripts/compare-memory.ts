import type { PredictedKey } from './measure-dump.js'

/** What a server said about a key after a restart from the dump. */
export interface RecordedKey {
  readonly db: number
  readonly key_b64: string
  readonly type: string
  readonly encoding: string
  /** Absent before Redis 4.0. */
  readonly memory_usage?: number | null
  /** The time of the key was over when the dump was made: asked just before. */
  readonly expired?: boolean
  readonly module?: boolean
}

export interface ComparedKey {
  readonly dump: string
  readonly recorded: RecordedKey
  readonly predicted: PredictedKey
  readonly isLibc: boolean
  /** The server was asked before it wrote the dump, when its tables had been filled in another order. */
  readonly measuredBeforeDump: boolean
  /** Tables of this type have a place for every entry: nothing is random in them but the end of a rehash. */
  readonly hasPlainDict: boolean
  /** Structs of stream groups are fitted, not known. */
  readonly fittedStreams: boolean
}

export interface Miss {
  readonly dump: string
  readonly db: number
  readonly key: string
  readonly encoding: string
  readonly predicted: string
  readonly measured: string
  readonly reason: string
}

export interface GroupFigures {
  readonly type: string
  readonly encoding: string
  readonly keys: number
  /** Keys with MEMORY USAGE. */
  readonly compared: number
  readonly exact: number
  readonly sumError: number
  readonly medianError: number
  readonly largestError: number
  readonly wrongEncoding: number
}

interface Group {
  keys: number
  exact: number
  predicted: number
  measured: number
  wrongEncoding: number
  readonly errors: number[]
}

const UNEXPLAINED = 'not explained'
const MID_REHASH =
  'the load ends in the middle of a rehash or just behind it: chance decides whether the old table is still there'
/** A glibc block is this much larger when the rest of a free chunk would be too small to keep. */
const GLIBC_REMAINDER = 16

/** Figures by type and encoding, and every miss with its reason. */
export class Comparison {
  readonly misses: Miss[] = []
  unexplained = 0
  /** Keys whose size is not random, and of them the exact ones. */
  deterministic = 0
  deterministicExact = 0
  /** Keys whose expiry was set after the server had been asked: not comparable. */
  notComparable = 0
  readonly #groups = new Map<string, Group>()

  add(key: ComparedKey): void {
    const { recorded, predicted } = key
    // Redis 5.0 has no word for the encoding of streams.
    const encoding = recorded.encoding === 'unknown' && predicted.type === 'stream' ? 'stream' : recorded.encoding
    const name = `${predicted.type} ${encoding}`
    const group = this.#groups.get(name) ?? newGroup()
    this.#groups.set(name, group)
    if (isBeforeExpiry(key)) {
      this.notComparable++
      return
    }
    group.keys++
    if (predicted.encoding !== encoding) {
      group.wrongEncoding++
      this.#miss(key, predicted.encoding, encoding, UNEXPLAINED)
    }
    const measured = recorded.memory_usage
    if (measured === undefined || measured === null) return
    const exact = predicted.memoryUsageBytes === measured
    group.predicted += predicted.memoryUsageBytes
    group.measured += measured
    group.errors.push(Math.abs(predicted.memoryUsageBytes - measured) / measured)
    if (exact) group.exact++
    if (predicted.estimated) {
      if (!exact && key.hasPlainDict && predicted.encoding === 'hashtable') {
        this.#miss(key, String(predicted.memoryUsageBytes), String(measured), MID_REHASH)
      }
      return
    }
    this.deterministic++
    if (exact) this.deterministicExact++
    else this.#miss(key, String(predicted.memoryUsageBytes), String(measured), reason(key, measured))
  }

  groups(): GroupFigures[] {
    return [...this.#groups]
      .filter(([, group]) => group.keys > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, group]) => {
        const [type, encoding] = name.split(' ') as [string, string]
        const errors = group.errors.sort((a, b) => a - b)
        return {
          type,
          encoding,
          keys: group.keys,
          compared: errors.length,
          exact: group.exact,
          sumError: group.measured === 0 ? 0 : group.predicted / group.measured - 1,
          medianError: errors[errors.length >> 1] ?? 0,
          largestError: errors.at(-1) ?? 0,
          wrongEncoding: group.wrongEncoding,
        }
      })
  }

  summary(): string {
    if (this.deterministic === 0) return 'No MEMORY USAGE in this version; encodings only.'
    const share = ((100 * this.deterministicExact) / this.deterministic).toFixed(3)
    const left =
      this.notComparable === 0 ? '' : ` ${this.notComparable} keys got their expiry only after they were asked about.`
    return `Of ${this.deterministic} keys whose size is not random ${this.deterministicExact} are exact (${share} %).${left}`
  }

  #miss(key: ComparedKey, predicted: string, measured: string, why: string): void {
    if (why === UNEXPLAINED) this.unexplained++
    this.misses.push({
      dump: key.dump,
      db: key.recorded.db,
      key: Buffer.from(key.recorded.key_b64, 'base64').toString('latin1'),
      encoding: `${key.predicted.type} ${key.recorded.encoding}`,
      predicted,
      measured,
      reason: why,
    })
  }
}

function newGroup(): Group {
  return { keys: 0, exact: 0, predicted: 0, measured: 0, wrongEncoding: 0, errors: [] }
}

/** The recording asked before EXPIRE gave the key its time, which takes memory where objects hold it. */
function isBeforeExpiry(key: ComparedKey): boolean {
  return key.measuredBeforeDump && key.recorded.expired === true
}

function reason(key: ComparedKey, measured: number): string {
  const { predicted } = key
  const difference = measured - predicted.memoryUsageBytes
  if (key.measuredBeforeDump && predicted.encoding === 'hashtable') {
    return 'asked before the dump was written: filled in another order, the table was left in the middle of a rehash'
  }
  if (key.fittedStreams && predicted.type === 'stream')
    return 'structs of stream groups of a development build are not known'
  if (key.isLibc && difference > 0 && difference % GLIBC_REMAINDER === 0) {
    return 'glibc gave 16 bytes more where the rest of a free chunk was too small to keep'
  }
  return UNEXPLAINED
}
