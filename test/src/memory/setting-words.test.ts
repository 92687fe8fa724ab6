import { describe, expect, it } from 'vitest'
import { modelById } from '../../../src/memory/models/index.js'
import { inWordsOf } from '../../../src/memory/setting-words.js'

describe('settings in the words of the target', () => {
  const advice = { steps: ['CONFIG SET hash-max-listpack-value 256'], limit: 'list-max-listpack-size', entries: 512 }

  it('uses the names of the ziplist before 7.0', () => {
    expect(inWordsOf(modelById('redis-6.2')!, advice)).toEqual({
      steps: ['CONFIG SET hash-max-ziplist-value 256'],
      limit: 'list-max-ziplist-size',
      entries: 512,
    })
  })

  it('leaves the names of newer servers, and settings that were never called otherwise', () => {
    expect(inWordsOf(modelById('redis-7.4')!, advice)).toEqual(advice)
    expect(inWordsOf(modelById('redis-6.2')!, 'set-max-intset-entries')).toBe('set-max-intset-entries')
  })

  it('names commands that the target has', () => {
    const text = 'as that of a field: HSETEX, or HSET and HPEXPIRE.'
    expect(inWordsOf(modelById('redis-7.4')!, text)).toBe('as that of a field: HSET and HPEXPIRE in one MULTI.')
    expect(inWordsOf(modelById('redis-8.6')!, text)).toBe(text)
  })

  it('knows what older servers and Valkey lack', () => {
    const text = 'redis.conf: SET <key> <value> KEEPTTL, UNLINK <key>, listpack or ziplist'
    expect(inWordsOf(modelById('redis-3.2')!, text)).toBe(
      'redis.conf: SET <key> <value> PX <what PTTL said>, DEL <key>, ziplist',
    )
    expect(inWordsOf(modelById('valkey-8.0')!, text)).toBe(
      'valkey.conf: SET <key> <value> KEEPTTL, UNLINK <key>, listpack',
    )
  })
})
