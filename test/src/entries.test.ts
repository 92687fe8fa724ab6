import { createReadStream, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RdbError } from '../../parsers/index.js'
import type { RdbEntry } from '../../src/entries/types.js'
import { type EntrySource, type ReadEntriesOptions, readEntries } from '../../src/entries.js'
import { UnitError } from '../../src/units.js'
import { allSamples, sample } from '../helpers/samples.js'

async function all(source: EntrySource, options: ReadEntriesOptions = {}): Promise<RdbEntry[]> {
  const entries: RdbEntry[] = []
  for await (const entry of readEntries(source, options)) entries.push(entry)
  return entries
}

const id = (db: number, key: string | Uint8Array): string => `${db} ${Buffer.from(key).toString('base64')}`

describe.each(allSamples().map((found) => [found.name, found] as const))('%s', (_, found) => {
  it('gives the keys, types, elements and expiry its server told', async () => {
    const entries = new Map<string, RdbEntry<Uint8Array>>()
    for await (const entry of readEntries(found.path, { strings: 'bytes' })) entries.set(id(entry.db, entry.key), entry)
    expect(entries.size).toBe(found.expected.key_count)
    for (const expected of found.expected.keys) {
      const entry = entries.get(id(expected.db, Buffer.from(expected.key_b64, 'base64')))
      if (entry === undefined) throw new Error(`${expected.key_b64} is missing`)
      const type = expected.module === true ? 'module' : expected.type
      if (expected.member_expiries === undefined) expect(entry.expiresAtMs).toBe(expected.pexpiretime ?? null)
      expect([entry.type, entry.damage]).toEqual([type, null])
      if (expected.elements !== undefined) expect(entry.elements).toBe(expected.elements)
      if (Array.isArray(entry.value)) expect(entry.value).toHaveLength(entry.elements)
    }
  })
})

describe('readEntries', () => {
  const app = sample('redis-7.4.1/app')
  const small = allSamples().find(({ name }) => name.startsWith('redis-7.4.1/expired'))!

  it('prices entries as keys does', async () => {
    const byKey = new Map(app.memory.keys.map(([db, key, , usage]) => [`${db} ${key}`, usage]))
    let compared = 0
    for await (const entry of readEntries(app.path, { filter: { type: ['string', 'list'] } })) {
      const usage = byKey.get(id(entry.db, entry.key))
      if (usage == null) continue
      compared++
      expect(entry.memoryUsageBytes).toBe(usage)
    }
    expect(compared).toBeGreaterThan(100)
  })

  it('reads bytes, streams and pieces of any size alike', async () => {
    const bytes = readFileSync(small.path)
    const pieces = Array.from({ length: Math.ceil(bytes.length / 777) }, (_, i) =>
      bytes.subarray(i * 777, (i + 1) * 777),
    )
    const expected = await all(small.path)
    expect(await all(bytes)).toEqual(expected)
    expect(await all(pieces)).toEqual(expected)
    expect(await all(createReadStream(small.path, { highWaterMark: 1000 }))).toEqual(expected)
  })

  it('filters by name, type and size', async () => {
    const strings = await all(small.path, { filter: { type: ['string'], match: ['str:*'] } })
    expect(strings.length).toBeGreaterThan(0)
    expect(strings.every((entry) => entry.type === 'string' && entry.key.startsWith('str:'))).toBe(true)
    const large = await all(small.path, { filter: { minBytes: 5000 } })
    expect(large.length).toBeGreaterThan(0)
    expect(large.every((entry) => entry.ramBytes >= 5000)).toBe(true)
  })

  it('gives pairs that make maps, and the expiry of fields', async () => {
    const hashes = (await all(small.path)).filter((entry) => entry.type === 'hash')
    const expiring = hashes.filter((entry) => entry.expiries.length > 0)
    expect(expiring.length).toBeGreaterThan(0)
    for (const entry of expiring) {
      const fields = new Map(entry.value)
      for (const [field, when] of entry.expiries) {
        expect(fields.has(field)).toBe(true)
        expect(when).toBeGreaterThan(1e12)
      }
    }
  })

  it('lets go of the dump when the loop is left', async () => {
    let seen = 0
    let closed = false
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        for (let at = 0, bytes = readFileSync(app.path); at < bytes.length; at += 5000)
          yield bytes.subarray(at, at + 5000)
      } finally {
        closed = true
      }
    }
    for await (const _ of readEntries(chunks())) if (++seen === 3) break
    expect([seen, closed]).toEqual([3, true])
  })

  it('opens nothing when the filter cannot be understood', async () => {
    let asked = false
    function* chunks(): Generator<Uint8Array> {
      asked = true
      yield readFileSync(app.path)
    }
    await expect(all(chunks(), { filter: { ttl: 'sometimes' } })).rejects.toBeInstanceOf(UnitError)
    const openDumps = (): string[] =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === app.path
        } catch {
          return false
        }
      })
    await expect(all(app.path, { filter: { matchRe: ['('] } })).rejects.toBeInstanceOf(UnitError)
    expect([asked, existsSync('/proc/self/fd') ? openDumps() : []]).toEqual([false, []])
  })

  it('gives what stands before a cut, then says where it is', async () => {
    const bytes = readFileSync(small.path)
    const whole = await all(bytes)
    const before: RdbEntry[] = []
    const reading = async (): Promise<void> => {
      for await (const entry of readEntries(bytes.subarray(0, bytes.length >> 1))) before.push(entry)
    }
    await expect(reading()).rejects.toBeInstanceOf(RdbError)
    expect(before.length).toBeGreaterThan(10)
    expect(before).toEqual(whole.slice(0, before.length))
  })

  it('tells a wrong checksum and what is not a dump', async () => {
    const bytes = Uint8Array.from(readFileSync(small.path))
    bytes[bytes.length - 1]! ^= 1
    const warnings: string[] = []
    await all(bytes, { onWarning: (message) => warnings.push(message) })
    expect(warnings.join()).toMatch(/checksum/)
    await expect(all('/nowhere/dump.rdb')).rejects.toThrow(/\/nowhere\/dump\.rdb/)
    await expect(all(new Uint8Array(0))).rejects.toThrow(/empty/)
    await expect(all(Buffer.from('\u0089PNG\r\n\u001a\n and so on'))).rejects.toThrow(/not|PNG/)
  })
})
