import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReadRequest } from '../../src/index.js'
import { crc32 } from '../../src/optimizations/crc32.js'
import type { ParameterTexts } from '../../src/optimizations/index.js'
import { RespClient } from '../../src/prove/resp-client.js'
import { rewriteDump } from '../../src/rewrite.js'
import { simulate } from '../../src/simulate.js'
import { type DumpWriter, dump as makeDump } from '../helpers/dump.js'
import { describeWithRedis, withRedis } from '../helpers/redis-server.js'
import { SAMPLES_FOLDER } from '../helpers/samples.js'

const FILL = `
for i = 1, 600 do
  redis.call('set', 'media:' .. i, i * 17)
  redis.call('set', 'online:' .. i, i % 2)
end
redis.call('pexpireat', 'media:7', 4102444800000)
redis.call('set', 'media:8', string.rep('long', 100))
for i = 1, 700 do redis.call('hset', 'big', 'field:' .. i, 'value ' .. i) end
for i = 1, 600 do redis.call('zadd', 'board', i, 'player:' .. i) end
redis.call('expireat', 'board', 4102444800)
for i = 1, 2000 do redis.call('sadd', 'seen', 'visitor:' .. i) end
redis.call('rpush', 'queue', 'a', 'b', 'c')
redis.call('select', 3)
redis.call('set', 'other', 'untouched')
return 1`

let folder: string
let dump: string

function requestFor(path: string): ReadRequest {
  return { inputs: [{ path, name: 'test.rdb', increments: [], notes: [] }], filter: {}, verify: true, settings: {} }
}

/** What the server holds that took the commands; `ask` gets a client and the remarks. */
async function intoServer(
  sequence: readonly string[],
  parameters: ParameterTexts,
  ask: (client: RespClient, notes: readonly string[]) => Promise<void>,
): Promise<void> {
  await withRedis(async (server) => {
    const client = await RespClient.connect(server.socketPath)
    let notes: readonly string[] = []
    const piped = await client.pipe(async (write) => {
      notes = (await rewriteDump(requestFor(dump), { sequence, parameters }, write)).notes
    })
    expect(piped.firstError).toBeNull()
    await client.call('SELECT', 0)
    await ask(client, notes)
    client.close()
  })
}

describeWithRedis('a rewritten dump, in a real server', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rdblens-rewrite-'))
    dump = join(folder, 'data.rdb')
    await withRedis(async (server) => {
      await server.call('EVAL', FILL, 0)
      copyFileSync(await server.save(), dump)
    })
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('has strings in buckets, and what does not fit as it was', async () => {
    const parameters = { 'bucket-strings': { buckets: '16', name: 'b:', match: 'media:*' } }
    await intoServer(['bucket-strings'], parameters, async (client) => {
      for (const i of [1, 9, 599]) {
        const name = Buffer.from(`media:${i}`)
        expect(await client.text('HGET', `b:${crc32(name, 0, name.length) % 16}`, i)).toBe(String(i * 17))
        expect(await client.call('EXISTS', name)).toBe(0)
      }
      expect(await client.text('GET', 'media:7')).toBe('119')
      expect(await client.text('PEXPIRETIME', 'media:7')).toBe('4102444800000')
      expect(await client.call('STRLEN', 'media:8')).toBe(400)
      expect(await client.text('GET', 'online:3')).toBe('1')
      expect(await client.call('LLEN', 'queue')).toBe(3)
      await client.call('SELECT', 3)
      expect(await client.text('GET', 'other')).toBe('untouched')
    })
  })

  it('has flags in a bitmap', async () => {
    await intoServer(['bitmap-flags'], { 'bitmap-flags': { name: 'flags' } }, async (client) => {
      expect(await client.call('BITCOUNT', 'flags')).toBe(300)
      expect(await client.call('GETBIT', 'flags', 599)).toBe(1)
      expect(await client.call('EXISTS', 'online:599', 'online:2')).toBe(0)
    })
  })

  it('has sets as HyperLogLogs', async () => {
    await intoServer(['hyperloglog'], { hyperloglog: { match: 'seen' } }, async (client) => {
      const count = Number(await client.call('PFCOUNT', 'seen'))
      expect(count / 2000).toBeCloseTo(1, 1)
    })
  })

  it('has big keys in parts, each with the expiry of the whole', async () => {
    await intoServer(['split-big-keys'], { 'split-big-keys': { minElements: '500', parts: '5' } }, async (client) => {
      let fields = 0
      let members = 0
      for (let part = 0; part < 5; part++) {
        fields += Number(await client.call('HLEN', `big:${part}`))
        members += Number(await client.call('ZCARD', `board:${part}`))
        expect(await client.text('EXPIRETIME', `board:${part}`)).toBe('4102444800')
      }
      expect([fields, members]).toEqual([700, 600])
      const field = Buffer.from('field:42')
      expect(await client.text('HGET', `big:${crc32(field, 0, field.length) % 5}`, field)).toBe('value 42')
      expect(await client.call('EXISTS', 'big', 'board')).toBe(0)
    })
  })

  it('begins with the settings, goes through renamed keys, and ends in one hash', async () => {
    const sequence = ['raise-hash-limits', 'shorten-key-names', 'drop-expired', 'strings-to-hash']
    const parameters = {
      'raise-hash-limits': { entries: '1000' },
      'shorten-key-names': { rename: 'media:=m:' },
      'strings-to-hash': { name: 'media', match: 'media:*' },
    }
    await intoServer(sequence, parameters, async (client, notes) => {
      expect(notes).toEqual(['drop-expired: nothing to do on this data; it stays as it is.'])
      expect(await client.call('CONFIG', 'GET', 'hash-max-listpack-entries')).toEqual([
        Buffer.from('hash-max-listpack-entries'),
        Buffer.from('1000'),
      ])
      expect(await client.text('OBJECT', 'ENCODING', 'big')).toBe('listpack')
      expect(await client.text('HGET', 'media', '599')).toBe(String(599 * 17))
      expect(await client.text('GET', 'm:7')).toBe('119')
    })
  })
})

/** What a dump of strings becomes, command by command, its words with blanks between them. */
async function rewritten(
  sequence: readonly string[],
  keys: readonly (readonly [name: string, value: string])[],
): Promise<readonly string[]> {
  return rewrittenFrom(sequence, {}, (writer) => {
    for (const [name, value] of keys) writer.type(0, name).string(value)
  })
}

async function rewrittenFrom(
  sequence: readonly string[],
  parameters: ParameterTexts,
  write: (writer: DumpWriter) => void,
): Promise<readonly string[]> {
  const work = mkdtempSync(join(tmpdir(), 'rdblens-rewrite-names-'))
  const path = join(work, 'names.rdb')
  const writer = makeDump({ version: 10 })
  write(writer)
  writeFileSync(path, writer.end())
  const pieces: Uint8Array[] = []
  await rewriteDump(requestFor(path), { sequence, parameters }, async (piece) => {
    pieces.push(piece)
  })
  rmSync(work, { recursive: true })
  const text = Buffer.concat(pieces).toString('latin1')
  return text.split(/\*\d+\r\n/).map((command) => command.replace(/\$\d+\r\n([^\r]*)\r\n/g, '$1 ').trim())
}

describe('keys that were renamed on their way', () => {
  const users = Array.from({ length: 200 }, (_, i) =>
    (['description', 'address'] as const).map((part) => [`{user:${i}}:${part}`, `some ${part} ${i}`] as const),
  ).flat()

  it('become fields by their new names, in front of the id and behind it', async () => {
    const commands = await rewritten(['shorten-key-names', 'merge-entity-keys'], users)
    expect(
      commands.filter((command) => /^HSET \{\w\w:\d+\} \w\w some (description|address)/.test(command)),
    ).toHaveLength(400)
    expect(commands.filter((command) => command.startsWith('SET '))).toEqual([])
  })

  it('are found in buckets by what is behind their fixed beginning', async () => {
    const commands = await rewritten(['shorten-key-names', 'bucket-strings'], users)
    expect(commands.filter((command) => /^HSET user:\w+:b:\d+ \d+\}:\w\w some/.test(command))).toHaveLength(400)
  })

  it('are bits at the number that they were', async () => {
    const flags = Array.from({ length: 2000 }, (_, i) => [`seen:${i}:newsletter`, i === 17 ? '1' : '0'] as const)
    const commands = await rewritten(['shorten-key-names', 'bitmap-flags'], flags)
    expect(commands.filter((command) => /^SETBIT \S+ 17 1$/.test(command))).toHaveLength(1)
    expect(commands.filter((command) => command.startsWith('SET '))).toEqual([])
  })
})

describe('big keys whose values were changed on their way', () => {
  const ids = Array.from({ length: 900 }, (_, i) => createHash('sha256').update(String(i)).digest('hex'))

  it.each([
    [
      'a hash',
      (writer: DumpWriter) => {
        writer.type(4, 'big').len(900)
        for (const [i, id] of ids.entries()) writer.string(`field ${i}`).string(id)
      },
    ],
    [
      'a set',
      (writer: DumpWriter) => {
        writer.type(2, 'big').len(900)
        for (const id of ids) writer.string(id)
      },
    ],
  ])('go into parts, %s', async (_what, write) => {
    const parameters = { 'split-big-keys': { match: 'big', parts: '5' } }
    const commands = await rewrittenFrom(['base-encode', 'split-big-keys'], parameters, write)
    const written = commands.filter((command) => /^(HSET|SADD) /.test(command)).map((command) => command.split(' ')[1])
    expect(new Set(written)).toEqual(new Set(['big:0', 'big:1', 'big:2', 'big:3', 'big:4']))
  })
})

describe('a sequence that is rewritten', () => {
  it('has what each technique chose behind the ones before it', async () => {
    const work = mkdtempSync(join(tmpdir(), 'rdblens-rewrite-sequence-'))
    const path = join(work, 'json.rdb')
    const writer = makeDump({ version: 10 })
    for (let i = 0; i < 600; i++) {
      const value = JSON.stringify({ nameOfTheCustomer: `${i * 7919}`, placesOfDelivery: Array(i % 40).fill(i % 7) })
      writer.type(0, `order:${i}`).string(value)
    }
    writeFileSync(path, writer.end())
    const sequence = ['json-trim', 'compress-values']
    const parameters = { 'compress-values': { codec: 'deflate' } }
    const { report } = await simulate(requestFor(path), { sequence: { ids: sequence }, parameters })
    const alone = report.techniques.find(({ id }) => id === 'compress-values')!.groups[0]!.minBytes
    const behind = Number(report.plan[1]!.groups[0]!.minBytes)
    expect(behind).toBeLessThan(Number(alone))
    const written: Uint8Array[] = []
    await rewriteDump(requestFor(path), { sequence, parameters }, async (piece) => {
      written.push(piece)
    })
    const plain = Buffer.concat(written)
      .toString('latin1')
      .match(/\{[^\r]*\}(?=\r\n)/g)!
    expect(plain.length).toBeGreaterThan(0)
    expect(Math.max(...plain.map(({ length }) => length))).toBeLessThan(behind)
    rmSync(work, { recursive: true })
  })
})

describe('a dump that is not rewritten', () => {
  const sample = join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb')
  const nowhere = (): undefined => undefined

  it.each([
    [['bucket-strings', 'shorten-key-names'], /write shorten-key-names before bucket-strings/],
    [['upgrade-server'], /upgrade-server is advice/],
    [['no-such-thing'], /no such technique/],
  ])('says why: %j', async (sequence, message) => {
    await expect(rewriteDump(requestFor(sample), { sequence }, nowhere)).rejects.toThrow(message)
  })

  it('has to be a file, as it is read twice', async () => {
    const rewriting = rewriteDump(requestFor('-'), { sequence: ['bucket-strings'] }, nowhere)
    await expect(rewriting).rejects.toThrow(/standard input can be read only once/)
  })
})
