import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { type SimulateOptions, simulate } from '../../../src/simulate.js'
import { type DumpWriter, dump } from '../../helpers/dump.js'

const APP = join(fileURLToPath(new URL('.', import.meta.url)), '../../../samples/redis-7.4.1/app.rdb')
const folder = mkdtempSync(join(tmpdir(), 'rdblens-expert-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function simulated(path: string, options: SimulateOptions, target?: string) {
  const inputs = [{ path, name: path, increments: [], notes: [] }]
  return (await simulate({ inputs, filter: {}, settings: {}, verify: false, target }, options)).report
}

async function ofDump(write: (writer: DumpWriter) => void, options: SimulateOptions, target = 'redis-7.2') {
  const path = join(folder, 'some.rdb')
  const writer = dump({ version: 11 }).select(0)
  write(writer)
  writeFileSync(path, writer.end())
  return simulated(path, options, target)
}

function strings(writer: DumpWriter, count: number, name: (i: number) => string, value: (i: number) => string): void {
  for (let i = 0; i < count; i++) writer.type(0, name(i)).string(value(i))
}

describe('a plan that an expert agrees with', () => {
  it('has few steps, none for next to nothing, and one form per value', async () => {
    const { plan, before } = await simulated(APP, {})
    expect(plan.length).toBeGreaterThan(2)
    expect(plan.length).toBeLessThanOrEqual(6)
    for (const { id, effort, savedAfterOthersBytes } of plan) {
      const least = effort === 'setting' ? 0.004 : 0.008
      expect(savedAfterOthersBytes, id).toBeGreaterThan(least * before.usedMemoryBytes)
    }
    const coded = plan
      .filter(({ steps }) => steps.some((step) => /WATCH/.test(step)))
      .flatMap(({ groups }) => groups.map(({ pattern }) => pattern))
    expect(new Set(coded).size).toBe(coded.length)
  })

  it('raises no limit so far that each command is felt', async () => {
    const { techniques } = await simulated(APP, { techniques: ['raise-zset-limits'], plan: false })
    expect(techniques[0]!.parameters.entries).toBeLessThanOrEqual(1024)
  })

  it('leaves locks under one name and in one form', async () => {
    const write = (writer: DumpWriter): void => {
      strings(
        writer,
        3000,
        (i) => `application:locks:order-number:${i}`,
        () => 'held',
      )
      strings(
        writer,
        3000,
        (i) => `application:profile:order-number:${i}`,
        (i) => `profile ${i}`,
      )
    }
    const { plan } = await ofDump(write, { techniques: ['shorten-key-names', 'bucket-strings'] })
    const patterns = plan.flatMap(({ groups }) => groups.map(({ pattern }) => String(pattern)))
    expect(patterns.some((pattern) => pattern.includes('profile'))).toBe(true)
    expect(patterns.filter((pattern) => pattern.includes('locks'))).toEqual([])
  })

  it('loses no count while counters move', async () => {
    const write = (writer: DumpWriter): void =>
      strings(
        writer,
        450,
        (i) => `hits:${1000 + i}`,
        (i) => String(i * 7),
      )
    for (const id of ['bucket-strings', 'strings-to-hash']) {
      const { techniques } = await ofDump(write, { techniques: [id], plan: false })
      const counters = techniques[0]!.steps.find((step) => step.startsWith('Counters'))
      expect(counters, id).toMatch(/HINCRBY .* DEL <key> in one script/)
    }
  })

  it('writes values with the command of their type, and what the server knows', async () => {
    const text = 'the quick brown fox jumps over the lazy dog, and the dog sleeps on. '
    const asStrings = (writer: DumpWriter): void =>
      strings(
        writer,
        400,
        (i) => `page:${i}`,
        (i) => text.repeat(3 + (i % 5)),
      )
    const asHashes = (writer: DumpWriter): void => {
      for (let i = 0; i < 400; i++)
        writer
          .type(4, `member:${i}`)
          .len(1)
          .string('bio')
          .string(text.repeat(3 + (i % 5)))
    }
    const stepsOf = async (write: (writer: DumpWriter) => void, target: string): Promise<string> =>
      (await ofDump(write, { techniques: ['compress-values'], plan: false }, target)).techniques[0]!.steps.join('\n')
    expect(await stepsOf(asStrings, 'redis-7.2')).toMatch(/WATCH, GET, MULTI, SET <key> .* KEEPTTL, EXEC/)
    expect(await stepsOf(asStrings, 'redis-5.0')).toMatch(/SET <key> .* PX <what PTTL said>, EXEC/)
    expect(await stepsOf(asHashes, 'redis-7.2')).toMatch(/HSET member:\{int\} <field>/)
    expect(await stepsOf(asHashes, 'redis-7.2')).not.toMatch(/KEEPTTL/)
  })
})

describe('names of what keys are gathered in', () => {
  const values = (writer: DumpWriter): void =>
    strings(
      writer,
      500,
      (i) => `media:${1000 + i}`,
      (i) => `owner ${i}`,
    )

  it('are others than keys have', async () => {
    const { techniques } = await ofDump(
      (writer) => {
        values(writer)
        strings(
          writer,
          20,
          (i) => `media:b:${i}`,
          () => 'taken',
        )
        writer.type(4, 'media').len(1).string('about').string('all media')
      },
      { techniques: ['strings-to-hash', 'bucket-strings'], plan: false },
    )
    for (const { id, groups, assumptions } of techniques) {
      const wanted = id === 'strings-to-hash' ? 'media' : 'media:b:'
      const { name } = groups.find(({ pattern }) => pattern === 'media:{int}')!
      expect(name).toBe(id === 'strings-to-hash' ? 'media:fields' : 'media:b:fields:')
      expect(assumptions.join(' ')).toContain(`There are keys named ${wanted} already`)
    }
  })

  it('are what is asked for where nobody has them', async () => {
    const { techniques } = await ofDump(values, { techniques: ['strings-to-hash', 'bucket-strings'], plan: false })
    const names = Object.fromEntries(techniques.map(({ id, groups }) => [id, groups[0]!.name]))
    expect(names).toEqual({ 'strings-to-hash': 'media', 'bucket-strings': 'media:b:' })
  })

  it('differ for patterns that would get the same', async () => {
    const { techniques } = await ofDump(
      (writer) => {
        values(writer)
        strings(
          writer,
          500,
          (i) => `media:${(0xabcdef0123 + i * 7919).toString(16)}`,
          (i) => `hash ${i}`,
        )
      },
      { techniques: ['strings-to-hash'], plan: false },
    )
    const names = techniques[0]!.groups.map(({ name }) => name)
    expect(names.length).toBeGreaterThan(1)
    expect(new Set(names).size).toBe(names.length)
  })

  it('are none of the flags that a bitmap is made of', async () => {
    const { techniques } = await ofDump(
      (writer) =>
        strings(
          writer,
          3000,
          (i) => `beta:${i < 1500 ? i : 9_961_472 + i}`,
          (i) => String(i % 2),
        ),
      { techniques: ['bitmap-flags'], plan: false },
    )
    const [group] = techniques[0]!.groups
    expect(group).toMatchObject({ name: 'beta:bits', pageBits: 65_536 })
    expect(techniques[0]!.steps[0]).toContain('SETBIT beta:bits:<id div 65536> <id mod 65536>')
  })

  it('are said where parts of big keys would be called as others are', async () => {
    const write = (writer: DumpWriter): void => {
      writer.type(2, 'cart:1').len(6000)
      for (let i = 0; i < 6000; i++) writer.string(`item ${i}`)
      strings(
        writer,
        20,
        (i) => `cart:${i}:${i * 7}`,
        () => 'line',
      )
    }
    const { techniques } = await ofDump(write, { techniques: ['split-big-keys'], plan: false })
    expect(techniques[0]!.assumptions.join(' ')).toContain('There are keys named cart:{int}:{int} already')
  })
})
