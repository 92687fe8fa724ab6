import { describe, expect, it } from 'vitest'
import { unescapeBytes } from '../../reports/escape.js'
import { FORMATS, loaded } from '../../reports/formats.js'
import { REPORTERS, reporterById } from '../../reports/index.js'
import type { RenderOptions, Reporter } from '../../reports/reporter.js'
import { displayWidth } from '../../reports/width.js'
import { NameRedactor, nameBytes } from '../../src/redact/names.js'
import { redactReport } from '../../src/redact/report.js'
import { HOSTILE_KEYS, parseCsv } from './keys/helpers.js'
import { bigKeyOf, emptyReport, hostileReport } from './sample-report.js'

/** What can be read as it stands: the HTML page has a program and compressed data beside that (see html.test.ts). */
function render(reporter: Reporter, report = hostileReport(), options?: RenderOptions): string {
  const text = [...reporter.render(report, options)].join('')
  return reporter.id === 'html' ? text.replace(/(<script[^>]*>)[\s\S]*?<\/script>/g, '$1</script>') : text
}

/** The hostile report with a word in every name, which no redacted output may have. */
function secretReport() {
  const report = hostileReport()
  const reveal = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reveal)
    if (value === null || typeof value !== 'object') return value
    const fields = value as Record<string, unknown>
    return Object.fromEntries(
      Object.entries(fields).map(([field, inner]) => {
        const isName = ['key', 'pattern', 'match', 'tag'].includes(field) || (field === 'name' && 'children' in fields)
        if (isName && typeof inner === 'string') return [field, `${inner}s3cret`]
        if (field === 'keyBase64') {
          const bytes = nameBytes({ key: '', keyBase64: inner as string })
          return [field, Buffer.concat([bytes, Buffer.from('s3cret')]).toString('base64')]
        }
        return [field, reveal(inner)]
      }),
    )
  }
  const { provenance, groups, ...names } = report
  return { ...(reveal(names) as typeof report), provenance, groups: groups! }
}

/** What acts on a terminal: escape sequences, C1 controls, marks that reorder text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

describe.each(REPORTERS.map((reporter) => [reporter.id, reporter] as const))('reporter %s', (id, reporter) => {
  it('is what its id says', () => {
    expect(reporterById(id)).toBe(reporter)
    expect(reporter.title).not.toBe('')
    expect(reporter.extension).toMatch(/^\.[a-z]+$/)
  })

  it('writes a report without keys, and ends on a newline', () => {
    const text = render(reporter, emptyReport())
    expect(text).toMatch(/[^\n]\n$/)
    expect(text).not.toMatch(/undefined|NaN|\[object/)
  })

  it('writes a full report, and ends on a newline', () => {
    const text = render(reporter)
    expect(text).toMatch(/[^\n]\n$/)
    expect(text).not.toMatch(/undefined|NaN|\[object/)
  })

  it('lets no name act on the terminal', () => {
    expect(render(reporter, hostileReport(), { top: 0 })).not.toMatch(ACTING)
    for (const file of reporter.files?.(hostileReport()) ?? []) expect([...file.render()].join('')).not.toMatch(ACTING)
  })

  it('shows nothing of a name that is hashed', () => {
    const report = redactReport(secretReport(), new NameRedactor('hash'))
    const outputs = [render(reporter, report, { top: 0 })]
    if (id === 'text') {
      outputs.push(render(reporter, report, { page: 'bigkeys' }), render(reporter, report, { treeDepth: 8, top: 0 }))
    }
    for (const file of reporter.files?.(report) ?? []) outputs.push([...file.render()].join(''))
    for (const output of outputs) {
      expect(output).not.toMatch(/s3cret/i)
      expect(output).not.toContain(Buffer.from('s3cret').toString('base64').slice(0, 6))
    }
  })

  it('is the same twice', () => {
    expect(render(reporter)).toBe(render(reporter))
  })
})

it('has no two formats of one name', () => {
  expect(new Set(REPORTERS.map(({ id }) => id)).size).toBe(REPORTERS.length)
})

describe('formats that are loaded when they are written', () => {
  it('are those of the registry', async () => {
    expect(FORMATS.map(({ id, defaultTop }) => ({ id, defaultTop }))).toEqual(
      REPORTERS.map(({ id, defaultTop }) => ({ id, defaultTop })),
    )
    expect(await Promise.all(FORMATS.map(loaded))).toEqual(REPORTERS)
    expect(await Promise.all(REPORTERS.map(loaded))).toEqual(REPORTERS)
  })
})

describe('text', () => {
  const text = reporterById('text')!

  it.each([40, 60, 80, 81, 100, 120, 132, 200])('keeps to %i columns', (width) => {
    for (const top of [0, 1, 10]) {
      for (const line of render(text, hostileReport(), { width, top }).split('\n')) {
        expect(displayWidth(line), line).toBeLessThanOrEqual(width)
        expect(line).toBe(line.trimEnd())
      }
    }
  })

  it.each([40, 61, 80, 120, 200])('keeps to %i columns on the page of big keys and in the tree', (width) => {
    for (const options of [{ page: 'bigkeys' }, { treeDepth: 3 }] as const) {
      for (const report of [hostileReport(), emptyReport()]) {
        const output = render(text, report, { width, top: 0, ...options })
        expect(output).not.toMatch(ACTING)
        expect(output).not.toMatch(/undefined|NaN|\[object/)
        for (const line of output.split('\n')) {
          expect(displayWidth(line), line).toBeLessThanOrEqual(width)
          expect(line).toBe(line.trimEnd())
        }
      }
    }
  })

  it('says in which of several files a large key is', () => {
    const report = hostileReport()
    const [file] = report.provenance.files
    const withPaths = (...paths: string[]) =>
      render(text, {
        ...report,
        provenance: { ...report.provenance, files: paths.map((path) => ({ ...file!, path })) },
        bigKeys: [{ ...bigKeyOf({ key: 'cart' }, 0), file: paths.length - 1 }],
        largest: [
          { type: 'hash', byBytes: [{ ...bigKeyOf({ key: 'cart' }, 4), file: paths.length - 1 }], byElements: [] },
        ],
      })
    const several = withPaths('/dumps/one/a.rdb', '/dumps/two/b.rdb')
    expect(several).toContain('! /dumps/two/b.rdb: cart: string')
    expect(several).toMatch(/^ {2}cart +two\/b\.rdb +/m)
    expect(withPaths('/a.rdb', 'b.rdb')).toMatch(/^ {2}cart +b\.rdb +/m)
    expect(withPaths('/dumps/one/a.rdb')).toContain('! cart: string')
  })

  it('uses colours only when asked', () => {
    const plain = render(text)
    const colored = render(text, hostileReport(), { colors: true })
    expect(plain).not.toContain('\u001b')
    expect(colored).toContain('\u001b[1mPATTERNS\u001b[0m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removes the colours
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(plain)
  })

  it('counts what it does not list', () => {
    const lines = render(text, hostileReport(), { top: 4 }).split('\n')
    const from = lines.findIndex((line) => line.startsWith('PATTERNS'))
    const rows = lines.slice(from + 2, from + 7)
    const keys = rows.map((row) => Number(/ {2,}([\d,]+) {2}/.exec(row)![1]!.replaceAll(',', '')))
    expect(rows.at(-1)).toContain(`[other: ${HOSTILE_KEYS.length - 4} patterns]`)
    expect(keys.reduce((sum, n) => sum + n, 0)).toBe(hostileReport().totals.keys)
  })

  it('says first how much there is, and when it is an estimate', () => {
    const { keys } = hostileReport().totals
    expect(render(text)).toMatch(new RegExp(`About [\\d.]+ KiB in ${keys} keys\\.`))
    expect(render(text, emptyReport())).toContain('There are no keys in it.')
  })
})

describe('json', () => {
  it('reads back as the report', () => {
    for (const compact of [false, true]) {
      const options = { compact }
      expect(JSON.parse(render(reporterById('json')!, hostileReport(), options))).toEqual(hostileReport())
      expect(JSON.parse(render(reporterById('json')!, emptyReport(), options))).toEqual(emptyReport())
    }
    expect(render(reporterById('json')!, emptyReport(), { compact: true }).trimEnd()).not.toContain('\n')
  })
})

describe('csv', () => {
  const csv = reporterById('csv')!

  it('has one file per table, all rows as wide as the header', () => {
    const files = csv.files!(hostileReport())
    expect(files.map(({ name }) => name)).toContain('patterns.csv')
    for (const file of files) {
      const rows = parseCsv([...file.render()].join(''))
      expect(rows.length).toBeGreaterThan(1)
      for (const row of rows) expect(row).toHaveLength(rows[0]!.length)
    }
  })

  it('keeps every key readable and no cell a formula', () => {
    const file = csv.files!(hostileReport(), { delimiter: ';', bom: true }).find(({ name }) => name === 'big_keys.csv')!
    const text = [...file.render()].join('')
    expect(text.startsWith('\ufeffdatabase;key;')).toBe(true)
    const rows = parseCsv(text.slice(1), ';').slice(1)
    expect(rows.map((row) => Buffer.from(unescapeBytes(row[1]!)).toString('hex'))).toEqual(
      HOSTILE_KEYS.map((key) => Buffer.from(key).toString('hex')),
    )
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
  })
})

describe('md', () => {
  it('lets no name become markup', () => {
    const text = render(reporterById('md')!, hostileReport(), { top: 0 })
    // Everything outside of code spans.
    const outside = text.replace(/`[^`\n]*`/g, '')
    const markup = outside
      .replaceAll('<sub>', '')
      .replaceAll('</sub>', '')
      .match(/.{0,20}(?:[<>]|\]\().{0,20}/)
    expect(markup?.[0]).toBeUndefined()
    const tables = text.split('\n').filter((line) => line.startsWith('|'))
    for (const line of tables) expect(line).toMatch(/^\|.*\|$/)
    const keys = text.slice(text.indexOf('## Big keys'), text.indexOf('## Keys without TTL'))
    for (const line of keys.split('\n').filter((row) => row.startsWith('|'))) expect(line.split('|')).toHaveLength(10)
  })
})

describe('prom', () => {
  it('is what the text format allows', () => {
    const lines = render(reporterById('prom')!).trimEnd().split('\n')
    const seen = new Set<string>()
    for (const line of lines) {
      if (line.startsWith('#')) {
        expect(line).toMatch(/^# (HELP|TYPE) rdblens_[a-z_]+ .+$/)
        continue
      }
      const [, series] =
        /^(rdblens_[a-z_]+(?:\{(?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*\})?) -?[\d.e+-]+$/.exec(line) ?? []
      expect(series, line).toBeDefined()
      expect(seen.has(series!), line).toBe(false)
      seen.add(series!)
    }
    expect(seen.has('rdblens_keys')).toBe(true)
    expect(lines.filter((line) => line.startsWith('rdblens_big_key_ram_bytes{'))).toHaveLength(HOSTILE_KEYS.length)
  })
})
