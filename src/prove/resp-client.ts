import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** An answer of the server: null, integer, bytes, list, or the error it sent. */
export type Reply = null | number | Buffer | readonly Reply[] | ReplyError
export type Word = string | number | Uint8Array

/** What the server said no with. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'
}

/** The connection ended while answers were due. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** What became of commands that were piped. */
export interface Piped {
  readonly replies: number
  readonly errors: number
  readonly firstError: string | null
}

interface Waiting {
  resolve(reply: Reply): void
  reject(error: Error): void
}

/** The client's half of the RESP protocol, version 2, over a Unix socket; answers come in order. */
export class RespClient {
  readonly #socket: Socket
  readonly #parser = new ReplyParser()
  readonly #waiting: Waiting[] = []
  /** Takes the answers to piped commands; null otherwise. */
  #pipe: ((reply: Reply) => void) | null = null
  #failure: Error | null = null
  #onFailure: (() => void) | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(new ConnectionLost(error.message)))
    socket.on('close', () => this.#fail(new ConnectionLost('the server closed the connection')))
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

  /** Sends one command. @throws ReplyError when the server answers with an error */
  async call(...words: readonly Word[]): Promise<Exclude<Reply, ReplyError>> {
    const reply = await this.#send(words)
    if (reply instanceof ReplyError) throw reply
    return reply
  }

  /** The answer as text. */
  async text(...words: readonly Word[]): Promise<string> {
    const reply = await this.call(...words)
    return Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply)
  }

  /** Sends many commands at once; errors come back in the list. */
  all(commands: readonly (readonly Word[])[]): Promise<Reply[]> {
    return Promise.all(commands.map((words) => this.#send(words)))
  }

  /**
   * Sends commands that are RESP already, as `redis-cli --pipe` does: `send` writes them piece by piece, and an ECHO
   * behind the last one shows that all were answered.
   */
  async pipe(send: (write: (piece: Uint8Array) => Promise<void> | undefined) => Promise<void>): Promise<Piped> {
    const end = randomBytes(20).toString('hex')
    let replies = 0
    let errors = 0
    let firstError: string | null = null
    const ended = new Promise<void>((resolve) => {
      this.#pipe = (reply) => {
        if (Buffer.isBuffer(reply) && reply.length === end.length && reply.toString('latin1') === end) {
          this.#pipe = null
          resolve()
          return
        }
        replies++
        if (!(reply instanceof ReplyError)) return
        errors++
        firstError ??= reply.message
      }
    })
    await send((piece) => this.#write(piece))
    await this.#write(encodeCommand(['ECHO', end]))
    await this.#unlessLost(ended)
    return { replies, errors, firstError }
  }

  close(): void {
    this.#socket.destroy()
  }

  #send(words: readonly Word[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure)
        return
      }
      this.#waiting.push({ resolve, reject })
      this.#socket.write(encodeCommand(words))
    })
  }

  /** Waits while the server is behind. */
  #write(piece: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#socket.write(piece)) return undefined
    return this.#unlessLost(new Promise((resolve) => this.#socket.once('drain', () => resolve())))
  }

  async #unlessLost(what: Promise<void>): Promise<void> {
    const lost = new Promise<void>((resolve) => {
      this.#onFailure = resolve
    })
    if (this.#failure === null) await Promise.race([what, lost])
    this.#onFailure = null
    if (this.#failure !== null) throw this.#failure
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
    this.#onFailure?.()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#parser.push(chunk)
      for (let reply = this.#parser.next(); reply !== undefined; reply = this.#parser.next()) {
        if (this.#pipe !== null) this.#pipe(reply)
        else this.#waiting.shift()?.resolve(reply)
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
      this.close()
    }
  }
}

const NOTHING = Buffer.alloc(0)
const CR = 13

/** Reads answers out of the bytes as they come. */
export class ReplyParser {
  #bytes: Buffer = NOTHING
  #at = 0

  push(chunk: Buffer): void {
    this.#bytes = this.#at === this.#bytes.length ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk])
    this.#at = 0
  }

  /** The next answer; undefined until it is whole. */
  next(): Reply | undefined {
    const before = this.#at
    const reply = this.#read()
    if (reply === undefined) this.#at = before
    return reply
  }

  #read(): Reply | undefined {
    const lineEnd = this.#bytes.indexOf(CR, this.#at)
    if (lineEnd < 0 || lineEnd + 2 > this.#bytes.length) return undefined
    const kind = String.fromCharCode(this.#bytes[this.#at]!)
    const line = this.#bytes.toString('latin1', this.#at + 1, lineEnd)
    this.#at = lineEnd + 2
    switch (kind) {
      case '+':
        return Buffer.from(line, 'latin1')
      case '-':
        return new ReplyError(line)
      case ':':
        return Number(line)
      case '$':
        return this.#bulk(Number(line))
      case '*':
        return this.#array(Number(line))
      default:
        throw new Error(`the server answered with ${JSON.stringify(kind + line.slice(0, 40))}, which is not RESP`)
    }
  }

  #bulk(length: number): Reply | undefined {
    if (length < 0) return null
    const end = this.#at + length
    if (this.#bytes.length < end + 2) return undefined
    const value = Buffer.from(this.#bytes.subarray(this.#at, end))
    this.#at = end + 2
    return value
  }

  #array(count: number): Reply | undefined {
    if (count < 0) return null
    const items: Reply[] = []
    for (let i = 0; i < count; i++) {
      const item = this.#read()
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }
}

export function encodeCommand(words: readonly Word[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = typeof word === 'object' ? word : Buffer.from(String(word))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}
