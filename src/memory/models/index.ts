import type { MemoryModel } from '../model.js'
import { keydb63 } from './keydb-6.3.js'
import { redis28 } from './redis-2.8.js'
import { redis32 } from './redis-3.2.js'
import { redis40 } from './redis-4.0.js'
import { redis50 } from './redis-5.0.js'
import { redis60 } from './redis-6.0.js'
import { redis62 } from './redis-6.2.js'
import { redis70 } from './redis-7.0.js'
import { redis72 } from './redis-7.2.js'
import { redis74 } from './redis-7.4.js'
import { redis80 } from './redis-8.0.js'
import { redis82 } from './redis-8.2.js'
import { redis84 } from './redis-8.4.js'
import { redis86 } from './redis-8.6.js'
import { redis88 } from './redis-8.8.js'
import { valkey72 } from './valkey-7.2.js'
import { valkey80 } from './valkey-8.0.js'
import { valkey81 } from './valkey-8.1.js'
import { valkey81dev } from './valkey-8.1-dev.js'
import { valkey90 } from './valkey-9.0.js'
import { valkey91 } from './valkey-9.1.js'

/** Every server version with a memory model, oldest first within a server. */
export const targets: readonly MemoryModel[] = [
  redis28,
  redis32,
  redis40,
  redis50,
  redis60,
  redis62,
  redis70,
  redis72,
  redis74,
  redis80,
  redis82,
  redis84,
  redis86,
  redis88,
  valkey72,
  valkey80,
  valkey81,
  valkey90,
  valkey91,
  keydb63,
]

/** Development builds that dumps were found of; chosen for them, but no targets to plan for. */
const developmentBuilds: readonly MemoryModel[] = [valkey81dev]

/** Ids of `targets`, in the same order: `redis-7.2` and the like. */
export const targetIds: readonly string[] = targets.map((model) => model.id)

export function modelById(id: string): MemoryModel | undefined {
  return targets.find((model) => model.id === id) ?? developmentBuilds.find((model) => model.id === id)
}

/** What is known about the server that wrote a dump. */
export interface ServerHint {
  /** `redis`, `valkey`, `keydb`, `dragonfly`, ...; lower case. */
  readonly server?: string | undefined
  /** As the server says it, e.g. `7.2.6`; `255.255.255` for development builds. */
  readonly version?: string | undefined
  readonly rdbVersion?: number | undefined
}

export interface ChosenModel {
  readonly model: MemoryModel
  /** Why it is not exactly the server asked for; null when it is. */
  readonly note: string | null
}

/** First Redis version that writes an RDB version; all before have the one below. */
const SINCE_RDB_VERSION: readonly (readonly [rdbVersion: number, id: string])[] = [
  [14, 'redis-8.8'],
  [13, 'redis-8.6'],
  [12, 'redis-7.4'],
  [11, 'redis-7.2'],
  [10, 'redis-7.0'],
  [9, 'redis-6.2'],
  [8, 'redis-4.0'],
  [7, 'redis-3.2'],
  [0, 'redis-2.8'],
]

/** The model of a server version, or the nearest one with a note that says so. */
export function targetFor(hint: ServerHint): ChosenModel {
  const server = hint.server ?? 'redis'
  const family = targets.filter((model) => model.server === server)
  const numbers = /^(\d+)\.(\d+)/.exec(hint.version ?? '')
  const isDevelopment = numbers !== null && Number(numbers[1]) >= 200
  if (numbers === null || isDevelopment || family.length === 0) return byRdbVersion(hint, family, isDevelopment)

  const version: readonly [number, number] = [Number(numbers[1]), Number(numbers[2])]
  const notNewer = family.filter((model) => compareVersions(model.version, version) <= 0)
  const model = notNewer.at(-1) ?? family[0]!
  const exact = compareVersions(model.version, version) === 0
  return { model, note: exact ? null : `${server} ${hint.version} is not modelled; priced as ${model.title}` }
}

function byRdbVersion(hint: ServerHint, family: readonly MemoryModel[], isDevelopment: boolean): ChosenModel {
  const who = isDevelopment ? `a development build of ${hint.server ?? 'redis'}` : (hint.server ?? 'the server')
  if (hint.server === 'valkey') {
    const model = (hint.rdbVersion ?? 80) >= 80 ? family.at(-1)! : valkey81dev
    return { model, note: `${who} has no version to go by; priced as ${model.title}` }
  }
  if (hint.server === 'keydb') return { model: family[0]!, note: `${who} did not say its version; priced as KeyDB 6.3` }
  const rdbVersion = hint.rdbVersion ?? 11
  const id = SINCE_RDB_VERSION.find(([since]) => rdbVersion >= since)?.[1] ?? 'redis-7.2'
  const model = modelById(id)!
  return {
    model,
    note: `${who} is not modelled or did not say its version; priced as ${model.title} (RDB ${rdbVersion})`,
  }
}

function compareVersions(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1]
}
