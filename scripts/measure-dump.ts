import { readFileSync } from 'node:fs'
import { RdbParser } from '../parsers/index.js'
import { ENCODINGS, FLAG_ESTIMATED, FLAG_FIELD_EXPIRY, KeyBatch, TYPES } from '../src/batch.js'
import type { AllocatorId } from '../src/memory/allocators/index.js'
import { writerOf } from '../src/memory/choose-target.js'
import { modelById, targetFor } from '../src/memory/models/index.js'
import { databaseOverhead } from '../src/memory/overhead.js'
import { parseSettings } from '../src/memory/settings.js'
import { createTarget, type Target } from '../src/memory/target.js'
import { RowBuilder } from '../src/pipeline/row-builder.js'

/** What the model says about one key. */
export interface PredictedKey {
  readonly db: number
  readonly keyBase64: string
  readonly type: string
  readonly encoding: string
  readonly ramBytes: number
  readonly memoryUsageBytes: number
  readonly payloadBytes: number
  readonly longestElementBytes: number
  readonly expires: boolean
  readonly fieldExpiry: boolean
  readonly estimated: boolean
  readonly slot: number
}

export interface PredictedDump {
  readonly target: Target
  readonly keys: ReadonlyMap<string, PredictedKey>
  /** Tables of the databases, as they were handed out to the keys while they were read. */
  readonly overheadBytes: number
}

export interface ServerFacts {
  /** Settings of the server, as CONFIG GET tells them. */
  readonly config: Readonly<Record<string, string>>
  /** Quantum of its jemalloc; `libc` without jemalloc. */
  readonly quantum: string | undefined
  readonly isLibc: boolean
  /** Model to price for; without it the writer of the dump decides. */
  readonly model?: string | undefined
}

/** `0:dXNlcjox`: database and key, for maps. */
export function keyId(db: number, keyBase64: string): string {
  return `${db}:${keyBase64}`
}

/** Prices all keys of an RDB file (or the RDB part of an AOF) for a server. */
export function predictDump(path: string, server: ServerFacts): PredictedDump {
  const keys = new Map<string, PredictedKey>()
  let chosen: Target | undefined
  /** Rows from here on are of that slot: strings come many at once, so that keys cannot be asked one by one. */
  const slots: { firstRow: number; slot: number }[] = []
  let row = 0
  let overheadBytes = 0
  let span = -1
  const builder = new (class extends RowBuilder {
    override selectDb(db: number): void {
      slots.push({ firstRow: this.keys, slot: -1 })
      super.selectDb(db)
    }

    override slotInfo(slot: number, keys: number, expires: number): void {
      slots.push({ firstRow: this.keys, slot })
      super.slotInfo(slot, keys, expires)
    }
  })({
    batch: new KeyBatch(),
    counted: null,
    filter: { acceptsAll: true, needsRow: false, acceptsKey: () => true, acceptsRow: () => true },
    targetFor: (facts) => {
      const model = server.model === undefined ? targetFor(writerOf(facts)).model : modelById(server.model)
      if (model === undefined) throw new Error(`no model ${server.model}`)
      chosen = createTarget(model, {
        settings: settingsOf(server.config),
        allocator: allocatorOf(server),
        cluster: server.config['cluster-enabled'] === 'yes',
      })
      return chosen
    },
    onBatch: (batch) => {
      for (let at = 0; at < batch.length; at++) {
        while (span + 1 < slots.length && slots[span + 1]!.firstRow <= row) span++
        row++
        overheadBytes += batch.overheadBytes[at]!
        const key = predictedKey(batch, at, slots[span]?.slot ?? -1)
        keys.set(keyId(key.db, key.keyBase64), key)
      }
    },
  })
  const parser = new RdbParser(builder)
  parser.push(readFileSync(path))
  if (!parser.done) parser.end()
  const leftover = builder.finish()
  return { target: chosen!, keys, overheadBytes: overheadBytes + leftover }
}

function predictedKey(batch: KeyBatch, row: number, slot: number): PredictedKey {
  const flags = batch.flags[row]!
  return {
    db: batch.db[row]!,
    keyBase64: Buffer.from(batch.keyAt(row)).toString('base64'),
    type: TYPES[batch.type[row]!]!,
    encoding: ENCODINGS[batch.encoding[row]!]!,
    ramBytes: batch.ramBytes[row]!,
    memoryUsageBytes: batch.memoryUsageBytes[row]!,
    payloadBytes: batch.payloadBytes[row]!,
    longestElementBytes: batch.longestElementBytes[row]!,
    expires: batch.expiresAtMs[row]! >= 0,
    fieldExpiry: (flags & FLAG_FIELD_EXPIRY) !== 0,
    estimated: (flags & FLAG_ESTIMATED) !== 0,
    slot,
  }
}

/** What the keys and their tables take together, in bytes. */
export function datasetBytes(target: Target, keys: Iterable<PredictedKey>): number {
  let bytes = 0
  const databases = new Map<number, { keys: number; expires: number; fieldExpiryKeys: number; slots: Slots }>()
  for (const key of keys) {
    bytes += key.ramBytes
    const database = databases.get(key.db) ?? { keys: 0, expires: 0, fieldExpiryKeys: 0, slots: new Map() }
    databases.set(key.db, database)
    database.keys++
    if (key.expires) database.expires++
    if (key.fieldExpiry) database.fieldExpiryKeys++
    if (key.slot < 0) continue
    const slot = database.slots.get(key.slot) ?? { keys: 0, expires: 0 }
    database.slots.set(key.slot, { keys: slot.keys + 1, expires: slot.expires + (key.expires ? 1 : 0) })
  }
  for (const database of databases.values()) {
    const slots = database.slots.size === 0 ? undefined : database.slots.values()
    bytes += databaseOverhead(target, { ...database, slots }).totalBytes
  }
  return bytes
}

type Slots = Map<number, { keys: number; expires: number }>

const SETTINGS =
  /^(hash|zset|set|list)-max-(ziplist|listpack|intset)|^list-compress-depth$|^maxmemory$|^maxmemory-policy$/

function settingsOf(config: Readonly<Record<string, string>>) {
  return parseSettings(
    Object.entries(config)
      .filter(([name]) => SETTINGS.test(name))
      .map(([name, value]) => `${name}=${value}`),
  )
}

function allocatorOf(server: ServerFacts): AllocatorId {
  if (server.isLibc) return 'libc'
  return server.quantum === '16' ? 'jemalloc-16' : 'jemalloc'
}
