import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { RdbParser } from '../../../parsers/index.js'
import { RespExporter } from '../../../src/export/resp.js'
import { compareFacts, type ExpectedKey } from '../../helpers/compare-facts.js'
import { factsOf, type KeyFacts } from '../../helpers/digest.js'
import { describeWithRedis, type RedisServer, withRedis } from '../../helpers/redis-server.js'
import { allSamples } from '../../helpers/samples.js'

/** Sends commands as a user would; returns what redis-cli prints. */
async function pipe(server: RedisServer, commands: readonly Uint8Array[]): Promise<string> {
  const cli = spawn('redis-cli', ['-s', server.socketPath, '--pipe'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  cli.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  cli.stdin.end(Buffer.concat(commands))
  await once(cli, 'close')
  return output
}

function commandsOf(dump: Uint8Array): readonly Uint8Array[] {
  const exporter = new RespExporter()
  const parser = new RdbParser(exporter)
  parser.push(dump)
  parser.end()
  const commands = exporter.finish()
  expect([...exporter.omissions]).toEqual([])
  return commands
}

/**
 * What commands can bring back of a key. Not among it: what the policy recorded, when a consumer was last seen, and
 * pending entries whose stream entry was deleted.
 */
function contents(key: KeyFacts): ExpectedKey {
  const { db, key_b64, type, elements, value_bytes, longest_element, sha256, fields_with_expiry } = key
  return {
    ...{ db, key_b64, type, elements, value_bytes, longest_element, sha256, fields_with_expiry },
    ...(key.pexpiretime === null ? {} : { pexpiretime: key.pexpiretime }),
    ...(key.field_expiries_sha256 === null ? {} : { field_expiries_sha256: key.field_expiries_sha256 }),
    ...(key.stream === null ? {} : { stream: streamContents(key.stream) }),
  }
}

function streamContents(stream: NonNullable<KeyFacts['stream']>): NonNullable<ExpectedKey['stream']> {
  const { 'radix-tree-keys': _nodes, 'recorded-first-entry-id': _first, ...facts } = stream
  return {
    ...facts,
    groups: stream.groups.map((group) => ({
      name_b64: group.name_b64,
      'last-delivered-id': group['last-delivered-id'],
      consumers: group.consumers.map(({ name_b64 }) => ({ name_b64 })),
    })),
  }
}

/** Dumps that hold nothing newer than the 7.0 server of the test, and nothing that is over by now. */
const LOADABLE = /^redis-(2\.8|3\.2|4\.0|5\.0|6\.2|7\.0|7\.2)|^valkey-(7\.2|8\.0)|^redis-7\.4\.1\/app/

describeWithRedis('export as commands, into a real server', () => {
  const samples = allSamples().filter(({ name }) => LOADABLE.test(name) && !/expired|modules/.test(name))

  it.each(samples.map((sample) => [sample.name, sample] as const))('gives back %s', async (_, sample) => {
    const bytes = readFileSync(sample.rdbPath)
    const commands = commandsOf(bytes)
    await withRedis(async (server) => {
      expect(await pipe(server, commands)).toMatch(/errors: 0,/)
      const before = factsOf(bytes)
      const after = factsOf(readFileSync(await server.save()))
      const expected = { key_count: before.keys.length, keys: before.keys.map(contents) }
      expect(compareFacts(after, expected).slice(0, 20)).toEqual([])
      expect(after.functions.sort()).toEqual(before.functions.sort())
    })
  })

  it('gives back consumers whose entries were deleted, and the latest expiry', async () => {
    const bytes = await withRedis(async (server) => {
      await server.call('XADD', 's', '1-1', 'field', 'value')
      await server.call('XGROUP', 'CREATE', 's', 'g', '0')
      await server.call('XREADGROUP', 'GROUP', 'g', 'busy', 'STREAMS', 's', '>')
      await server.call('XDEL', 's', '1-1')
      await server.call('SET', 'k', 'value')
      await server.call('PEXPIREAT', 'k', '9223372036854775807')
      return readFileSync(await server.save())
    })
    await withRedis(async (server) => {
      expect(await pipe(server, commandsOf(bytes))).toMatch(/errors: 0,/)
      const consumers = await server.call('XINFO', 'CONSUMERS', 's', 'g')
      expect(consumers).toEqual([expect.arrayContaining([Buffer.from('busy')])])
      const script = "return string.format('%.0f', redis.call('PEXPIRETIME', 'k'))"
      // Lua has doubles only: 2^63 - 1 reads 2^63.
      expect(await server.call('EVAL', script, 0)).toEqual(Buffer.from('9223372036854775808'))
    })
  })
})
