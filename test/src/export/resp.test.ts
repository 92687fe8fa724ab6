import { describe, expect, it } from 'vitest'
import { PART } from '../../../parsers/index.js'
import { RespExporter } from '../../../src/export/resp.js'
import { id, key, parts, str, streamed } from './events.js'

/** The commands in the output, their arguments as text. */
function commands(fill: (exporter: RespExporter) => void, exporter = new RespExporter()): string[][] {
  fill(exporter)
  const bytes = Buffer.concat([...exporter.take(), ...exporter.finish()])
  const result: string[][] = []
  let at = 0
  const line = (sign: string): number => {
    const end = bytes.indexOf('\r\n', at)
    const text = bytes.toString('latin1', at, end)
    expect(text[0]).toBe(sign)
    at = end + 2
    return Number(text.slice(1))
  }
  while (at < bytes.length) {
    const args: string[] = []
    for (let left = line('*'); left > 0; left--) {
      const length = line('$')
      args.push(bytes.toString('latin1', at, at + length))
      expect(bytes.toString('latin1', at + length, at + length + 2)).toBe('\r\n')
      at += length + 2
    }
    result.push(args)
  }
  return result
}

describe('export as commands', () => {
  it('selects databases, sets values and expiry', () => {
    expect(
      commands((e) => {
        key(e, 'a', 'string', () => e.string(str('1')), { expiresAtMs: 99 })
        key(e, 'b', 'string', () => e.string(str(-7)))
        key(e, 'c', 'string', () => e.string(str('')), { db: 15 })
      }),
    ).toEqual([
      ['SELECT', '0'],
      ['SET', 'a', '1'],
      ['PEXPIREAT', 'a', '99'],
      ['SET', 'b', '-7'],
      ['SELECT', '15'],
      ['SET', 'c', ''],
    ])
  })

  it('adds the elements of collections', () => {
    expect(
      commands((e) => {
        key(e, 'l', 'list', () => {
          e.element(str('a'), -1)
          e.element(str('b'), -1)
        })
        key(e, 's', 'set', () => e.element(str('m'), -1))
        key(e, 'h', 'hash', () => {
          e.field(str('f'), str('v'), 5)
          e.field(str('g'), str('w'), -1)
        })
        key(e, 'z', 'zset', () => {
          e.member(str('x'), Infinity, null)
          e.member(str('y'), 0.1, null)
          e.member(str('z'), -0, null)
        })
        key(e, 'a', 'array', () => e.arrayElement(0, 3, str('v')))
      }).slice(1),
    ).toEqual([
      ['RPUSH', 'l', 'a', 'b'],
      ['SADD', 's', 'm'],
      ['HSET', 'h', 'f', 'v', 'g', 'w'],
      ['HPEXPIREAT', 'h', '5', 'FIELDS', '1', 'f'],
      ['ZADD', 'z', 'inf', 'x', '0.1', 'y', '-0', 'z'],
      ['ARMSET', 'a', '3', 'v'],
    ])
  })

  it('splits large collections, each expiry behind its field', () => {
    const sent = commands((e) => {
      key(e, 'h', 'hash', () => {
        for (let i = 0; i < 1000; i++) e.field(str(`f${i}`), str('v'), i)
      })
      key(e, 'l', 'list', () => {
        for (let i = 0; i < 10; i++) e.element(str('x'.repeat(30_000)), -1)
      })
    })
    const known = new Set<string>()
    for (const [name, , ...args] of sent) {
      if (name === 'HSET') {
        expect(args.length).toBeLessThanOrEqual(512)
        for (let i = 0; i < args.length; i += 2) known.add(args[i]!)
      }
      if (name === 'HPEXPIREAT') expect(known.has(args[3]!)).toBe(true)
    }
    expect(known.size).toBe(1000)
    expect(sent.filter(([name]) => name === 'HPEXPIREAT')).toHaveLength(1000)
    expect(sent.filter(([name]) => name === 'RPUSH').map((args) => args.length - 2)).toEqual([3, 3, 3, 1])
  })

  it('appends long strings piece by piece', () => {
    expect(
      commands((e) => {
        key(e, 'k', 'string', () => {
          parts(e, PART.value, Buffer.from('abcdefgh'), 3)
          e.string(streamed(8))
        })
        key(e, 'h', 'hash', () => {
          parts(e, PART.field, Buffer.from('long'), 3)
          parts(e, PART.value, Buffer.from('value'), 2)
          e.field(streamed(4), streamed(5), -1)
        })
      }).slice(1),
    ).toEqual([
      ['SET', 'k', 'abc'],
      ['APPEND', 'k', 'def'],
      ['APPEND', 'k', 'gh'],
      ['HSET', 'h', 'long', 'value'],
    ])
  })

  it('rebuilds streams with groups, consumers and pending entries', () => {
    expect(
      commands((e) => {
        key(e, 's', 'stream', () => {
          e.streamEntry(id(5, 1), 2)
          e.field(str('a'), str('1'), -1)
          e.field(str('b'), str('2'), -1)
          const [lastId, firstId, maxDeletedId] = [id(9), id(5, 1), id(7)]
          e.streamInfo({ length: 1, lastId, firstId, maxDeletedId, entriesAdded: 4, groups: 1 })
          e.streamGroup({ name: str('g'), lastId: id(8), entriesRead: 3, pending: 2 })
          e.streamPending(id(5, 1), 1000, 2)
          e.streamPending(id(6), 0, 0)
          e.streamConsumer({ name: str('idle'), seenTimeMs: 1, activeTimeMs: -1, pending: 0 })
          e.streamConsumer({ name: str('busy'), seenTimeMs: 1, activeTimeMs: 1, pending: 1 })
          e.streamConsumerPending(id(5, 1))
        })
        key(e, 'empty', 'stream', () => {
          e.streamInfo({ length: 0, lastId: id(3), firstId: null, maxDeletedId: null, entriesAdded: null, groups: 0 })
        })
      }).slice(1),
    ).toEqual([
      ['XADD', 's', '5-1', 'a', '1', 'b', '2'],
      ['XSETID', 's', '9-0', 'ENTRIESADDED', '4', 'MAXDELETEDID', '7-0'],
      ['XGROUP', 'CREATE', 's', 'g', '8-0', 'ENTRIESREAD', '3'],
      ['XGROUP', 'CREATECONSUMER', 's', 'g', 'idle'],
      ['XGROUP', 'CREATECONSUMER', 's', 'g', 'busy'],
      ['XCLAIM', 's', 'g', 'busy', '0', '5-1', 'TIME', '1000', 'RETRYCOUNT', '2', 'FORCE', 'JUSTID'],
      ['XGROUP', 'CREATE', 'empty', 'rdblens', '0', 'MKSTREAM'],
      ['XGROUP', 'DESTROY', 'empty', 'rdblens'],
      ['XSETID', 'empty', '3-0'],
    ])
  })

  it('loads functions and scripts', () => {
    expect(
      commands((e) => {
        e.aux(str('lua'), str('return 1'))
        e.aux(str('redis-ver'), str('7.0'))
        e.functionLibrary(str('#!lua name=x'))
      }),
    ).toEqual([
      ['SCRIPT', 'LOAD', 'return 1'],
      ['FUNCTION', 'LOAD', 'REPLACE', '#!lua name=x'],
    ])
  })

  it('counts what no command brings back', () => {
    const exporter = new RespExporter()
    const sent = commands((e) => {
      key(e, 'm', 'module', () => e.module('x', 1))
      key(e, 's', 'set', () => e.element(str('m'), 5))
      key(e, 'z', 'zset', () => e.member(str('m'), Number.NaN, null))
      key(e, 'p', 'hash', () => {
        e.path(str('p'), 1)
        e.field(str('f'), str('v'), -1)
      })
    }, exporter)
    expect(sent).toEqual([
      ['SELECT', '0'],
      ['SADD', 's', 'm'],
    ])
    expect([...exporter.omissions]).toEqual([
      ['values of modules', 1],
      ['expiry times of set members', 1],
      ['members of sorted sets whose score is not a number', 1],
      ['paths of path hashes', 1],
    ])
  })

  it('sends whole commands only when the dump ends early', () => {
    const exporter = new RespExporter()
    exporter.key({
      ...{ db: 0, key: str('s'), expiresAtMs: -1, idleSeconds: -1, freq: -1, offset: 0, announcedSlot: -1 },
      ...{ rdbBytes: 0, elements: 2, damage: null, layout: { typeId: 1, name: 'stream', redisType: 'stream' } },
    })
    exporter.streamEntry(id(1), 1)
    exporter.field(str('a'), str('b'), -1)
    exporter.streamEntry(id(2), 2)
    exporter.field(str('a'), str('b'), -1)
    expect(commands(() => {}, exporter)).toEqual([
      ['SELECT', '0'],
      ['XADD', 's', '1-0', 'a', 'b'],
    ])
  })
})
