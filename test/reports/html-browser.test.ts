import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shownKey } from '../../reports/escape.js'
import { html } from '../../reports/html.js'
import type { AnalysisReport } from '../../reports/report.js'
import { analyze, expandInputs } from '../../src/index.js'
import { describeWithChromium, startChromium } from '../helpers/chromium.js'
import { SAMPLES_FOLDER } from '../helpers/samples.js'
import { fullHostileReport, IMAGE_KEY, manyPatterns } from './full-report.js'
import { BROKEN_LINKS, FAINT_TEXTS, FAULTS_FOR_EARS } from './page-audits.js'
import { emptyReport, hostileReport } from './sample-report.js'

/** The page in a browser, and everything that went on beside it. */
interface Opened {
  readonly page: Page
  /** Messages of the console, errors, dialogs, and requests beside the file itself. */
  readonly noise: string[]
}

describeWithChromium('the HTML page in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rdblens-html-'))
  let browser: Browser
  let files = 0

  beforeAll(async () => {
    browser = await startChromium()
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(report: AnalysisReport, options: BrowserContextOptions = {}, hash = ''): Promise<Opened> {
    const path = join(folder, `report-${files++}.html`)
    writeFileSync(path, [...html.render(report)].join(''))
    const context = await browser.newContext({ viewport: { width: 1180, height: 900 }, ...options })
    const page = await context.newPage()
    const noise: string[] = []
    const url = pathToFileURL(path).href
    page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => noise.push(`error: ${error.message}`))
    page.on('request', (request) => {
      if (request.url() !== url) noise.push(`request: ${request.url()}`)
    })
    page.on('dialog', (dialog) => {
      noise.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(url + hash)
    await page.locator('footer').waitFor()
    return { page, noise }
  }

  /** Texts of the first column of a table. */
  const firstColumn = (page: Page, label: string): Promise<string[]> =>
    page.locator(`table[aria-label="${label}"] tbody tr:not(.details) td:first-child`).allTextContents()

  /** How far each of them reaches to the right, in pixels. */
  const rightEnds = (all: Locator): Promise<number[]> =>
    all.evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().right))

  describe('with the report of a real dump', () => {
    let opened: Opened
    let report: AnalysisReport

    beforeAll(async () => {
      const inputs = await expandInputs([join(SAMPLES_FOLDER, 'redis-7.4.1/app.rdb')])
      report = (await analyze({ inputs, filter: {}, settings: {}, verify: false }, { top: 10 })).report
      opened = await open(report)
    })

    it('says the sentence, four tiles, and has every section', async () => {
      const { page } = opened
      expect(await page.locator('h1').textContent()).toMatch(/ in 20,009\skeys\./)
      expect(await page.locator('.tile').count()).toBe(4)
      expect(await page.locator('section').evaluateAll((all) => all.map((part) => part.id))).toEqual(
        expect.arrayContaining(['risks', 'map', 'patterns', 'keys', 'types', 'time', 'slots', 'accounting', 'method']),
      )
      expect(await page.locator('.strip span').count()).toBe(256)
    })

    it('draws the charts', async () => {
      const { page } = opened
      const drawn = await page.locator('.chart canvas').evaluateAll((all) =>
        all.map((element) => {
          const canvas = element as unknown as {
            width: number
            height: number
            getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } }
          }
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
          return new Set(new Uint32Array(data.buffer)).size
        }),
      )
      expect(drawn.length).toBeGreaterThanOrEqual(3)
      for (const colors of drawn) expect(colors).toBeGreaterThan(4)
    })

    it('goes down the tree and back', async () => {
      const { page } = opened
      const canvas = page.locator('#map canvas')
      const whole = await canvas.screenshot()
      await page.locator('button.map-row', { hasText: 'str:huge' }).click()
      expect(await page.locator('.crumbs button').allTextContents()).toEqual(['all keys', 'str:huge'])
      expect(await page.locator('.map-row .name').allTextContents()).toEqual([':blob', ':prose', ':zeros'].sort())
      expect(Buffer.compare(whole, await canvas.screenshot())).not.toBe(0)
      await page.locator('.crumbs button').first().click()
      expect(await page.locator('.crumbs button').allTextContents()).toEqual(['all keys'])
      // A click into the chart itself does the same, once it is drawn.
      const clicked = async (): Promise<string[]> => {
        await canvas.click({ position: { x: 40, y: 190 } })
        return page.locator('.crumbs button').allTextContents()
      }
      await expect.poll(clicked).toEqual(['all keys', 'str:huge'])
      await page.locator('.crumbs button').first().click()
    })

    it('measures everything by what is chosen', async () => {
      const { page } = opened
      const rows = (): Promise<string[]> => page.locator('.map-row .name').allTextContents()
      const canvas = page.locator('#time canvas').first()
      expect((await rows())[0]).toBe('str:huge')
      const before = await canvas.screenshot()
      await page.locator('[data-metric=keys]').click()
      expect((await rows())[0]).toBe('member:{int}')
      expect(await page.locator('.crumbs .total').textContent()).toBe('20,009 keys')
      expect(Buffer.compare(before, await canvas.screenshot())).not.toBe(0)
      await page.locator('[data-metric=ramBytes]').click()
    })

    it('sorts, and gives the first order back', async () => {
      const { page } = opened
      const first = await firstColumn(page, 'patterns')
      const head = page.locator('table[aria-label=patterns] th', { hasText: 'keys' })
      await head.locator('button').click()
      expect(await head.getAttribute('aria-sort')).toBe('descending')
      expect((await firstColumn(page, 'patterns'))[0]).toBe('member:{int}')
      await head.locator('button').click()
      expect(await head.getAttribute('aria-sort')).toBe('ascending')
      expect((await firstColumn(page, 'patterns'))[0]).toMatch(/^str:huge/)
      await head.locator('button').click()
      expect(await firstColumn(page, 'patterns')).toEqual(first)
    })

    it('searches by keyboard, with the total of what is found', async () => {
      const { page } = opened
      await page.evaluate('scrollTo(0, 0)')
      await page.keyboard.press('/')
      await page.keyboard.type('HUGE')
      expect((await firstColumn(page, 'patterns')).sort()).toEqual([
        'str:huge:blob',
        'str:huge:prose',
        'str:huge:zeros',
      ])
      expect(await page.locator('#patterns .summary').textContent()).toBe('3 patterns: 3 keys, 3.75 MiB (38.6 %)')
      await page.keyboard.press('Escape')
      expect((await firstColumn(page, 'patterns')).length).toBe(report.patterns.length)
    })

    it('unfolds a row, by mouse and by keyboard', async () => {
      const { page } = opened
      const row = page.locator('table[aria-label=patterns] tr.unfolds', { hasText: 'member:{int}' })
      await row.click()
      const details = page.locator('#patterns tr.details')
      expect(await details.textContent()).toContain("redis-cli --scan --pattern 'member:*'")
      expect(await row.locator('button').getAttribute('aria-expanded')).toBe('true')
      await page.keyboard.press('Enter')
      expect(await details.count()).toBe(0)
    })

    it('copies the rows as CSV', async () => {
      const { page } = opened
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.locator('#patterns button', { hasText: 'copy as CSV' }).click()
      await page.locator('#patterns button', { hasText: 'copied' }).waitFor()
      const text = (await page.evaluate('navigator.clipboard.readText()')) as string
      const lines = text.trimEnd().split(/\r?\n/)
      expect(lines[0]).toBe('pattern,type,keys,memory,payload,%,no TTL %,average,largest')
      expect(lines).toHaveLength(report.patterns.length + 1)
      expect(lines[1]).toMatch(/^leaderboard:\{int\},zset,306,\d+,/)
    })

    it('is quiet all the while', () => {
      expect(opened.noise).toEqual([])
    })

    it('finds a finding by its address', async () => {
      const id = (await opened.page.locator('article.card').first().getAttribute('id'))!
      const again = await open(report, {}, `#${id}`)
      expect(await again.page.locator(`#${id}`).evaluate((card) => card.getBoundingClientRect().top)).toBeLessThan(200)
      const link = (await opened.page.locator('table[aria-label=patterns] tr.unfolds').nth(4).getAttribute('id'))!
      const row = await open(report, {}, `#${link}`)
      expect(await row.page.locator(`#${link} button`).getAttribute('aria-expanded')).toBe('true')
      expect([...again.noise, ...row.noise]).toEqual([])
    })

    it('fits a telephone, is dark in the dark, and white on paper', async () => {
      const narrow = await open(report, { viewport: { width: 400, height: 800 }, colorScheme: 'dark' })
      const { page } = narrow
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400)
      const background = (): Promise<string> =>
        page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>
      expect(await background()).toBe('rgb(20, 24, 27)')
      await page.locator('button.theme').click()
      expect(await background()).toBe('rgb(255, 255, 255)')
      await page.locator('button.theme').click()
      await page.emulateMedia({ media: 'print' })
      expect(await background()).toBe('rgb(255, 255, 255)')
      expect(await page.locator('.toolbar').isVisible()).toBe(false)
      expect(narrow.noise).toEqual([])
    })
  })

  it('shows hostile names as text', async () => {
    const { page, noise } = await open(fullHostileReport())
    // All at once: to click one after the other takes a quarter of a minute.
    await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    await page.evaluate(
      "for (const button of document.querySelectorAll('button')) if (/^show all/.test(button.textContent)) button.click()",
    )
    await page.evaluate(
      "for (let row; (row = document.querySelector('.toggle[aria-expanded=false]')) !== null; ) row.click()",
    )
    const shown = hostileReport().bigKeys.map(shownKey)
    const names = (await firstColumn(page, 'big keys')).map((text) => text.replace(/^"( *)"$/, '$1'))
    expect(names).toEqual(shown)
    expect(names).toContain(IMAGE_KEY)
    expect(await page.locator('.card h3').allTextContents()).toContain(IMAGE_KEY)
    // The page has no use for these elements: one of them would have come from a name.
    expect(await page.locator('main').locator('img, script, iframe, object, embed, svg, form').count()).toBe(0)
    expect(
      await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')![0])),
    ).not.toContain('j')
    // What reorders text or hides is written as \xNN.
    const text = (await page.evaluate('document.documentElement.innerText')) as string
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/)
    expect(noise).toEqual([])
  })

  it('shows the plan, each saving and what would not help', async () => {
    const { page, noise } = await open(fullHostileReport())
    expect(await page.locator('.tile', { hasText: 'could be freed' }).textContent()).toContain('286 MiB')
    expect(await page.locator('.waterfall .step').count()).toBe(5)
    const saving = page.locator('#saving-raise-hash-limits')
    await saving.locator('summary').click()
    expect(await saving.textContent()).toContain('HGET scans')
    expect(await saving.locator('.command code').first().textContent()).toBe('CONFIG SET hash-max-listpack-entries 512')
    await page.locator('summary', { hasText: 'Would not help here (1)' }).click()
    expect(await page.locator('#savings').textContent()).toContain('nothing to do here')
    expect(noise).toEqual([])
  })

  it('can be read aloud: tables, inputs and headings have names, and every colour has contrast', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open(fullHostileReport(), { colorScheme })
      await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
      await page.evaluate("for (const row of document.querySelectorAll('tbody .toggle')) row.click()")
      expect(await page.evaluate(FAULTS_FOR_EARS)).toEqual([])
      expect(await page.evaluate(FAINT_TEXTS), colorScheme).toEqual([])
    }
  })

  it('has links that lead somewhere, each to a place of its own', async () => {
    // Redacted names are the same for many keys, and several dumps hold keys of the same name.
    const report = hostileReport()
    const alike = report.bigKeys.slice(0, 6).map((key, index) => ({ ...key, key: 'user:{int}', offset: index }))
    const all = fullHostileReport()
    const [type] = all.largest
    for (const shown of [
      all,
      emptyReport(),
      { ...all, bigKeys: alike, largest: [{ ...type!, byBytes: alike, byElements: alike }] },
    ]) {
      const { page, noise } = await open(shown)
      expect(await page.evaluate(BROKEN_LINKS)).toEqual([])
      expect(noise).toEqual([])
    }
    const { page } = await open({ ...all, bigKeys: alike, largest: [{ ...type!, byBytes: alike, byElements: alike }] })
    expect(await firstColumn(page, 'largest keys')).toHaveLength(alike.length)
  })

  it('keeps the focus where the keyboard left it', async () => {
    const { page } = await open(manyPatterns())
    const focused = (): Promise<string> => page.evaluate("document.activeElement.textContent + ''") as Promise<string>
    await page.locator('button.map-row', { hasText: 'deep' }).press('Enter')
    expect(await focused()).toBe('deep')
    await page.locator('.crumbs button').first().press('Enter')
    expect(await focused()).toBe('all keys')
    const before = await firstColumn(page, 'patterns')
    await page.locator('#patterns button', { hasText: 'show all 1,200 rows' }).press('Enter')
    expect(await focused()).toBe((await firstColumn(page, 'patterns'))[before.length])
  })

  it('unfolds a row within the width of a telephone, however wide its table is', async () => {
    const { page } = await open(fullHostileReport(), { viewport: { width: 390, height: 800 } })
    await page.locator('input[aria-label="search big keys"]').fill(IMAGE_KEY)
    await page.locator('table[aria-label="big keys"] .toggle', { hasText: IMAGE_KEY }).click()
    const buttons = page.locator('#keys tr.details .command button')
    expect(await buttons.count()).toBeGreaterThan(0)
    for (const end of await rightEnds(buttons)) expect(end).toBeLessThanOrEqual(390)
  })

  it('loses no column on paper', async () => {
    // A4 with margins of 10 mm, at 96 pixels per inch.
    const { page } = await open(fullHostileReport(), { viewport: { width: 718, height: 1000 } })
    await page.emulateMedia({ media: 'print' })
    await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    const tables = page.locator('#savings table')
    expect(await tables.count()).toBe(2)
    for (const end of await rightEnds(tables)) expect(end).toBeLessThanOrEqual(718)
  })

  it('says what the report of a damaged dump covers', async () => {
    const report = hostileReport()
    const [file] = report.provenance.files
    const warning = { code: 'bad-string', message: 'a string starts with 0xe0', file: 0, offset: 5 }
    const damaged = { ...report, provenance: { ...report.provenance, files: [{ ...file!, complete: false }] } }
    const cut = await open({ ...damaged, warnings: [warning] })
    expect(await cut.page.locator('.note').textContent()).toContain('the report covers what came before.')
    const readOn = await open({ ...damaged, warnings: [warning, { ...warning, code: 'skipped' }] })
    expect(await readOn.page.locator('.note').textContent()).toContain('what could be read before and behind it.')
    expect(await readOn.page.locator('#method').textContent()).not.toContain('what came before')
  })

  it('copies the command of a step, without what is said about it', async () => {
    const { page } = await open(fullHostileReport())
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const saving = page.locator('#saving-raise-hash-limits')
    await saving.locator('summary').click()
    const step = saving.locator('.command', { hasText: 'CONFIG SET activedefrag yes, or MEMORY PURGE' })
    await step.locator('button').click()
    await step.locator('button', { hasText: 'copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('CONFIG SET activedefrag yes')
    expect(await saving.locator('.command').count()).toBe(3)
    expect(await saving.locator('p', { hasText: 'HGETALL of each bucket' }).count()).toBe(1)
  })

  it('opens without keys', async () => {
    const { page, noise } = await open(emptyReport())
    expect(await page.locator('h1').textContent()).toBe('There are no keys in it.')
    expect(await page.locator('#method').isVisible()).toBe(true)
    expect(noise).toEqual([])
  })
})
