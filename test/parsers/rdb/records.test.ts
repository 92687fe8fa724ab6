import { describe, expect, it } from 'vitest'
import { dump, fragment } from '../../helpers/dump.js'
import { read } from '../../helpers/events.js'
import { readsAlike } from '../../helpers/reads-alike.js'

describe('records between keys', () => {
  it('shows functions, also those of the 7.0 release candidates', () => {
    const bytes = dump({ version: 10 })
      .u8(245)
      .string("#!lua name=lib\nredis.register_function('f', function() end)")
      .u8(246)
      .string('old')
      .string('LUA')
      .len(1)
      .string('what it does')
      .string('return 1')
      .u8(246)
      .string('older')
      .string('LUA')
      .len(0)
      .string('return 2')
      .end()
    expect(readsAlike(bytes).filter((event) => 'functionLibrary' in event)).toEqual([
      { functionLibrary: "#!lua name=lib\nredis.register_function('f', function() end)" },
      { functionLibrary: 'return 1' },
      { functionLibrary: 'return 2' },
    ])
  })

  it('shows whose data a MODULE_AUX record is and passes over it', () => {
    const bytes = dump({ version: 9 }).hex('f7 81 b5 eb 2d ff fa dd 6c 01 02 02 02 01 05 07 67 6c 6f 62 61 6c 32 00')
    expect(readsAlike(bytes.end())[2]).toEqual({ moduleAux: 'test__rdb', encver: 1 })
  })

  it('refuses module data without its "when"', () => {
    const { error } = read(dump().hex('f7 81 b5 eb 2d ff fa dd 6c 01 05 02 00').end())
    expect(error?.code).toBe('bad-opcode')
  })

  it('shows slot hints of both kinds and gives the slot to the keys', () => {
    const bytes = dump()
      .u8(244)
      .len(606)
      .len(1)
      .len(0)
      .type(0, 'a')
      .string('')
      .aux('slot-info', '9000,5,2,1')
      .type(0, 'b')
      .string('')
      .select(1)
      .type(0, 'c')
      .string('')
      .end()
    const events = readsAlike(bytes)
    expect(events.filter((event) => 'slotInfo' in event)).toEqual([
      { slotInfo: 606, keys: 1, expires: 0 },
      { slotInfo: 9000, keys: 5, expires: 2 },
    ])
    expect(events.filter((event) => 'key' in event).map((event) => event.slot)).toEqual([606, 9000, undefined])
  })

  it.each([
    [
      'SLOT_INFO',
      fragment()
        .u8(244)
        .len(2 ** 40)
        .len(1)
        .len(0),
    ],
    ['SLOT_INFO', fragment().u8(244).len(16384).len(1).len(0)],
    ['slot-info', fragment().aux('slot-info', '-1,1,0')],
    ['slot-info', fragment().aux('slot-info', 'what,1,0')],
    ['slot-info', fragment().aux('slot-info', '')],
    ['slot-info', fragment().aux('slot-info', `1,${'9'.repeat(400)},1`)],
  ])('warns of a %s hint that cannot be right', (_, record) => {
    const events = readsAlike(dump().raw(record.bytes()).type(0, 'a').string('').end())
    expect(events).toContainEqual(expect.objectContaining({ warning: 'slot-range' }))
    expect(events).toContainEqual({ key: 'a', layout: 'string', db: 0, offset: 9 + record.length })
  })

  it('refuses a database number that is none', () => {
    const { error } = read(
      dump()
        .u8(254)
        .len(2 ** 31)
        .end(),
    )
    expect(error?.message).toMatch(/database number 2147483648 cannot be right/)
  })

  it('shows unknown fields as they are', () => {
    const bytes = dump().aux('%info', 'x').u8(250).integer(5).integer(-6).aux('ctime', '\xff').end()
    expect(readsAlike(bytes)).toContainEqual({ aux: '5', value: '-6' })
  })
})

describe('key metadata (Redis 8.6)', () => {
  const meta = fragment().hex(`
    f3 01 19 f5 ef 2b                      # one class
    05 08 6d 65 74 61 20 6f 6e 65          # string "meta one"
    02 01 03 00 00 c0 3f 05 01 78 00       # 1, 1.5, "x", end`)

  it('is passed over and counts to its key', () => {
    const bytes = dump({ version: 14 })
      .hex('fc 00 d8 c3 2c bb 03 00 00 f8 00')
      .raw(meta.bytes())
      .type(0, 'k')
      .string('v')
    expect(readsAlike(bytes.end()).slice(2, 5)).toEqual([
      { key: 'k', layout: 'string', db: 0, offset: 9, expiresAtMs: 4102444800000, idleSeconds: 0 },
      { string: 'v' },
      { endKey: 'k', elements: 1, rdbBytes: 9 + 2 + meta.length + 5 },
    ])
  })

  it('begins the record when nothing else stands before it', () => {
    const bytes = dump({ version: 14 }).select(0).raw(meta.bytes()).type(1, 'k').len(1).string('v').end()
    const events = readsAlike(bytes)
    expect(events).toContainEqual({ key: 'k', layout: 'list', db: 0, offset: 11 })
    expect(events).toContainEqual({ endKey: 'k', elements: 1, rdbBytes: meta.length + 6 })
  })

  it('has at most 7 classes in servers known here; more are read with a warning, hundreds are not', () => {
    const classes = (n: number): Uint8Array => {
      const record = fragment().u8(243).len(n)
      for (let i = 0; i < n; i++) record.u32le(i).hex('02 05 00')
      return dump({ version: 13 }).raw(record.bytes()).type(0, 'k').string('v').end()
    }
    const warnings = (n: number) => readsAlike(classes(n)).filter((event) => 'warning' in event)
    expect(warnings(7)).toEqual([])
    expect(warnings(8)).toEqual([expect.objectContaining({ warning: 'key-meta' })])
    expect(read(classes(256)).error).toMatchObject({ code: 'limit', message: expect.stringContaining('meta-classes') })
  })
})

describe('slot imports (Valkey 9)', () => {
  it('are passed over', () => {
    const bytes = dump({ magic: 'VALKEY', version: 80 })
      .hex(`
        f3
        c3 18 28 10 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 30 e0 0c 0f 01 36 37
        02 63 28 63 32 7e 80 7e 80
        fa 09 73 6c 6f 74 2d 69 6e 66 6f 09 36 30 36 2c 31 2c 30 2c 31
        16 05 7b 68 31 33 7d 02
        01 66 01 76 76 d7 8f fb a1 01 00 00
        01 67 01 77 ff ff ff ff ff ff ff ff`)
      .end()
    expect(readsAlike(bytes).slice(2)).toEqual([
      { slotInfo: 606, keys: 1, expires: 0 },
      { aux: 'slot-info', value: '606,1,0,1' },
      { key: '{h13}', layout: 'hash2', db: 0, offset: 67, slot: 606 },
      { count: 2 },
      { field: 'f', value: 'v', expiresAtMs: 1795221870454 },
      { field: 'g', value: 'w' },
      { endKey: '{h13}', elements: 2, rdbBytes: 32 },
      { end: 108, checksum: 'ok' },
    ])
  })
})

describe('numbers that only one dialect knows', () => {
  it.each([
    ['KEY_META of Redis in a Valkey file', { magic: 'VALKEY' }, 'f3 01 19 f5 ef 2b 00', 'bad-length'],
    ['a hash template before RDB 15', { version: 14 }, 'f2 00 01 01 61', 'unknown-type'],
    ['UPDATE of Valkey', { magic: 'VALKEY', version: 81 }, 'f2 2a 31', 'unknown-type'],
    ['a Dragonfly blob without df-ver', { version: 9 }, 'c9 01 00', 'unknown-type'],
    ['a Redis-on-Rocks opcode', { version: 9 }, '80 01 00', 'unknown-type'],
    ['the number that was never stored', { version: 9 }, '08 01 61', 'unknown-type'],
  ] as const)('refuses %s', (_, header, listing, code) => {
    expect(read(dump(header).hex(listing).bytes()).error?.code).toBe(code)
  })

  it('says who probably wrote an unknown byte', () => {
    const hint = (type: number, version = 9, magic: 'REDIS' | 'VALKEY' = 'REDIS'): string =>
      read(dump({ magic, version }).type(type, 'k').end()).error?.message ?? ''
    expect(hint(8)).toMatch(/never stored/)
    expect(hint(34)).toMatch(/Dragonfly/)
    expect(hint(100)).toMatch(/Redis Enterprise/)
    expect(hint(130)).toMatch(/Redis-on-Rocks/)
    expect(hint(28, 80, 'VALKEY')).toMatch(/newer Redis/)
    expect(hint(242, 81, 'VALKEY')).toMatch(/replication/)
    expect(hint(60, 17)).toMatch(/version 17, newer than the 16 known here/)
    expect(hint(60)).toMatch(/damaged, or a fork/)
  })
})

describe('forks', () => {
  it('Redis Enterprise: numbers before keys are passed over', () => {
    const events = readsAlike(dump().hex('6b 40 43 00 01 61 01 62').hex('79 05').type(0, 'c').string('d').end())
    expect(events).toContainEqual({ key: 'a', layout: 'string', db: 0, offset: 9 })
    expect(events).toContainEqual({ endKey: 'a', elements: 1, rdbBytes: 8 })
    expect(events).toContainEqual({ string: 'd' })
  })

  it('KeyDB: no expiry of a member is later than 64 bits can say', () => {
    const late = '9'.repeat(400)
    const members = dump({ version: 9 }).type(2, 's').len(1).string('a').aux('keydb-subexpire-key', 'a')
    const events = readsAlike(members.aux('keydb-subexpire-when', late).end())
    expect(events).toContainEqual({ memberExpiry: 'a', expiresAtMs: 2 ** 63 })
  })

  it('KeyDB: expiry of members follows their key, cron is shown piece by piece', () => {
    const bytes = dump({ version: 9 })
      .aux('mvcc-tstamp', '5')
      .type(2, 's')
      .len(2)
      .string('a')
      .string('b')
      .aux('keydb-subexpire-key', 'a')
      .aux('keydb-subexpire-when', '1700000000000')
      .aux('keydb-subexpire-when', '1')
      .aux('keydb-subexpire-key', 'b')
      .aux('keydb-subexpire-when', 'soon')
      .type(64, 'job')
      .string('return 1')
      .ms(1000)
      .ms(60000)
      .len(1)
      .string('s')
      .len(2)
      .string('x')
      .string('y')
      .end()
    const events = readsAlike(bytes)
    expect(events).toContainEqual({ dialect: 'keydb' })
    expect(events.filter((event) => 'memberExpiry' in event)).toEqual([
      { memberExpiry: 'a', expiresAtMs: 1700000000000 },
    ])
    const from = events.findIndex((event) => event.key === 'job')
    expect(events.slice(from + 1, from + 10)).toEqual([
      { module: 'keydb-cron', encver: 0 },
      { moduleString: 'return 1' },
      { moduleInteger: '1000' },
      { moduleInteger: '60000' },
      { moduleInteger: '1' },
      { moduleString: 's' },
      { moduleInteger: '2' },
      { moduleString: 'x' },
      { moduleString: 'y' },
    ])
  })

  it('Redis-on-Rocks: files of its own kind are refused by name', () => {
    const { error } = read(dump({ version: 9 }).aux('rordb', '00001').end())
    expect(error?.code).toBe('unsupported')
    expect(error?.message).toMatch(/Redis-on-Rocks/)
  })
})
