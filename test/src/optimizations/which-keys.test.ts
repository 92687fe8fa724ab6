import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/optimizations/safe-json.js'
import { type DumpWriter, dump } from '../../helpers/dump.js'
import { predict } from '../../helpers/measure.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-which-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function predicted(id: string, write: (writer: DumpWriter) => void, parameters = {}) {
  const path = join(folder, `${id}.rdb`)
  const writer = dump({ version: 10 }).select(0)
  write(writer)
  writeFileSync(path, writer.end())
  return predict(path, id, parameters)
}

/** Strings with numbered names. */
function strings(count: number, name: (i: number) => string, value: (i: number) => string) {
  return (writer: DumpWriter): void => {
    for (let i = 0; i < count; i++) writer.type(0, name(i)).string(value(i))
  }
}

const flag = (i: number): string => String(i % 2)
const twoDigits = (n: number): string => String(n).padStart(2, '0')

describe('bitmap-flags', () => {
  it('takes numbers, also all with as many digits', async () => {
    for (const name of [(i: number) => `seen:${i}`, (i: number) => `seen:${String(i).padStart(6, '0')}`]) {
      const { groups } = await predicted('bitmap-flags', strings(2000, name, flag))
      expect(groups).toMatchObject([{ pattern: 'seen:{int}', keys: 2000, largestId: 1999 }])
    }
  })

  it.each([
    ['dates', (i: number) => `open:20${twoDigits(i % 40)}-${twoDigits((i % 12) + 1)}-${twoDigits((i % 28) + 1)}`],
    ['hashes', (i: number) => `seen:${String(i).padStart(8, '0')}abcdef0123456789abcdef01`],
    ['the same number in two ways', (i: number) => `seen:${i % 2 === 0 ? i : `00${i - 1}`}`],
  ])('leaves %s: their digits do not tell one flag from another', async (_what, name) => {
    const { groups } = await predicted('bitmap-flags', strings(2000, name, flag))
    expect(groups).toEqual([])
  })
})

describe('split-big-keys', () => {
  const hashes = (writer: DumpWriter): void => {
    for (const [name, fields] of [
      ['cart', 1500],
      ['basket', 300],
      ['all', 6000],
    ] as const) {
      writer.type(4, name).len(fields)
      for (let i = 0; i < fields; i++) writer.string(`field ${i}`).string(`value ${i}`)
    }
  }

  it.each([
    [{}, ['all']],
    // Keys that are named, whatever their size; what fits into one part stays whole.
    [{ match: '*a*' }, ['cart', 'all']],
    [{ match: '*a*', entries: '200' }, ['cart', 'basket', 'all']],
    [{ match: 'basket', parts: '3' }, ['basket']],
    [{ match: '*a*', minElements: '2000' }, ['all']],
  ])('with %j takes %j', async (parameters, names) => {
    const { groups } = await predicted('split-big-keys', hashes, parameters)
    expect(groups.map(({ pattern }) => pattern).sort()).toEqual([...names].sort())
  })
})

describe('fingerprint-values', () => {
  const text = (i: number, length: number): string => `${i}:`.padEnd(length, 'abcdefghijklmnop')

  it('takes values of one length', async () => {
    const { groups } = await predicted(
      'fingerprint-values',
      strings(
        800,
        (i) => `page:${i}`,
        (i) => text(i, 40),
      ),
    )
    expect(groups).toMatchObject([{ pattern: 'page:{int}', keys: 800, valueBytes: 40 }])
  })

  it('leaves patterns where only the values of one encoding are of one length', async () => {
    const { groups } = await predicted(
      'fingerprint-values',
      strings(
        800,
        (i) => `page:${i}`,
        (i) => text(i, i % 2 === 0 ? 40 : 60 + (i % 50)),
      ),
    )
    expect(groups).toEqual([])
  })
})

describe('merge-entity-keys', () => {
  it('gives the hashes a name that no other key has', async () => {
    const { groups } = await predicted('merge-entity-keys', (writer) => {
      for (let i = 0; i < 500; i++) {
        for (const field of ['name', 'mail']) writer.type(0, `user:${i}:${field}`).string(`some ${field}`)
        for (const name of [`user:${i}`, `user:${i}:fields`]) {
          writer.type(4, name).len(1).string('a').string('b')
        }
      }
    })
    expect(groups[0]!.name).toBe('user:{int}:all')
  })

  it('names the keys in its steps as they are called', async () => {
    const { steps } = await predicted('merge-entity-keys', (writer) => {
      for (let i = 0; i < 500; i++) {
        for (const field of ['name', 'mail']) writer.type(0, `{user}.${i}.${field}`).string(`some ${field}`)
      }
    })
    expect(steps[0]).toContain('HSET {user}.{int} name <value> and DEL {user}.{int}.name.')
    expect(steps[1]).toContain('SCAN MATCH {user}.*.*, for each key')
  })
})

describe('integer-sets', () => {
  const sets =
    (more: string | null) =>
    (writer: DumpWriter): void => {
      for (let i = 0; i < 100; i++) {
        writer.type(2, `tags:${i}`).len(21).string('none')
        for (let member = 0; member < 20; member++) writer.string(String(i * 100 + member))
        if (more !== null) writer.type(0, `tags:${i}${more}`).string('x')
      }
    }

  it('says where the names of the second sets are taken', async () => {
    const free = await predicted('integer-sets', sets(null))
    const taken = await predicted('integer-sets', sets(':text'))
    expect(free.assumptions.join()).not.toContain('already')
    expect(taken.assumptions.join()).toContain('There are keys named tags:{int}:text already')
  })
})

describe('hash-to-list', () => {
  const pages = (long: number) => (writer: DumpWriter) => {
    for (let i = 0; i < 60; i++) {
      writer.type(4, `page:${i}`).len(2).string('title').string(`page ${i}`)
      writer.string('text').string(i === long ? 'x'.repeat(1 << 21) : `text ${i}`)
    }
  }

  it('takes hashes with the same fields', async () => {
    expect((await predicted('hash-to-list', pages(-1))).groups).toMatchObject([{ keys: 60 }])
  })

  it('leaves a pattern where a value is too long to be held', async () => {
    expect((await predicted('hash-to-list', pages(7))).groups).toEqual([])
  })
})

describe('one name for the keys of several patterns', () => {
  const twoPatterns = strings(
    1000,
    (i) => `${i % 2 === 0 ? 'seen' : 'liked'}:${i >> 1}`,
    () => '1',
  )

  it.each(['strings-to-hash', 'bucket-strings', 'bitmap-flags'])('is warned of by %s', async (id) => {
    const without = await predicted(id, twoPatterns)
    const { assumptions } = await predicted(id, twoPatterns, { name: 'all' })
    expect(without.assumptions.join()).not.toContain('overwrites')
    expect(assumptions.join()).toContain('where they have the same number, one overwrites the other')
  })
})

describe('JSON that is written anew', () => {
  it.each(['{"a":1e999}', '{"a":-1E400}', '[12345678901234567890]', '{"a":0.10000000000000000001}'])(
    'is not %s, which has a number that would come back as another',
    (text) => expect(parseJson(new TextEncoder().encode(text))).toBeNull(),
  )

  it.each(['{"a":1e9}', '{"a":"1e999"}', '[1234567890123456]', '{"a":0.5}'])('may be %s', (text) =>
    expect(parseJson(new TextEncoder().encode(text))).toEqual(JSON.parse(text)),
  )
})
