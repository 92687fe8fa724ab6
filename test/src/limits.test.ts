import { describe, expect, it } from 'vitest'
import { IgnoreAll, PARSER_LIMITS, type ParserLimits, type RdbKey, RdbParser } from '../../parsers/index.js'
import { LIMIT_NAMES, LIMITS, parseLimits } from '../../src/limits.js'
import { UnitError } from '../../src/units.js'

/** What `key` and `endKey` are told about the name of the only key, in chunks of some size. */
function nameRead(nameBytes: number, limits: Partial<ParserLimits>, chunk = 1 << 20): object {
  const bytes = new Uint8Array(9 + 2 + 1 + 5 + nameBytes + 2 + 9)
  bytes.set(new TextEncoder().encode('REDIS0011'))
  bytes.set([0xfe, 0, 0, 0x80], 9)
  new DataView(bytes.buffer).setUint32(13, nameBytes)
  for (let i = 0; i < nameBytes; i++) bytes[17 + i] = 97 + (i % 26)
  bytes.set([1, 118, 255], 17 + nameBytes)
  const seen = { kept: 0, length: 0, same: true, warnings: 0, keys: 0, text: '' }
  class Names extends IgnoreAll {
    override key({ key }: RdbKey): boolean {
      seen.kept = key.end - key.start
      seen.length = key.length
      return true
    }
    override endKey({ key }: RdbKey): void {
      seen.keys++
      for (let i = key.start; i < key.end; i++) seen.same &&= key.bytes[i] === 97 + ((i - key.start) % 26)
    }
    override warning(): void {
      seen.warnings++
    }
  }
  const parser = new RdbParser(new Names(), { limits })
  for (let at = 0; at < bytes.length; at += chunk) parser.push(bytes.slice(at, at + chunk))
  parser.end()
  const { keys, kept, length, same, warnings } = seen
  return { keys, kept, length, same, warnings }
}

describe('limits', () => {
  it('names of up to 1 MiB are kept whole, of longer ones the first 4 KiB', () => {
    expect(nameRead(1 << 20, {})).toEqual({ keys: 1, kept: 1 << 20, length: 1 << 20, same: true, warnings: 0 })
    const longer = (1 << 20) + 1
    expect(nameRead(longer, {})).toEqual({ keys: 1, kept: 4096, length: longer, same: true, warnings: 1 })
  })

  it.each([1, 7, 1000, 1 << 20])('another limit holds for names, read in chunks of %i bytes', (chunk) => {
    expect(nameRead(100, { keyBytes: 100 }, chunk)).toEqual({
      keys: 1,
      kept: 100,
      length: 100,
      same: true,
      warnings: 0,
    })
    expect(nameRead(101, { keyBytes: 100 }, chunk)).toEqual({
      keys: 1,
      kept: 100,
      length: 101,
      same: true,
      warnings: 1,
    })
    expect(nameRead(6000, { keyBytes: 5000 }, chunk)).toEqual({
      ...{ keys: 1, kept: 4096, length: 6000, same: true, warnings: 1 },
    })
  })

  it('longer names are kept whole when that is wanted', () => {
    const length = 3 << 20
    for (const chunk of [5000, 4 << 20]) {
      expect(nameRead(length, { keyBytes: 4 << 20 }, chunk)).toEqual({
        ...{ keys: 1, kept: length, length, same: true, warnings: 0 },
      })
    }
  })

  it('are written as NAME=SIZE', () => {
    expect(parseLimits(['key-bytes=8MB', 'json-depth=64'])).toEqual({ keyBytes: 8 * 2 ** 20, jsonDepth: 64 })
    expect(LIMIT_NAMES).toHaveLength(Object.keys(LIMITS).length)
    expect(LIMITS).toMatchObject(PARSER_LIMITS)
  })

  it.each(['key-bytes', 'keyBytes=1', 'constructor=1', 'key-bytes=0', 'key-bytes=much', ''])('refuses %j', (text) => {
    expect(() => parseLimits([text])).toThrow(UnitError)
  })
})
