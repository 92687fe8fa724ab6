/** Runs commands on a server of its own and measures what they take, for scripts. */
import { ScratchFolder } from '../src/io/scratch-folder.js'
import { settledMemory } from '../src/prove/measure.js'
import { encodeCommand } from '../src/prove/resp-client.js'
import { DUMP, type ScratchOptions, ScratchServer } from '../src/prove/scratch-server.js'
import { findServer, type ServerBinary } from '../src/prove/server-binary.js'

export type Command = readonly (string | number | Uint8Array)[]
export type Settings = Readonly<Record<string, string | number>>

/** Commands are sent in pieces of this size. */
const PIECE_BYTES = 1 << 20
const LOAD_DEADLINE_MS = 120_000

/** A place to measure in: a temporary folder with one server at a time. */
export class Bench {
  private constructor(
    readonly binary: ServerBinary,
    readonly folder: ScratchFolder,
  ) {}

  static async open(): Promise<Bench> {
    return new Bench(await findServer('redis-server'), ScratchFolder.make())
  }

  close(): Promise<void> {
    return this.folder.remove()
  }

  /** The dump that `memoryOf` left. */
  get dump(): string {
    return this.folder.file(DUMP)
  }

  /** Memory of a data set after a restart from its dump, beyond the server without keys. */
  async memoryOf(commands: Iterable<Command>, settings: Settings = {}): Promise<number> {
    await this.folder.removeFile(DUMP)
    const empty = await this.#started(settings, ({ client }) => settledMemory(client))
    const server = await ScratchServer.start(this.#options(settings))
    try {
      await send(server, commands)
      await server.saveAndStop()
    } catch (error) {
      await server.stop()
      throw error
    }
    return (await this.#started(settings, ({ client }) => settledMemory(client))) - empty
  }

  async #started<T>(settings: Settings, use: (server: ScratchServer) => Promise<T>): Promise<T> {
    const server = await ScratchServer.start(this.#options(settings))
    try {
      return await use(server)
    } finally {
      await server.stop()
    }
  }

  #options(settings: Settings): ScratchOptions {
    const { binary, folder } = this
    return { binary, folder, settings, databases: 1, keepsExpired: false, loadDeadlineMs: LOAD_DEADLINE_MS }
  }
}

async function send(server: ScratchServer, commands: Iterable<Command>): Promise<void> {
  const { firstError } = await server.client.pipe(async (write) => {
    let pieces: Buffer[] = []
    let bytes = 0
    for (const command of commands) {
      const piece = encodeCommand(command)
      pieces.push(piece)
      bytes += piece.length
      if (bytes < PIECE_BYTES) continue
      await write(Buffer.concat(pieces))
      pieces = []
      bytes = 0
    }
    await write(Buffer.concat(pieces))
  })
  if (firstError !== null) throw new Error(firstError)
}
