import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import lzString from 'lz-string'
import { describe, expect, it, vi } from 'vitest'
import type { AnalysisPage } from '../../reports/html/page-data.js'
import { html } from '../../reports/html.js'
import type { AnalysisReport } from '../../reports/report.js'
import { pageDataOf } from '../helpers/page-data.js'
import { HOSTILE_KEYS } from './keys/helpers.js'
import { emptyReport, hostileReport } from './sample-report.js'

const CLIENT = fileURLToPath(new URL('../../reports/html/client', import.meta.url))
const TWO_MB = 2_000_000

const render = (report: AnalysisReport): string => [...html.render(report)].join('')

describe('html', () => {
  it('carries the whole report', () => {
    for (const report of [emptyReport(), hostileReport()]) {
      expect(pageDataOf<AnalysisPage>(render(report))).toEqual({
        kind: 'analysis',
        report: JSON.parse(JSON.stringify(report)),
        cutTo: null,
      })
    }
  })

  it('allows one script and one style, by their hashes, and nothing else', () => {
    const page = render(hostileReport())
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(page)![1]!
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    const script = /<script>([\s\S]*)<\/script>/.exec(page)![1]!
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)![1]!
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types default',
    ])
  })

  it('names nothing outside of itself', () => {
    const [before, after] = render(hostileReport()).split('<script type="text/plain"')
    expect(before).not.toMatch(/\b(src|href|action|data|poster)=|url\(|@import/)
    expect(after).toMatch(/<\/script>\n<\/body>\n<\/html>\n$/)
  })

  it('has four script tags, however keys are named', () => {
    const page = render(hostileReport())
    expect(page.match(/<script|<\/script/g)).toHaveLength(4)
  })

  it('writes the sentence where no script is needed', () => {
    expect(render(emptyReport())).toContain('<h1>There are no keys in it.</h1>')
    const { keys } = hostileReport().totals
    expect(render(hostileReport())).toMatch(new RegExp(`<h1>About [\\d.]+\\sKiB in ${keys}\\skeys\\.`))
  })

  it('stays under 2 MB, leaves the smallest rows out and says so', () => {
    const report = hostileReport()
    const names = Array.from({ length: 30_000 }, (_, i) => createHash('sha256').update(`${i}`).digest('base64'))
    const [pattern] = report.patterns
    const page = render({ ...report, patterns: names.map((name) => ({ ...pattern!, pattern: name })) })
    expect(page.length).toBeLessThan(TWO_MB)
    const { cutTo, report: cut } = pageDataOf<AnalysisPage>(page)
    expect(cutTo).toBeGreaterThan(HOSTILE_KEYS.length)
    expect(cut.patterns).toHaveLength(cutTo! + 1)
    expect(cut.patterns[0]!.pattern).toBe(names[0])
    // What was left out still counts: columns add up on a page that was cut, too.
    const last = cut.patterns.at(-1)!
    expect(last).toMatchObject({ pattern: '[other]', patterns: names.length - cutTo! })
    for (const sum of ['keys', 'ramBytes', 'overheadBytes', 'payloadBytes', 'withoutTtl'] as const) {
      expect(cut.patterns.reduce((all, row) => all + row[sum], 0)).toBe(pattern![sum] * names.length)
    }
    expect(cut.totals).toEqual(report.totals)
  })

  it('compresses no text that cannot fit: that would take a minute and a gigabyte', () => {
    const report = emptyReport()
    const [pattern] = hostileReport().patterns
    const name = (i: number): string =>
      Array.from({ length: 24 }, (_, part) => createHash('sha256').update(`${i} ${part}`).digest('base64')).join('')
    const patterns = Array.from({ length: 6000 }, (_, i) => ({ ...pattern!, pattern: name(i), examples: [] }))
    const compress = vi.spyOn(lzString, 'compressToBase64')
    const page = render({ ...report, patterns })
    const chars = compress.mock.calls.reduce((sum, [text]) => sum + text.length, 0)
    compress.mockRestore()
    expect(page.length).toBeLessThan(TWO_MB)
    expect(pageDataOf<AnalysisPage>(page).report.patterns.length).toBeGreaterThan(500)
    expect(chars).toBeLessThan(8_000_000)
  })

  it('is far below 2 MB for a usual report', () => {
    expect(render(hostileReport()).length).toBeLessThan(700_000)
  })

  it('makes no markup from strings in the script', () => {
    const files = readdirSync(CLIENT, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) {
      const code = readFileSync(join(CLIENT, file), 'utf8')
      expect(code, file).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\b|new Function/,
      )
      expect(code, file).not.toMatch(/\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\b/)
    }
  })
})
