import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { layoutOf, loadConfig, type NightlyResult, readHistory, runNightly } from '../../../src/batch-run/index.js'
import { dump } from '../../helpers/dump.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-nights-'))
const out = join(folder, 'rdblens-nightly')

/** A shard of the 1st, 2nd ... November; `null`: there is no dump of it. */
function writeShards(
  day: number,
  shards: readonly (readonly (readonly [key: string, bytes: number])[] | null)[],
  expires: (key: string) => boolean = () => false,
): void {
  const at = join(folder, 'dumps', dayOf(day))
  mkdirSync(at, { recursive: true })
  for (const [shard, keys] of shards.entries()) {
    if (keys === null) continue
    const writer = dump()
      .aux('ctime', String(Date.UTC(2026, 10, day, 3) / 1000))
      .select(0)
    for (const [key, bytes] of keys) {
      if (expires(key)) writer.expireMs(Date.UTC(2027, 0, 1))
      writer.type(0, key).string('x'.repeat(bytes))
    }
    writeFileSync(join(at, `s${shard}.rdb`), writer.end())
  }
}

const dayOf = (day: number): string => `2026-11-${String(day).padStart(2, '0')}`

/** @param today the day of November that the clock of this machine says */
async function run(day: number, more = '', today = 30): Promise<NightlyResult> {
  const path = join(folder, 'rdblens.config.yaml')
  const shop = 'datasets: [{name: shop, sources: ["dumps/{date}/s*.rdb"]}]\noutput: {formats: [json, profile]}\n'
  writeFileSync(path, shop + more)
  return runNightly(await loadConfig(path), { todayMs: Date.UTC(2026, 10, today), date: dayOf(day) })
}

const open = ({ report }: NightlyResult): readonly string[] =>
  report.findings.filter(({ state }) => state === 'open').map(({ rule, message }) => `${rule}: ${message}`)

const compared = (day: number): string | null => {
  try {
    const text = readFileSync(join(out, 'reports', dayOf(day), 'shop/compare.json'), 'utf8')
    return (JSON.parse(text) as { old: { paths: readonly string[] } }).old.paths.join()
  } catch {
    return null
  }
}

const some = (name: string, count: number, bytes = 400): readonly (readonly [string, number])[] =>
  Array.from({ length: count }, (_, i) => [`${name}:${1000 + i}`, bytes] as const)

describe('nights that are not like the one before', () => {
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('a shard that was missing for a night does not come back as growth', async () => {
    const budget = 'budgets: [{dataset: shop, maxGrowthPerDay: 10%}]\n'
    for (const day of [1, 2, 3]) {
      const big: readonly [string, number] = ['report:2026', 50_000]
      writeShards(day, [some('a', 50), day === 2 ? null : [...some('b', 50), big]])
    }
    await run(1, budget)
    expect(open(await run(2, budget))).toEqual(['missing: s1 was part of shop on 2026-11-01 and has no dump this time'])
    const back = await run(3, budget)
    expect(open(back)).toEqual([])
    expect(back.report.budgets).toMatchObject([{ limitName: 'maxGrowthPerDay', value: 0, finding: null }])
    expect(compared(3)).toBe('2026-11-01/shop')
  })

  it('a data set that lacks a dump is not compared', async () => {
    for (const day of [1, 2, 3]) writeShards(day, [some('a', 50), some('b', 50)])
    const cut = join(folder, 'dumps', dayOf(2), 's1.rdb')
    writeFileSync(cut, readFileSync(cut).subarray(0, 900))
    await run(1)
    expect((await run(2)).verdict).toBe('partial')
    expect(compared(2)).toBeNull()
    await run(3)
    expect(compared(3)).toBe('2026-11-01/shop')
  })

  it('a finding that was gone for a night is there since it came back', async () => {
    const budget = 'budgets: [{dataset: shop, maxKeys: 60}]\n'
    for (const [index, keys] of [70, 70, 50, 70].entries()) writeShards(index + 1, [some('a', keys)])
    const since: (string | undefined)[] = []
    for (const day of [1, 2, 3, 4]) since.push((await run(day, budget)).report.findings[0]?.since)
    expect(since).toEqual([dayOf(1), dayOf(1), undefined, dayOf(4)])
  })

  it('a night in the future removes nothing old', async () => {
    const retention = 'retention: {reports: 3d, history: 3d}\n'
    for (const day of [1, 2, 20]) writeShards(day, [some('a', 50)])
    for (const day of [1, 2]) await run(day, retention)
    const nights = (): readonly string[] => readdirSync(join(out, 'reports'))
    const remembered = (): Promise<readonly string[]> =>
      readHistory(layoutOf(out).history, (history) => history.datasets().map(({ date }) => date))
    expect((await run(20, retention, 3)).notes).toEqual([
      expect.stringMatching(/^2026-11-20 is in the future: a clock/),
    ])
    expect([nights(), await remembered()]).toEqual(Array(2).fill([dayOf(1), dayOf(2), dayOf(20)]))
    expect((await run(20, retention, 19)).notes).toEqual([])
    expect([nights(), await remembered()]).toEqual(Array(2).fill([dayOf(20)]))
  })

  it('work of the last run that is damaged is done again', async () => {
    writeShards(1, [some('a', 50)])
    await run(1)
    expect((await run(1)).reused).toBe(1)
    const kept = join(layoutOf(out).shards, 'shop')
    writeFileSync(join(kept, readdirSync(kept)[0]!, 'profile.json.gz'), 'x')
    const again = await run(1)
    expect(again.reused).toBe(0)
    expect(again.report.datasets[0]!.totals.keys).toBe(50)
  })

  it('a profile of the night before that is damaged stops nothing but the comparison', async () => {
    for (const day of [1, 2]) writeShards(day, [some('a', 50)])
    await run(1)
    writeFileSync(join(out, 'reports', dayOf(1), 'shop/profile.json.gz'), 'x')
    const { notes, verdict } = await run(2)
    expect(notes).toEqual(['2026-11-02/shop is not compared with 2026-11-01/shop: profile.json.gz is not a profile'])
    expect([verdict, compared(2)]).toEqual(['done', null])
  })

  it('says when pages and metrics show a later night', async () => {
    for (const day of [1, 2]) writeShards(day, [some('a', 50)])
    await run(2)
    const { notes } = await run(1)
    expect(notes).toEqual([expect.stringMatching(/show the night of 2026-11-02, which is later than 2026-11-01\. If/)])
    const later = join(out, 'reports', dayOf(2), 'night.json')
    writeFileSync(later, '{')
    await expect(run(1)).rejects.toThrow(/2026-11-02\/night\.json is damaged: /)
    expect((await run(2)).notes).toEqual([])
  })

  it.each([
    ['maxBytes', 1],
    ['maxKeys', 1],
    ['maxKeyBytes', 1],
  ])('%s is broken from one more on', async (name, step) => {
    writeShards(1, [some('a', 50)])
    const value = async (limit: number): Promise<{ value: number; finding: string | null }> =>
      (await run(1, `budgets: [{dataset: shop, ${name}: ${limit}}]\n`)).report.budgets[0]!
    const at = (await value(0)).value
    expect(at).toBeGreaterThan(0)
    expect((await value(at + step)).finding).toBeNull()
    expect((await value(at)).finding).toBeNull()
    expect((await value(at - step)).finding).not.toBeNull()
  })

  it('a budget that warns does not hide one that is an error', async () => {
    writeShards(1, [some('a', 50)])
    const tiers = 'budgets: [{dataset: shop, maxKeys: 10, severity: warn}, {dataset: shop, maxKeys: 20}]\n'
    const { report, verdict } = await run(1, tiers)
    expect(report.findings.map(({ severity, limit }) => [severity, limit])).toEqual([
      ['error', 20],
      ['warn', 10],
    ])
    expect(new Set(report.budgets.map(({ finding }) => finding)).size).toBe(2)
    expect(verdict).toBe('broken')
  })

  it('shares are those that are written, not the nearest below', async () => {
    // 0.7 / 100 is a little less than 7 / 1000.
    writeShards(1, [[...some('a', 993, 400), ...some('kept', 7)]], (key) => key.startsWith('a'))
    const found = async (share: string): Promise<boolean> =>
      (await run(1, `budgets: [{dataset: shop, maxWithoutTtl: ${share}}]\n`)).report.budgets[0]!.finding !== null
    expect([await found('0.6%'), await found('0.7%'), await found('0.8%')]).toEqual([true, false, false])
  })
})
