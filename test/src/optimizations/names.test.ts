import { describe, expect, it } from 'vitest'
import { ShapeKey } from '../../../src/memory/shape-pricer.js'
import { EntityName } from '../../../src/optimizations/entity-names.js'
import { FreeNames, withoutEnd, wordBehind } from '../../../src/optimizations/free-names.js'
import { NamePatterns } from '../../../src/optimizations/names.js'
import { type Command, measureCommands, predict, withDump } from '../../helpers/measure.js'
import { describeWithRedis } from '../../helpers/redis-server.js'

function patternOf(name: string | Uint8Array) {
  const names = new NamePatterns()
  const bytes = typeof name === 'string' ? new TextEncoder().encode(name) : name
  names.look(new ShapeKey().called(bytes, 0, bytes.length))
  return names.of(names.current)
}

describe('patterns of names', () => {
  it.each([
    ['user:17:name', 'user:{int}:name', 'user:name', 'user:*:name'],
    // Braces that are in the names themselves are no variable parts.
    ['{cart}:17', '{cart}:{int}', '{cart}:', '{cart}:*'],
    // A hash tag that differs from key to key would send what holds them all to one slot.
    ['{user:17}:name', '{user:{int}}:name', 'user:name', '{user:*}:name'],
    ['класс:17', 'класс:{int}', 'класс:', 'класс:*'],
    ['what?:17', 'what?:{int}', 'what?:', 'what\\?:*'],
    ['item1234', 'item{int}', 'item', 'item*'],
  ])('%s is %s, without variable parts %s, as a glob %s', (name, text, bare, glob) => {
    expect(patternOf(name)).toMatchObject({ text, bare, glob })
  })

  it('have any byte in their glob where one is not printable', () => {
    expect(patternOf('a\u200bb:17')).toMatchObject({ text: 'a\\xe2\\x80\\x8bb:{int}', glob: 'a???b:*' })
  })

  it('know how long their fixed parts are, however these are printed', () => {
    expect(patternOf('日本:17').literals).toEqual([{ text: '日本', bytes: 6 }])
    expect(patternOf('a\\b:17').literals).toEqual([{ text: 'a\\\\b', bytes: 3 }])
  })
})

describe('names of entities', () => {
  it.each([
    ['user:17:name', 'user:17', 'name'],
    ['{17}:name', '{17}', 'name'],
    ['{user:17}:name', '{user:17}', 'name'],
    ['app:{user:17}.name', 'app:{user:17}', 'name'],
    ['{user:17}', '{user:17}', null],
    ['{app}:17}:name', '{app}:17', 'name'],
  ])('of %s: %s and %s', (name, entity, field) => {
    const bytes = new TextEncoder().encode(name)
    const key = new ShapeKey().called(bytes, 0, bytes.length)
    const names = new NamePatterns()
    names.look(key)
    const cut = new EntityName()
    expect(cut.read(names, key)).toBe(true)
    expect(name.slice(0, cut.entityBytes)).toBe(entity)
    expect(cut.fieldAt < 0 ? null : name.slice(cut.fieldAt)).toBe(field)
  })
})

describe('names for new keys', () => {
  it.each([
    ['user:', 'user', 'user:b:'],
    ['user', 'user', 'user:b:'],
    ['{cart}:', '{cart}', '{cart}:b:'],
    ['ключ:', 'ключ', 'ключ:b:'],
    ['ключ', 'ключ', 'ключ:b:'],
    ['', 'all', 'b:'],
  ])('are made of "%s": %s and %s', (bare, hash, bucket) => {
    expect(withoutEnd(bare)).toBe(hash)
    expect(wordBehind(bare, 'b:')).toBe(bucket)
  })

  it('are different ones for patterns that differ in their hash tag', () => {
    const names = new NamePatterns()
    const free = new FreeNames(names)
    const given = ['{cart}:17', '{order}:17'].map((name, pattern) =>
      free.numbered({ db: 0, pattern }, wordBehind(patternOf(name).bare, 'b:')),
    )
    expect(given).toEqual(['{cart}:b:', '{order}:b:'])
  })
})

describeWithRedis('names that are not ASCII, against redis-server', () => {
  const value = (i: number): string => `v${(i * 7919) % 100_000}`

  function* strings(name: string): Generator<Command> {
    for (let i = 0; i < 3000; i++) yield ['SET', `${name}:${i}`, value(i)]
  }

  it('are shortened by their bytes', async () => {
    await withDump(strings('日本'), async (path) => {
      const { usedMemoryBefore, usedMemoryAfter, parameters } = await predict(path, 'shorten-key-names')
      const after = await measureCommands(strings('xx'))
      expect(parameters.rename).toEqual(['日本=xx'])
      expect(usedMemoryAfter).toBeLessThan(usedMemoryBefore)
      expect(Math.abs(usedMemoryAfter / after - 1)).toBeLessThan(0.001)
    })
  })

  it('become letters where they are those of fields, however long a letter is', async () => {
    function* hashes(fields: readonly string[]): Generator<Command> {
      for (let i = 0; i < 2000; i++)
        yield ['HSET', `item:${i}`, ...fields.flatMap((field, at) => [field, value(i + at)])]
    }
    await withDump(hashes(['имена', '年', '月', '日', 'n']), async (path) => {
      const { usedMemoryAfter, groups } = await predict(path, 'shorten-field-names')
      const after = await measureCommands(hashes(['a', 'b', 'c', 'd', 'n']))
      expect([...(groups[0]!.fields as string[])].sort().join()).toMatch(/^имена=.,年=.,日=.,月=.$/)
      expect(Math.abs(usedMemoryAfter / after - 1)).toBeLessThan(0.001)
    })
  })

  it('are counted in bytes in the names of shared values', async () => {
    const text = (i: number): string => `${i % 1000} ${'some text that many keys share '.repeat(2)}`
    const id = (i: number): number => 1_000_000_000_000_000 + i
    function* pages(shared: boolean): Generator<Command> {
      for (let i = 0; i < 4000; i++) yield ['SET', `страница:${i}`, shared ? id(i % 1000) : text(i)]
      for (let i = 0; shared && i < 1000; i++) yield ['SET', `страница:v:${id(i)}`, text(i)]
    }
    await withDump(pages(false), async (path) => {
      const { usedMemoryAfter } = await predict(path, 'dedupe-values')
      const after = await measureCommands(pages(true))
      expect(Math.abs(usedMemoryAfter / after - 1)).toBeLessThan(0.001)
    })
  })
})
