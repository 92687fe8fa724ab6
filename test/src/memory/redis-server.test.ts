import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { datasetBytes, keyId, type PredictedKey, predictDump } from '../../../scripts/measure-dump.js'
import { type Config, withDump } from '../../helpers/measure.js'
import { randomCommands } from '../../helpers/random-commands.js'
import { describeWithRedis, type RedisServer, withRedis } from '../../helpers/redis-server.js'

const KEYS = 150

/** Settings that the samples do not have. */
const CONFIGS: readonly (readonly [name: string, seed: number, config: Config])[] = [
  ['as they come', 1, {}],
  ['that never pack', 2, { 'hash-max-listpack-entries': 0, 'zset-max-listpack-value': 0, 'set-max-intset-entries': 0 }],
  [
    'that always pack',
    3,
    { 'hash-max-listpack-value': 65_536, 'zset-max-listpack-entries': 100_000, 'list-max-listpack-size': -100 },
  ],
  [
    'of small, compressed nodes',
    4,
    { 'list-max-listpack-size': 0, 'list-compress-depth': 2, 'stream-node-max-entries': 3 },
  ],
  ['that compress with room', 5, { 'list-max-listpack-size': 10, 'list-compress-depth': 1, rdbcompression: 'no' }],
  ['that evict', 6, { maxmemory: '4gb', 'maxmemory-policy': 'allkeys-lfu', 'set-max-intset-entries': 50 }],
]

describeWithRedis('random keys on a real server that loaded them', () => {
  it.each(CONFIGS)('with settings %s', async (_, seed, config) => {
    const differences = await withDump(randomCommands(KEYS, seed), (path) => compare(path, config), config)
    expect(differences).toEqual([])
  })
})

async function compare(path: string, config: Config): Promise<string[]> {
  const texts = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]))
  const { target, keys, overheadBytes } = predictDump(path, { config: texts, quantum: '16', isLibc: false })
  const said = await withRedis(allKeys, config, (folder) => copyFileSync(path, join(folder, 'dump.rdb')))
  const differences: string[] = []
  let ramBytes = 0
  let predictedEstimates = 0
  let saidEstimates = 0
  for (const [id, { type, encoding, usage }] of said) {
    const key = keys.get(id)
    const is = key === undefined ? 'nothing' : `${key.type} ${key.encoding} ${key.memoryUsageBytes}`
    // What is random in the server is right on average only.
    if (key?.estimated === true && key.type === type && key.encoding === encoding) {
      predictedEstimates += key.memoryUsageBytes
      saidEstimates += usage
    } else if (is !== `${type} ${encoding} ${usage}`) differences.push(`${id}: ${is}, not ${type} ${encoding} ${usage}`)
  }
  if (keys.size !== said.size) differences.push(`${keys.size} keys, not ${said.size}`)
  if (Math.abs(predictedEstimates - saidEstimates) > 0.03 * saidEstimates) {
    differences.push(`estimated ${predictedEstimates}, not ${saidEstimates}`)
  }
  for (const key of keys.values()) ramBytes += key.ramBytes
  if (ramBytes + overheadBytes !== datasetBytes(target, keys.values())) differences.push('the tables do not add up')
  return differences
}

type Said = Pick<PredictedKey, 'type' | 'encoding'> & { readonly usage: number }

/** What the server says of all its keys. */
async function allKeys(server: RedisServer): Promise<Map<string, Said>> {
  const said = new Map<string, Said>()
  for (let db = 0; db < Math.ceil(KEYS / 50); db++) {
    await server.call('SELECT', db)
    const names = (await server.call('KEYS', '*')) as Buffer[]
    const ask = (...words: string[]) => server.pipeline(names.map((name) => [...words, name]))
    const types = await ask('TYPE')
    const encodings = await ask('OBJECT', 'ENCODING')
    const usages = await server.pipeline(names.map((name) => ['MEMORY', 'USAGE', name, 'SAMPLES', 0]))
    names.forEach((name, i) => {
      const id = keyId(db, name.toString('base64'))
      said.set(id, { type: String(types[i]), encoding: String(encodings[i]), usage: Number(usages[i]) })
    })
  }
  return said
}
