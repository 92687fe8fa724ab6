import { describe, expect, it } from 'vitest'
import { dump } from '../../helpers/dump.js'
import { readsAlike } from '../../helpers/reads-alike.js'

function keysOf(bytes: Uint8Array): unknown[] {
  return readsAlike(bytes).filter((event) => 'key' in event)
}

describe('what stands before a key', () => {
  it('reads expiry in seconds and milliseconds, idle time and access counter', () => {
    const bytes = dump({ version: 9 })
      .hex('fc 60 51 c2 2c bb 03 00 00')
      .type(0, 'a')
      .string('b')
      .hex('f8 05')
      .type(0, 'c')
      .string('d')
      .expireSeconds(1_700_000_000)
      .freq(255)
      .type(0, 'e')
      .string('f')
      .end()
    expect(keysOf(bytes)).toEqual([
      { key: 'a', layout: 'string', db: 0, offset: 9, expiresAtMs: 4102444700000 },
      { key: 'c', layout: 'string', db: 0, offset: 23, idleSeconds: 5 },
      { key: 'e', layout: 'string', db: 0, offset: 30, expiresAtMs: 1_700_000_000_000, freq: 255 },
    ])
  })

  it('keeps attributes until the next key, whatever stands between, and forgets them after it', () => {
    const bytes = dump({ version: 9 })
      .expireMs(1000)
      .aux('mvcc-tstamp', '1656803742480')
      .select(3)
      .resize(1, 1)
      .idle(7)
      .expireMs(2000)
      .type(1, 'a')
      .len(1)
      .string('x')
      .type(0, 'b')
      .string('y')
      .end()
    expect(keysOf(bytes)).toEqual([
      { key: 'a', layout: 'list', db: 3, offset: 9, expiresAtMs: 2000, idleSeconds: 7 },
      expect.not.objectContaining({ expiresAtMs: 2000 }),
    ])
  })

  it('counts attributes to the bytes of the key', () => {
    const events = readsAlike(dump().expireMs(1).idle(1).type(2, 'a').len(1).string('x').end())
    expect(events).toContainEqual({ endKey: 'a', elements: 1, rdbBytes: 9 + 2 + 6 })
  })

  it('takes -1 for no expiry and what lies before 1970 for long past', () => {
    const bytes = dump()
      .expireMs(-1)
      .type(0, 'never')
      .string('')
      .expireMs(-5000)
      .type(0, 'past')
      .string('')
      .expireSeconds(-2)
      .type(0, 'past too')
      .string('')
      .end()
    expect(keysOf(bytes)).toEqual([
      { key: 'never', layout: 'string', db: 0, offset: 9 },
      expect.objectContaining({ key: 'past', expiresAtMs: 0 }),
      expect.objectContaining({ key: 'past too', expiresAtMs: 0 }),
    ])
  })

  it('starts in database 0 and goes back and forth', () => {
    const bytes = dump().type(0, 'a').string('').select(5).type(0, 'b').string('').select(0).select(2147483647)
    expect(keysOf(bytes.type(0, 'c').string('').end())).toEqual([
      expect.objectContaining({ db: 0 }),
      expect.objectContaining({ db: 5 }),
      expect.objectContaining({ db: 2147483647 }),
    ])
  })
})

describe('expiry in the byte order of the writer', () => {
  const when = 1_356_998_400_000 // 2013
  const swapped = Buffer.alloc(8)
  swapped.writeBigInt64BE(BigInt(when))

  it('turns times that make sense only reversed, for the whole file, and says so once', () => {
    const bytes = dump({ version: 6 }).u8(252).raw(swapped).type(0, 'a').string('').u8(252).raw(swapped).type(0, 'b')
    const events = readsAlike(bytes.string('').end())
    expect(events.filter((event) => 'key' in event)).toEqual([
      expect.objectContaining({ key: 'a', expiresAtMs: when }),
      expect.objectContaining({ key: 'b', expiresAtMs: when }),
    ])
    expect(events.filter((event) => event.warning === 'byte-order')).toHaveLength(1)
  })

  it('believes little-endian times and everything since version 9', () => {
    expect(keysOf(dump({ version: 6 }).expireMs(when).type(0, 'a').string('').end())).toEqual([
      expect.objectContaining({ expiresAtMs: when }),
    ])
    const events = readsAlike(dump({ version: 9 }).u8(252).raw(swapped).type(0, 'a').string('').end())
    expect(events.some((event) => 'warning' in event)).toBe(false)
  })
})
