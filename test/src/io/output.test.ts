import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClosedPipe, fileOutput, removeUnfinishedFiles, streamOutput, writeAll } from '../../../src/io/output.js'

let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rdblens-output-'))
  await mkdir(join(root, 'folder'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

function* lines(count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield `line ${i}\n`
}

describe('fileOutput', () => {
  it('shows the file only when it is whole', async () => {
    const path = join(root, 'rows.csv')
    const output = await fileOutput(path)
    for (const line of lines(20_000)) await output.write(line)
    expect(await readdir(root)).not.toContain('rows.csv')
    await output.close()
    expect(await readFile(path, 'utf8')).toBe([...lines(20_000)].join(''))
    expect((await readdir(root)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('keeps the old file when writing fails', async () => {
    const path = join(root, 'kept.txt')
    await writeFile(path, 'old')
    const failing = (function* () {
      yield 'new'
      throw new Error('no')
    })()
    await expect(writeAll(await fileOutput(path), failing)).rejects.toThrow('no')
    expect(await readFile(path, 'utf8')).toBe('old')
    expect((await readdir(root)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('writes through a symbolic link', async () => {
    await writeFile(join(root, 'target.txt'), 'old')
    await symlink('target.txt', join(root, 'link.txt'))
    await writeAll(await fileOutput(join(root, 'link.txt')), ['new'])
    expect(await readFile(join(root, 'target.txt'), 'utf8')).toBe('new')
  })

  it('takes bytes and text in turn', async () => {
    await writeAll(await fileOutput(join(root, 'bytes')), [Uint8Array.of(0x61, 0xff), 'b', Uint8Array.of(0x63)])
    expect(await readFile(join(root, 'bytes'), 'latin1')).toBe('a\xffbc')
  })

  it('writes large pieces and small ones in their order, also when nobody waits long', async () => {
    const pieces = Array.from({ length: 300 }, (_, i) => Buffer.alloc(i % 7 === 0 ? 100_000 : i % 5, i))
    await writeAll(await fileOutput(join(root, 'order')), pieces)
    expect((await readFile(join(root, 'order'))).equals(Buffer.concat(pieces))).toBe(true)
  })

  it.runIf(process.platform === 'linux')('says at one of the next pieces that there is no room', async () => {
    const output = await fileOutput('/dev/full')
    const writing = (async () => {
      for (let i = 0; i < 10; i++) await output.write(Buffer.alloc(300_000))
    })()
    await expect(writing).rejects.toMatchObject({ code: 'output', message: expect.stringMatching(/no space|full/) })
    await output.abort()
  })

  it('removes what was begun when the program must leave', async () => {
    const output = await fileOutput(join(root, 'interrupted'))
    removeUnfinishedFiles()
    await output.abort()
    expect((await readdir(root)).filter((name) => name.includes('interrupted'))).toEqual([])
  })

  it.each([
    ['no/such/folder.txt', /its folder does not exist/],
    ['folder', /is a directory/],
  ])('%s cannot be written', async (path, message) => {
    await expect(fileOutput(join(root, path))).rejects.toMatchObject({
      code: 'output',
      message: expect.stringMatching(message),
    })
  })
})

describe('streamOutput', () => {
  it('waits for a slow reader', async () => {
    let pending = 0
    let largest = 0
    const received: string[] = []
    const slow = new Writable({
      highWaterMark: 1000,
      write(chunk: Buffer, _encoding, done) {
        received.push(chunk.toString())
        setImmediate(() => {
          pending -= chunk.length
          done()
        })
      },
    })
    const output = streamOutput(slow)
    for (const line of lines(1000)) {
      pending += line.length
      largest = Math.max(largest, pending)
      await output.write(line)
    }
    await output.close()
    expect(received.join('')).toBe([...lines(1000)].join(''))
    expect(largest).toBeLessThan(2000)
  })

  it('says when the reader is gone', async () => {
    const gone = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    await expect(writeAll(streamOutput(gone), lines(10))).rejects.toBeInstanceOf(ClosedPipe)
  })
})
