import { join } from 'node:path'
import { RdbError } from '../../parsers/index.js'
import type { ShardFacts } from '../../reports/batch/night-report.js'
import type { AnalysisReport } from '../../reports/report.js'
import type { BigKeyOverrides, BigKeyPresetId } from '../analysis/big-key-limits.js'
import { parseBigKeyLimits } from '../analysis/big-key-limits.js'
import type { GroupRule } from '../analysis/group-file.js'
import { analyze } from '../analyze.js'
import { fetchToFile } from '../io/command.js'
import { InputError } from '../io/errors.js'
import { gzipFileOutput, remove } from '../io/folders.js'
import type { InputFile } from '../io/inputs.js'
import { streamKeys } from '../keys.js'
import type { AllocatorId } from '../memory/allocators/index.js'
import { parseSettings } from '../memory/settings.js'
import { encodeProfile, type Profile } from '../profile/index.js'
import type { RedactMode } from '../redact/modes.js'
import type { FileOutcome, ReadProgress, ReadRequest } from '../requests.js'
import type { NightlyConfig } from './config.js'
import { filterOf } from './config-meaning.js'
import type { AnalysisConfig, DatasetConfig } from './config-types.js'
import { ownerGroups } from './owners.js'
import type { ShardInput, ShardSource } from './sources.js'

/** How dumps of a data set are read. Plain JSON. */
export interface ShardOptions
  extends Pick<
    ReadRequest,
    'filter' | 'target' | 'settings' | 'bits' | 'allocator' | 'cluster' | 'separators' | 'verify'
  > {
  readonly values: boolean
  readonly redact: RedactMode
  readonly bigKeyPreset?: BigKeyPresetId | undefined
  readonly bigKeyLimits?: BigKeyOverrides | undefined
  readonly groups?: readonly GroupRule[] | undefined
  /** Write a row per key. */
  readonly keys: boolean
}

/** One dump to analyze: the unit of work. Plain JSON, so that a queue can carry it to another machine. */
export interface ShardJob {
  readonly dataset: string
  readonly shard: string
  /** How reports call the dump. */
  readonly source: string
  readonly input: ShardInput
  readonly options: ShardOptions
  readonly threads?: number | undefined
  /** Folder for `keys.csv.gz` and for what a command gives; made by who asks. */
  readonly folder: string
}

/** What became of it. Plain JSON. */
export interface ShardResult {
  readonly status: 'ok' | 'damaged' | 'unreadable'
  /** What is wrong, where, what next; null when nothing is. */
  readonly problem: string | null
  readonly advice: string
  /** The bytes of its profile in base64; null when nothing could be read. */
  readonly profile: string | null
  /** Null when nothing could be read. */
  readonly facts: ShardFacts | null
  /** Name of the file of keys in the folder; null when there is none. */
  readonly keysFile: string | null
}

/** What the config says about the dumps of a data set. */
export function shardOptions(config: NightlyConfig, dataset: DatasetConfig): ShardOptions {
  const { written, confs } = config
  const analysis: AnalysisConfig = { ...written.analysis, ...dataset.analysis }
  const settings = Object.entries(analysis.settings ?? {}).map(([name, value]) => `${name}=${value}`)
  const limits = (analysis.bigKey ?? []).map(parseBigKeyLimits)
  return {
    filter: filterOf(analysis.filter),
    target: analysis.target,
    settings: { ...(analysis.conf === undefined ? {} : confs.get(analysis.conf)), ...parseSettings(settings) },
    bits: analysis.bits,
    allocator: analysis.allocator as AllocatorId | undefined,
    cluster: analysis.cluster,
    separators: analysis.separators,
    verify: analysis.verify !== false,
    values: analysis.values !== false,
    redact: written.output?.redact ?? 'none',
    bigKeyPreset: analysis.bigKeyPreset as BigKeyPresetId | undefined,
    bigKeyLimits: limits.length === 0 ? undefined : (Object.assign({}, ...limits) as BigKeyOverrides),
    groups: ownerGroups(config.owners),
    keys: (written.output?.formats ?? ['keys']).includes('keys'),
  }
}

export function shardJob(source: ShardSource, options: ShardOptions, folder: string, threads?: number): ShardJob {
  const { dataset, shard, input } = source
  return { dataset, shard, source: source.source, input, options, threads, folder }
}

/**
 * Reads one dump. A dump that is damaged or cannot be read is a result, too; thrown is only what is wrong with the
 * place to work in, such as a full disk.
 */
export async function analyzeShard(job: ShardJob, onProgress?: (progress: ReadProgress) => void): Promise<ShardResult> {
  const fetched = join(job.folder, 'fetched.rdb')
  try {
    const file = await fileOf(job, fetched)
    const request: ReadRequest = { ...requestOf(job), inputs: [file], onProgress }
    const { files, profile, report } = await analyze(request, {
      top: 0,
      profile: true,
      values: job.options.values,
      groups: job.options.groups,
      bigKeyPreset: job.options.bigKeyPreset,
      bigKeyLimits: job.options.bigKeyLimits,
    })
    const keysFile = job.options.keys ? await writeKeys(request, join(job.folder, 'keys.csv.gz')) : null
    const bytes = encodeProfile(named(profile!, job.source))
    return {
      ...statusOf(files[0]!, job.source),
      profile: Buffer.from(bytes).toString('base64'),
      facts: factsOf(report),
      keysFile,
    }
  } catch (error) {
    if (!(error instanceof InputError || error instanceof RdbError)) throw error
    if (error instanceof InputError && error.code === 'output') throw error
    const advice = error instanceof InputError ? error.advice : ''
    return { status: 'unreadable', problem: error.message, advice, profile: null, facts: null, keysFile: null }
  } finally {
    await remove(fetched)
  }
}

async function fileOf({ input, source }: ShardJob, fetched: string): Promise<InputFile> {
  if (input.kind === 'file') return input.file
  await fetchToFile(input.command, fetched)
  return { path: fetched, name: source, increments: [], notes: [] }
}

function requestOf({ options, threads }: ShardJob): Omit<ReadRequest, 'inputs'> {
  const { filter, target, settings, bits, allocator, cluster, separators, verify, redact } = options
  return { filter, target, settings, bits, allocator, cluster, separators, verify, redact, threads }
}

/** One row per key. The header stands in a part of its own, so that parts of several shards can be joined. */
async function writeKeys(request: ReadRequest, path: string): Promise<string> {
  const output = gzipFileOutput(path)
  let inHeader = true
  try {
    await streamKeys(request, { format: 'csv', csvRaw: false, csvBom: false }, (piece) => {
      if (!inHeader) return output.write(piece)
      const end = piece.indexOf(LF)
      if (end === -1) return undefined
      inHeader = false
      return output.write(piece.slice(end + 1))
    })
    await output.close()
  } catch (error) {
    await output.abort()
    throw error
  }
  return 'keys.csv.gz'
}

const LF = 0x0a

/** The profile calls the dump as the config does, wherever the file lies. */
function named(profile: Profile, source: string): Profile {
  const { provenance } = profile
  return {
    ...profile,
    provenance: { ...provenance, files: provenance.files.map((file) => ({ ...file, path: source })) },
  }
}

function factsOf({ totals, provenance }: AnalysisReport): ShardFacts {
  const { keys, ramBytes, overheadBytes } = totals
  const { usedMemoryBytes, dumpTimeMs, bytes, sha256 } = provenance.files[0]!
  return { keys, ramBytes, overheadBytes, usedMemoryBytes, dumpTimeMs, bytes, sha256 }
}

function statusOf(outcome: FileOutcome, source: string): Pick<ShardResult, 'status' | 'problem' | 'advice'> {
  const { read, damagedKeys, checksum, keys } = outcome
  const covers = `${keys} keys before it are covered`
  if (read.error !== null) {
    const advice = 'advice' in read.error ? read.error.advice : 'Copy it again, or take a new one.'
    return { status: 'damaged', problem: `${source} is damaged: ${read.error.message}; ${covers}`, advice }
  }
  if (checksum === 'wrong') {
    const problem = `${source} has a wrong checksum: some bytes changed after it was written`
    return { status: 'damaged', problem, advice: 'Copy it again, or take a new one.' }
  }
  if (damagedKeys > 0) {
    const problem = `${source} has ${damagedKeys} damaged key${damagedKeys === 1 ? '' : 's'}`
    return { status: 'damaged', problem, advice: `rdblens check ${source} lists them.` }
  }
  return { status: 'ok', problem: null, advice: '' }
}
