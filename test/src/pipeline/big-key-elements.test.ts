import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BigKey } from '../../../reports/report.js'
import { type AnalyzeOptions, analyze } from '../../../src/analyze.js'
import { expandInputs } from '../../../src/io/inputs.js'
import { dump } from '../../helpers/dump.js'
import { listpack } from '../../helpers/packed.js'

let folder = ''
let path = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-elements-'))
  path = join(folder, 'dump.rdb')
  const writer = dump().select(0)
  // A hash stored field by field: the largest are 7, 5 and 3.
  writer.type(4, 'hash').len(10)
  for (let i = 0; i < 10; i++) writer.string(`field\xff${i}`).string('v'.repeat(i % 2 ? 100 + i : 10))
  // A set and a list in one packed container each, a list of two nodes, a small hash.
  writer.type(20, 'packed set').string(listpack(['a', 'bbb', 'cc', 'dddd', 'e']))
  writer
    .type(18, 'list')
    .len(2)
    .len(2)
    .string(listpack(['x', 'yy', 'zzz']))
    .len(2)
    .string(listpack(['wwww', 'v']))
  writer.type(16, 'small').string(listpack(['f', 'v']))
  writer.type(0, 'text').string('t'.repeat(5000))
  await writeFile(path, writer.end())
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function bigKeys(options: Partial<AnalyzeOptions> = {}): Promise<ReadonlyMap<string, BigKey>> {
  const limits = { elements: 5, bytes: 1000 }
  const request = { inputs: await expandInputs([path]), filter: {}, settings: {}, verify: true }
  const { report } = await analyze(request, {
    top: 10,
    bigKeyLimits: { hash: limits, set: limits, list: limits, string: { bytes: 1000 } },
    ...options,
  })
  return new Map(report.bigKeys.map((key) => [key.key, key]))
}

describe('largest elements of big keys', () => {
  it('are named where they are fields', async () => {
    const keys = await bigKeys()
    expect([...keys.keys()].sort()).toEqual(['hash', 'list', 'packed set', 'text'])
    expect(keys.get('hash')!.largestElements).toEqual([
      { name: 'fieldÿ9', index: 9, bytes: 8 + 109 },
      { name: 'fieldÿ7', index: 7, bytes: 8 + 107 },
      { name: 'fieldÿ5', index: 5, bytes: 8 + 105 },
    ])
    expect(keys.get('text')!.largestElements).toBeUndefined()
  })

  it('are only counted where they are values', async () => {
    const keys = await bigKeys()
    expect(keys.get('packed set')!.largestElements).toEqual([
      { name: null, index: 3, bytes: 4 },
      { name: null, index: 1, bytes: 3 },
      { name: null, index: 2, bytes: 2 },
    ])
    expect(keys.get('list')!.largestElements).toEqual([
      { name: null, index: 3, bytes: 4 },
      { name: null, index: 2, bytes: 3 },
      { name: null, index: 1, bytes: 2 },
    ])
  })

  it('are shown when values may be', async () => {
    const names = (key: BigKey): unknown => key.largestElements!.map(({ name }) => name)
    const keys = await bigKeys({ showValues: true })
    expect(names(keys.get('packed set')!)).toEqual(['dddd', 'bbb', 'cc'])
    expect(names(keys.get('list')!)).toEqual(['wwww', 'zzz', 'yy'])
  })

  it('are those of the keys that are listed', async () => {
    const keys = await bigKeys({ bigKeyLimits: { hash: { elements: 1 }, list: { elementBytes: 3 } } })
    expect([...keys.keys()].sort()).toEqual(['hash', 'list', 'small'])
    expect(keys.get('small')!.largestElements).toEqual([{ name: 'f', index: 0, bytes: 2 }])
    expect(keys.get('list')!.largestElements).toHaveLength(3)
  })
})
