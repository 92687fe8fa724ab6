import { EntryBuilder } from './entries/builder.js'
import type { EntryString, RdbEntry } from './entries/types.js'
import { type FilterOptions, KeyFilter } from './filters.js'
import { expandInputs, type InputFile } from './io/inputs.js'
import { type DumpRead, readDump } from './io/read-dump.js'
import { memorySource, openSource, type Source } from './io/source.js'
import type { Limits } from './limits.js'
import { chooseTarget } from './memory/choose-target.js'
import type { SettingOverrides } from './memory/settings.js'

/** A path (of a dump, an AOF with RDB preamble, a folder, a glob; `-` is standard input), or the bytes of one dump. */
export type EntrySource = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export interface ReadEntriesOptions {
  /** `text` (default): strings; bytes that are not UTF-8 become U+FFFD. `bytes`: Uint8Array for every key and value. */
  readonly strings?: 'text' | 'bytes'
  /** Which keys; default all. */
  readonly filter?: FilterOptions
  /** Id of the server version whose memory is modelled; default: the one that wrote the dump. */
  readonly target?: string
  /** redis.conf settings that differ from that version's defaults. */
  readonly settings?: SettingOverrides
  /** The moment that `ttl: 'expired'` means; default: when the dump was made. */
  readonly nowMs?: number
  /** Compute the checksum; default true. */
  readonly verify?: boolean
  /** Behind damage, look for the next record and read on; warnings say what was passed over. */
  readonly salvage?: boolean | undefined
  /** Times its size that a compressed dump may unpack to; 0: any. Default: 2000. */
  readonly maxRatio?: number | undefined
  /** What bounds memory, where it differs from `LIMITS`. */
  readonly limits?: Partial<Limits> | undefined
  /** Told what is odd about the dump, in sentences: warnings of the parser, a wrong checksum, what was not read. */
  readonly onWarning?: (message: string) => void
}

/** Pieces of the dump between two looks at finished entries: few entries wait at a time. */
const PUSH_BYTES = 32 * 1024

/**
 * The keys of a dump with their decoded values, one after the other.
 *
 *     for await (const entry of readEntries('dump.rdb')) {
 *       if (entry.type === 'hash') console.log(entry.key, Object.fromEntries(entry.value), entry.ramBytes)
 *     }
 *
 * Memory is bounded by the largest value. Leaving the loop early closes the file.
 * @throws InputError when there is no dump; RdbError, after the entries before it, when the dump is cut or damaged;
 * UnitError when the filter cannot be understood; TargetError when there is no such target
 */
export function readEntries(
  source: EntrySource,
  options: ReadEntriesOptions & { readonly strings: 'bytes' },
): AsyncGenerator<RdbEntry<Uint8Array>, void, void>
export function readEntries(source: EntrySource, options?: ReadEntriesOptions): AsyncGenerator<RdbEntry, void, void>
export async function* readEntries(
  source: EntrySource,
  options: ReadEntriesOptions = {},
): AsyncGenerator<RdbEntry<EntryString>, void, void> {
  if (typeof source !== 'string') {
    yield* entriesOf(() => bytesSource(source), options)
    return
  }
  for (const input of await expandInputs([source])) yield* entriesOf(() => openSource(input), options)
}

async function* entriesOf(
  open: () => Source | Promise<Source>,
  options: ReadEntriesOptions,
): AsyncGenerator<RdbEntry<EntryString>, void, void> {
  // Says what is wrong with the filter before anything is open.
  const filter = new KeyFilter(options.filter ?? {}, options.nowMs)
  const opened = await open()
  const builder = new EntryBuilder<EntryString>({
    decode: options.strings === 'bytes' ? (bytes) => bytes.slice() : decodeText,
    filter,
    targetFor: (facts, clusterSeen) => {
      filter.setNow(options.nowMs ?? facts.dumpTimeMs ?? opened.modifiedMs ?? 0)
      const request = { target: options.target, settings: options.settings ?? {} }
      return chooseTarget(request, facts, clusterSeen).target
    },
  })
  const leaving = new AbortController()
  const turn = new Turn()
  const reading = readDump(opened, builder, {
    pushBytes: PUSH_BYTES,
    parser: { verify: options.verify ?? true },
    salvage: options.salvage,
    maxRatio: options.maxRatio,
    limits: options.limits,
    signal: leaving.signal,
    afterPush: () => (builder.hasFinished ? turn.over() : undefined),
  }).finally(() => turn.end())
  // Looked at below; a rejection in between must not count as unhandled.
  reading.catch(() => {})
  try {
    while (await turn.mine()) {
      yield* builder.take()
      turn.back()
    }
    const read = await reading.catch((error: unknown) => {
      builder.finish()
      throw error
    })
    builder.finish()
    yield* builder.take()
    tellWarnings(builder, read, options.onWarning)
    if (read.error !== null) throw read.error
  } finally {
    leaving.abort()
    turn.back()
    await reading.catch(() => {})
  }
}

/** Lets two loops run in turns: the one that reads, and the one that hands entries out. */
class Turn {
  #ended = false
  #wake: (() => void) | null = null
  #resume: (() => void) | null = null

  /** The reader has entries and waits until they are handed out. */
  over(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve
      this.#wake?.()
    })
  }

  /** The reader is through. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Waits for entries; false when there are no more. */
  async mine(): Promise<boolean> {
    if (this.#resume === null && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = null
    }
    return this.#resume !== null
  }

  /** The reader may go on. */
  back(): void {
    const resume = this.#resume
    this.#resume = null
    resume?.()
  }
}

function tellWarnings(builder: EntryBuilder<EntryString>, read: DumpRead, tell?: (message: string) => void): void {
  if (tell === undefined) return
  for (const { message } of builder.warnings) tell(message)
  for (const note of read.notes) tell(note)
  if (builder.ended?.checksum === 'wrong') {
    tell('the checksum at the end does not fit: some bytes changed after the dump was written')
  }
}

/** Three times as quick as TextDecoder on short strings. */
function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

function bytesSource(source: Exclude<EntrySource, string>): Source | Promise<Source> {
  if (source instanceof Uint8Array) return memorySource(source, 'the dump')
  const input: InputFile = { path: '-', name: 'the dump', increments: [], notes: [] }
  return openSource(input, { stdin: inPieces(source) })
}

async function* inPieces(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source
}
