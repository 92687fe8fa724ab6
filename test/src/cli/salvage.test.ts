import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPORTERS } from '../../../reports/index.js'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { dump } from '../../helpers/dump.js'
import { FakeTerminal } from '../../helpers/terminal.js'

const KEYS = 400
let root = ''
let damaged = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rdblens-salvage-'))
  damaged = join(root, 'damaged.rdb')
  const out = dump().select(0).resize(KEYS, 0)
  for (let i = 0; i < KEYS; i++) {
    if (i === KEYS / 2) out.raw(new Uint8Array(70).fill(0x99))
    out.type(0, `user:${i}:name`).string(`value ${i}`)
  }
  const bytes = out.end()
  await writeFile(damaged, bytes)
  await writeFile(`${damaged}.gz`, gzipSync(bytes))
})

afterAll(() => rm(root, { recursive: true, force: true }))

async function rdblens(...args: readonly string[]) {
  const pieces: Buffer[] = []
  const stdout = new Writable({
    write(piece: Buffer, _encoding, done) {
      // Pieces are used again.
      pieces.push(Buffer.from(piece))
      done()
    },
  })
  const stderr = new FakeTerminal()
  const code = await run(args, {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: {},
    version: '0.0.0',
    library: { ...library, reporters: REPORTERS },
  })
  return { code, out: Buffer.concat(pieces).toString(), err: stderr.text.replaceAll(/\s+/g, ' ') }
}

describe('--salvage', () => {
  it.each([
    ['keys', (out: string) => out.trimEnd().split('\n').length - 1],
    ['export', (out: string) => out.trimEnd().split('\n').length],
    ['analyze --format json', (out: string) => JSON.parse(out).totals.keys as number],
    ['check --format json', (out: string) => [JSON.parse(out)].flat()[0].keys as number],
    ['simulate --format json', (out: string) => JSON.parse(out).before.keys as number],
  ])('%s gives all keys around the damage, and says so', async (command, keysOf) => {
    const [name = '', ...options] = command.split(' ')
    for (const path of [damaged, `${damaged}.gz`]) {
      const { code, out, err } = await rdblens(name, path, '--salvage', '--no-progress', ...options)
      expect(keysOf(out)).toBe(KEYS)
      expect(code).toBe(4)
      if (name === 'check') expect(out).toContain('70 bytes were passed over')
      else expect(err).toMatch(/is damaged: reading went on behind 1 place, 70 bytes were passed over/)
    }
  })

  it('explain finds a key behind the damage', async () => {
    expect((await rdblens('explain', damaged, 'user:399:name', '--no-progress')).code).not.toBe(0)
    const { code, out } = await rdblens('explain', damaged, 'user:399:name', '--salvage', '--no-progress')
    expect(code).toBe(0)
    expect(out).toContain('user:399:name')
  })

  it('is named where it would help', async () => {
    const { code, err } = await rdblens('keys', damaged, '--no-progress')
    expect(code).toBe(4)
    expect(err).toContain('With --salvage, reading goes on')
  })
})
