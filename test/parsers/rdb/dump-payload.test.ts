import { describe, expect, it } from 'vitest'
import { RdbError } from '../../../parsers/index.js'
import { dumpPayload, fragment, hex, lzfCompress } from '../../helpers/dump.js'
import { payloadEvents } from '../../helpers/events.js'
import { listpack } from '../../helpers/packed.js'

describe('DUMP payload', () => {
  it('reads what a server answered', () => {
    const payload = hex('00 05 68 65 6c 6c 6f 0a 00 63 72 df 76 65 34 20 0a')
    expect(payloadEvents(payload, 'greeting')).toEqual([
      { header: 'none', rdbVersion: 10 },
      { dialect: 'redis' },
      { key: 'greeting', layout: 'string', db: 0, offset: 0 },
      { string: 'hello' },
      { endKey: 'greeting', elements: 1, rdbBytes: 7 },
      { end: 17, checksum: 'ok' },
    ])
  })

  it('passes over key metadata in front', () => {
    const value = fragment().hex('01 19 f5 ef 2b 05 02 61 62 00').u8(0).string('v').bytes()
    const events = payloadEvents(dumpPayload(243, value, 13))
    expect(events).toContainEqual({ string: 'v' })
    expect(events.at(-1)).toMatchObject({ checksum: 'ok' })
  })

  it('reads hash templates, which stand in the value itself', () => {
    const value = fragment().hex('01 02 06 66 69 65 6c 64 31 06 66 69 65 6c 64 32 c0 01 c0 02').bytes()
    expect(payloadEvents(dumpPayload(31, value, 15))).toContainEqual({ field: 'field2', value: '2' })
  })

  it('takes versions from 80 on for Valkey', () => {
    const value = fragment().len(1).string('f').string('v').ms(5000).bytes()
    expect(payloadEvents(dumpPayload(22, value, 80))).toContainEqual({ field: 'f', value: 'v', expiresAtMs: 5000 })
  })

  it('warns of a version that is not known', () => {
    const events = payloadEvents(dumpPayload(0, fragment().string('x').bytes(), 40))
    expect(events).toContainEqual(expect.objectContaining({ warning: 'newer-version' }))
    expect(events).toContainEqual({ string: 'x' })
  })

  it('reads containers that are too large to be held', () => {
    const content = listpack(
      Array.from({ length: 60_000 }, (_, i) => `a field that comes again and again ${i % 100} ${'-'.repeat(60)}`),
    )
    expect(content.length).toBeGreaterThan(5_000_000)
    for (const value of [fragment().string(content), fragment().lzfRaw(lzfCompress(content), content.length)]) {
      const events = payloadEvents(dumpPayload(16, value.bytes(), 11))
      expect(events.at(-2)).toMatchObject({ endKey: 'key', elements: 30_000 })
      expect(events.at(-1)).toMatchObject({ checksum: 'ok' })
    }
  })

  it('compares the checksum', () => {
    const payload = dumpPayload(0, fragment().string('x').bytes(), 11)
    payload[payload.length - 1]! ^= 1
    expect(payloadEvents(payload).at(-1)).toMatchObject({ checksum: 'wrong' })
    payload.fill(0, payload.length - 8)
    expect(payloadEvents(payload).at(-1)).toMatchObject({ checksum: 'disabled' })
  })

  it.each([
    ['is too short', hex('00 01 61'), /too short for a DUMP payload/],
    ['is cut', dumpPayload(1, fragment().len(3).string('a').bytes(), 11), /ends too early/],
    [
      'has a cut string',
      dumpPayload(
        0,
        fragment()
          .len(2 ** 21)
          .raw('begun')
          .bytes(),
        11,
      ),
      /ends too early/,
    ],
    [
      'goes on behind its value',
      dumpPayload(0, fragment().string('a').string('b').bytes(), 11),
      /2 bytes follow the value/,
    ],
    ['has an unknown type', dumpPayload(99, fragment().string('a').bytes(), 11), /type or opcode 99/],
    ['has a damaged string', dumpPayload(0, fragment().lzfRaw(hex('05 61 62'), 30).bytes(), 11), /damaged LZF/],
  ])('is refused when it %s', (_, payload, message) => {
    expect(() => payloadEvents(payload)).toThrow(RdbError)
    expect(() => payloadEvents(payload)).toThrow(message)
  })
})
