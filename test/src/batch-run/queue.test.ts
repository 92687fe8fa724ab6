import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { layoutOf, loadConfig, readHistory, runNightly, ShardQueue } from '../../../src/batch-run/index.js'
import { fleetConfig, writeFleetNight } from '../../helpers/fleet.js'
import { describeWithRedis, withRedis } from '../../helpers/redis-server.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const TSX = join(ROOT, 'node_modules/tsx/dist/esm/index.mjs')
const MAIN = join(ROOT, 'src/cli/main.ts')

/** The first to run it hangs, having said who started it; all others give the dump. */
const FETCH = `
if mkdir held 2>/dev/null; then
  echo "$PPID $$" > held/tmp && mv held/tmp held/by
  exec sleep 60
fi
cat dumps/shop-1.rdb
`

describeWithRedis('nightly on a queue', () => {
  const left: ChildProcess[] = []
  const folders: string[] = []
  afterEach(() => {
    for (const child of left.splice(0)) child.kill('SIGKILL')
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  function command(folder: string, ...args: string[]): { child: ChildProcess; said: () => string } {
    const child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], { cwd: folder })
    left.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
    }
    return { child, said: () => said }
  }

  function fleet(): string {
    const folder = mkdtempSync(join(tmpdir(), 'rdblens-queue-'))
    folders.push(folder)
    writeFleetNight(join(folder, 'dumps'), 0, { keys: 40, isLast: true })
    writeFileSync(join(folder, 'fetch.sh'), FETCH)
    const command = '{command: [sh, fetch.sh], name: shop-1}'
    const config = fleetConfig('threads: 1\n', 'json, md, keys, profile').replace(
      'dumps/shop-*.rdb',
      `${command}, "dumps/shop-[2-4].rdb"`,
    )
    writeFileSync(join(folder, 'rdblens.config.yaml'), config)
    return folder
  }

  it('three workers, one killed in the middle: every dump once, the same bytes as without a queue', async () => {
    await withRedis(async (server) => {
      const folder = fleet()
      const out = join(folder, 'out')
      const url = `unix://${server.socketPath}`
      const worker = ['worker', '--queue', url, '--lock', '3s', '--allow-commands']
      const workers = [1, 2, 3].map(() => command(folder, ...worker))
      const night = command(folder, 'nightly', '--queue', url)
      const ended = new Promise<number | null>((resolve) => night.child.once('close', resolve))

      const everybody = (): string => [night, ...workers].map(({ said }) => said()).join('\n---\n')
      await until(() => existsSync(join(folder, 'held/by')), everybody)
      const [workerPid, sleepPid] = readFileSync(join(folder, 'held/by'), 'utf8').trim().split(' ').map(Number)
      const victim = workers.find(({ child }) => child.pid === workerPid)!
      expect(victim.said()).toContain('shop/shop-1: begun')
      victim.child.kill('SIGKILL')
      process.kill(sleepPid!, 'SIGKILL')
      expect(await ended, everybody()).toBe(4)

      // On a machine that is busy elsewhere, another worker may have been taken for lost, too: then a dump is read twice.
      const done = workers.flatMap(({ said }) =>
        [...said().matchAll(/^(\S+): (?:ok|damaged), .* keys/gm)].map((match) => match[1]!),
      )
      const names = ['shop', 'media', 'ledger'].flatMap((dataset) =>
        [1, 2, 3, 4].map((n) => `${dataset}/${dataset}-${n}`),
      )
      expect([...new Set(done)].sort(), everybody()).toEqual(names.sort())
      expect(victim.said()).not.toMatch(/shop-1: ok/)

      // The same night in the same folder, without a queue.
      const inQueued = stateOf(out)
      renameSync(out, join(folder, 'out-queued'))
      const alone = command(folder, 'nightly', '--quiet')
      await new Promise((resolve) => alone.child.once('close', resolve))
      const inLocal = stateOf(out)
      expect(Object.keys(inQueued)).toEqual(Object.keys(inLocal))
      expect(Object.keys(inLocal).length).toBeGreaterThan(15)
      expect(Object.keys(inLocal).filter((name) => inLocal[name] !== inQueued[name])).toEqual([])
      const shards = await readHistory(layoutOf(join(folder, 'out-queued')).history, (history) =>
        history.datasets().map(({ date, dataset }) => `${date} ${dataset}`),
      )
      expect(new Set(shards).size).toBe(3)
      expect(shards.length).toBe(3)
      // Nothing is left on the queue, nor of the worker that was killed.
      expect(Number(await server.call('ZCARD', 'bull:rdblens:completed'))).toBe(0)
      expect(Number(await server.call('ZCARD', 'bull:rdblens:failed'))).toBe(0)
      expect(readdirSync(layoutOf(join(folder, 'out-queued')).shards, { recursive: true }).join()).not.toContain(
        'worker-',
      )
    })
  })

  it('says what no worker could do, and goes on with the others', async () => {
    await withRedis(async (server) => {
      const folder = fleet()
      writeFileSync(join(folder, 'held'), '')
      const url = `unix://${server.socketPath}`
      const { said } = command(folder, 'worker', '--queue', url)
      const queue = await ShardQueue.open(url, () => {})
      const config = await loadConfig(join(folder, 'rdblens.config.yaml'))
      const result = await runNightly(config, {
        todayMs: 0,
        analyze: (job, tell, id) => queue.analyze(job, tell, id),
      }).finally(() => queue.close())
      const shards = result.report.datasets.flatMap((dataset) => dataset.shards)
      expect(
        shards.filter(({ status }) => status === 'unreadable').map(({ problem }) => problem),
        said(),
      ).toEqual([
        expect.stringMatching(
          /^no worker could read sh fetch\.sh: the worker on .* runs no commands: .*--allow-commands/,
        ),
      ])
      expect(shards.length).toBe(12)
    })
  })

  it('takes no cache for a job server, and hides passwords', async () => {
    await withRedis(
      async (server) => {
        const open = (url: string) => ShardQueue.open(url, () => {})
        await expect(open(`unix://${server.socketPath}`)).rejects.toThrow(/allkeys-lru\): it looks like a cache/)
        const unreachable = await open('redis://me:secret@127.0.0.1:1/2').catch((error: Error) => error.message)
        expect(unreachable).toMatch(/^redis:\/\/127\.0\.0\.1:1\/2 cannot be used: .*ECONNREFUSED/)
        await expect(open('jobs:6379')).rejects.toThrow(/is not one/)
      },
      { 'maxmemory-policy': 'allkeys-lru' },
    )
  })
})

async function until(isSo: () => boolean, say: () => string): Promise<void> {
  const deadline = Date.now() + 45_000
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`it never came to be so: ${say()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Everything that people and programs look at; the history is compared through what is made from it. */
function stateOf(out: string): Readonly<Record<string, string>> {
  const names = readdirSync(out, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('.rdblens') && !path.endsWith('.sqlite'))
  return Object.fromEntries(names.sort().map((path) => [path.slice(out.length), readFileSync(path, 'base64')]))
}
