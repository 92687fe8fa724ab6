import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnalysisReport } from '../../reports/report.js'

const ROOT = join(import.meta.dirname, '../..')
const MIB = 2 ** 20
const KEYS = 1_500_000
const folder = mkdtempSync(join(tmpdir(), 'rdblens-memory-'))
/** Inside the package, so that it finds its libraries. */
const program = join(ROOT, `dist/memory-test-${process.pid}`)
const dump = join(folder, 'patterns.rdb')
const hook = join(folder, 'hook.cjs')

/** Names of letters and a colon, of which no two have the same pattern. */
function letters(value: number): string {
  let out = ''
  for (let left = value + 1, i = 0; left > 0; left = Math.floor(left / 26), i++) {
    out += (i === 3 ? ':' : '') + String.fromCharCode(97 + (left % 26))
  }
  return out
}

beforeAll(() => {
  const bytes = Buffer.alloc(KEYS * 16)
  let used = bytes.write('REDIS0011\xfe\x00', 0, 'latin1')
  for (let i = 0; i < KEYS; i++) {
    const name = letters(i * 7919)
    used += bytes.write(`\x00${String.fromCharCode(name.length)}${name}\x01v`, used, 'latin1')
  }
  used += bytes.write('\xff\0\0\0\0\0\0\0\0', used, 'latin1')
  writeFileSync(dump, bytes.subarray(0, used))
  writeFileSync(
    hook,
    `const { isMainThread } = require('node:worker_threads')
    if (isMainThread) process.on('exit', () => require('node:fs').writeSync(2, 'RSS ' + process.resourceUsage().maxRSS + '\\n'))`,
  )
  const pipeline = join(ROOT, 'src/pipeline')
  const workers = readdirSync(pipeline).filter((name) => name.endsWith('-worker.ts') && name !== 'start-worker.ts')
  buildSync({
    entryPoints: [join(ROOT, 'src/cli/main.ts'), ...workers.map((name) => join(pipeline, name))],
    outdir: program,
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
})

afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(program, { recursive: true, force: true })
})

function analyze(...options: readonly string[]): { readonly peakBytes: number; readonly report: AnalysisReport } {
  const out = join(folder, 'report.json')
  const args = ['-r', hook, join(program, 'main.js'), 'analyze', dump, '--format', 'json', '-o', out, ...options]
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 })
  expect(stderr).toMatch(/RSS \d+/)
  expect(status, stderr).toBe(0)
  const report = JSON.parse(readFileSync(out, 'utf8')) as AnalysisReport
  return { peakBytes: Number(/RSS (\d+)/.exec(stderr)![1]) * 1024, report }
}

describe('--max-memory', { timeout: 120_000 }, () => {
  it.each([
    [150, '1'],
    [250, '2'],
  ])(
    'patterns without end: RSS stays under %i MB with %s threads, and the report says what was bounded',
    (size, threads) => {
      const { peakBytes, report } = analyze('--max-memory', `${size}MB`, '--threads', threads, '--no-savings')
      expect(peakBytes).toBeLessThan(size * MIB)
      expect(report.totals.keys).toBe(KEYS)
      expect(report.memory?.limitBytes).toBe(size * MIB)
      const reached = report.memory?.bounds.filter((bound) => bound.reached).map(({ id }) => id)
      expect(reached).toContain('patterns')
      expect(reached).toContain('sampled-values')
    },
  )

  it('savings are left out where there is no room for them, and the report says so', () => {
    const { peakBytes, report } = analyze('--max-memory', '140MB', '--threads', '1')
    expect(peakBytes).toBeLessThan(140 * MIB)
    expect(report.savings).toBeUndefined()
    expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'savings' }))
  })
})
