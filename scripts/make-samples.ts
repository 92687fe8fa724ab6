/**
 * Fills samples/ from a folder of recordings of real servers (see samples/README.md for what they hold):
 *
 *     npx tsx scripts/make-samples.ts RECORDINGS
 *
 * Each `RECORDINGS/<server>-<version>/<variant>/` has the dump, `keys.jsonl.gz` and `server.json`.
 * The same recordings give the same samples, byte for byte.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rdbVersionOf, readRecordings, readServer } from './recordings.js'

/**
 * What is kept, within 12 MB: every server, every value type, encoding and opcode that occurs in the recordings.
 * All of one variant would say little: the data are the same but for what the server makes of them.
 */
const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  'redis-2.8.24': ['nocompress', 'tuned'],
  'redis-3.2.13': ['listcompress'],
  'redis-4.0.14': ['aof'],
  'redis-5.0.14': ['lfu', 'replica'],
  'redis-6.2.16': ['modules', 'tuned'],
  'redis-7.0.15': ['aof', 'listcompress'],
  'redis-7.0.15-debian': ['default'],
  'redis-7.2.6': ['lru', 'nochecksum'],
  'redis-7.4.1': ['app', 'cluster', 'expired', 'tuned'],
  'redis-8.0.6': ['lfu'],
  'redis-8.6.3': ['lfu'],
  'redis-rdb14': ['expired'],
  'redis-unstable': ['replica'],
  'valkey-7.2.7': ['lru'],
  'valkey-8.0.1': ['cluster', 'tuned'],
  'valkey-8.1.1': ['expired'],
  'valkey-9.1.2': ['expired', 'lfu'],
  'valkey-unstable': ['aof'],
  'keydb-6.3.4': ['expired'],
}

/** Of a large dump only every so manieth key is described. */
const EVERY: Readonly<Record<string, number>> = { app: 20 }

const EXPECTED_FIELDS = [
  'db',
  'key_b64',
  'type',
  'elements',
  'value_bytes',
  'longest_element',
  'sha256',
  'pexpiretime',
  'idletime',
  'freq',
  'fields_with_expiry',
  'field_expiries_sha256',
  'member_expiries',
  'stream',
  'module',
]
const CONFIG =
  /-max-(listpack|ziplist|intset)|^list-compress|^maxmemory|^stream-node|^hll-sparse|^cluster-enabled|^rdb(compression|checksum)$|^activerehashing|^databases$/

const samples = join(dirname(fileURLToPath(import.meta.url)), '../samples')

function main(recordings: string): void {
  const builds = (readJson(join(recordings, 'builds.json')) as { builds: Record<string, unknown>[] }).builds
  for (const folder of readdirSync(samples, { withFileTypes: true })) {
    if (folder.isDirectory()) rmSync(join(samples, folder.name), { recursive: true })
  }
  for (const [server, variants] of Object.entries(CHOSEN)) {
    mkdirSync(join(samples, server), { recursive: true })
    const build = builds.find((entry) => entry.build === server)
    for (const variant of variants) makeSample(join(recordings, server, variant), join(samples, server, variant), build)
  }
}

function makeSample(from: string, stem: string, build: Record<string, unknown> | undefined): void {
  const server = readServer(from)
  const recordings = readRecordings(from)
  const every = EVERY[server.variant] ?? 1
  const kept = recordings.filter((_, i) => i % every === 0)

  copyDump(from, stem)
  const about = { server: server.server, version: server.version, variant: server.variant }
  const functions = server.functions as { library_name: string }[] | null
  writeLines(`${stem}.expected.json.gz`, {
    ...about,
    rdb_version: rdbVersionOf(server),
    functions: functions === null ? null : functions.map((library) => library.library_name).sort(),
    key_count: recordings.length,
    keys: kept.map((key) => pick(key, EXPECTED_FIELDS)),
  })
  const info = server.info_loaded as Record<string, string>
  const config = server.config as Record<string, string>
  writeLines(`${stem}.memory.json.gz`, {
    ...about,
    allocator: { name: info.mem_allocator, ...(server.allocator as object | null) },
    build: { ...pick(info, ['arch_bits', 'gcc_version', 'redis_build_id']), ...pick(build ?? {}, ['ref', 'commit']) },
    options: server.options,
    config: Object.fromEntries(Object.entries(config).filter(([name]) => CONFIG.test(name))),
    used_memory_empty: server.used_memory_empty_settled,
    used_memory_loaded: server.used_memory_loaded_settled,
    dataset_bytes: server.dataset_bytes,
    sum_memory_usage: server.sum_memory_usage,
    dbsize: server.dbsize,
    memory_stats_empty: server.memory_stats_empty,
    memory_stats_loaded: server.memory_stats_loaded,
    key_count: recordings.length,
    keys: kept.map((key) => [key.db, key.key_b64, key.encoding, key.memory_usage ?? null]),
  })
}

/** dump.rdb becomes `<variant>.rdb`, a single AOF `<variant>.aof`, an appendonlydir the folder `<variant>`. */
function copyDump(from: string, stem: string): void {
  const parts = join(from, 'appendonlydir')
  if (existsSync(join(from, 'dump.rdb'))) writeFileSync(`${stem}.rdb`, readFileSync(join(from, 'dump.rdb')))
  else if (!existsSync(parts)) writeFileSync(`${stem}.aof`, readFileSync(join(from, 'appendonly.aof')))
  else {
    mkdirSync(join(stem, 'appendonlydir'), { recursive: true })
    for (const file of readdirSync(parts))
      writeFileSync(join(stem, 'appendonlydir', file), readFileSync(join(parts, file)))
  }
}

/** JSON with one key of the dump per line, packed: what stands in them never changes, so nobody reads diffs. */
function writeLines(path: string, { keys, ...rest }: { keys: readonly unknown[]; [name: string]: unknown }): void {
  const head = JSON.stringify(rest, null, 1).slice(0, -2)
  const lines = keys.map((key) => JSON.stringify(key))
  writeFileSync(path, gzipSync(`${head},\n "keys": [\n${lines.join(',\n')}\n ]\n}\n`, { level: 9 }))
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]))
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

if (process.argv.length !== 3) {
  console.error('usage: npx tsx scripts/make-samples.ts RECORDINGS')
  process.exit(2)
}
main(process.argv[2]!)
