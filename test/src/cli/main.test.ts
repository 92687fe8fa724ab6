import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

let folder = ''
const path = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rdblens-main-'))
  // 300,000 keys: more output than any pipe holds.
  const records = Array.from({ length: 300_000 }, (_, i) => `\x00\x0bkey:${String(i).padStart(7, '0')}\x05hello`)
  const text = `REDIS0011\xfe\x00${records.join('')}\xff\0\0\0\0\0\0\0\0`
  await writeFile(path('large.rdb'), Buffer.from(text, 'latin1'))
  await writeFile(path('cut.rdb'), Buffer.from(text.slice(0, 2000), 'latin1'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { cwd: ROOT })
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

async function ended(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout!.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr!.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, out, err }
}

describe('the program', () => {
  it('ends quietly when its reader has seen enough (| head)', async () => {
    const child = start('keys', path('large.rdb'))
    child.stdout!.once('data', () => child.stdout!.destroy())
    const { code, err } = await ended(child)
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })

  it('writes every row when its reader is slow', async () => {
    const child = start('keys', path('large.rdb'))
    child.stdout!.pause()
    setTimeout(() => child.stdout!.resume(), 500)
    const { code, out } = await ended(child)
    expect(code).toBe(0)
    expect(out.split('\n').length).toBe(300_002)
  })

  it('reads a dump from a pipe', async () => {
    const child = start('check', '-')
    createReadStream(path('large.rdb')).pipe(child.stdin!)
    const { code, out } = await ended(child)
    expect(code).toBe(0)
    expect(out).toContain('standard input')
    expect(out).toContain('300,000 keys')
  })

  it('reports the keys before a cut: results out, message on standard error, exit code 4', async () => {
    const { code, out, err } = await ended(start('keys', path('cut.rdb')))
    expect(code).toBe(4)
    expect(out.split('\n').length).toBeGreaterThan(100)
    expect(err).toMatch(/^rdblens: cut\.rdb is cut short/)
  })

  it('leaves no half-written file when it is interrupted', async () => {
    const child = start('keys', '-', '-o', path('never.csv'))
    // Standard input stays open: the program waits for more of the dump.
    child.stdin!.write('REDIS0011\xfe\x00')
    const end = ended(child)
    const deadline = Date.now() + 30_000
    while (!(await readdir(folder)).some((name) => name.endsWith('.tmp')) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    child.kill('SIGINT')
    expect((await end).code).toBe(130)
    expect((await readdir(folder)).sort()).toEqual(['cut.rdb', 'large.rdb'])
  })
})
