import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWith, type Program } from './programs.js'

/** An answer of the server: null, integer, bytes, list, or the error it sent. */
export type Reply = null | number | Buffer | Reply[] | ReplyError
export type Argument = string | number | Uint8Array

export class ReplyError extends Error {
  override readonly name = 'ReplyError'
}

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
  async call(...args: Argument[]): Promise<Exclude<Reply, ReplyError>> {
    const reply = await this.#client.call(args)
    if (reply instanceof ReplyError) throw reply
    return reply
  }

  /** Sends many commands at once; errors come back in the list. */
  pipeline(commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    return Promise.all(commands.map((args) => this.#client.call(args)))
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
    try {
      const client = await RespClient.connect(socketPath)
      const reply = await client.call(['PING'])
      if (Buffer.isBuffer(reply)) return client
      last = reply // still loading
      client.close()
    } catch (error) {
      last = error
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

/** The client's half of the RESP protocol, version 2, with replies in order. */
class RespClient {
  readonly #socket: Socket
  readonly #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  #pending: Buffer[] = []
  #pendingBytes = 0
  /** Bytes needed before another attempt to read a reply makes sense. */
  #wanted = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('redis-server closed the connection')))
  }

  static connect(socketPath: string): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(socketPath)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new RespClient(socket))
      })
    })
  }

  call(args: readonly Argument[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#socket.write(encodeCommand(args))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  #receive(chunk: Buffer): void {
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes < this.#wanted) return
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending)
    const reader = new ReplyReader(bytes)
    let used = 0
    for (;;) {
      const reply = reader.read()
      if (reply === undefined) break
      used = reader.position
      this.#waiting.shift()?.resolve(reply)
    }
    this.#pending = used === bytes.length ? [] : [bytes.subarray(used)]
    this.#pendingBytes = bytes.length - used
    this.#wanted = reader.wanted - used
  }
}

/** Reads replies; `undefined` when the bytes end inside one. */
class ReplyReader {
  position = 0
  wanted = 0

  constructor(readonly bytes: Buffer) {}

  read(): Reply | undefined {
    const lineEnd = this.bytes.indexOf('\r\n', this.position)
    if (lineEnd < 0) return undefined
    const kind = String.fromCharCode(this.bytes[this.position]!)
    const line = this.bytes.subarray(this.position + 1, lineEnd)
    this.position = lineEnd + 2
    switch (kind) {
      case '+':
        return Buffer.from(line)
      case '-':
        return new ReplyError(line.toString())
      case ':':
        return Number(line)
      case '$': {
        const length = Number(line)
        if (length < 0) return null
        const end = this.position + length
        this.wanted = end + 2
        if (this.bytes.length < end + 2) return undefined
        const value = Buffer.from(this.bytes.subarray(this.position, end))
        this.position = end + 2
        return value
      }
      case '*': {
        const count = Number(line)
        if (count < 0) return null
        const items: Reply[] = []
        for (let i = 0; i < count; i++) {
          const item = this.read()
          if (item === undefined) return undefined
          items.push(item)
        }
        return items
      }
      default:
        throw new Error(`unexpected reply starting with ${JSON.stringify(kind)}`)
    }
  }
}

function encodeCommand(args: readonly Argument[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${args.length}\r\n`)]
  for (const arg of args) {
    const bytes = typeof arg === 'object' ? arg : Buffer.from(String(arg))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}
