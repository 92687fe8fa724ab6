import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crcOf, DumpWriter, fragment } from './dump.js'
import { SAMPLES_FOLDER } from './samples.js'

/** Three data sets of four shards, made of real dumps with simulated growth on top. */
export const FLEET_DATASETS = ['ledger', 'media', 'shop'] as const
export const FLEET_SHARDS = 4
export const FLEET_NIGHTS = 10
export const FIRST_NIGHT_MS = Date.UTC(2026, 10, 10, 2)
const DAY_MS = 86_400_000

/** Real dumps that the shards begin with, so that there is more in them than what the simulation knows. */
const BASES = ['redis-7.4.1/tuned.rdb', 'redis-7.4.1/expired.rdb', 'valkey-8.0.1/tuned.rdb'] as const

export interface FleetNight {
  /** Keys that are written however many nights there were: small fleets make quick tests. */
  readonly keys?: number
  /** The last night has what is to be found: a cut dump, a new big key. Default: night 9. */
  readonly isLast?: boolean
}

/** The day of a night, from 0. */
export function fleetDate(night: number): string {
  return new Date(FIRST_NIGHT_MS + night * DAY_MS).toISOString().slice(0, 10)
}

/**
 * Writes the 12 dumps of one night, as a backup job would: over those of the night before.
 *
 * - `shop`: `job:{int}:state` leaks, it grows every night and never expires; on the last night `report:2026` is a new big key
 * - `media`: `promo:{int}` all expire within the same minute
 * - `ledger`: grows towards `maxmemory`; on the last night shard 3 is cut
 */
export function writeFleetNight(folder: string, night: number, options: FleetNight = {}): void {
  const { keys = 400, isLast = night === FLEET_NIGHTS - 1 } = options
  mkdirSync(folder, { recursive: true })
  const timeMs = FIRST_NIGHT_MS + night * DAY_MS
  for (const [index, dataset] of FLEET_DATASETS.entries()) {
    for (let shard = 1; shard <= FLEET_SHARDS; shard++) {
      const more = fragment().select(0)
      for (let i = 0; i < keys; i++) {
        const id = i * FLEET_SHARDS + shard
        more.expireMs(timeMs + 3_600_000 + ((id * 7919) % 86_400) * 1000)
        more.type(0, `session:${uuid(id + night * 100_000)}`).string(`user=${id};theme=dark`)
      }
      if (dataset === 'shop') {
        for (let i = 0; i < (night + 1) * 60; i++) {
          more.type(0, `job:${100_000 + i * FLEET_SHARDS + shard}:state`).string('x'.repeat(180))
        }
        if (isLast && shard === 1) more.type(0, 'report:2026').string(`${'big '.repeat(150_000)}`)
      }
      if (dataset === 'media' && shard === 2) {
        const minuteMs = FIRST_NIGHT_MS + (night + 1) * DAY_MS - 7_200_000
        for (let i = 0; i < 1500; i++)
          more
            .expireMs(minuteMs + (i % 60) * 1000)
            .type(0, `promo:${i}`)
            .string('half price')
      }
      if (dataset === 'ledger') {
        for (let i = 0; i < 300 + night * 40 * shard; i++)
          more.type(0, `entry:${i * FLEET_SHARDS + shard}`).string('y'.repeat(90))
      }
      const bytes = grown(readFileSync(join(SAMPLES_FOLDER, BASES[index]!)), more.bytes(), timeMs)
      const isCut = isLast && dataset === 'ledger' && shard === 3
      writeFileSync(join(folder, `${dataset}-${shard}.rdb`), isCut ? bytes.subarray(0, bytes.length - 5000) : bytes)
    }
  }
}

/** A config for these dumps with everything that can be said in it. */
export function fleetConfig(more = '', formats = 'html, json, md, csv, keys, profile'): string {
  return `
datasets:
  - name: shop
    sources: [dumps/shop-*.rdb]
  - name: media
    sources: [dumps/media-*.rdb]
  - name: ledger
    sources: [dumps/ledger-*.rdb]
    maxmemory: 3MB
output:
  folder: out
  formats: [${formats}]
findings:
  leak: {minBytes: 10KB}
${more}`
}

const END = 0xff
const CRC_BYTES = 8

/** A dump with further records behind its own, and another time. */
function grown(base: Uint8Array, records: Uint8Array, timeMs: number): Uint8Array {
  const body = Buffer.from(base.subarray(0, base.length - CRC_BYTES - 1))
  if (base[base.length - CRC_BYTES - 1] !== END) throw new Error('this dump does not end as a dump does')
  // AUX field ctime: opcode, name, and a 32-bit integer.
  const at = body.indexOf('ctime') + 'ctime'.length
  if (body[at] !== 0xc2) throw new Error('this dump does not say its time as a 32-bit integer')
  body.writeUInt32LE(Math.floor(timeMs / 1000), at + 1)
  const used = body.indexOf('used-mem') + 'used-mem'.length
  if (body[used] !== 0xc2) throw new Error('this dump does not say its used_memory as a 32-bit integer')
  body.writeUInt32LE(body.readUInt32LE(used + 1) + records.length * 2, used + 1)
  const whole = new DumpWriter(0).raw(body).raw(records).u8(END)
  return whole.raw(crcOf(whole.bytes())).bytes()
}

/** Looks random and is not. */
function uuid(id: number): string {
  let text = ''
  let state = (id * 2_654_435_761) >>> 0
  for (let i = 0; i < 32; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += (state >>> 28).toString(16)
  }
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`
}
