import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { simulateJson, simulateText } from '../../../reports/simulate/text.js'
import { techniquesText, techniqueText } from '../../../reports/techniques-text.js'
import { displayWidth } from '../../../reports/width.js'
import { analyze } from '../../../src/analyze.js'
import { ParameterError, type Technique, techniqueIds, techniques } from '../../../src/optimizations/index.js'
import type { ReadRequest } from '../../../src/requests.js'
import { type SimulateOptions, simulate } from '../../../src/simulate.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

const APP = join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb')

function request(path: string, more: Partial<ReadRequest> = {}): ReadRequest {
  return { inputs: [{ path, name: path, increments: [], notes: [] }], filter: {}, settings: {}, verify: false, ...more }
}

async function reportOf(options: SimulateOptions = {}, more: Partial<ReadRequest> = {}) {
  return (await simulate(request(APP, more), options)).report
}

describe('the registry', () => {
  it('has every technique once', () => {
    expect(new Set(techniqueIds).size).toBe(techniques.length)
  })

  it.each(techniques.map((technique) => [technique.id, technique] as const))(
    '%s says all that is asked of it',
    (id, technique) => {
      expect(id).toMatch(/^[a-z][a-z0-9-]+$/)
      for (const text of [technique.title, technique.why, technique.cpu]) expect(text.length).toBeGreaterThan(4)
      for (const list of [technique.breaks, technique.steps, technique.verify, technique.rollback]) {
        expect(list.length).toBeGreaterThan(0)
      }
      for (const line of techniqueText(technique, 80)) expect(displayWidth(line.trimEnd())).toBeLessThanOrEqual(80)
    },
  )

  it('fits the terminal as a table', () => {
    for (const line of techniquesText(techniques, 80)) expect(displayWidth(line.trimEnd())).toBeLessThanOrEqual(80)
  })
})

describe('simulate', () => {
  it('prices the dump before as analyze does', async () => {
    const { before } = await reportOf({ techniques: [] })
    const { report } = await analyze(request(APP), { top: 1, values: false })
    expect(before).toEqual({
      keys: report.totals.keys,
      ramBytes: report.totals.ramBytes,
      usedMemoryBytes: report.totals.ramBytes + report.totals.overheadBytes,
    })
  })

  it('gives every technique an answer that adds up', async () => {
    const report = await reportOf({ top: 0 })
    expect(report.techniques.map(({ id }) => id).sort()).toEqual([...techniqueIds].sort())
    for (const technique of report.techniques) {
      expect(technique.status, `${technique.id}: ${technique.assumptions[0]}`).not.toBe('error')
      expect(technique.usedMemoryBefore - technique.usedMemoryAfter).toBe(technique.savedBytes)
      const inGroups = technique.groups.reduce((sum, group) => sum + Number(group.savedBytes), 0)
      expect(inGroups).toBeCloseTo(technique.ramBytesBefore - technique.ramBytesAfter, 3)
    }
  })

  it.each(['redis-2.8', 'redis-6.2', 'redis-8.8', 'valkey-9.1', 'keydb-6.3'])(
    'has no failure on %s',
    async (target) => {
      const report = await reportOf({}, { target })
      const failed = report.techniques.filter(({ status }) => status === 'error')
      expect(failed.map(({ id, assumptions }) => `${id}: ${assumptions[0]}`)).toEqual([])
    },
  )

  it('gives the same bytes twice', async () => {
    const texts = await Promise.all([reportOf(), reportOf()])
    expect([...simulateJson(texts[0])].join('')).toBe([...simulateJson(texts[1])].join(''))
  })

  it('adds up what is cut off in a last group', async () => {
    const all = (await reportOf({ techniques: ['shorten-key-names'], top: 0 })).techniques[0]!
    const some = (await reportOf({ techniques: ['shorten-key-names'], top: 1 })).techniques[0]!
    expect(all.groups.length).toBeGreaterThan(2)
    expect(some.groups.length).toBe(2)
    expect(some.groups[1]!.pattern).toBe('[other]')
    const sum = some.groups.reduce((total, group) => total + Number(group.savedBytes), 0)
    expect(sum).toBeCloseTo(all.ramBytesBefore - all.ramBytesAfter, 3)
  })

  it('says of a technique that throws that it failed; the others stand', async () => {
    const broken: Technique = {
      ...techniques[0]!,
      id: 'broken',
      start: (context) => {
        const run = techniques[0]!.start(context)
        if (typeof run === 'string' || !('row' in run)) return run
        run.row = () => {
          throw new Error('injected')
        }
        return run
      },
    }
    const whole = await reportOf({ techniques: ['raise-zset-limits'] })
    const report = await reportOf({ registry: [broken, ...techniques], techniques: ['broken', 'raise-zset-limits'] })
    const failed = report.techniques.find(({ id }) => id === 'broken')!
    expect(failed.status).toBe('error')
    expect(failed.assumptions[0]).toBe('injected')
    expect(failed.savedBytes).toBe(0)
    expect(report.techniques.find(({ id }) => id === 'raise-zset-limits')).toEqual(whole.techniques[0])
    expect([...simulateText(report)].join('')).toContain('failed: broken: injected')
  })

  it('refuses techniques that do not exist, before it reads', async () => {
    const unread = request('/nowhere/dump.rdb')
    await expect(simulate(unread, { techniques: ['raise-limits'] })).rejects.toBeInstanceOf(ParameterError)
    await expect(simulate(unread, { parameters: { 'raise-limits': {} } })).rejects.toThrow(/raise-limits/)
  })

  it('looks at the keys that match only', async () => {
    const parameters = { 'raise-zset-limits': { match: 'nothing:*' } }
    const { techniques: results } = await reportOf({ techniques: ['raise-zset-limits'], parameters })
    expect(results[0]!.status).toBe('nothing-to-do')
  })

  it('hides names when they must not be shown', async () => {
    const report = await reportOf({ top: 0 }, { redact: 'hash' })
    const text = [...simulateJson(report)].join('')
    for (const name of ['leaderboard', 'timeline', 'email']) expect(text.includes(name), name).toBe(false)
  })
})

describe('thresholds', () => {
  it('give the curve, with less and less to gain', async () => {
    const { techniques: results } = await reportOf({ techniques: ['raise-zset-limits'] })
    const curve = results[0]!.parameters.curve as readonly { limit: number; keys: number; savedBytes: number }[]
    expect(curve.length).toBeGreaterThanOrEqual(8)
    expect(curve[0]).toMatchObject({ limit: 128, savedBytes: 0 })
    for (const [index, point] of curve.entries()) {
      if (index > 0) expect(point.keys).toBeGreaterThanOrEqual(curve[index - 1]!.keys)
    }
  })

  it('say of a point of the curve what they say when asked for that limit', async () => {
    const { techniques: results } = await reportOf({ techniques: ['raise-zset-limits'] })
    const curve = results[0]!.parameters.curve as readonly { limit: number; savedBytes: number }[]
    for (const { limit, savedBytes } of curve.slice(1, 4)) {
      const parameters = { 'raise-zset-limits': { entries: String(limit) } }
      const one = (await reportOf({ techniques: ['raise-zset-limits'], parameters })).techniques[0]!
      expect(Math.round(one.savedBytes)).toBe(savedBytes)
    }
  })

  it('have nothing to raise for sets of strings before 7.2', async () => {
    const { techniques: results } = await reportOf({ techniques: ['raise-set-limits'] }, { target: 'redis-7.0' })
    expect(results[0]!.status).toBe('not-on-this-target')
  })
})

describe('upgrade-server', () => {
  it('prices the data as a report for that target does', async () => {
    const parameters = { 'upgrade-server': { to: 'redis-8.6,valkey-9.1' } }
    const { techniques: results } = await reportOf({ techniques: ['upgrade-server'], parameters })
    const rows = results[0]!.parameters.targets as readonly { id: string; usedMemoryAfter: number }[]
    expect(rows.map(({ id }) => id)).toEqual(['redis-8.6', 'valkey-9.1'])
    for (const { id, usedMemoryAfter } of rows) {
      const { before } = await reportOf({ techniques: [] }, { target: id })
      expect(usedMemoryAfter).toBe(before.usedMemoryBytes)
    }
    expect(results[0]!.usedMemoryAfter).toBe(Math.min(...rows.map((row) => row.usedMemoryAfter)))
  })

  it.each(['upgrade-server', 'pointer-width-32'])(
    'says of keys that match what they alone would save: %s',
    async (id) => {
      const asked = { techniques: [id], parameters: { [id]: { match: 'leaderboard:*' } } }
      const { techniques: results } = await reportOf(asked)
      const [{ keys, ramBytesBefore, ramBytesAfter, savedBytes }] = results as [(typeof results)[number]]
      expect(keys).toBeGreaterThan(0)
      expect(savedBytes).toBe(ramBytesBefore - ramBytesAfter)
      const { techniques: none } = await reportOf({ ...asked, parameters: { [id]: { match: 'nothing:*' } } })
      expect(none[0]).toMatchObject({ status: 'nothing-to-do', savedBytes: 0 })
    },
  )

  it('has nowhere to go from the newest', async () => {
    const { techniques: results } = await reportOf({ techniques: ['upgrade-server'] }, { target: 'valkey-9.1' })
    expect(results[0]!.status).toBe('not-on-this-target')
  })
})

describe('buckets', () => {
  it('of different patterns have different names', async () => {
    const { techniques: results } = await reportOf({ techniques: ['bucket-strings'], top: 0 })
    const names = results[0]!.groups.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('the text', () => {
  it('fits 80 columns, and shows losses', async () => {
    const parameters = { 'expire-keys': { add: 'all' } }
    const report = await reportOf({ parameters })
    const lines = [...simulateText(report, { width: 80, details: true })].join('').split('\n')
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80)
    expect(lines.find((line) => /^ {2}expire-keys +-/.test(line))).toBeDefined()
    expect(lines.join('\n')).toContain('would not help here: ')
  })
})
