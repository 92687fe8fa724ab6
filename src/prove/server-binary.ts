import { spawn } from 'node:child_process'
import { ProveError } from './prove-error.js'

const VERSION_DEADLINE_MS = 10_000
/** Tried in this order when no server is named. */
const KNOWN_NAMES = ['redis-server', 'valkey-server'] as const

/** A server program, as `--version` describes it. */
export interface ServerBinary {
  readonly path: string
  readonly server: 'redis' | 'valkey' | 'keydb'
  /** `7.0.15` */
  readonly version: string
}

/** The program that was asked for, or the first that is installed. @throws ProveError */
export async function findServer(path: string | undefined): Promise<ServerBinary> {
  for (const name of path === undefined ? KNOWN_NAMES : [path]) {
    const text = await versionText(name)
    if (text === null) continue
    const found = parseVersion(name, text)
    if (found !== null) return found
    throw new ProveError(
      `${name} is not a redis-server or valkey-server: ${name} --version says ${JSON.stringify(text.slice(0, 80).trim())}`,
      'Name the program with --server PATH.',
    )
  }
  throw new ProveError(
    path === undefined ? 'there is no redis-server or valkey-server in the PATH' : `${path} cannot be started`,
    'prove measures with a server of its own: install one (apt-get install redis-server), or name the program with --server PATH.',
  )
}

/** Redis: `Redis server v=7.0.15 sha=...`; Valkey: `Valkey server v=8.0.1 ...`. */
export function parseVersion(path: string, text: string): ServerBinary | null {
  const match = /^(Redis|Valkey|KeyDB) server v=(\d+\.\d+\.\d+)/m.exec(text)
  if (match === null) return null
  return { path, server: match[1]!.toLowerCase() as ServerBinary['server'], version: match[2]! }
}

/** Null when it cannot be started. */
function versionText(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(path, ['--version'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: VERSION_DEADLINE_MS,
      killSignal: 'SIGKILL',
    })
    const pieces: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => {
      if (pieces.length < 64) pieces.push(piece)
    })
    child.once('error', () => resolve(null))
    child.once('close', () => resolve(Buffer.concat(pieces).toString('latin1')))
  })
}
