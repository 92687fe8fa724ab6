import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IgnoreAll, type RdbKey, type RdbString } from '../../../parsers/index.js'
import { expandInputs } from '../../../src/io/inputs.js'
import { type DumpRead, type ReadDumpOptions, readDump } from '../../../src/io/read-dump.js'
import { memorySource, openSource } from '../../../src/io/source.js'

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))

/** Two keys in database 0, RDB 11, checksum switched off (zeros). */
const RDB = 'REDIS0011\xfe\x00\x00\x03one\x015\x00\x03two\x05hello\xff\0\0\0\0\0\0\0\0'
const COMMANDS = '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$3\r\none\r\n'
const MARK = '0123456789abcdef0123456789abcdef01234567'

class Names extends IgnoreAll {
  readonly seen: string[] = []

  override key(key: RdbKey): boolean {
    this.seen.push(textOf(key.key))
    return true
  }

  override string(value: RdbString): void {
    this.seen.push(textOf(value))
  }
}

function textOf(string: RdbString): string {
  return String.fromCharCode(...string.view())
}

async function read(
  text: string | Uint8Array,
  options: ReadDumpOptions = {},
): Promise<DumpRead & { readonly seen: readonly string[] }> {
  const visitor = new Names()
  const source = memorySource(typeof text === 'string' ? bytes(text) : text, 'x.rdb')
  return { ...(await readDump(source, visitor, options)), seen: visitor.seen }
}

const SEEN = ['one', '5', 'two', 'hello']

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rdblens-read-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('readDump', () => {
  it.each([1, 7, 4096, undefined])('reads an RDB in pieces of %s bytes', async (pushBytes) => {
    expect(await read(RDB, { pushBytes })).toMatchObject({
      kind: 'rdb',
      rdbStart: 0,
      rdbBytes: RDB.length,
      inputBytes: RDB.length,
      trailing: null,
      error: null,
      notes: [],
      seen: SEEN,
    })
  })

  it.each([1, 7, undefined])('counts the commands of an append-only file, in pieces of %s bytes', async (pushBytes) => {
    const found = await read(`${RDB}#TS:1700000000\r\n${COMMANDS}`, { pushBytes })
    expect(found).toMatchObject({ kind: 'aof', rdbBytes: RDB.length, error: null, seen: SEEN })
    expect(found.trailing).toMatchObject({ what: 'commands', commands: 2, truncated: false, damage: null })
  })

  it.each([
    ['\0\0\0', 'zeros'],
    [RDB, 'another-rdb'],
    ['garbage', 'unknown'],
    [COMMANDS.slice(0, -3), 'commands'],
  ])('says what %j behind the end is', async (tail, what) => {
    const found = await read(RDB + tail)
    expect(found).toMatchObject({ error: null, seen: SEEN, trailing: { what, bytes: tail.length } })
  })

  it.each([1, 7, undefined])('reads a replication stream from disk in pieces of %s bytes', async (pushBytes) => {
    const handshake = `\n\n+FULLRESYNC ${MARK} 17\r\n$${RDB.length}\r\n`
    const found = await read(handshake + RDB + COMMANDS, { pushBytes })
    expect(found).toMatchObject({ kind: 'replication', rdbStart: handshake.length, rdbBytes: RDB.length, seen: SEEN })
    expect(found).toMatchObject({ error: null, notes: [], trailing: { commands: 2 } })
  })

  it.each([1, 7, undefined])('reads a diskless replication stream in pieces of %s bytes', async (pushBytes) => {
    const found = await read(`$EOF:${MARK}\r\n${RDB}${MARK}${COMMANDS}`, { pushBytes })
    expect(found).toMatchObject({ kind: 'replication', seen: SEEN, error: null, notes: [], trailing: { commands: 2 } })
  })

  it('remarks on a mark that is wrong or missing, and on a length that is', async () => {
    const head = `$EOF:${MARK}\r\n${RDB}`
    expect((await read(`${head}${MARK.slice(0, 20)}`)).notes.join()).toContain('mark behind the RDB is missing')
    expect((await read(`${head}${'x'.repeat(40)}`)).notes.join()).toContain('not the mark that the master announced')
    const longer = await read(`$${RDB.length + 3}\r\n${RDB}\0\0\0${COMMANDS}`)
    expect(longer.notes.join()).toContain(`announced ${RDB.length + 3} bytes, the RDB ends after ${RDB.length}`)
    expect(longer.trailing).toMatchObject({ commands: 2 })
  })

  it('never reads past the length that was announced', async () => {
    const found = await read(`$${RDB.length - 4}\r\n${RDB}`)
    expect(found.error).toMatchObject({ code: 'truncated' })
    expect(found.seen).toEqual(SEEN)
  })

  it('takes gzip off', async () => {
    const zipped = gzipSync(bytes(RDB))
    const found = await read(zipped)
    expect(found).toMatchObject({ compression: 'gzip', inputBytes: zipped.length, rdbBytes: RDB.length, seen: SEEN })
  })

  it('keeps what was read when gzip data is cut', async () => {
    const values = Array.from({ length: 20_000 }, (_, i) =>
      `\x00\x05${String(i).padStart(5, '0')}\x03${Math.imul(i, 2654435761) >>> 24}`.padEnd(11, '7').slice(0, 11),
    )
    const zipped = gzipSync(bytes(`REDIS0011\xfe\x00${values.join('')}\xff\0\0\0\0\0\0\0\0`))
    const found = await read(zipped.subarray(0, zipped.length - 100))
    expect(found.error).toMatchObject({ name: 'InputError', code: 'damaged-compression' })
    expect(found.seen.length).toBeGreaterThan(1000)
  })

  it('gives what came before a cut, wherever it is', async () => {
    for (let size = 1; size < RDB.length; size++) {
      const found = await read(RDB.slice(0, size))
      expect(found.error).toMatchObject({ name: 'RdbError', code: 'truncated' })
      expect(found.rdbBytes).toBe(size)
      expect(SEEN.slice(0, found.seen.length)).toEqual(found.seen)
    }
  })

  it.each([
    ['', 'empty', /x\.rdb is empty/],
    ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'not-a-dump', /x\.rdb is a PNG picture/],
    ['7z\xbc\xaf\x27\x1c\0\x04abcdefgh', 'compressed', /x\.rdb is compressed with 7-Zip/],
    ['\x28\xb5\x2f\xfd\x04\x00abcdefgh', 'damaged-compression', /Zstandard data of x\.rdb is damaged/],
    ['REDIS00x1aaaaaaa', 'not-a-dump', /header "REDIS00x1"/],
    [COMMANDS, 'not-a-dump', /append-only file of commands/],
    ['+PONG\r\n', 'replication', /replication stream without a dump: it ends before/],
    ['+CONTINUE\r\n', 'replication', /continued an earlier sync/],
    ['file a.base.rdb seq 1 type b\n', 'manifest', /is the manifest/],
  ])('throws for what is no dump: %j', async (text, code, message) => {
    const error: unknown = await read(text).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'InputError', code, message: expect.stringMatching(message) })
    expect(error).toHaveProperty('advice', expect.stringMatching(/\S/))
  })

  it('names the wrapping when what is inside gzip is no dump', async () => {
    await expect(read(gzipSync('hello world'))).rejects.toMatchObject({
      message: 'x.rdb is text ("hello world"), not a Redis dump (inside the gzip data)',
    })
  })

  it('reads a DUMP payload, with or without the newline of redis-cli --raw', async () => {
    // rdb-format.md: "hello", RDB 10, with its checksum.
    const payload = '\x00\x05hello\x0a\x00\x63\x72\xdf\x76\x65\x34\x20\x0a'
    for (const text of [payload, `${payload}\n`]) {
      const found = await read(text, { dumpPayload: 'greeting' })
      expect(found).toMatchObject({ kind: 'dump-payload', error: null, seen: ['greeting', 'hello'] })
    }
    await expect(read('', { dumpPayload: 'x' })).rejects.toMatchObject({ code: 'empty' })
    await expect(read('short', { dumpPayload: 'x' })).rejects.toMatchObject({ code: 'not-a-dump' })
  })

  it('waits for the visitor between pieces', async () => {
    let waiting = 0
    await read(RDB, {
      pushBytes: 4,
      afterPush: async () => {
        waiting++
        expect(waiting).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        waiting--
      },
    })
  })

  it('tells how far it is, and stops when asked to', async () => {
    const calls: (readonly [number, number | null])[] = []
    await read(RDB, { onProgress: (...progress) => calls.push(progress) })
    expect(calls.at(-1)).toEqual([RDB.length, RDB.length])
    const controller = new AbortController()
    const found = await read(RDB, { pushBytes: 18, signal: controller.signal, afterPush: () => controller.abort() })
    expect(found).toMatchObject({ stopped: true, error: null, seen: ['one', '5'] })
  })

  it('counts the command files of a manifest', async () => {
    await writeFile(join(root, 'a.1.base.rdb'), bytes(RDB))
    await writeFile(join(root, 'a.1.incr.aof'), COMMANDS)
    const manifest = ['b a.1.base.rdb 1', 'i a.1.incr.aof 1', 'i a.2.incr.aof 2']
      .map((line) => line.split(' '))
      .map(([type, name, sequence]) => `file ${name} seq ${sequence} type ${type}\n`)
    await writeFile(join(root, 'a.manifest'), manifest.join(''))
    const [input] = await expandInputs([join(root, 'a.manifest')])
    const found = await readDump(await openSource(input!), new Names())
    expect(found).toMatchObject({ kind: 'aof', trailing: null })
    expect(found.increments).toMatchObject([
      { name: 'a.1.incr.aof', commands: 2, problem: null },
      { name: 'a.2.incr.aof', commands: 0, problem: expect.stringMatching(/does not exist/) },
    ])
  })
})
