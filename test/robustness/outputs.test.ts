import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dump } from '../helpers/dump.js'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'src/cli/main.ts')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-outputs-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { cwd: ROOT })
}

/** Many keys of a dump whose end never comes. */
function endless(): Uint8Array {
  const out = dump().select(0)
  for (let i = 0; i < 40_000; i++) out.type(0, `key:number:${i}`).string(`value ${i}`)
  return out.bytes()
}

async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly err: string }> {
  let err = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, err }
}

const filesIn = async (path: string): Promise<readonly string[]> => (await readdir(path)).sort()

// scripts/kill-outputs.ts does this for every kind of output, at random moments.
describe('in the middle of writing', () => {
  it.each([
    ['SIGKILL', ['keys', '-', '-o', 'out.csv'], /^$/, null],
    ['SIGKILL', ['keys', '-', '--csv-rows', '9000', '-o', 'out.csv'], /^$/, null],
    ['SIGTERM', ['export', '-', '-o', 'out.jsonl'], /^rdblens: stopped by SIGTERM; no unfinished file is left/, 143],
  ] as const)('%s of %j leaves nothing under the final name', async (signal, args, message, code) => {
    const place = await mkdtemp(join(folder, 'kill-'))
    const child = start(...args.map((word) => (word.startsWith('out.') ? join(place, word) : word)))
    child.stdin!.on('error', () => {})
    child.stdin!.write(endless())
    const end = ended(child)
    const deadline = Date.now() + 20_000
    while (!(await filesIn(place)).some((name) => name.endsWith('.tmp')) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill(signal)
    const found = await end
    expect(found.code).toBe(code)
    expect(found.err).toMatch(message)
    const left = await filesIn(place)
    expect(left.filter((name) => signal !== 'SIGKILL' || !name.endsWith('.tmp'))).toEqual([])
  })
})

describe('an output that cannot be written', () => {
  it.runIf(existsSync('/dev/full'))('is said: a full disk', async () => {
    await writeFile(join(folder, 'small.rdb'), dump().type(0, 'k').string('v').end())
    const { code, err } = await ended(start('keys', join(folder, 'small.rdb'), '-o', '/dev/full'))
    expect(code).toBe(3)
    expect(err).toMatch(/\/dev\/full cannot be written: no space left on the device/)
  })

  it('is said: a path through a file', async () => {
    await writeFile(join(folder, 'small.rdb'), dump().type(0, 'k').string('v').end())
    const { code, err } = await ended(start('keys', join(folder, 'small.rdb'), '-o', join(folder, 'small.rdb/x.csv')))
    expect(code).toBe(3)
    expect(err.replaceAll(/\s+/g, ' ')).toMatch(/cannot be written: a part of its path is a file/)
  })
})
