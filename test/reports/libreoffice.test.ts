import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { csv } from '../../reports/csv.js'
import { unescapeBytes } from '../../reports/escape.js'
import { KeyCsvWriter } from '../../reports/keys/csv.js'
import { describeWith, type Program } from '../helpers/programs.js'
import { columnsOf, HOSTILE_KEYS, parseCsv, textOf, WORDS } from './keys/helpers.js'
import { hostileReport } from './sample-report.js'

const run = promisify(execFile)

/** LibreOffice Calc: Debian package libreoffice-calc, or whatever RDBLENS_SOFFICE names. */
const SOFFICE = process.env.RDBLENS_SOFFICE ?? 'soffice'
const LIBREOFFICE: Program = {
  title: SOFFICE,
  isThere: spawnSync(SOFFICE, ['--version']).status === 0,
  requiredBy: 'RDBLENS_REQUIRE_LIBREOFFICE',
  install: 'apt-get install libreoffice-calc',
}

/** Comma, double quote, UTF-8, from line 1. */
const TOKENS = '44,34,76,1'
const TEXT_COLUMN = 2
const GENERAL_COLUMN = 1
/** Excel and LibreOffice hold no more characters in a cell of a workbook. */
const CELL_CHARACTERS = 32_767

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-calc-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Cells of a CSV after LibreOffice has opened it, saved it as a workbook, and opened and saved that as CSV. */
async function throughCalc(name: string, text: string): Promise<string[][]> {
  await writeFile(join(folder, `${name}.csv`), text)
  const rows = parseCsv(text)
  // As a careful user would: columns of words as text, so that no name becomes a number or a date.
  const formats = rows[0]!
    .map((_, column) => {
      const isNumber = rows
        .slice(1)
        .every((row) => row[column] === '' || /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(row[column]!))
      return `${column + 1}/${isNumber ? GENERAL_COLUMN : TEXT_COLUMN}`
    })
    .join('/')
  const office = (...args: readonly string[]) =>
    run(SOFFICE, ['--headless', `-env:UserInstallation=${pathToFileURL(join(folder, 'profile'))}`, ...args])
  await office(
    `--infilter=CSV:${TOKENS},${formats},0,false,false,false`,
    ...['--convert-to', 'xlsx', '--outdir', folder, join(folder, `${name}.csv`)],
  )
  await office(
    '--convert-to',
    `csv:Text - txt - csv (StarCalc):${TOKENS},,0,false,false,false`,
    ...['--outdir', join(folder, 'back'), join(folder, `${name}.xlsx`)],
  )
  return parseCsv(await readFile(join(folder, 'back', `${name}.csv`), 'utf8'))
}

/** Numbers come back as they are shown there; words to the letter. */
function expectSameCells(cells: readonly (readonly string[])[], text: string): void {
  const rows = parseCsv(text)
  expect(cells).toHaveLength(rows.length)
  for (const [index, row] of rows.entries()) {
    for (const [column, cell] of row.entries()) {
      const back = cells[index]![column] ?? ''
      if (back === cell.slice(0, CELL_CHARACTERS)) continue
      expect(back.slice(0, 100), `row ${index}, column ${column}: ${cell.slice(0, 100)}`).toMatch(
        /^-?[\d.]+(E[+-]\d+)?$/,
      )
      expect(Number(back), `row ${index}, column ${column}: ${cell}`).toBeCloseTo(Number(cell), 9)
    }
  }
}

describeWith(LIBREOFFICE, 'CSV in LibreOffice', () => {
  it('is there', () => expect(LIBREOFFICE.isThere, `${SOFFICE} is required and missing`).toBe(true))

  it.each(['big_keys', 'patterns', 'groups', 'provenance'])(
    'shows the same cells in %s.csv',
    async (name) => {
      const file = csv.files!(hostileReport()).find((table) => table.name === `${name}.csv`)!
      const text = [...file.render()].join('')
      expectSameCells(await throughCalc(name, text), text)
    },
    180_000,
  )

  it('shows every key of rdblens keys, and each can be read back', async () => {
    const text = textOf(new KeyCsvWriter(WORDS), columnsOf(HOSTILE_KEYS.map((key) => ({ key }))))
    const cells = await throughCalc('keys', text)
    expectSameCells(cells, text)
    const keys = cells.slice(1).map((row) => Buffer.from(unescapeBytes(row[2]!)).toString('hex'))
    const whole = HOSTILE_KEYS.map((key) => Buffer.from(key)).map((key) => key.subarray(0, CELL_CHARACTERS))
    expect(keys).toEqual(whole.map((key) => key.toString('hex')))
  }, 180_000)
})
