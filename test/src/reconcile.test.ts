import { describe, expect, it } from 'vitest'
import { reconcile } from '../../src/reconcile.js'

const sums = {
  payloadBytes: 1000,
  headerBytes: 300,
  requestedBytes: 1200,
  ramBytes: 1500,
  overheadBytes: 250,
  expiresBytes: 50,
}

describe('the ledger of a dump', () => {
  it('goes from what was stored to used_memory without losing a byte', () => {
    const rows = reconcile(sums, 10_000, 6000, true)
    expect(rows.map(({ id, bytes }) => [id, bytes])).toEqual([
      ['payload', 1000],
      // Integers take less than their text.
      ['encoding', -100],
      ['headers', 300],
      ['rounding', 300],
      ['dictionaries', 200],
      ['expires', 50],
      ['empty-server', 6000],
      ['unexplained', 2250],
      ['used-memory', 10_000],
    ])
    const parts = rows.slice(0, -1).reduce((sum, row) => sum + row.bytes, 0)
    expect(parts).toBe(rows.at(-1)!.bytes)
    expect(rows[0]!.share).toBe(0.1)
  })

  it('says what is left over by the sign of it, and whether the keys are priced for the server that used the memory', () => {
    const title = (used: number, isWriter: boolean) =>
      reconcile(sums, used, 6000, isWriter).find(({ id }) => id === 'unexplained')!.title
    expect(title(10_000, true)).toBe('not in the dump: clients, replication, slack')
    expect(title(7000, true)).toBe('reckoned too much: other settings or allocator')
    expect(title(10_000, false)).toBe('difference of the servers, clients, slack')
  })

  it('ends with the tables when the dump does not say what was used', () => {
    const rows = reconcile(sums, null, 6000, true)
    expect(rows.at(-1)!.id).toBe('expires')
    expect(rows.every((row) => row.share === null)).toBe(true)
  })
})
