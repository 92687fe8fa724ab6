import { basename } from 'node:path'
import { RespCounter } from '../../parsers/index.js'
import { InputError } from './errors.js'
import { openSource } from './source.js'

/** What follows the RDB in the same input. */
export interface Trailing {
  readonly what: 'commands' | 'zeros' | 'another-rdb' | 'unknown'
  readonly bytes: number
  /** Whole Redis commands; they were not applied. */
  readonly commands: number
  /** The most frequent command names. */
  readonly names: readonly (readonly [name: string, count: number])[]
  /** True when the last command is cut. */
  readonly truncated: boolean
  /** Where commands stop making sense, counted from the end of the RDB; null when all do. */
  readonly damage: { readonly at: number; readonly what: string } | null
}

/** A file of commands that belongs to a multi-part append-only file. */
export interface CommandFile {
  readonly name: string
  readonly bytes: number
  readonly commands: number
  readonly names: readonly (readonly [name: string, count: number])[]
  readonly truncated: boolean
  readonly damage: { readonly at: number; readonly what: string } | null
  /** Why the file could not be read; null when it could. */
  readonly problem: string | null
}

const NAMES_KEPT = 10

/** Counts what comes behind an RDB, without keeping it. */
export class TailReader {
  readonly #resp = new RespCounter()
  #firstByte = -1
  #allZero = true
  #start = ''

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#firstByte === -1) this.#firstByte = bytes[0]!
    if (this.#start.length < 6) this.#start += String.fromCharCode(...bytes.subarray(0, 6 - this.#start.length))
    if (this.#allZero) this.#allZero = bytes.every((byte) => byte === 0)
    this.#resp.push(bytes)
  }

  /** Null when nothing came. */
  finish(): Trailing | null {
    if (this.#firstByte === -1) return null
    const resp = this.#resp
    return {
      what: this.#what(),
      bytes: resp.bytes,
      commands: resp.commands,
      names: resp.names.slice(0, NAMES_KEPT),
      truncated: resp.truncated,
      damage: resp.damage,
    }
  }

  #what(): Trailing['what'] {
    if (this.#allZero) return 'zeros'
    if (this.#start.startsWith('REDIS') || this.#start === 'VALKEY') return 'another-rdb'
    return this.#resp.damage !== null && this.#resp.damage.at === 0 ? 'unknown' : 'commands'
  }
}

/** Counts the commands of a file. A file that cannot be read is a result too: its keys were not asked for. */
export async function countCommandFile(path: string): Promise<CommandFile> {
  const resp = new RespCounter()
  let problem: string | null = null
  try {
    const source = await openSource(path)
    for await (const chunk of source.chunks()) resp.push(chunk)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    problem = error.message
  }
  return {
    name: basename(path),
    bytes: resp.bytes,
    commands: resp.commands,
    names: resp.names.slice(0, NAMES_KEPT),
    truncated: resp.truncated,
    damage: resp.damage,
    problem,
  }
}
