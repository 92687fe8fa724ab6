import type { IdleBucket, IdleReport } from '../../reports/report.js'
import type { RowBlock } from './row-block.js'
import { floatsOf } from './state.js'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Idle times in seconds from which a bucket begins, with the title of the bucket. */
const IDLE: readonly (readonly [from: number, title: string])[] = [
  [0, 'under 1 minute'],
  [MINUTE, '1 minute to 1 hour'],
  [HOUR, '1 to 24 hours'],
  [DAY, '1 to 7 days'],
  [7 * DAY, '7 to 30 days'],
  [30 * DAY, '30 to 90 days'],
  [90 * DAY, 'over 90 days'],
]
const IDLE_FROM = Float64Array.from(IDLE, ([from]) => from)
/** Counters from which a bucket begins. A new key starts at LFU_INIT_VAL, 5 (server.h). */
const FREQ: readonly number[] = [0, 1, 5, 10, 25, 50, 100, 200]
const COUNTERS = 256
const COLD_SECONDS = [DAY, 7 * DAY, 30 * DAY, 90 * DAY]

export interface IdleState {
  readonly idleKeys: Float64Array
  readonly idleRam: Float64Array
  readonly freqKeys: Float64Array
  readonly freqRam: Float64Array
}

/** How long ago, or how often, keys were used: what the server's eviction policy recorded. */
export class Idle {
  readonly #idleKeys = new Float64Array(IDLE.length)
  readonly #idleRam = new Float64Array(IDLE.length)
  readonly #freqKeys = new Float64Array(COUNTERS)
  readonly #freqRam = new Float64Array(COUNTERS)

  add({ idleSeconds, freq, ramBytes, rows, hasUse }: RowBlock): void {
    if (!hasUse) return
    for (let row = 0; row < rows; row++) {
      const idle = idleSeconds[row]!
      if (idle >= 0) {
        let bucket = IDLE.length - 1
        while (idle < IDLE_FROM[bucket]!) bucket--
        this.#idleKeys[bucket]!++
        this.#idleRam[bucket]! += ramBytes[row]!
      }
      const counter = freq[row]!
      if (counter >= 0) {
        this.#freqKeys[counter]!++
        this.#freqRam[counter]! += ramBytes[row]!
      }
    }
  }

  merge(other: Idle): void {
    for (let bucket = 0; bucket < IDLE.length; bucket++) {
      this.#idleKeys[bucket]! += other.#idleKeys[bucket]!
      this.#idleRam[bucket]! += other.#idleRam[bucket]!
    }
    for (let counter = 0; counter < COUNTERS; counter++) {
      this.#freqKeys[counter]! += other.#freqKeys[counter]!
      this.#freqRam[counter]! += other.#freqRam[counter]!
    }
  }

  state(): IdleState {
    return {
      idleKeys: this.#idleKeys.slice(),
      idleRam: this.#idleRam.slice(),
      freqKeys: this.#freqKeys.slice(),
      freqRam: this.#freqRam.slice(),
    }
  }

  /** Adds what another has counted. @throws StateError */
  restore(state: IdleState): void {
    const other = new Idle()
    other.#idleKeys.set(floatsOf(state.idleKeys, IDLE.length, 'idle.idleKeys'))
    other.#idleRam.set(floatsOf(state.idleRam, IDLE.length, 'idle.idleRam'))
    other.#freqKeys.set(floatsOf(state.freqKeys, COUNTERS, 'idle.freqKeys'))
    other.#freqRam.set(floatsOf(state.freqRam, COUNTERS, 'idle.freqRam'))
    this.merge(other)
  }

  result(): IdleReport {
    const idleKeys = sumOf(this.#idleKeys, 0, IDLE.length)
    const freqKeys = sumOf(this.#freqKeys, 0, COUNTERS)
    const policy = idleKeys > 0 ? (freqKeys > 0 ? 'mixed' : 'lru') : freqKeys > 0 ? 'lfu' : 'none'
    const idle = IDLE.map(
      ([from, title], bucket): IdleBucket => ({
        title,
        from,
        to: IDLE[bucket + 1]?.[0] ?? null,
        keys: this.#idleKeys[bucket]!,
        ramBytes: this.#idleRam[bucket]!,
      }),
    )
    const freq = FREQ.map((from, bucket): IdleBucket => {
      const to = FREQ[bucket + 1] ?? null
      const end = to ?? COUNTERS
      return {
        title: to === null ? `${from} and more` : to === from + 1 ? `${from}` : `${from} to ${to - 1}`,
        from,
        to,
        keys: sumOf(this.#freqKeys, from, end),
        ramBytes: sumOf(this.#freqRam, from, end),
      }
    })
    const cold = COLD_SECONDS.map((seconds) => {
      const colder = idle.filter(({ from }) => from >= seconds)
      return {
        seconds,
        keys: colder.reduce((sum, { keys }) => sum + keys, 0),
        ramBytes: colder.reduce((sum, { ramBytes }) => sum + ramBytes, 0),
      }
    })
    return {
      policy,
      note: NOTES[policy],
      idle: idleKeys > 0 ? idle : [],
      freq: freqKeys > 0 ? freq : [],
      cold: idleKeys > 0 ? cold : [],
    }
  }
}

const NOTES: Record<IdleReport['policy'], string> = {
  lru: 'The server recorded when each key was last used (maxmemory-policy with LRU); a restart sets that back.',
  lfu: 'The server recorded how often keys are used (maxmemory-policy with LFU): a counter that grows slower the higher it is and falls with time.',
  mixed: 'Some dumps record when keys were last used, others how often.',
  none: 'The dump does not say when keys were last used: it does with a maxmemory-policy of LRU or LFU (allkeys-lru, volatile-lfu ...).',
}

function sumOf(numbers: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += numbers[i]!
  return sum
}
