import { type ChildProcess, spawn } from 'node:child_process'
import { kill } from 'node:process'
import type { ScratchFolder } from '../io/scratch-folder.js'
import { ProveError } from './prove-error.js'
import { RespClient } from './resp-client.js'
import type { ServerBinary } from './server-binary.js'

const SOCKET = 's'
export const DUMP = 'dump.rdb'
const LOG = 'server.log'
/** sun_path of struct sockaddr_un: 104 bytes on BSD and macOS, 108 on Linux, with a NUL at the end. */
const MOST_SOCKET_PATH_BYTES = 103
const POLL_MS = 20
const MOST_LAST_WORDS = 4096
/** Lines of the log in which the reason for an end is looked for. */
const LOG_LINES = 20

/** Processes that run now, for whoever must leave in a hurry. */
const running = new Set<ChildProcess>()

/** Ends what `stop` did not get to; for signal handlers. */
export function killScratchServers(): void {
  for (const child of running) killGroup(child)
  running.clear()
}

export interface ScratchOptions {
  readonly binary: ServerBinary
  /** Its folder: socket, log and dump; a dump that is there is loaded. */
  readonly folder: ScratchFolder
  /** Lines of redis.conf. */
  readonly settings: Readonly<Record<string, string | number>>
  readonly databases: number
  /**
   * Keys whose time is over stay, as on a replica, which waits for its master to say so. The master is port 0 of this
   * machine: there is none, and nobody can be one.
   */
  readonly keepsExpired: boolean
  /** Longest wait until it has loaded its dump. */
  readonly loadDeadlineMs: number
}

/** A server could not load what it was given, or not be started with these settings. */
export class ServerStopped extends Error {
  override readonly name = 'ServerStopped'

  constructor(
    /** Last lines of its log. */
    readonly log: readonly string[],
  ) {
    super(`the server stopped: ${log.slice(-3).join(' | ')}`)
  }
}

/**
 * A server that this process started, for itself alone: reachable by a socket in its own folder, no TCP port, no
 * saving by itself. There is no way to make one from an address.
 */
export class ScratchServer {
  readonly #process: ChildProcess

  private constructor(
    readonly client: RespClient,
    readonly folder: ScratchFolder,
    process: ChildProcess,
  ) {
    this.#process = process
  }

  /** Starts a server and waits until its dump is loaded. @throws ServerStopped, ProveError */
  static async start(options: ScratchOptions): Promise<ScratchServer> {
    const { folder } = options
    const socketPath = folder.file(SOCKET)
    if (Buffer.byteLength(socketPath) > MOST_SOCKET_PATH_BYTES) {
      throw new ProveError(
        `the folder for temporary files has too long a name for a socket: ${folder.path}`,
        'Choose a shorter one with --tmp DIR.',
      )
    }
    await folder.removeFile(SOCKET)
    const child = spawn(options.binary.path, argumentsFor(options, socketPath), {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: folder.path,
      // A group of its own: Ctrl-C is for us alone, and what a wrapper script starts can be ended with it.
      detached: true,
    })
    running.add(child)
    const said = new LastWords(child)
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
    try {
      await loaded(child, ended, socketPath, options.loadDeadlineMs, async () => {
        const log = await folder.lastLines(LOG, LOG_LINES)
        return [...said.lines, ...log].filter((line) => line !== '')
      })
      // A connection of its own: what came in while the server was loading left larger buffers behind.
      const client = await RespClient.connect(socketPath)
      await assertOwn(client, child.pid)
      return new ScratchServer(client, folder, child)
    } catch (error) {
      await end(child)
      throw error
    }
  }

  /** Writes its dump and ends; another one started in the folder loads it. */
  async saveAndStop(): Promise<void> {
    await this.client.call('SAVE')
    await this.stop()
  }

  async stop(): Promise<void> {
    this.client.close()
    await end(this.#process)
  }
}

function argumentsFor(options: ScratchOptions, socketPath: string): string[] {
  const lines: [name: string, value: string][] = [
    ['port', '0'],
    ['unixsocket', socketPath],
    ['unixsocketperm', '700'],
    ['dir', options.folder.path],
    ['dbfilename', DUMP],
    ['logfile', options.folder.file(LOG)],
    ['daemonize', 'no'],
    ['appendonly', 'no'],
    ['save', ''],
    ['databases', String(options.databases)],
    ['maxclients', '32'],
  ]
  if (options.keepsExpired) {
    // Older servers know it as slaveof; newer ones know both.
    const isOld = Number.parseInt(options.binary.version, 10) < 5
    lines.push([isOld ? 'slaveof' : 'replicaof', '127.0.0.1 0'])
    lines.push([isOld ? 'slave-read-only' : 'replica-read-only', 'no'])
  }
  for (const [name, value] of Object.entries(options.settings)) lines.push([name, String(value)])
  return lines.flatMap(([name, value]) => {
    // Values of several words are several arguments.
    const words = name === 'replicaof' || name === 'slaveof' ? value.split(' ') : [value]
    return [`--${name}`, ...words]
  })
}

/** Waits until the server has loaded its dump. */
async function loaded(
  child: ChildProcess,
  ended: Promise<void>,
  socketPath: string,
  deadlineMs: number,
  log: () => Promise<readonly string[]>,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  let hasEnded = false
  ended.then(() => {
    hasEnded = true
  })
  while (!hasEnded && performance.now() < deadline) {
    const client = await RespClient.connect(socketPath).catch(() => null)
    if (client !== null) {
      try {
        await assertOwn(client, child.pid)
        if ((await client.text('INFO', 'persistence')).includes('\nloading:0')) return
      } catch (error) {
        // A connection that is lost shows in the process.
        if (error instanceof ProveError) throw error
      } finally {
        client.close()
      }
    }
    await Promise.race([pause(POLL_MS), ended])
  }
  if (hasEnded) throw new ServerStopped(await log())
  throw new ProveError(
    `the server did not load the data within ${Math.round(deadlineMs / 1000)} seconds`,
    'Give it more time with --timeout SECONDS, or cut the dump down to some keys with --match.',
  )
}

/**
 * Makes sure that the process behind a connection is the one that was started.
 * @throws ProveError when it is another one
 */
export async function assertOwn(client: RespClient, pid: number | undefined): Promise<void> {
  const info = await client.text('INFO', 'server')
  const found = Number(/^process_id:(\d+)/m.exec(info)?.[1])
  if (pid === undefined || found !== pid) {
    throw new ProveError(
      `the server that answers (process ${found}) is not the one that was started (process ${pid})`,
      'prove writes only to servers of its own, and has written nothing.',
    )
  }
}

/** The end of what a server prints before it has a log: what is wrong with its settings. */
class LastWords {
  #text = ''

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#text = (this.#text + text).slice(-MOST_LAST_WORDS)
      })
    }
  }

  get lines(): readonly string[] {
    return this.#text.trim().split('\n').slice(-LOG_LINES)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    // Nothing that it has is to be kept.
    killGroup(child)
    await ended
  }
  running.delete(child)
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
