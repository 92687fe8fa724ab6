import { describe, expect, it } from 'vitest'
import { RdbParser } from '../../../../parsers/index.js'
import type { ValuesReport } from '../../../../reports/report.js'
import { Collectors } from '../../../../src/analysis/collectors.js'
import { KeyBatch } from '../../../../src/batch.js'
import { chooseTarget } from '../../../../src/memory/choose-target.js'
import { RowBuilder } from '../../../../src/pipeline/row-builder.js'
import { ValueSampler } from '../../../../src/pipeline/value-sampler.js'
import { seeded } from '../../../helpers/batches.js'
import { type DumpWriter, dump } from '../../../helpers/dump.js'

const ALL = { acceptsAll: true, needsRow: false, acceptsKey: () => true, acceptsRow: () => true }

function valuesOf(bytes: Uint8Array, chunk = bytes.length, showValues = false, rows = 4096): ValuesReport {
  const collectors = new Collectors({ top: 0 })
  const sampler = new ValueSampler()
  sampler.nextFile()
  const builder = new RowBuilder({
    filter: ALL,
    counted: null,
    batch: new KeyBatch(rows),
    onBatch: (batch) => collectors.add(batch),
    targetFor: (facts, cluster) => chooseTarget({ settings: {}, target: 'redis-7.4' }, facts, cluster).target,
    tap: sampler,
  })
  const parser = new RdbParser(builder, { verify: false })
  for (let at = 0; at < bytes.length; at += chunk) parser.push(bytes.subarray(at, at + chunk))
  parser.end()
  builder.finish()
  const { target } = chooseTarget({ settings: {}, target: 'redis-7.4' }, builder.facts, false)
  collectors.report({ nowMs: 0, target })
  return collectors.values(sampler.samples, sampler.duplicates, showValues)
}

function strings(out: DumpWriter, count: number, name: (i: number) => string, value: (i: number) => string): void {
  for (let i = 0; i < count; i++) out.type(0, name(i)).string(value(i))
}

function mixed(): Uint8Array {
  const random = seeded(7)
  const out = dump().select(0)
  strings(
    out,
    3000,
    (i) => `page:${i}`,
    (i) => JSON.stringify({ id: i, title: `t${i}`, tags: ['a', 'b'] }),
  )
  strings(
    out,
    40,
    (i) => `rare:${i}`,
    () => '{"state": "same for all of them"}',
  )
  strings(
    out,
    500,
    (i) => `count:${i}`,
    () => String(Math.floor(random() * 1000)),
  )
  out.type(0, 'long:1').lzf('ab'.repeat(40_000))
  for (let i = 0; i < 100; i++) {
    out.type(4, `user:${i}`).len(2).string('name').string(`n${i}`).string('email').string(`${i}@example.com`)
  }
  return out.end()
}

describe('the sample of values', () => {
  const bytes = mixed()
  const report = valuesOf(bytes)

  it('says what the values of each pattern are', () => {
    const formats = Object.fromEntries(report.formats.map((row) => [`${row.pattern} ${row.format}`, row.share]))
    expect(formats['page:{int} json']).toBe(1)
    expect(formats['rare:{int} json-spaced']).toBe(1)
    expect(formats['count:{int} integer']).toBe(1)
    expect(formats['user:{int} text']).toBe(1)
    const shares = new Map<string, number>()
    for (const { pattern, type, share } of report.formats) {
      shares.set(`${pattern} ${type}`, (shares.get(`${pattern} ${type}`) ?? 0) + share)
    }
    for (const share of shares.values()) expect(share).toBeCloseTo(1, 9)
    expect(report.summary.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
  })

  it('keeps small patterns and thins out large ones', () => {
    const sampled = (pattern: string): number =>
      report.formats.filter((row) => row.pattern === pattern).reduce((sum, row) => sum + row.sampledValues, 0)
    expect(sampled('rare:{int}')).toBe(40)
    expect(sampled('page:{int}')).toBeLessThan(512)
    expect(sampled('page:{int}')).toBeGreaterThan(128)
  })

  it('does not depend on chunks, nor on batches', () => {
    for (const chunk of [1000, 4093, 65_536]) expect(valuesOf(bytes, chunk)).toEqual(report)
    expect(valuesOf(bytes, bytes.length, false, 100)).toEqual(report)
  })

  it('finds values that are there many times', () => {
    expect(report.duplicates).toHaveLength(1)
    expect(report.duplicates[0]).toMatchObject({
      ...{ pattern: 'rare:{int}', format: 'json-spaced', valueBytes: 33, keys: 40, exact: true },
      wastedBytes: 39 * 33,
    })
    expect(report.duplicates[0]!.examples).toHaveLength(3)
  })

  it('weighs names against values', () => {
    const fields = report.trees.find((tree) => tree.pattern === 'user:{int}')!
    expect(fields).toMatchObject({ of: 'fields', syntaxBytes: 0 })
    expect(fields.paths.map(({ name }) => name)).toEqual(['email', 'name'])
    const json = report.trees.find((tree) => tree.pattern === 'page:{int}')!
    const names = json.paths.map(({ name, kind }) => `${name} ${kind}`)
    expect(names.toSorted()).toEqual(['id number', 'tags array', 'title text'])
    expect(json.paths.find(({ name }) => name === 'tags')!.children[0]).toMatchObject({ name: '[]', kind: 'text' })
    const bytesSeen = json.nameBytes + json.valueBytes + json.syntaxBytes + json.blankBytes
    const average = report.formats.find((row) => row.pattern === 'page:{int}')!.averageBytes
    expect(bytesSeen / json.sampledValues).toBeCloseTo(average, 6)
  })

  it('shows values only when asked', () => {
    expect(JSON.stringify(report)).not.toContain('same for all')
    expect(JSON.stringify(report)).not.toContain('@example.com')
    const shown = JSON.stringify(valuesOf(bytes, bytes.length, true))
    expect(shown).toContain('same for all')
  })
})

describe('bounds', () => {
  it('estimates duplicates when there are more values than room', () => {
    const out = dump().select(0)
    for (let i = 0; i < 30_000; i++) {
      out.type(0, `k:${i}`).string(i % 10 === 0 ? 'x'.repeat(40) : `${i}`.padStart(40, 'unlike any other '))
    }
    const [first, ...others] = valuesOf(out.end()).duplicates
    expect(others).toHaveLength(0)
    expect(first!.exact).toBe(false)
    expect(Math.abs(first!.keys - 3000) / 3000).toBeLessThan(0.2)
  })

  it('gathers names that are data', () => {
    const out = dump().select(0)
    for (let i = 0; i < 50; i++) {
      out.type(4, `h:${i}`).len(3)
      out
        .string(`${1000 + i}`)
        .string('a')
        .string(`u${i}@example.com`)
        .string('b')
        .string('kept')
        .string('c')
    }
    const [tree] = valuesOf(out.end()).trees
    expect(tree!.paths.map(({ name }) => name).toSorted()).toEqual(['kept', '{email}', '{int}'])
  })

  it('keeps trees small and complete', () => {
    const out = dump().select(0)
    const words = seeded(3)
    for (let i = 0; i < 300; i++) {
      const names = Array.from({ length: 5 }, () => `w${Math.floor(words() * 4000).toString(36)}x`)
      out.type(0, `j:${i}`).string(JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))))
    }
    const [tree] = valuesOf(out.end()).trees
    expect(tree!.paths.length).toBeLessThanOrEqual(26)
    expect(tree!.paths.reduce((sum, path) => sum + path.nameBytes, 0)).toBe(tree!.nameBytes)
  })

  it('looks at the head of long values, also compressed ones', () => {
    const text = 'word '.repeat(300_000)
    const out = dump().select(0).type(0, 'plain').string(text).type(0, 'packed').lzf(text.slice(0, 1_200_000))
    const report = valuesOf(out.end())
    expect(report.formats.map((row) => row.format)).toEqual(['text', 'text'])
    expect(report.formats.map((row) => row.averageBytes).toSorted()).toEqual([1_200_000, 1_500_000])
  })
})
