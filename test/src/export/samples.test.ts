import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RdbParser } from '../../../parsers/index.js'
import type { Exporter } from '../../../src/export/exporter.js'
import { JsonlExporter } from '../../../src/export/jsonl.js'
import { RespExporter } from '../../../src/export/resp.js'
import { compareFacts, type ExpectedKey } from '../../helpers/compare-facts.js'
import { type ExportedKey, exportedFacts } from '../../helpers/export-facts.js'
import { allSamples } from '../../helpers/samples.js'

const SMALL_BYTES = 200_000

function exported(bytes: Uint8Array, exporter: Exporter, chunkBytes = bytes.length): Buffer {
  const parser = new RdbParser(exporter)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    parser.push(bytes.slice(at, at + chunkBytes))
    pieces.push(...exporter.take())
  }
  parser.end()
  pieces.push(...exporter.finish())
  return Buffer.concat(pieces)
}

const linesOf = (text: Buffer): ExportedKey[] =>
  text
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

/** Without what the policy recorded, and without what KeyDB forgets to save: the expiry of a key whose members expire. */
function contentsOnly(key: ExpectedKey): ExpectedKey {
  const { freq: _freq, idletime: _idletime, pexpiretime, ...contents } = key
  return pexpiretime === undefined || key.member_expiries !== undefined ? contents : { ...contents, pexpiretime }
}

describe.each(allSamples().map((sample) => [sample.name, sample] as const))('%s', (_, sample) => {
  const bytes = readFileSync(sample.rdbPath)
  const json = exported(bytes, new JsonlExporter({ binary: 'base64' }))

  it('exports what its server said', () => {
    const expected = { key_count: sample.expected.key_count, keys: sample.expected.keys.map(contentsOnly) }
    expect(compareFacts(exportedFacts(linesOf(json), sample.expected.rdb_version), expected).slice(0, 20)).toEqual([])
  })

  it('exports the same keys as text and as one array', () => {
    const text = linesOf(exported(bytes, new JsonlExporter()))
    const array = JSON.parse(exported(bytes, new JsonlExporter({ array: true })).toString())
    expect(text).toHaveLength(sample.expected.key_count)
    expect(JSON.stringify(array) === JSON.stringify(text)).toBe(true)
  })

  it('exports the same bytes from chunks of any size', () => {
    const digest = (text: Buffer): string => createHash('sha256').update(text).digest('hex')
    const commands = digest(exported(bytes, new RespExporter()))
    for (const chunkBytes of bytes.length <= SMALL_BYTES ? [1, 7, 4096] : [4096, 65_537]) {
      expect(digest(exported(bytes, new JsonlExporter({ binary: 'base64' }), chunkBytes))).toBe(digest(json))
      expect(digest(exported(bytes, new RespExporter(), chunkBytes))).toBe(commands)
    }
  })
})
