import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expandInputs } from '../../../src/io/inputs.js'

let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rdblens-inputs-'))
  for (const folder of [
    'shards',
    'aof/appendonlydir',
    'both/appendonlydir',
    'old',
    'nothing',
    'deep/a/b',
    'busy',
    'bad',
  ]) {
    await mkdir(join(root, folder), { recursive: true })
  }
  const files = [
    'shards/shard-10.rdb',
    'shards/shard-2.rdb',
    'shards/shard-1.rdb.gz',
    'shards/notes.txt',
    'shards/temp-123.rdb',
    'shards/snap-0000.dfs',
    'aof/appendonlydir/x.aof.2.base.rdb',
    'aof/appendonlydir/x.aof.1.base.rdb',
    'aof/appendonlydir/x.aof.2.incr.aof',
    'both/dump.rdb',
    'both/appendonlydir/x.aof.1.base.rdb',
    'old/appendonly.aof',
    'deep/a/dump.rdb',
    'deep/a/b/dump.rdb',
    'busy/temp-77.rdb',
  ]
  for (const file of files) await writeFile(join(root, file), 'REDIS')
  await writeFile(
    join(root, 'aof/appendonlydir/x.aof.manifest'),
    'file x.aof.2.base.rdb seq 2 type b\nfile x.aof.1.base.rdb seq 1 type h\nfile x.aof.2.incr.aof seq 2 type i\n',
  )
  await writeFile(join(root, 'bad/no-base.manifest'), 'file x.aof.1.incr.aof seq 1 type i\n')
  await writeFile(join(root, 'bad/text.manifest'), 'hello\n')
  await symlink('..', join(root, 'deep/a/loop'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

const names = async (...paths: string[]) =>
  (await expandInputs(paths.map((path) => join(root, path)))).map((file) => file.name)

describe('expandInputs', () => {
  it('keeps files and standard input as they are', async () => {
    expect(await expandInputs(['-'])).toEqual([{ path: '-', name: 'standard input', increments: [], notes: [] }])
    expect(await names('shards/shard-2.rdb', 'shards/shard-10.rdb')).toEqual(['shard-2.rdb', 'shard-10.rdb'])
  })

  it('lists the dumps of a directory in counting order and leaves out what BGSAVE is writing', async () => {
    const files = await expandInputs([join(root, 'shards')])
    expect(files.map((file) => file.name)).toEqual(['shard-1.rdb.gz', 'shard-2.rdb', 'shard-10.rdb', 'snap-0000.dfs'])
    expect(files[0]!.notes.join()).toContain('temp-123.rdb (being written by BGSAVE)')
  })

  it('follows the manifest of an appendonlydir', async () => {
    for (const path of ['aof', 'aof/appendonlydir', 'aof/appendonlydir/x.aof.manifest']) {
      const [file, ...others] = await expandInputs([join(root, path)])
      expect(others).toEqual([])
      expect(file).toMatchObject({
        path: join(root, 'aof/appendonlydir/x.aof.2.base.rdb'),
        increments: [join(root, 'aof/appendonlydir/x.aof.2.incr.aof')],
      })
    }
  })

  it('does not count the same data twice when a directory has a dump and an append-only file', async () => {
    const files = await expandInputs([join(root, 'both')])
    expect(files.map((file) => file.name)).toEqual(['dump.rdb'])
    expect(files[0]!.notes.join()).toContain('appendonlydir/ (the same data')
  })

  it('finds a single-file append-only file where there is nothing else', async () => {
    expect(await names('old')).toEqual(['appendonly.aof'])
  })

  it('expands globs itself, in quotes or where the shell does not', async () => {
    expect(await names('shards/shard-?.rdb')).toEqual(['shard-2.rdb'])
    expect(await names('shards/shard-[12]*.rdb')).toEqual(['shard-2.rdb', 'shard-10.rdb'])
    expect(await names('de*/**/*.rdb')).toEqual([join(root, 'deep/a/b/dump.rdb'), join(root, 'deep/a/dump.rdb')])
  })

  it('passes over directories without dumps when a glob fits them, and says where dumps are below', async () => {
    const files = await expandInputs([join(root, '[no]*/')])
    expect(files.map((file) => file.path)).toEqual([join(root, 'old/appendonly.aof')])
    const error = await names('deep').catch((thrown: unknown) => thrown)
    expect(error).toHaveProperty('advice', expect.stringContaining(`such as ${join(root, 'deep/a')}`))
  })

  it('reads a dump named twice once', async () => {
    expect(await names('shards/shard-2.rdb', 'shards/shard-*.rdb')).toEqual(['shard-2.rdb', 'shard-10.rdb'])
  })

  it.each([
    ['missing.rdb', 'missing', /missing\.rdb does not exist/],
    ['shards/nothing-*.rdb', 'no-match', /nothing matches .*nothing-\*\.rdb/],
    ['nothing', 'no-dumps', /nothing is a directory without dumps$/],
    ['busy', 'no-dumps', /without dumps \(only temp-77\.rdb, which BGSAVE is still writing\)/],
    ['bad/no-base.manifest', 'manifest', /names no base file/],
    ['bad/text.manifest', 'manifest', /is not a manifest .* line 1/],
  ])('%s: says what is wrong and what to do', async (path, code, message) => {
    const error = await names(path).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'InputError', code, message: expect.stringMatching(message) })
    expect(error).toHaveProperty('advice', expect.stringMatching(/\S/))
  })
})
