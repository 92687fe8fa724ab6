import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeDump } from '../../bench/generate.js'
import { SHAPES } from '../../bench/shapes.js'
import { factsOf } from '../helpers/digest.js'
import { describeWithRedis } from '../helpers/redis-server.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

function dump(name: string): string {
  const path = join(folder, `${name}.rdb`)
  writeDump(path, SHAPES[name]!, { keys: name === 'large-values' ? 4 : 200, seed: 7, scale: 0.02 })
  return path
}

describe.each(Object.keys(SHAPES))('generated %s', (name) => {
  it('is a whole dump with the keys asked for', () => {
    const facts = factsOf(readFileSync(dump(name)))
    expect(facts.keys).toHaveLength(name === 'large-values' ? 4 : 200)
    expect(facts.end).toMatchObject({ checksum: 'ok' })
    expect(facts.warnings).toEqual([])
    const expiring = facts.keys.filter((key) => key.pexpiretime !== null).length
    expect(expiring / facts.keys.length).toBeCloseTo(SHAPES[name]!.expiringOfTen / 10, 5)
  })

  it('is the same for the same seed', () => {
    expect(readFileSync(dump(name)).equals(readFileSync(dump(name)))).toBe(true)
  })
})

describeWithRedis('generated dumps and redis-check-rdb', () => {
  it.each(Object.keys(SHAPES))('%s is accepted', (name) => {
    const run = spawnSync('redis-check-rdb', [dump(name)], { encoding: 'utf8' })
    expect(run.stdout).toContain('RDB looks OK')
  })
})
