/**
 * Compares the memory model with recordings of real servers and writes docs/accuracy.md:
 *
 *     npx tsx scripts/accuracy.ts RECORDINGS [CROSS-RECORDINGS]
 *
 * RECORDINGS has `<server>-<version>/<variant>/` with a dump, `keys.jsonl.gz` (what MEMORY USAGE and OBJECT ENCODING
 * said after a restart from the dump) and `server.json` (settings, used_memory). CROSS-RECORDINGS, by default the
 * folder `<RECORDINGS>-cross` when there is one, has the same of dumps that another server loaded.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { targetFor } from '../src/memory/models/index.js'
import { Comparison, type RecordedKey } from './compare-memory.js'
import { datasetBytes, keyId, type PredictedDump, predictDump, type ServerFacts } from './measure-dump.js'

interface Recording {
  /** `redis-7.2.6/lru`, or the folder name of a cross recording. */
  readonly name: string
  /** What its figures are listed under. */
  readonly group: string
  readonly dump: string
  readonly keysFile: string
  readonly meta: RecordedServer
  /** Model of the server that loaded the dump, when it is not the one that wrote it. */
  readonly model: string | undefined
}

interface RecordedServer {
  readonly server: string
  readonly version: string
  readonly variant?: string
  readonly config: Readonly<Record<string, string>>
  readonly dataset_bytes: number
  readonly allocator: { readonly quantum?: string; readonly version?: string } | null
  readonly options: Readonly<Record<string, unknown>>
  readonly memory_stats_loaded?: Readonly<Record<string, unknown>>
  readonly memory_stats_empty?: Readonly<Record<string, unknown>>
  readonly info_loaded?: Readonly<Record<string, unknown>>
  readonly dump?: { readonly name: string }
}

interface Total {
  readonly recording: Recording
  readonly keys: number
  readonly measuredBytes: number
  readonly outsideBytes: number
  readonly predictedBytes: number
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const OUTPUT = join(ROOT, 'docs/accuracy.md')
/** Below this many keys what is not in the dump (buffers of clients, functions) outweighs what is. */
const KEYS_TO_JUDGE_TOTAL = 1000

function main(): void {
  const [recordings, cross = `${recordings?.replace(/\/$/, '')}-cross`] = process.argv.slice(2)
  if (recordings === undefined || !existsSync(recordings)) {
    console.error('usage: npx tsx scripts/accuracy.ts RECORDINGS [CROSS-RECORDINGS]')
    process.exit(2)
  }
  const own = findOwn(recordings)
  const crossed = existsSync(cross) ? findCross(cross, recordings) : []
  const comparisons = new Map<string, Comparison>()
  const totals: Total[] = []
  for (const recording of [...own, ...crossed]) totals.push(measure(recording, comparisons))
  writeFileSync(OUTPUT, document(comparisons, totals) + savingsSection())
  console.log(`${OUTPUT}: ${totals.length} dumps`)
  for (const [group, comparison] of comparisons) {
    if (comparison.unexplained > 0) console.log(`${group}: ${comparison.unexplained} misses without a reason`)
  }
}

function findOwn(folder: string): Recording[] {
  return readdirSync(folder)
    .sort()
    .flatMap((server) => {
      const serverFolder = join(folder, server)
      if (!existsSync(serverFolder) || !server.includes('-')) return []
      return readdirSync(serverFolder)
        .sort()
        .flatMap((variant): Recording[] => {
          const place = join(serverFolder, variant)
          const dump = dumpIn(place)
          if (dump === undefined || !existsSync(join(place, 'keys.jsonl.gz'))) return []
          const meta = readJson<RecordedServer>(join(place, 'server.json'))
          const name = `${server}/${variant}`
          return [{ name, group: server, dump, keysFile: join(place, 'keys.jsonl.gz'), meta, model: undefined }]
        })
    })
}

/** The file with the RDB: a dump, an AOF that begins with one, or the base file of an appendonlydir. */
function dumpIn(place: string): string | undefined {
  const base = existsSync(join(place, 'appendonlydir'))
    ? readdirSync(join(place, 'appendonlydir')).find((name) => name.endsWith('.base.rdb'))
    : undefined
  const candidates = ['dump.rdb', 'appendonly.aof', ...(base === undefined ? [] : [join('appendonlydir', base)])]
  return candidates.map((name) => join(place, name)).find((path) => existsSync(path))
}

function findCross(folder: string, recordings: string): Recording[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name): Recording[] => {
      const place = join(folder, name)
      if (!existsSync(join(place, 'cross.json'))) return []
      const meta = readJson<RecordedServer>(join(place, 'cross.json'))
      const dump = join(resolve(recordings), '..', meta.dump!.name)
      const { model } = targetFor({ server: meta.server, version: meta.version })
      return [{ name, group: 'other servers', dump, keysFile: join(place, 'keys.jsonl.gz'), meta, model: model.id }]
    })
}

function measure(recording: Recording, comparisons: Map<string, Comparison>): Total {
  const { meta } = recording
  const server: ServerFacts = {
    config: meta.config ?? {},
    quantum: meta.allocator?.quantum,
    isLibc: meta.info_loaded?.mem_allocator === 'libc',
    model: recording.model,
  }
  const predicted = predictDump(recording.dump, server)
  const comparison = comparisons.get(recording.group) ?? new Comparison()
  comparisons.set(recording.group, comparison)
  compareKeys(recording, predicted, comparison, server.isLibc)
  return {
    recording,
    keys: predicted.keys.size,
    measuredBytes: meta.dataset_bytes,
    outsideBytes: cachesOf(meta.memory_stats_loaded) - cachesOf(meta.memory_stats_empty),
    predictedBytes: datasetBytes(predicted.target, predicted.keys.values()),
  }
}

function compareKeys(recording: Recording, predicted: PredictedDump, comparison: Comparison, isLibc: boolean): void {
  const { model } = predicted.target
  const lines = gunzipSync(readFileSync(recording.keysFile)).toString().trim().split('\n')
  for (const line of lines) {
    const recorded = JSON.parse(line) as RecordedKey
    const id = keyId(recorded.db, recorded.key_b64)
    const key = predicted.keys.get(id)
    if (key === undefined || recorded.module === true) continue
    comparison.add({
      dump: recording.name,
      recorded,
      predicted: key,
      isLibc,
      hasPlainDict: !model.hashtables && !(model.collectionUsage === 'sampled-bare' && key.type === 'set'),
      measuredBeforeDump: recording.meta.variant === 'expired',
      fittedStreams: model.id === 'redis-8.8',
    })
  }
}

/** Scripts and functions, which are in the dump but are no keys. */
function cachesOf(stats: Readonly<Record<string, unknown>> | undefined): number {
  return Number(stats?.['functions.caches'] ?? 0) + Number(stats?.['lua.caches'] ?? 0)
}

function document(comparisons: ReadonlyMap<string, Comparison>, totals: readonly Total[]): string {
  const parts = [
    `# How accurate the memory model is

Written by \`npx tsx scripts/accuracy.ts\` from recordings of real servers; do not edit. Each server was restarted from its dump and
asked for \`MEMORY USAGE key SAMPLES 0\` and \`OBJECT ENCODING\` of every key. *exact*: equal to the byte. *sum*: predicted sum
compared with the sum of the server. *median* and *largest*: error of a single key. *encoding*: keys with another encoding than predicted.
Modules are left out: nothing in a dump tells what they take.

Some sizes are random in the server itself, and predicted as their mean: levels of skiplist nodes, places in the hash tables of
Valkey 8.1 and later (and of sets in Valkey 8.0), and hash tables that a load leaves in the middle of a rehash.`,
  ]
  for (const [group, comparison] of comparisons) parts.push(serverSection(group, comparison))
  parts.push(totalsSection(totals), missesSection(comparisons))
  return `${parts.join('\n\n')}\n`
}

function serverSection(group: string, comparison: Comparison): string {
  const title = group === 'other servers' ? 'Dumps that another server loaded, or with other settings' : group
  const rows = comparison
    .groups()
    .map(
      (row) =>
        `| ${row.type} | ${row.encoding} | ${row.keys} | ${row.compared === 0 ? '-' : percent(row.exact / row.compared, 2)} | ` +
        `${row.compared === 0 ? '- | - | -' : `${signed(row.sumError)} | ${percent(row.medianError, 3)} | ${percent(row.largestError, 2)}`} | ${row.wrongEncoding} |`,
    )
  return `## ${title}

| type | encoding | keys | exact | sum | median | largest | encoding |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

${comparison.summary()}`
}

function totalsSection(totals: readonly Total[]): string {
  const rows = totals.map((total) => {
    const measured = total.measuredBytes - total.outsideBytes
    const difference = total.predictedBytes - measured
    return (
      `| ${total.recording.name} | ${total.keys} | ${total.measuredBytes} | ${total.outsideBytes} | ${total.predictedBytes} | ` +
      `${difference > 0 ? '+' : ''}${difference} | ${signed(difference / measured)} | ${remark(total, difference / measured, totals)} |`
    )
  })
  return `## Totals

\`used_memory\` of the loaded server minus that of the same server empty, without scripts and functions, beside the sum of \`ramBytes\`
and \`overheadBytes\`. The two readings of \`used_memory\` jump by tens of kilobytes with the buffers of the connection that asks, so
dumps of less than ${KEYS_TO_JUDGE_TOTAL} keys say little here.

| dump | keys | measured | functions | predicted | difference | | |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
${rows.join('\n')}`
}

function remark(total: Total, error: number, totals: readonly Total[]): string {
  if (total.recording.meta.config?.['cluster-enabled'] === 'yes') {
    return 'the empty server was measured while it held the buffers of assigning all slots'
  }
  if (Math.abs(error) <= 0.005) return ''
  if (total.keys < KEYS_TO_JUDGE_TOTAL) return 'few keys'
  const again = totals.find((other) => isSameDataAgain(total, other))
  if (again === undefined) return ''
  const less = total.measuredBytes - total.outsideBytes - (again.measuredBytes - again.outsideBytes)
  return `buffers: the same keys on the same server measured ${less} bytes less in ${again.recording.name}`
}

/** True when `other` is the same server with the same keys, loaded from another dump. */
function isSameDataAgain(total: Total, other: Total): boolean {
  const [server, variant] = total.recording.name.split('/') as [string, string]
  return other.recording.name.endsWith(`-${variant}-on-${server}`) && other.predictedBytes === total.predictedBytes
}

function missesSection(comparisons: ReadonlyMap<string, Comparison>): string {
  const rows = [...comparisons].flatMap(([group, comparison]) =>
    comparison.misses.map(
      (miss) =>
        `| ${group} | ${miss.dump} | ${miss.db} | ${cell(miss.key)} | ${miss.encoding} | ${miss.predicted} | ${miss.measured} | ${miss.reason} |`,
    ),
  )
  return `## Every miss

Keys that are not exact, but for skiplists and the hash tables of Valkey, which are random through and through and summed up above.

| server | dump | db | key | encoding | predicted | measured | why |
| --- | --- | ---: | --- | --- | ---: | ---: | --- |
${rows.join('\n')}`
}

function cell(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names of keys hold anything
  return `\`${text.replace(/[\u0000-\u001f\u007f|`\\]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}\``
}

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`
}

function signed(share: number): string {
  return `${share > 0 ? '+' : ''}${(100 * share).toFixed(3)} %`
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

if (process.argv[1] !== undefined && basename(process.argv[1]).startsWith('accuracy')) main()

/** What scripts/savings-accuracy.ts wrote at the end of the page stays. */
function savingsSection(): string {
  const text = existsSync(OUTPUT) ? readFileSync(OUTPUT, 'utf8') : ''
  const at = text.indexOf('\n## Savings: predicted against measured\n')
  return at < 0 ? '' : text.slice(at)
}
