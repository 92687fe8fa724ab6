import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Reply, type ReplyError, RespClient, type Word } from '../../src/prove/resp-client.js'
import { describeWith, type Program } from './programs.js'

const START_DEADLINE_MS = 10_000

const REDIS: Program = {
  title: 'redis-server',
  isThere: spawnSync('redis-server', ['--version']).status === 0,
  requiredBy: 'RDBLENS_REQUIRE_REDIS',
  install: 'apt-get install redis-server',
}

/** Tests that need a real `redis-server`. */
export function describeWithRedis(name: string, tests: () => void): void {
  describeWith(REDIS, name, tests)
}

/** A scratch server in a folder of its own, reachable by a Unix socket only. `stop()` removes both. */
export class RedisServer {
  readonly #process: ChildProcess
  readonly #client: RespClient

  private constructor(
    /** Where the server keeps its dump. */
    readonly folder: string,
    readonly socketPath: string,
    process: ChildProcess,
    client: RespClient,
  ) {
    this.#process = process
    this.#client = client
  }

  /**
   * Starts a server and waits until it answers, a dump in its folder being loaded by then.
   * @param config lines of redis.conf, e.g. `{ 'hash-max-listpack-entries': 512 }`
   * @param prepare called with the folder before the start, to put a dump.rdb there
   */
  static async start(
    config: Readonly<Record<string, string | number>> = {},
    prepare: (folder: string) => void = () => {},
  ): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'rdblens-redis-'))
    try {
      prepare(folder)
      const socketPath = join(folder, 'redis.sock')
      const options = { dir: folder, port: 0, unixsocket: socketPath, logfile: 'redis.log', save: '', ...config }
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
      const child = spawn('redis-server', args, { stdio: 'ignore' })
      const failed = new Promise<never>((_, reject) => {
        child.once('error', reject)
        child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${logOf(folder)}`)))
      })
      failed.catch(() => {})
      try {
        const client = await Promise.race([ready(socketPath), failed])
        return new RedisServer(folder, socketPath, child, client)
      } catch (error) {
        child.kill('SIGKILL')
        throw error
      }
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Sends one command; rejects when the server answers with an error. */
  call(...words: readonly Word[]): Promise<Exclude<Reply, ReplyError>> {
    return this.#client.call(...words)
  }

  /** Sends many commands at once; errors come back in the list. */
  pipeline(commands: readonly (readonly Word[])[]): Promise<Reply[]> {
    return this.#client.all(commands)
  }

  /** Writes the dump and returns its path. */
  async save(): Promise<string> {
    await this.call('SAVE')
    return join(this.folder, 'dump.rdb')
  }

  async stop(): Promise<void> {
    this.#client.close()
    if (this.#process.exitCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve))
      this.#process.kill('SIGKILL')
      await ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Runs `use` with a scratch server that is gone afterwards, whatever happens. */
export async function withRedis<T>(
  use: (server: RedisServer) => Promise<T>,
  config: Readonly<Record<string, string | number>> = {},
  prepare?: (folder: string) => void,
): Promise<T> {
  const server = await RedisServer.start(config, prepare)
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

async function ready(socketPath: string): Promise<RespClient> {
  const deadline = Date.now() + START_DEADLINE_MS
  let last: unknown
  while (Date.now() < deadline) {
    let client: RespClient | null = null
    try {
      client = await RespClient.connect(socketPath)
      // Refused while the dump is still being loaded.
      await client.call('PING')
      return client
    } catch (error) {
      last = error
      client?.close()
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`redis-server did not answer within ${START_DEADLINE_MS} ms: ${last}`)
}

function logOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'redis.log'), 'utf8').trim().split('\n').slice(-3).join(' | ')
  } catch {
    return 'it left no log'
  }
}
