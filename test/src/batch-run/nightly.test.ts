import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import {
  layoutOf,
  loadConfig,
  type NightlyResult,
  readHistory,
  readTrends,
  runNightly,
} from '../../../src/batch-run/index.js'
import { describeWithChromium, startChromium } from '../../helpers/chromium.js'
import { FLEET_NIGHTS, fleetConfig, fleetDate, writeFleetNight } from '../../helpers/fleet.js'
import { describeWith, type Program } from '../../helpers/programs.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-nightly-'))
const out = join(folder, 'out')
/** The last nights of the fleet's ten: a leak shows after three. */
const FIRST_NIGHT = FLEET_NIGHTS - 5
const NIGHTS = FLEET_NIGHTS - FIRST_NIGHT
const LAST = fleetDate(FLEET_NIGHTS - 1)
const FIXTURES = join(import.meta.dirname, '../../fixtures/schemas')
/** Owners, price and a budget; the pages and folders of the last nights only, to be quick. */
const MORE = `
owners: OWNERS
price: {perGibMonth: 10, currency: EUR}
baseline: baseline.json
retention: {reports: 2d}
budgets:
  - {name: shop is small, dataset: shop, maxBytes: 1MB}
  - {name: media is small, dataset: media, maxBytes: 1GB}
  - {pattern: "job:*", dataset: shop, maxWithoutTtl: 5%, severity: warn}
  - {dataset: shop, owner: "@jobs", maxKeys: 100, severity: warn}
suppressions:
  - {rule: stampede, reason: known promotion, until: 2026-11-17}
`

async function run(
  more = MORE,
  options: { date?: string; adopt?: boolean } = {},
  formats?: string,
): Promise<NightlyResult> {
  const path = join(folder, 'rdblens.config.yaml')
  writeFileSync(path, fleetConfig(more, formats))
  return runNightly(await loadConfig(path), { todayMs: Date.UTC(2026, 11, 31), ...options })
}

const text = (path: string): string => readFileSync(join(out, path), 'utf8')

describe('five nights of a fleet of twelve dumps', () => {
  let last: NightlyResult

  beforeAll(async () => {
    writeFileSync(join(folder, 'OWNERS'), '*  @platform\njob:*  @jobs\nsession:*\n')
    for (let night = FIRST_NIGHT; night < FLEET_NIGHTS; night++) {
      writeFleetNight(join(folder, 'dumps'), night, { keys: 100 })
      const isEarly = night < FLEET_NIGHTS - 2
      // Early nights need no reports, only their place in the history.
      last = await (isEarly ? run(MORE.replace('\nowners', '\nanalysis: {values: false}\nowners'), {}, 'json') : run())
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const found = (rule: string): readonly string[] =>
    last.report.findings
      .filter((finding) => finding.rule === rule && finding.state === 'open')
      .map(({ message }) => message)

  it('names the leak, the stampede, the damaged dump and the new big key', () => {
    expect(last.report.date).toBe(LAST)
    expect(found('leak')).toEqual([
      expect.stringMatching(/^job:\{int\}:state leaks: .* last 3 nights, from 1,680 to 2,400/),
    ])
    expect(found('stampede')).toEqual([
      expect.stringMatching(/^1,50\d keys .* within the minute 2026-11-20 00:00 UTC$/),
    ])
    expect(found('corrupt')).toEqual([expect.stringMatching(/^dumps\/ledger-3\.rdb is damaged: .*byte \d+/)])
    expect(found('new-big-key')).toEqual([expect.stringMatching(/^report:2026 is a new big key: string, 640 KiB/)])
    expect(found('forecast').join()).toMatch(/ledger-4 holds .* 3\.00 MiB maxmemory .* reaches it on 2026-1\d-\d\d/)
    expect(last.verdict).toBe('partial')
  })

  it('says since when it is so', () => {
    const since = Object.fromEntries(last.report.findings.map((finding) => [finding.rule, finding.since]))
    expect(since).toMatchObject({
      leak: fleetDate(FIRST_NIGHT + 3),
      corrupt: LAST,
      'new-big-key': LAST,
      stampede: fleetDate(FIRST_NIGHT),
    })
  })

  it('holds budgets, owners and money against the dumps', () => {
    const { budgets, owners, findings } = last.report
    const broken = budgets
      .filter(({ finding }) => finding !== null)
      .map(({ budget, limitName }) => `${budget} ${limitName}`)
    expect(broken).toEqual(['shop is small maxBytes', 'job:* maxWithoutTtl', '@jobs maxKeys'])
    expect(findings.find(({ rule }) => rule === 'leak')?.owner).toBe('@jobs')
    const shop = last.report.datasets.find(({ dataset }) => dataset === 'shop')!
    const rows = owners.filter(({ dataset }) => dataset === 'shop')
    expect(rows.map(({ owner }) => owner)).toEqual(['@platform', '@jobs', '[nobody]'])
    expect(rows.find(({ owner }) => owner === '@jobs')?.keys).toBe(2400)
    expect(rows.reduce((sum, row) => sum + row.ramBytes, 0)).toBe(shop.totals.ramBytes + shop.totals.overheadBytes)
    expect(text(`reports/${LAST}/chargeback.csv`)).toMatch(
      /^date,dataset,owner,keys,ram_bytes,money_per_month,currency\n.*shop,platform,\d+,\d+,0\.0\d,EUR/,
    )
  })

  it('a suppression that is over is a finding', () => {
    expect(found('suppression')).toEqual(['the suppression of stampede ended on 2026-11-17: known promotion'])
  })

  it('writes the reports of every data set, one row per key, and the comparison', () => {
    const names = readdirSync(join(out, 'reports', LAST, 'shop')).sort()
    const wanted = [
      'compare.html',
      'compare.json',
      'compare.md',
      'csv',
      'keys.csv.gz',
      'profile.json.gz',
      'report.html',
    ]
    expect(names).toEqual(expect.arrayContaining([...wanted, 'report.json', 'report.md']))
    const keys = gunzipSync(readFileSync(join(out, 'reports', LAST, 'shop/keys.csv.gz')))
      .toString()
      .trimEnd()
      .split('\n')
    const shop = last.report.datasets.find(({ dataset }) => dataset === 'shop')!
    expect(keys[0]).toMatch(/^database,type,key,size_in_bytes/)
    expect(keys.filter((line) => line.startsWith('database,')).length).toBe(1)
    expect(keys.length - 1).toBe(shop.totals.keys)
    const report = JSON.parse(text(`reports/${LAST}/shop/report.json`)) as { totals: { keys: number } }
    expect(report.totals.keys).toBe(shop.totals.keys)
    expect(text(`reports/${LAST}/shop/compare.md`)).toContain('job')
  })

  it('forgets reports after their time, and keeps the history', async () => {
    expect(readdirSync(join(out, 'reports'))[0]).toBe(fleetDate(FLEET_NIGHTS - 3))
    const dates = await readHistory(layoutOf(out).history, (history) => history.datasets().map(({ date }) => date))
    expect(dates.length).toBe(3 * NIGHTS)
    expect(new Set(dates).size).toBe(NIGHTS)
    const trends = await readTrends(layoutOf(out), { dataset: 's*', pattern: 'job:{int}*', top: 5 })
    expect(trends.datasets.map(({ dataset }) => dataset)).toEqual(['shop'])
    expect(trends.datasets[0]!.patterns[0]!.keys).toEqual(
      Array.from({ length: NIGHTS }, (_, night) => (FIRST_NIGHT + night + 1) * 240),
    )
  })

  it('JUnit and SARIF files are as their schemas want them', async () => {
    const xml = text(`reports/${LAST}/findings.junit.xml`)
    const schema = readFileSync(join(FIXTURES, 'junit.xsd'), 'utf8')
    const checked = await validateXML({ xml: [{ fileName: 'findings.xml', contents: xml }], schema: [schema] })
    expect(checked.errors).toEqual([])
    expect(xml).toContain('<testsuite name="ledger"')
    expect(xml).toContain('classname="media.budgets" name="media is small: maxBytes" time="0"/>')
    const sarif = JSON.parse(readFileSync(join(FIXTURES, 'sarif-2.1.0.json'), 'utf8')) as Record<string, unknown>
    // Draft 4 and 7 do not differ in what this schema uses, beside how it calls itself.
    delete sarif.$schema
    delete sarif.id
    const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(sarif)
    expect(validate(JSON.parse(text(`reports/${LAST}/findings.sarif`))), JSON.stringify(validate.errors)).toBe(true)
  })

  it('the dashboard asks for metrics that are there', () => {
    const dashboard = readFileSync(join(FIXTURES, '../../../docs/cookbook/files/grafana-dashboard.json'), 'utf8')
    const asked = new Set(dashboard.match(/rdblens_nightly_\w+/g))
    expect(asked.size).toBeGreaterThan(8)
    for (const name of asked) expect(text('metrics.prom')).toContain(`# TYPE ${name} gauge`)
  })

  const promtool: Program = {
    title: 'promtool',
    isThere: spawnSync('promtool', ['--version']).status === 0,
    requiredBy: 'RDBLENS_REQUIRE_PROMTOOL',
    install: 'apt-get install prometheus',
  }
  describeWith(promtool, 'promtool', () => {
    it('takes the metrics', () => {
      const checked = spawnSync('promtool', ['check', 'metrics'], { input: text('metrics.prom') })
      expect(checked.stderr.toString() + checked.stdout.toString()).toBe('')
      expect(checked.status).toBe(0)
      expect(text('metrics.prom')).toContain('rdblens_nightly_shard_readable{dataset="ledger",shard="ledger-3"} 0')
    })
  })

  it('a night that is run again is the same, and reads nothing twice', async () => {
    const before = snapshot()
    const again = await run()
    expect(again.reused).toBe(12)
    expect(snapshot()).toEqual(before)
    expect(again.report).toEqual(JSON.parse(JSON.stringify(last.report)))
  })

  it('what is adopted does not count until it gets worse', async () => {
    const adopted = await run(MORE, { adopt: true })
    expect(adopted.report.findings.filter(({ state }) => state === 'open').map(({ rule }) => rule)).toEqual([
      'suppression',
    ])
    const baseline = join(folder, 'baseline.json')
    const file = JSON.parse(readFileSync(baseline, 'utf8')) as { findings: { message: string; value: number }[] }
    file.findings.find(({ message }) => message.startsWith('shop is small'))!.value /= 2
    writeFileSync(baseline, JSON.stringify(file))
    const later = await run()
    expect(later.report.findings.filter(({ state, rule }) => state === 'open' && rule === 'budget').length).toBe(1)
    rmSync(baseline)
  })

  describeWithChromium('its page', () => {
    it('shows what is open, without noise', async () => {
      const browser = await startChromium()
      try {
        const page = await browser.newPage()
        const noise: string[] = []
        page.on('console', (message) => noise.push(message.text()))
        page.on('pageerror', (error) => noise.push(error.message))
        page.on('request', (request) => {
          if (!request.url().endsWith('/index.html')) noise.push(request.url())
        })
        await page.goto(`file://${join(out, 'index.html')}`)
        await page.locator('footer').waitFor()
        const titles = await page.locator('#findings .card h3').allTextContents()
        expect(titles).toEqual(expect.arrayContaining(['ledger-3', 'job:{int}:state', 'report:2026', '00:00 UTC']))
        expect(await page.locator('.calendar button').count()).toBe(NIGHTS)
        expect(await page.locator('#trends canvas').count()).toBeGreaterThan(1)
        expect(noise).toEqual([])
      } finally {
        await browser.close()
      }
    })
  })

  it('other nights and a lock that is held', async () => {
    writeFileSync(layoutOf(out).lock, JSON.stringify({ pid: 1, start: 'x', host: 'elsewhere', since: 'yesterday' }))
    await expect(run()).rejects.toThrow(/another run holds .*process 1 on elsewhere, since yesterday/)
    writeFileSync(
      layoutOf(out).lock,
      JSON.stringify({ pid: 2 ** 22 + 1, start: 'x', host: (await import('node:os')).hostname(), since: '' }),
    )
    const other = await run(MORE, { date: '2026-12-24' })
    expect(other.report.date).toBe('2026-12-24')
    expect(readdirSync(layoutOf(out).work)).not.toContain('lock')
  })
})

/** Everything below the output folder that people and programs look at. */
function snapshot(): Readonly<Record<string, string>> {
  const files = readdirSync(out, { recursive: true, withFileTypes: true, encoding: 'utf8' })
  const contents: Record<string, string> = {}
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !path.includes('.rdblens') && !path.endsWith('.sqlite'))
      contents[path] = readFileSync(path, 'base64')
  }
  return contents
}
