import { PassThrough, Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { REPORTERS } from '../../../reports/index.js'
import { run } from '../../../src/cli/run.js'
import * as library from '../../../src/index.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

const APP = `${SAMPLES_FOLDER}/redis-7.4.1/app.rdb`

function collected(): { readonly stream: Writable; readonly text: () => string } {
  const pieces: Buffer[] = []
  const stream = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(Buffer.from(piece))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(pieces).toString('latin1') }
}

async function ran(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const stdin = new PassThrough()
  stdin.end()
  const stdout = collected()
  const stderr = collected()
  const code = await run(['simulate', ...args, '--format', 'resp'], {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {},
    version: '0',
    library: { ...library, reporters: REPORTERS },
  })
  return { code, out: stdout.text(), err: stderr.text().replace(/\s+/g, ' ') }
}

it('writes the rewritten data as commands', async () => {
  const { code, out, err } = await ran(APP, '--technique', 'bitmap-flags', '--match', 'feature:*')
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^\*2\r\n\$6\r\nSELECT\r\n\$1\r\n0\r\n\*4\r\n\$6\r\nSETBIT\r\n/)
})

it('writes settings first', async () => {
  const args = [
    '--technique',
    'raise-zset-limits',
    '--param',
    'raise-zset-limits.entries=500',
    '--match',
    'leaderboard:1*',
  ]
  const { out } = await ran(APP, ...args)
  expect(out).toMatch(/^\*4\r\n\$6\r\nCONFIG\r\n\$3\r\nSET\r\n\$\d+\r\nzset-max-listpack-entries\r\n\$3\r\n500\r\n/)
  expect(out).toContain('ZADD')
})

it.each([
  [[APP], 'name it with --technique ID'],
  [[APP, '--technique', 'bucket-strings,bitmap-flags'], '--sequence bucket-strings,bitmap-flags'],
  [[APP, '--sequence', 'bucket-strings,shorten-key-names'], 'write shorten-key-names before bucket-strings'],
  [[APP, '--technique', 'upgrade-server'], 'upgrade-server is advice'],
])('says what is missing: %j', async (args, message) => {
  const { code, out, err } = await ran(...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(message)
})

it('wants a file', async () => {
  const { code, err } = await ran('-', '--technique', 'bucket-strings')
  expect(code).toBe(3)
  expect(err).toContain('standard input can be read only once')
  expect(err).toContain('Save the dump to a file first.')
})
