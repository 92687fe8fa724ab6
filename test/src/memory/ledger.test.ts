import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type RdbKey, RdbParser } from '../../../parsers/index.js'
import { KeyBatch } from '../../../src/batch.js'
import { encodingReason } from '../../../src/memory/encoding-reason.js'
import { freeCost, keyAllocations, keyParts, whyUsageDiffers } from '../../../src/memory/ledger.js'
import { targets } from '../../../src/memory/models/index.js'
import { createTarget } from '../../../src/memory/target.js'
import { RowBuilder } from '../../../src/pipeline/row-builder.js'
import { allSamples } from '../../helpers/samples.js'
import { price, sizerFor, type Value } from './feed.js'

/** Checks the books of every key while a dump is read. */
class BookKeeper extends RowBuilder {
  keysSeen = 0
  readonly wrong: string[] = []

  override key(key: RdbKey): boolean {
    this.prepare()
    this.sizer.rows ??= []
    return super.key(key)
  }

  override endKey(key: RdbKey): void {
    super.endKey(key)
    this.keysSeen++
    const { sizer } = this
    const parts = keyParts(sizer)
    const sum = parts.payloadBytes + parts.encodingBytes + parts.headerBytes + parts.roundingBytes
    const given = keyAllocations(sizer).reduce((total, row) => total + row.givenBytes, 0)
    const requested = keyAllocations(sizer).reduce((total, row) => total + row.requestedBytes, 0)
    const books = [sum, given, requested - sizer.requestedBytes + sizer.ramBytes]
    if (books.some((bytes) => bytes !== sizer.ramBytes) || sizer.ramBytes <= 0 || parts.roundingBytes < 0) {
      this.wrong.push(`${Buffer.from(key.key.view()).toString('latin1')}: ${sizer.ramBytes} but ${books.join(', ')}`)
    }
    if (encodingReason(sizer, key.elements).reason === '') this.wrong.push('no reason for the encoding')
    if (freeCost(sizer, key.elements).effort < 0) this.wrong.push('negative effort')
    whyUsageDiffers(sizer)
  }
}

describe('the ledger of every key of every sample', () => {
  it.each(allSamples().map((sample) => [sample.name, sample] as const))('adds up to ramBytes: %s', (_name, sample) => {
    // The writer itself, and two targets that rebuild most values.
    for (const id of [undefined, 'redis-6.2', 'valkey-9.1']) {
      const books = new BookKeeper({
        batch: new KeyBatch(),
        counted: null,
        filter: { acceptsAll: true, needsRow: false, acceptsKey: () => true, acceptsRow: () => true },
        targetFor: () => createTarget(targets.find((model) => model.id === (id ?? nearest(sample.name)))!),
        onBatch: () => {},
      })
      const parser = new RdbParser(books)
      parser.push(readFileSync(sample.rdbPath))
      if (!parser.done) parser.end()
      books.finish()
      expect(books.wrong).toEqual([])
      expect(books.keysSeen).toBeGreaterThan(100)
    }
  })
})

/** Model of the server that wrote a sample; for development builds some other one. */
function nearest(sampleName: string): string {
  const name = /^(\w+-\d+\.\d+)/.exec(sampleName)
  return name === null ? 'redis-7.4' : name[1]!
}

const members = (count: number): Value => ({ set: Array.from({ length: count }, (_, i) => `member:${i}`) })

describe('explaining a key', () => {
  it('lists every allocation of a hash table', () => {
    const sizer = sizerFor('redis-7.2')
    sizer.rows = []
    price(sizer, 'hlong', { hash: [['f', 'x'.repeat(65)]] })
    expect(keyAllocations(sizer)).toEqual([
      { what: 'key name (sds)', count: 1, requestedBytes: 7, givenBytes: 8 },
      { what: 'dict entry', count: 1, requestedBytes: 24, givenBytes: 24 },
      { what: 'object (robj)', count: 1, requestedBytes: 16, givenBytes: 16 },
      { what: 'dict', count: 1, requestedBytes: 56, givenBytes: 56 },
      { what: 'hash table', count: 1, requestedBytes: 32, givenBytes: 32 },
      { what: 'dict entries', count: 1, requestedBytes: 24, givenBytes: 24 },
      { what: 'field names', count: 1, requestedBytes: 3, givenBytes: 8 },
      { what: 'values (sds)', count: 1, requestedBytes: 69, givenBytes: 80 },
    ])
    expect(keyParts(sizer)).toEqual({ payloadBytes: 71, encodingBytes: 118, headerBytes: 42, roundingBytes: 17 })
  })

  it('says of entries that only chance takes out of the table that they are expected', () => {
    const entries = (id: string, value: Value): string[] => {
      const sizer = sizerFor(id)
      sizer.rows = []
      price(sizer, 'key', value)
      return keyAllocations(sizer).flatMap(({ what }) => (what.startsWith('dict entries') ? [what] : []))
    }
    const hash: Value = {
      hash: [['f', 'x'.repeat(65)], ...Array.from({ length: 9 }, (_, i) => [`${i}`, 'v'] as const)],
    }
    expect(entries('redis-7.0', members(200))).toEqual(['dict entries'])
    expect(entries('redis-7.2', members(200))).toEqual(['dict entries beside the table (expected)'])
    expect(entries('redis-7.2', hash)).toEqual(['dict entries'])
    expect(entries('redis-8.6', hash)).toEqual(['dict entries beside the table (expected)'])
  })

  it('says which limit a hash is over, and by how much', () => {
    const sizer = price(sizerFor('redis-7.2'), 'h', { hash: [['f', 'x'.repeat(65)]] })
    expect(encodingReason(sizer, 1)).toEqual({
      encoding: 'hashtable',
      reason: 'above hash-max-listpack-value, so it is a hash table',
      limits: [
        { limit: 'hash-max-listpack-entries', unit: 'entries', allowed: 512, actual: 1, left: 511 },
        { limit: 'hash-max-listpack-value', unit: 'bytes', allowed: 64, actual: 65, left: -1 },
      ],
    })
  })

  it('says that a set is a hash table for the limit that the loader looks at first', () => {
    const settings = { 'set-max-intset-entries': 2 }
    const sizer = price(sizerFor('redis-7.2', { settings }), 's', { set: ['a', 'b', 'c'] })
    expect(encodingReason(sizer, 3)).toMatchObject({
      encoding: 'hashtable',
      reason: 'above set-max-intset-entries, so it is loaded as a hash table',
      limits: [{ limit: 'set-max-intset-entries', left: -1 }, { left: 125 }, { left: 63 }],
    })
  })

  it('says how many bytes a string may grow before it loses its place in the object', () => {
    const sizer = price(sizerFor('redis-7.2'), 'k', { string: 'x'.repeat(40) })
    expect(encodingReason(sizer, 1).limits).toEqual([
      { limit: 'embstr limit', unit: 'bytes', allowed: 44, actual: 40, left: 4 },
    ])
    const inObject = price(sizerFor('valkey-8.1'), 'key', { string: 'x'.repeat(40) })
    // 64 - 16 (object) - 6 (key) - 4 (value header and end)
    expect(encodingReason(inObject, 1).limits[0]).toMatchObject({ limit: 'embedding limit', allowed: 38, left: -2 })
  })

  it.each([
    ['redis-7.2', 1000, 'main thread', 'background'],
    ['valkey-8.0', 1000, 'background', 'background'],
    ['redis-7.2', 20, 'main thread', 'main thread'],
    ['redis-3.2', 1000, 'main thread', null],
  ])('on %s a set of %i members: DEL in the %s, UNLINK: %s', (id, count, del, unlink) => {
    const sizer = price(sizerFor(id), 's', members(count))
    expect(freeCost(sizer, count)).toMatchObject({ del, unlink })
  })

  it('says why MEMORY USAGE prints something else', () => {
    expect(whyUsageDiffers(price(sizerFor('valkey-8.1'), 'k'.repeat(60), members(3)))).toContain(
      'leaves out the key name',
    )
    expect(whyUsageDiffers(price(sizerFor('redis-3.2'), 'k', members(3)))).toBeNull()
  })
})
