import type { RdbKey } from '../../parsers/index.js'
import { RewritingExporter } from '../export/rewriting.js'
import { exportDump, exportThrough } from '../export-dump.js'
import { KeyFilter } from '../filters.js'
import { beginsAsRdb, type ScratchFolder } from '../io/scratch-folder.js'
import type { Target } from '../memory/target.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { Change, PieceSink } from '../optimizations/optimization.js'
import type { ShapeSink } from '../optimizations/rewriter.js'
import type { ReadRequest, Sink } from '../requests.js'
import { throughAll } from '../rewrite.js'
import { requestFor } from './measure.js'
import { ProveError } from './prove-error.js'
import type { RespClient } from './resp-client.js'
import { DUMP, type ScratchOptions, ScratchServer, type ServerStopped } from './scratch-server.js'
import { TouchedKeys } from './touched.js'

/** A folder with the data as a dump. */
export interface Filled {
  readonly folder: ScratchFolder
  /** Reads the same data. */
  readonly request: ReadRequest
  /** Why the file of the user was not loaded as it is; null when it was. */
  readonly reason: string | null
}

/** Puts the file of the user where a server loads it. Gives the reason when that cannot be. */
export async function linkFile(request: ReadRequest, folder: ScratchFolder): Promise<string | null> {
  const { path } = request.inputs[0]!
  if (!new KeyFilter(request.filter, request.nowMs).acceptsAll) return 'some of its keys were chosen'
  if (request.dumpPayload !== undefined || !(await beginsAsRdb(path))) return 'it is no plain RDB file'
  await folder.link(DUMP, path)
  return null
}

/** Writes the data into an empty server as commands, and lets it make a dump of them. */
export async function fillByCommands(
  request: ReadRequest,
  options: ScratchOptions,
  target: Target,
  reason: string,
): Promise<Filled> {
  const { folder } = options
  await folder.removeFile(DUMP)
  const server = await ScratchServer.start(options)
  try {
    await pipe(server.client, async (sink) => {
      const [file] = await exportDump({ ...request, verify: false }, { format: 'resp', binary: 'text' }, sink)
      if (file!.read.error !== null) throw file!.read.error
    })
    await server.client.call('SAVE')
  } catch (error) {
    if (!(error instanceof UnknownCommand)) throw error
    throw new ProveError(
      `${error.message}, and some of these keys need it`,
      'Name a newer server with --server PATH, or leave the keys out with --exclude or --type.',
    )
  } finally {
    await server.stop()
  }
  // That dump was made just now; expiry is judged as in the file.
  const own = requestFor(folder.file(DUMP), target)
  return { folder, request: { ...own, nowMs: request.nowMs, separators: request.separators }, reason }
}

/** Why a server ended instead of loading a file. */
export function refusal({ log }: ServerStopped): string {
  return `the server does not load it (${logged(log)})`
}

/** What the log says about the reason, without process, role and time. */
function logged(lines: readonly string[]): string {
  const telling = TELLING.map((pattern) => lines.find((line) => pattern.test(line))).find((line) => line !== undefined)
  return (telling ?? lines.at(-1) ?? 'no log').replace(/^.*? [#*.-] /, '')
}

/** The first one that is found says most. */
const TELLING = [
  /can't handle RDB format/i,
  /signature|unknown|module|corrupt|damaged|short read|checksum/i,
  /error|failed/i,
]

/**
 * Carries out changes on the data in a server, and lets it write its dump. Keys that they do not touch stay as they
 * were loaded. Gives the number of those that they do.
 */
export async function rewriteIn(
  server: ScratchServer,
  request: ReadRequest,
  changes: readonly Change[],
  names: NamePatterns,
): Promise<number> {
  let touchedKeys = 0
  if (writesKeys(changes)) {
    const through = (next: PieceSink): ShapeSink => throughAll(changes, next)
    const isAnew = (key: RdbKey): boolean =>
      changes.some((change) => change.kind === 'setting' && change.isAnew?.(key) === true)
    // All of them go before the first one comes: a new name may be an old one.
    let touched!: TouchedKeys
    await pipe(server.client, async (sink) => {
      await exportThrough(
        request,
        (accept) => {
          touched = new TouchedKeys({ accept, names, through }, isAnew)
          return touched
        },
        sink,
      )
    })
    const bits = touched.touched
    touchedKeys = bits.set
    let at = 0
    const accept = (_key: RdbKey): boolean => bits.has(at++)
    await pipe(server.client, async (sink) => {
      await exportThrough(request, () => new RewritingExporter({ accept, names, through }), sink)
    })
  }
  await server.client.call('SAVE')
  return touchedKeys
}

/** False for settings that hold for what is loaded. */
export function writesKeys(changes: readonly Change[]): boolean {
  return changes.some((change) => change.kind !== 'setting' || change.isAnew !== undefined)
}

/** The server does not know a command that a technique needs. */
export class UnknownCommand extends ProveError {
  override readonly name: string = 'UnknownCommand'
}

/** @throws ProveError when the server refuses a command */
async function pipe(client: RespClient, send: (sink: Sink) => Promise<void>): Promise<void> {
  const { errors, replies, firstError } = await client.pipe((write) => send(write))
  if (errors > 0) {
    const unknown = /^ERR unknown command ['`]?([^'`,]+)/.exec(firstError ?? '')?.[1]
    if (unknown !== undefined) throw new UnknownCommand(`this server has no ${unknown}`)
    if (/^WRONGTYPE/.test(firstError ?? '')) {
      throw new ProveError('a new key has the name of another one, of another type: name it with --param')
    }
    throw new ProveError(
      `the server refused ${errors.toLocaleString('en')} of ${replies.toLocaleString('en')} commands: ${firstError}`,
    )
  }
}
