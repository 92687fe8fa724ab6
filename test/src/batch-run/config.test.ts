import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../../src/batch-run/index.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

/** What is said about a config; empty when it is right. */
async function said(text: string, extension = 'yaml'): Promise<readonly string[]> {
  const path = join(folder, `c${files++}.${extension}`)
  writeFileSync(path, text)
  try {
    await loadConfig(path)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.sentences.map((sentence) => sentence.replace(/^c\d+\.\w+/, 'config'))
  }
}

const DATASET = 'datasets:\n  - name: shop\n    sources: [shop.rdb]\n'

describe('the config of nightly', () => {
  it('is taken as YAML and as JSON', async () => {
    expect(await said(DATASET)).toEqual([])
    expect(await said('{"datasets": [{"name": "shop", "sources": ["shop.rdb"]}]}', 'json')).toEqual([])
  })

  it('names line, path and what was meant', async () => {
    expect(await said(`${DATASET}budgets:\n  - maxByte: 1GB\n    dataset: shop\n    maxKeys: 1\n`)).toEqual([
      'config, line 5, budgets[0].maxByte: there is no such setting; did you mean maxBytes?',
    ])
    expect(await said(`${DATASET}    analysis:\n      target: redis-7\n`)).toEqual([
      expect.stringMatching(/^config, line 5, datasets\[0\]\.analysis\.target: "redis-7" is not one of .*redis-7\.2/),
    ])
    expect(await said('threads: 2\n')).toEqual(['config, line 1: datasets is missing'])
  })

  it('is wrong, not unreadable, when there is none or it is a folder', async () => {
    await expect(loadConfig('none.yaml')).rejects.toThrow(
      new ConfigError('none.yaml', [{ line: null, path: '', message: 'does not exist' }]),
    )
    await expect(loadConfig('.')).rejects.toThrow(ConfigError)
  })

  it('names the line in JSON, too', async () => {
    const text = '{\n  "datasets": [\n    {"name": "a/b", "sources": ["x"]}\n  ],\n  "thread": 2\n}\n'
    const sentences = await said(text, 'json')
    expect(sentences).toContain('config, line 5, thread: there is no such setting; did you mean threads?')
    expect(sentences.some((sentence) => sentence.startsWith('config, line 3, datasets[0].name: "a/b"'))).toBe(true)
  })

  it('says where the text itself is wrong', async () => {
    expect((await said('datasets:\n  - name: "shop\n'))[0]).toMatch(/^config, line \d: /)
    expect((await said('{"datasets": [', 'json'))[0]).toMatch(/^config, line \d: /)
    expect(await said('[1, 2]')).toEqual([expect.stringContaining('must be object')])
  })

  it.each([
    ['maxBytes: 2 apples', /line 5, budgets\[0\]\.maxBytes: "2 apples" is not understood/],
    ['maxGrowthPerDay: often', /line 5, budgets\[0\]\.maxGrowthPerDay/],
    ['{maxWithoutTtl: 1.5}', /budgets\[0\]\.maxWithoutTtl/],
    ['{owner: "@a", maxBytes: 1}', /budgets\[0\]\.owner: owners need an owners file/],
    ['{severity: error}', /line 5, budgets\[0\]: this is not enough/],
  ])('budget %s', async (text, message) => {
    expect((await said(`${DATASET}budgets:\n  - ${text}\n`)).join('\n')).toMatch(message)
  })

  it.each([
    ['analysis:\n  settings: {hash-max: 3}\n', /line 5, analysis\.settings\.hash-max/],
    ['analysis:\n  filter: {matchRe: ["("]}\n', /line 5, analysis\.filter: "\(" is not a regular expression/],
    ['analysis:\n  conf: none.conf\n', /line 5, analysis\.conf: .*none\.conf does not exist/],
    ['owners: TEAMS\n', /line 4, owners: .*TEAMS does not exist/],
    [
      'suppressions:\n  - {rule: leak, reason: x, until: 2026-02-30}\n',
      /line 5, suppressions\[0\]\.until: 2026-02-30 is not a day/,
    ],
    ['  - name: Shop\n    sources: [x]\n', /line 4, datasets\[1\]\.name: there is another data set called Shop/],
    ['  - name: b\n    sources: [{command: "aws s3 cp", name: x}]\n', /datasets\[1\]\.sources\[0\]/],
  ])('knows what %j means', async (text, message) => {
    expect((await said(DATASET + text)).join('\n')).toMatch(message)
  })

  it('names the line of the owners file', async () => {
    writeFileSync(join(folder, 'OWNERS'), '* @a\nsession:* @b @c\n')
    await expect(loadConfig(writeConfig(`${DATASET}owners: OWNERS\n`))).rejects.toThrow(
      'OWNERS, line 2: session:* has more than one team',
    )
  })
})

function writeConfig(text: string): string {
  const path = join(folder, `c${files++}.yaml`)
  writeFileSync(path, text)
  return path
}
