import type { ProvedUsage } from '../../reports/prove-report.js'
import type { KeyBatch } from '../batch.js'
import { modelById } from '../memory/models/index.js'
import type { Target } from '../memory/target.js'
import { crc32 } from '../optimizations/crc32.js'
import { scanDumps } from '../pipeline/scan.js'
import type { ReadRequest } from '../requests.js'
import type { RespClient } from './resp-client.js'
import { pause } from './scratch-server.js'
import { infoFields } from './server-facts.js'

/** The server shrinks the buffers of a connection once a second while nothing comes. */
const QUIET_MS = 1050
const POLL_MS = 100
const MOST_POLLS = 100
/** MEMORY USAGE walks through a value: beyond so many keys a part of them speaks for all. */
const MOST_KEYS_ASKED = 100_000
const COMMANDS_AT_ONCE = 500

/**
 * `used_memory` once nothing changes any more: tables have grown or shrunk, buffers are given back. Functions, which
 * are no keys, are left out.
 */
export async function settledMemory(client: RespClient): Promise<number> {
  await client.text('PING')
  await pause(QUIET_MS)
  let last = -1
  for (let poll = 0; poll < MOST_POLLS; poll++) {
    const info = infoFields(await client.text('INFO', 'memory'))
    const used = Number(info.get('used_memory')) - Number(info.get('used_memory_functions') ?? 0)
    if (used === last) return used
    last = used
    await pause(POLL_MS)
  }
  return last
}

/** A dump, priced. */
export interface PricedDump {
  readonly keys: number
  /** Highest number of a database. */
  readonly lastDb: number
  /** Keys whose time is over at `expiredAtMs`. */
  readonly expiredKeys: number
  /** What `used_memory` is to grow by. */
  readonly usedBytes: number
  /** When the dump was made. */
  readonly nowMs: number
}

/** @param expiredAtMs the moment by which keys count as expired */
export async function priceDump(request: ReadRequest, expiredAtMs: number): Promise<PricedDump> {
  let lastDb = 0
  let expiredKeys = 0
  let keys = 0
  let usedBytes = 0
  let nowMs = 0
  const scan = scanDumps({
    request,
    sha256: false,
    onNow: (dumpNowMs) => {
      nowMs = dumpNowMs
    },
    onBatch: (batch) => {
      for (let row = 0; row < batch.length; row++) {
        if (batch.db[row]! > lastDb) lastDb = batch.db[row]!
        if (batch.expiresAtMs[row]! >= 0 && batch.expiresAtMs[row]! <= expiredAtMs) expiredKeys++
      }
    },
  })
  for await (const dump of scan) {
    if (dump.read.error !== null) throw dump.read.error
    keys += dump.keys
    usedBytes += dump.sums.ramBytes + dump.sums.overheadBytes + dump.overheadLeftover
  }
  return { keys, lastDb, expiredKeys, usedBytes, nowMs }
}

/** What the model and the server say about the keys of the server's own dump. */
export async function compareUsage(
  client: RespClient,
  request: ReadRequest,
  keys: number,
): Promise<{ readonly usage: ProvedUsage; readonly modelledBytes: number }> {
  const hasUsage = modelById(request.target ?? '')?.hasMemoryUsage !== false
  const every = Math.ceil(keys / MOST_KEYS_ASKED)
  const usage = { keys: 0, predictedBytes: 0, measuredBytes: 0 }
  let commands: (readonly (string | Uint8Array)[])[] = []
  let db = -1
  const ask = async (): Promise<void> => {
    const wanted = commands
    commands = []
    for (let at = 0; at < wanted.length; at += COMMANDS_AT_ONCE) {
      const replies = await client.all(wanted.slice(at, at + COMMANDS_AT_ONCE))
      for (const reply of replies) if (typeof reply === 'number') usage.measuredBytes += reply
    }
  }
  const add = (batch: KeyBatch, row: number): void => {
    const name = batch.keyAt(row)
    if (every > 1 && crc32(name, 0, name.length) % every !== 0) return
    if (batch.db[row] !== db) {
      db = batch.db[row]!
      commands.push(['SELECT', String(db)])
    }
    commands.push(['MEMORY', 'USAGE', name.slice(), 'SAMPLES', '0'])
    usage.keys++
    usage.predictedBytes += batch.memoryUsageBytes[row]!
  }
  let modelledBytes = 0
  const scan = scanDumps({
    request,
    sha256: false,
    onBatch: (batch) => {
      for (let row = 0; hasUsage && row < batch.length; row++) add(batch, row)
    },
    afterPush: () => (commands.length === 0 ? undefined : ask()),
  })
  for await (const dump of scan) {
    modelledBytes += dump.sums.ramBytes + dump.sums.overheadBytes + dump.overheadLeftover
  }
  await ask()
  return { usage, modelledBytes }
}

/** The request for a dump of the server, priced for that server. */
export function requestFor(path: string, target: Target): ReadRequest {
  return {
    inputs: [{ path, name: path, increments: [], notes: [] }],
    filter: {},
    verify: false,
    threads: 1,
    target: target.model.id,
    settings: target.settings,
    bits: target.bits,
    allocator: target.allocator.id,
  }
}
