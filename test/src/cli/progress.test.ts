import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it, vi } from 'vitest'
import { Progress, progressText } from '../../../src/cli/progress.js'
import { FakeTerminal } from '../../helpers/terminal.js'

const PROGRESS = {
  name: 'dump.rdb',
  file: 0,
  files: 1,
  bytesRead: 612 * 2 ** 20,
  totalBytes: 1.4 * 2 ** 30,
  keys: 2_100_000,
}

describe('progressText', () => {
  it('says bytes, share, rate, keys and time left', () => {
    expect(progressText(PROGRESS, 1.5, 100)).toBe(
      'reading dump.rdb  612 MiB / 1.40 GiB  42 %  408 MiB/s  2.1 M keys  2.0 s left',
    )
  })

  it('leaves out what a pipe does not tell', () => {
    expect(progressText({ ...PROGRESS, totalBytes: null, keys: 17 }, 2, 100)).toBe(
      'reading dump.rdb  612 MiB  306 MiB/s  17 keys',
    )
  })

  it('leaves out the rate, then the keys, where there is no room for them', () => {
    expect(progressText(PROGRESS, 1.5, 75)).toBe('reading dump.rdb  612 MiB / 1.40 GiB  42 %  2.1 M keys  2.0 s left')
    expect(progressText(PROGRESS, 1.5, 60)).toBe('reading dump.rdb  612 MiB / 1.40 GiB  42 %  2.0 s left')
    for (let width = 62; width <= 100; width++) {
      const name = 'dump-of-tuesday.rdb'
      const text = progressText({ ...PROGRESS, name, keys: 114_003 }, 1.5, width)
      expect(text.length).toBeLessThanOrEqual(width)
      expect(text).toMatch(/ left$/)
    }
  })

  it('cuts a long name in the middle, and fits the width', () => {
    const name = `${'x'.repeat(200)}-shard-07.rdb`
    const text = progressText({ ...PROGRESS, name, file: 6, files: 12 }, 1.5, 90)
    expect(text.length).toBeLessThanOrEqual(90)
    expect(text).toContain('7.rdb (7 of 12)')
  })
})

describe('Progress', () => {
  it('appears on a terminal after half a second, and takes itself away', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000)
    const terminal = new FakeTerminal(80)
    const progress = new Progress(terminal, true)
    progress.update({ ...PROGRESS, bytesRead: 1 })
    expect(terminal.text).toBe('')
    clock.mockReturnValue(2000)
    progress.update(PROGRESS)
    await vi.dynamicImportSettled()
    progress.update(PROGRESS)
    expect(terminal.text).toContain('reading dump.rdb')
    progress.stop()
    clock.mockRestore()
  })

  it('appears, too, when it was put together with its packages, as the command is', async () => {
    const out = mkdtempSync(join(tmpdir(), 'rdblens-progress-'))
    try {
      await build({
        entryPoints: [fileURLToPath(new URL('../../../src/cli/progress.ts', import.meta.url))],
        outdir: out,
        outExtension: { '.js': '.mjs' },
        bundle: true,
        splitting: true,
        platform: 'node',
        format: 'esm',
        banner: {
          js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
        },
      })
      const file = pathToFileURL(join(out, 'progress.mjs')).href
      const { Progress: Bundled } = (await import(/* @vite-ignore */ file)) as {
        Progress: typeof Progress
      }
      const clock = vi.spyOn(performance, 'now').mockReturnValue(1000)
      const terminal = new FakeTerminal(80)
      const progress = new Bundled(terminal, true)
      clock.mockReturnValue(2000)
      progress.update(PROGRESS)
      // Until its package is loaded.
      for (let turn = 0; turn < 500 && terminal.text === ''; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        progress.update(PROGRESS)
      }
      expect(terminal.text).toContain('reading dump.rdb')
      progress.stop()
      clock.mockRestore()
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  })

  it.each([
    ['without a terminal', new FakeTerminal(), true],
    ['when it is not wanted', new FakeTerminal(80), false],
  ])('stays away %s', (_when, terminal, wanted) => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000)
    const progress = new Progress(terminal, wanted)
    clock.mockReturnValue(5000)
    progress.update(PROGRESS)
    progress.stop()
    clock.mockRestore()
    expect(terminal.text).toBe('')
  })
})
