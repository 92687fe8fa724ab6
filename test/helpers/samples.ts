import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { ExpectedDump } from './compare-facts.js'

export const SAMPLES_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../samples')

/** One dump of samples/ with what its server said about it. */
export interface Sample {
  /** `redis-7.4.1/lfu` */
  readonly name: string
  /** The RDB file, the AOF with RDB preamble, or the folder with appendonlydir files. */
  readonly path: string
  /** The file that holds the RDB: `path`, or the base file that the manifest names. */
  readonly rdbPath: string
  readonly expected: ExpectedSample
  readonly memory: MemorySample
}

export interface ExpectedSample extends ExpectedDump {
  readonly server: string
  readonly version: string
  readonly variant: string
  readonly rdb_version: number
  /** Names of the function libraries; null where the server has none. */
  readonly functions: readonly string[] | null
}

/** What the server said about its memory after a restart from the dump. */
export interface MemorySample {
  readonly server: string
  readonly version: string
  readonly variant: string
  readonly allocator: { readonly version?: string; readonly quantum?: string; readonly name: string }
  readonly options: Readonly<Record<string, string>>
  /** Settings that decide about encodings and memory. */
  readonly config: Readonly<Record<string, string>>
  readonly used_memory_empty: number
  readonly used_memory_loaded: number
  /** used_memory of the loaded server minus that of the same server empty. */
  readonly dataset_bytes: number
  /** Null where the server has no MEMORY USAGE (before 4.0). */
  readonly sum_memory_usage: number | null
  readonly dbsize: Readonly<Record<string, number>>
  readonly memory_stats_empty: unknown
  readonly memory_stats_loaded: unknown
  readonly key_count: number
  /** [db, key in base64, OBJECT ENCODING, MEMORY USAGE SAMPLES 0 or null] */
  readonly keys: readonly (readonly [number, string, string, number | null])[]
}

/** Every dump of samples/ that has an `.expected.json` beside it, in order of names. */
export function allSamples(): Sample[] {
  return readdirSync(SAMPLES_FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.expected\.json(\.gz)?$/.test(file))
    .sort()
    .map((file) => sampleAt(join(SAMPLES_FOLDER, file.replace(/\.expected\.json(\.gz)?$/, ''))))
}

export function sample(name: string): Sample {
  return sampleAt(join(SAMPLES_FOLDER, name))
}

function sampleAt(stem: string): Sample {
  const path = ['.rdb', '.aof', ''].map((ending) => stem + ending).find(existsSync)
  if (path === undefined) throw new Error(`${stem}.expected.json has no dump beside it: .rdb, .aof or a folder`)
  let expected: ExpectedSample | undefined
  let memory: MemorySample | undefined
  return {
    name: relative(SAMPLES_FOLDER, stem),
    path,
    rdbPath: path === stem ? baseOf(stem) : path,
    get expected() {
      expected ??= readJson<ExpectedSample>(`${stem}.expected.json`)
      return expected
    },
    get memory() {
      memory ??= readJson<MemorySample>(`${stem}.memory.json`)
      return memory
    },
  }
}

/** The base file of an appendonlydir, as its manifest says. */
export function baseOf(folder: string): string {
  const manifest = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.manifest'))
  if (manifest === undefined) throw new Error(`${folder} has no manifest`)
  const base = /^file (\S+) seq \d+ type b$/m.exec(readFileSync(join(folder, manifest), 'utf8'))?.[1]
  if (base === undefined) throw new Error(`${join(folder, manifest)} names no base file`)
  return join(folder, dirname(manifest), basename(base))
}

function readJson<T>(path: string): T {
  const text = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`))
  return JSON.parse(text.toString()) as T
}
