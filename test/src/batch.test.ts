import { describe, expect, it } from 'vitest'
import { KeyBatch } from '../../src/batch.js'
import { addKey } from '../helpers/batches.js'

describe('KeyBatch', () => {
  it('holds as many rows as it has room for', () => {
    const batch = new KeyBatch(100)
    for (let i = 0; i < 99; i++) addKey(batch, { key: `user:${i}` })
    expect(batch.full).toBe(false)
    addKey(batch, { key: 'user:99' })
    expect(batch.full).toBe(true)
  })

  it('is full after a few names of one MiB, so that thousands of them do not fill the memory', () => {
    const batch = new KeyBatch(4096)
    const key = new Uint8Array(2 ** 20).fill(97)
    for (let i = 0; i < 20; i++) {
      expect(batch.full).toBe(false)
      addKey(batch, { key })
      expect(batch.full).toBe(true)
      batch.clear()
    }
    expect(batch.keyBytes.length).toBeLessThan(3 * 2 ** 20)
  })
})
