import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeWithRedis } from '../../helpers/redis-server.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

const MAIN = join(SAMPLES_FOLDER, '../src/cli/main.ts')

/** Processes that have the text in their command line; null where the system does not tell (no /proc). */
function processesWith(text: string): number[] | null {
  if (!existsSync('/proc/self/cmdline')) return null
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        return line.includes(text) && line.includes('redis-server')
      } catch {
        return false
      }
    })
    .map(Number)
}

describeWithRedis('prove that is stopped', () => {
  it.each([
    ['SIGINT', 'carrying out', 130],
    ['SIGTERM', 'asking an empty', 143],
  ] as const)(
    'leaves no server and no folder behind after %s while %s',
    { timeout: 30_000 },
    async (signal, step, code) => {
      const tmp = mkdtempSync(join(tmpdir(), 'rdblens-stop-'))
      try {
        const dump = join(SAMPLES_FOLDER, 'redis-7.0.15-debian/default.rdb')
        const child = spawn(
          process.execPath,
          ['--import', 'tsx', MAIN, 'prove', dump, '--tmp', tmp, '--technique', 'raise-zset-limits'],
          {
            stdio: ['ignore', 'ignore', 'pipe'],
          },
        )
        let said = ''
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
        const ended = once(child, 'exit')
        while (!said.includes(step) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20))
        expect(said).toContain(step)
        await until(() => processesWith(tmp)?.length !== 0)
        child.kill(signal)
        expect(await ended).toEqual([code, null])
        await until(() => processesWith(tmp)?.length !== 1)
        expect(processesWith(tmp) ?? []).toEqual([])
        expect(readdirSync(tmp)).toEqual([])
      } finally {
        rmSync(tmp, { recursive: true, force: true })
      }
    },
  )
})

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 20))
}
