import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { proveJson, proveText } from '../../../reports/prove-text.js'
import type { ReadRequest } from '../../../src/index.js'
import { type ProveOptions, prove } from '../../../src/prove/prove.js'
import { ProveError } from '../../../src/prove/prove-error.js'
import { RespClient } from '../../../src/prove/resp-client.js'
import { assertOwn } from '../../../src/prove/scratch-server.js'
import { describeWithRedis, type RedisServer, withRedis } from '../../helpers/redis-server.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

const FILL = `
for i = 1, 2000 do
  redis.call('set', 'media:' .. i, i * 17)
  redis.call('set', 'online:' .. i, i % 2)
end
for i = 1, 300 do
  redis.call('hset', 'users:profile:' .. i, 'visits', i, 'name', 'name ' .. i, 'recent_actions', 'visit,checkout')
end
for i = 1, 700 do redis.call('hset', 'big', 'field:' .. i, 'value ' .. i) end
for i = 1, 600 do redis.call('zadd', 'board', i, 'player:' .. i) end
for i = 1, 5000 do redis.call('sadd', 'seen', 'visitor:' .. i) end
for i = 1, 4000 do redis.call('rpush', 'queue', 'job ' .. i) end
redis.call('select', 3)
for i = 1, 50 do
  redis.call('set', 'session:' .. i, 'token ' .. i)
  redis.call('pexpireat', 'session:' .. i, ARGV[1] + i)
end
return 1`

let folder: string
let dump: string

function requestFor(path: string, more: Partial<ReadRequest> = {}): ReadRequest {
  return {
    inputs: [{ path, name: 'test.rdb', increments: [], notes: [] }],
    filter: {},
    verify: true,
    settings: {},
    ...more,
  }
}

/** With a folder of its own for what is temporary, which has to be empty afterwards. */
async function proved(more: Partial<ReadRequest>, options: ProveOptions, path = dump) {
  const tmp = mkdtempSync(join(folder, 'tmp-'))
  const report = await prove(requestFor(path, more), { ...options, tmp })
  expect(readdirSync(tmp)).toEqual([])
  return report
}

describeWithRedis('prove', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rdblens-prove-'))
    dump = join(folder, 'data.rdb')
    await withRedis(async (server: RedisServer) => {
      // They expire while the tests run, and have expired when the dump is loaded.
      await server.call('EVAL', FILL, 0, Date.now() + 400)
      copyFileSync(await server.save(), dump)
    })
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('measures what is predicted, also with keys whose time is over', async () => {
    const steps: string[] = []
    const report = await proved(
      {},
      {
        techniques: [
          'bucket-strings',
          'bitmap-flags',
          'raise-zset-limits',
          'hyperloglog',
          'list-node-size',
          'split-big-keys',
          'upgrade-server',
          'bloom-filter',
        ],
        parameters: {
          'list-node-size': { size: '-1' },
          'split-big-keys': { minElements: '650', match: 'big' },
          hyperloglog: { match: 'seen' },
          'bloom-filter': { match: 'seen' },
        },
        onStep: (step) => steps.push(step),
      },
    )
    expect(report.dump).toMatchObject({ keys: 4354, loadedAs: 'file', expiredKeys: 50 })
    expect(report.before.keys).toBe(4354)
    expect(report.before.predictedBytes / report.before.measuredBytes).toBeCloseTo(1, 2)
    expect(report.before.memoryUsage.keys).toBe(4354)
    expect(report.techniques.map(({ id, verdict, reason }) => [id, verdict, reason]).sort()).toEqual(
      ['bitmap-flags', 'bucket-strings', 'hyperloglog', 'list-node-size', 'raise-zset-limits', 'split-big-keys'].map(
        (id) => [id, 'agrees', null],
      ),
    )
    const byId = new Map(report.techniques.map((technique) => [technique.id, technique]))
    expect(byId.get('bucket-strings')!.changedKeys).toBeGreaterThan(1900)
    expect(byId.get('split-big-keys')!.changedKeys).toBe(1)
    expect(byId.get('raise-zset-limits')!.changedKeys).toBe(0)
    expect(report.notProvable.map(({ id }) => id).sort()).toEqual(['bloom-filter', 'upgrade-server'])
    expect(steps).toContain('carrying out hyperloglog')
    // The report can be read.
    const text = [...proveText(report)].join('')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(text).toContain('6 of 6 predictions agree with the server')
    expect(JSON.parse([...proveJson(report)].join(''))).toEqual(JSON.parse(JSON.stringify(report)))
  })

  it('proves a sequence on some of the keys', { timeout: 30_000 }, async () => {
    const report = await proved(
      { filter: { match: ['users:*', 'media:*'] } },
      {
        sequence: ['shorten-key-names', 'bucket-strings'],
        parameters: { 'shorten-key-names': { rename: 'users:profile:=u:,media:=m:' } },
      },
    )
    expect(report.dump).toMatchObject({ keys: 2300, loadedAs: 'commands' })
    expect(report.techniques).toHaveLength(1)
    expect(report.techniques[0]).toMatchObject({
      id: 'shorten-key-names + bucket-strings',
      verdict: 'agrees',
      changedKeys: 2300,
    })
    expect(report.techniques[0]!.measured!.keysAfter).toBeLessThan(1000)
  })

  it('fills the server with commands when it cannot load the dump', { timeout: 30_000 }, async () => {
    const report = await proved({}, { techniques: [] }, join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb'))
    expect(report.dump.loadedAs).toBe('commands')
    expect(report.dump.reason).toMatch(/RDB format version 12/)
    expect(report.before.predictedBytes / report.before.measuredBytes).toBeCloseTo(1, 2)
  })

  it('says so when the server has no place for the data', async () => {
    const newer = join(SAMPLES_FOLDER, 'redis-7.4.1/tuned.rdb')
    await expect(proved({}, { techniques: [] }, newer)).rejects.toThrow(/has no HPEXPIREAT/)
  })

  it('refuses a server that it did not start', async () => {
    await withRedis(async (server) => {
      const client = await RespClient.connect(server.socketPath)
      await expect(assertOwn(client, 1)).rejects.toThrow(/is not the one that was started \(process 1\)/)
      client.close()
    })
  })

  it('refuses, and ends, a server that a script started in its place', async () => {
    const script = join(folder, 'wrapper')
    const pidFile = join(folder, 'wrapped.pid')
    writeFileSync(
      script,
      `#!/bin/sh\n[ "$1" = --version ] && exec redis-server --version\nredis-server "$@" & echo $! > ${pidFile}\nwait\n`,
      { mode: 0o700 },
    )
    await expect(proved({}, { server: script })).rejects.toThrow(ProveError)
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith('tmp-'))
        .flatMap((name) => readdirSync(join(folder, name))),
    ).toEqual([])
    expect(existsSync(pidFile)).toBe(true)
    expect(await isGone(pidFile)).toBe(true)
  })

  it('says which program is missing, or none', async () => {
    await expect(prove(requestFor(dump), { server: '/does/not/exist' })).rejects.toThrow(/cannot be started/)
    await expect(prove(requestFor(dump), { server: '/bin/echo' })).rejects.toThrow(/is not a redis-server/)
    await expect(prove(requestFor('-'))).rejects.toThrow(/standard input can be read only once/)
    await expect(proved({ filter: { match: ['nothing:*'] } }, {})).rejects.toThrow(/no keys/)
  })
})

/** The process whose number a file holds ends within a second; that nobody asked what became of it does not count. */
async function isGone(pidFile: string): Promise<boolean> {
  const pid = readFileSync(pidFile, 'utf8').trim()
  for (let i = 0; i < 50; i++) {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' })
    if (stdout.trim() === '' || stdout.startsWith('Z')) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}
