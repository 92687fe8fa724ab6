import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnalysisReport } from '../../../reports/report.js'
import { type AnalyzeOptions, analyze } from '../../../src/analyze.js'
import { compare } from '../../../src/compare/index.js'
import { InputError } from '../../../src/io/errors.js'
import { expandInputs } from '../../../src/io/inputs.js'
import {
  decodeProfile,
  encodeProfile,
  isProfileFile,
  joinProfiles,
  mergeProfiles,
  type Profile,
  readProfile,
  reportOf,
  saveProfile,
} from '../../../src/profile/index.js'
import type { ReadRequest } from '../../../src/requests.js'
import { dump } from '../../helpers/dump.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

let folder = ''
const path = (name: string): string => join(folder, name)
const sample = (name: string): string => join(SAMPLES_FOLDER, name)

const SHARDS = ['app', 'cluster', 'expired'].map((name) => sample(`redis-7.4.1/${name}.rdb`))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-profile-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function result(
  paths: readonly string[],
  request: Partial<ReadRequest> = {},
  options: Partial<AnalyzeOptions> = {},
) {
  const inputs = await expandInputs(paths)
  return analyze(
    { inputs, filter: {}, settings: {}, verify: true, threads: 1, ...request },
    { top: 0, profile: true, ...options },
  )
}

async function profileOf(
  paths: readonly string[],
  request: Partial<ReadRequest> = {},
  options: Partial<AnalyzeOptions> = {},
) {
  return (await result(paths, request, options)).profile!
}

/** Through the file format, as profiles come. */
function copied(profile: Profile): Profile {
  return decodeProfile(encodeProfile(profile), 'copy')
}

function without(report: AnalysisReport): Omit<AnalysisReport, 'values' | 'memory'> {
  const { values: _, memory: _memory, ...rest } = report
  // As programs see it: a difference of sums can be -0.
  return JSON.parse(JSON.stringify(rest))
}

/** Of keys that are equal in all that counts, names decide who comes first: redacted ones do so otherwise. */
function withoutTies(report: AnalysisReport): unknown {
  const { largest, keySizes, values: _, memory: _memory, databases, types, encodings, bigKeys, ttl, ...more } = report
  const { slots, ...rest } = more
  const bare = <Row extends object>(rows: readonly Row[]): unknown => rows.map((row) => ({ ...row, largest: null }))
  return {
    ...rest,
    slots: slots && { ...slots, hashTags: slots.hashTags.map(({ ramBytes }) => ramBytes) },
    databases: bare(databases),
    types: bare(types),
    encodings: bare(encodings),
    sizes: keySizes.perType.map(({ biggest: _biggest, ...row }) => row),
    largest: largest.map(({ byBytes }) => byBytes.map(({ ramBytes }) => ramBytes)),
    bigKeys: bigKeys.map(({ ramBytes, elements }) => [ramBytes, elements]),
    ttl: { ...ttl, bigExpiring: ttl.bigExpiring.map(({ elements }) => elements) },
  }
}

describe('a profile', () => {
  it('gives the report that it was made with', async () => {
    const { report, profile } = await result(SHARDS, {}, { top: 10 })
    const again = reportOf(copied(profile!), { top: 10 })
    expect(without(again)).toEqual(without(report))
    const { summary, trees, duplicates } = report.values!
    expect(again.values).toMatchObject({ summary, trees, duplicates })
  })

  it('shows no more of names than was asked for', async () => {
    const ids = await result(SHARDS, { redact: 'ids' }, { top: 10 })
    expect(withoutTies(reportOf(copied(ids.profile!), { top: 10 }))).toEqual(withoutTies(ids.report))
    const hash = await result(SHARDS, { redact: 'hash' }, { top: 10 })
    const again = reportOf(copied(hash.profile!), { top: 10 })
    expect(again.totals).toEqual(hash.report.totals)
    expect(again.patternSummary).toEqual(hash.report.patternSummary)
    const text = gunzipSync(encodeProfile(hash.profile!)).toString()
    for (const word of ['session', 'leaderboard', 'timeline', 'huge', 'user:']) expect(text).not.toContain(word)
    expect(gunzipSync(encodeProfile(ids.profile!)).toString()).not.toMatch(/leaderboard:\d/)
  })

  it('of each shard merged is the report of all shards together', async () => {
    const request = { target: 'redis-7.4', cluster: false }
    const shards = [...SHARDS, sample('redis-7.2.6/lru.rdb'), sample('redis-5.0.14/lfu.rdb')]
    const parts = await Promise.all(shards.map((shard) => profileOf([shard], request)))
    const merged = mergeProfiles(parts.map(copied), { top: 0 })
    const { report } = await result(shards, request)
    expect(without(merged)).toEqual(without(report))
    expect(merged.values!.sampleNote).toContain('Of 5 samples put together')
    const formats = (values: AnalysisReport['values']): unknown => values!.summary.map(({ format }) => format).sort()
    expect(formats(merged.values)).toEqual(formats(report.values))
    // Joined in steps or at once, whole or saved in between: the same.
    const [a, b, ...rest] = parts
    const stepwise = joinProfiles([copied(joinProfiles([a!, b!])), ...rest])
    expect(without(reportOf(stepwise, { top: 0 }))).toEqual(without(report))
  })

  it('says when parts are not alike', async () => {
    const parts = await Promise.all([
      profileOf([SHARDS[0]!]),
      profileOf([SHARDS[1]!], { target: 'redis-6.2', separators: ':' }),
      profileOf([SHARDS[2]!], { filter: { type: ['hash'] } }),
    ])
    const { warnings, groups } = mergeProfiles(parts)
    const messages = warnings.filter(({ code }) => code === 'unlike-profiles').map(({ message }) => message)
    expect(messages).toEqual([
      expect.stringMatching(/^the target or its settings of cluster.rdb differ from those of app.rdb/),
      expect.stringMatching(/^the separators of cluster.rdb differ/),
      expect.stringMatching(/^the filters of .*expired.rdb differ/),
    ])
    expect(groups).toBeUndefined()
  })

  it('is the same for the same dump, whatever the threads, and small', async () => {
    const bytes = encodeProfile(await profileOf(SHARDS))
    expect(Buffer.from(encodeProfile(await profileOf(SHARDS))).equals(Buffer.from(bytes))).toBe(true)
    expect(bytes.length).toBeLessThan(200_000)
    const other = await profileOf(SHARDS, { threads: 2 })
    expect(Buffer.from(encodeProfile(other)).equals(Buffer.from(bytes))).toBe(true)
  })

  it('stays below 1 MB whatever the names, and says what that took', async () => {
    const writer = dump().select(0)
    let random = 1
    const word = (length: number): string => {
      let text = ''
      for (let i = 0; i < length; i++) {
        random = (Math.imul(random, 1103515245) + 12345) >>> 0
        text += String.fromCharCode(97 + ((random >>> 16) % 26))
      }
      return text
    }
    const roots = Array.from({ length: 900 }, () => word(8))
    for (let i = 0; i < 9000; i++) {
      writer.u8(0xfc).ms(1_700_000_000_000 + i * 3_700_000)
      writer.type(0, `${roots[i % 900]}:${word(4)}:{${word(480)}}`).string('x'.repeat(i % 50))
    }
    await writeFile(path('names.rdb'), writer.end())
    const profile = await profileOf([path('names.rdb')])
    const size = await saveProfile(profile, path('names.profile.json.gz'))
    expect(size).toBeLessThan(1_000_000)
    const small = await readProfile(path('names.profile.json.gz'))
    expect(small.bounded).toHaveLength(1)
    const report = reportOf(small, { top: 0 })
    expect(report.totals).toMatchObject({ keys: 9000 })
    expect(report.patterns.reduce((sum, row) => sum + row.keys, 0)).toBe(9000)
    expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'profile-bounded' }))
  })

  it('that was edited is refused in words, whatever is made of it', async () => {
    const { profile } = await result([SHARDS[0]!], {}, { values: true })
    const good = decodeProfile(encodeProfile(profile!), 'good')
    const text = gunzipSync(encodeProfile(profile!)).toString()
    const edits: Readonly<Record<string, unknown>> = {
      'options.kept': 2 ** 31,
      'options.separators': null,
      values: {},
      'values.formats': [null],
      'provenance.files': [{ path: 'x' }],
      'provenance.options': null,
      'collectors.patterns': null,
      'collectors.totals': {},
      'collectors.biggest.byBytes': [1],
      largestElements: [null],
    }
    for (const [path, value] of Object.entries(edits)) {
      const edited = JSON.parse(text) as Record<string, Record<string, unknown>>
      const names = path.split('.')
      const last = names.pop()!
      let at: Record<string, unknown> = edited
      for (const name of names) at = at[name] as Record<string, unknown>
      expect(at, path).toHaveProperty(last)
      at[last] = value
      const said: string[] = []
      for (const make of [
        (one: Profile) => reportOf(one),
        (one: Profile) => encodeProfile(joinProfiles([good, one])),
        (one: Profile) => compare({ paths: ['a'], profile: good }, { paths: ['b'], profile: one }),
      ]) {
        try {
          make(decodeProfile(gzipSync(JSON.stringify(edited)), 'x'))
        } catch (error) {
          expect(error, path).toBeInstanceOf(InputError)
          said.push((error as Error).message)
        }
      }
      expect(said.join(), path).toContain('is damaged: ')
    }
  })

  it('is known by its contents, and refused when it is damaged or newer', async () => {
    const profile = await profileOf([SHARDS[2]!])
    await saveProfile(profile, path('a.bin'))
    expect(await isProfileFile(path('a.bin'))).toBe(true)
    expect(await isProfileFile(SHARDS[0]!)).toBe(false)
    const bytes = encodeProfile(profile)
    const text = gunzipSync(bytes).toString()
    // Without compression, too.
    expect(decodeProfile(Buffer.from(text), 'x')).toEqual(decodeProfile(bytes, 'x'))
    const broken = (from: string | RegExp, to: string): (() => void) => {
      return () => reportOf(decodeProfile(gzipSync(text.replace(from, to)), 'x.json.gz'))
    }
    expect(broken('"schemaVersion":1', '"schemaVersion":7')).toThrow(
      /^x\.json\.gz was written by rdblens \S+ as profile version 7; this one reads up to 1$/,
    )
    expect(broken('"f64":', '"f64":1')).toThrow(/^the profile x\.json\.gz is damaged: a list/)
    expect(broken(/"codes":\{"i32":\d+,"v":\[\d+/, '"codes":{"i32":1,"v":[255')).toThrow(/is damaged/)
    expect(broken('"ledger"', '"ledgers"')).toThrow(/is damaged: ledger is missing/)
    expect(() => decodeProfile(bytes.subarray(0, bytes.length - 20), 'x')).toThrow(/is damaged/)
    expect(() => decodeProfile(Buffer.from('REDIS0011'), 'x')).toThrow(/^x is not a profile/)
  })
})
