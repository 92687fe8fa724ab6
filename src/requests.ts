import type { RdbEnd, RdbWarning } from '../parsers/index.js'
import type { FilterOptions } from './filters.js'
import type { InputFile } from './io/inputs.js'
import type { DumpRead } from './io/read-dump.js'
import type { SourceOptions } from './io/source.js'
import type { Limits } from './limits.js'
import type { AllocatorId } from './memory/allocators/index.js'
import type { SettingOverrides } from './memory/settings.js'
import type { RedactMode } from './redact/modes.js'

/** Which keys of which dumps are read, and how they are judged: the options that commands share. */
export interface ReadRequest extends SourceOptions {
  /** What `expandInputs` found. Several dumps are shards of one data set. */
  readonly inputs: readonly InputFile[]
  /** `{}`: all keys. */
  readonly filter: FilterOptions
  /** Id of the server version whose memory is modelled; default: the one that wrote the dump. */
  readonly target?: string | undefined
  /** What differs from that version's default settings. */
  readonly settings: SettingOverrides
  /** Word size of the target; default: as the dump says, else 64. */
  readonly bits?: 32 | 64 | undefined
  /** Default: jemalloc as the target's own sources build it. */
  readonly allocator?: AllocatorId | undefined
  /** Cluster mode of the target; default: as the dump shows. */
  readonly cluster?: boolean | undefined
  /** The moment that TTL and idle time are judged at; default: when the dump was made. */
  readonly nowMs?: number | undefined
  /** Characters that split key names into the parts of a pattern. */
  readonly separators?: string | undefined
  /** False: the checksum is not computed. */
  readonly verify: boolean
  /** What is shown of key names; default: everything. */
  readonly redact?: RedactMode | undefined
  /** Threads to use; default: as many as there are processors. 1: everything in one. */
  readonly threads?: number | undefined
  /** Behind damage, look for the next record and read on. */
  readonly salvage?: boolean | undefined
  /** Times its size that a compressed input may unpack to; 0: any. Default: 2000. */
  readonly maxRatio?: number | undefined
  /** What the command may take in all; default: `DEFAULT_MEMORY_BYTES`, with as many threads as were asked for. */
  readonly maxMemoryBytes?: number | undefined
  /** What bounds memory, where it differs from `LIMITS`. */
  readonly limits?: Partial<Limits> | undefined
  /** Size of the pieces that threads read; default: a size that is worth it. */
  readonly rangeBytes?: number | undefined
  /** The inputs are what the command DUMP gave; the name to call each key by. */
  readonly dumpPayload?: string | undefined
  /**
   * Called about every 100 ms, and at the end of each dump. What it throws ends the reading and comes back to the
   * caller.
   */
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined
}

/** How far the reading has come. */
export interface ReadProgress {
  /** The input at hand. */
  readonly name: string
  /** Which of the inputs, from 0. */
  readonly file: number
  /** How many inputs there are. */
  readonly files: number
  /** Of this input, as it is stored. */
  readonly bytesRead: number
  /** Null for pipes. */
  readonly totalBytes: number | null
  /** Keys so far, over all inputs. */
  readonly keys: number
}

/** What became of one input. */
export interface FileOutcome {
  /** What was found around the keys; `read.error` says what ended the reading early, null when nothing did. */
  readonly read: DumpRead
  /** Keys that were looked at. */
  readonly keys: number
  /** Keys that the filter left out. */
  readonly filteredKeys: number
  /** Keys whose values are damaged inside; they are counted with what could be read. */
  readonly damagedKeys: number
  /** `absent`: before RDB 5; `disabled`: the server wrote none; `unchecked`: it was not computed. */
  readonly checksum: RdbEnd['checksum']
  /** Bounded; the first ones. */
  readonly warnings: readonly RdbWarning[]
}

/** Takes finished pieces; wait for the promise, if there is one. The pieces belong to the taker. */
export type Sink = (piece: Uint8Array) => Promise<void> | undefined

/** How rows of keys are written. */
export interface KeysOptions {
  /** `docs/keys.md` has the columns. */
  readonly format: 'csv' | 'jsonl' | 'parquet'
  /** Between the cells of CSV, one ASCII character; default: a comma. */
  readonly delimiter?: string | undefined
  /** True: cells that a spreadsheet would take for a formula are written as they are. */
  readonly csvRaw: boolean
  /** CSV begins with a byte order mark, for Excel. */
  readonly csvBom: boolean
  /** The columns and words of redis-rdb-tools alone. */
  readonly compat?: 'rdbtools' | undefined
}

/** How contents are written. */
export interface ExportOptions {
  /** JSON a line, one JSON document, or commands for `redis-cli --pipe`. */
  readonly format: 'jsonl' | 'json' | 'resp'
  /** `text`: UTF-8 as text, anything else as base64; `base64`: every key, field and value. Of no account for `resp`. */
  readonly binary: 'text' | 'base64'
}
