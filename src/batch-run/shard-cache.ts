import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { ShardFacts } from '../../reports/batch/night-report.js'
import { fileFacts, namesInFolder, remove, replaceFile, sha256OfFile, textOfFile } from '../io/folders.js'
import { makeFolder } from '../io/output.js'
import { type Profile, readProfile } from '../profile/index.js'
import { version } from '../version.js'
import type { ShardJob, ShardResult } from './shard.js'
import { shardFile } from './sources.js'

/** What is kept of a shard beside its profile and its keys. */
interface Kept {
  readonly key: string
  readonly status: ShardResult['status']
  readonly problem: string | null
  readonly advice: string
  readonly keysFile: string | null
  readonly facts: ShardFacts
  /** Of the files beside it: a disk may lose what was written last. */
  readonly profileSha256: string
  readonly keysBytes: number | null
}

const PROFILE_FILE = 'profile.json.gz'

/** The work of the last run on each shard: a dump that is the same, read in the same way, is not read again. */
export class ShardCache {
  readonly #folder: string
  readonly #by: 'size+time' | 'sha256'
  readonly #used = new Set<string>()

  constructor(folder: string, by: 'size+time' | 'sha256') {
    this.#folder = folder
    this.#by = by
  }

  /** Where the files of a shard are kept. */
  folderOf(dataset: string, shard: string): string {
    const folder = join(this.#folder, shardFile(dataset, shard))
    this.#used.add(folder)
    return folder
  }

  /** What a result would be kept under; null when it cannot be told without reading (commands). */
  async keyOf(job: ShardJob): Promise<string | null> {
    if (job.input.kind === 'command') return null
    const { path, increments } = job.input.file
    const state: unknown[] = []
    for (const file of [path, ...increments]) {
      const facts = await fileFacts(file)
      if (facts === null) return null
      state.push(this.#by === 'sha256' ? await sha256OfFile(file) : [file, facts.bytes, facts.modifiedMs])
    }
    return createHash('sha256')
      .update(JSON.stringify([version, job.source, state, job.options]))
      .digest('hex')
  }

  /** The result of an earlier run; null when the dump has to be read. */
  async get(job: ShardJob, key: string | null): Promise<Omit<ShardResult, 'profile'> | null> {
    if (key === null) return null
    const kept = parse(await textOfFile(join(job.folder, 'result.json')))
    if (kept === null || kept.key !== key) return null
    const { status, problem, advice, keysFile, facts } = kept
    const found = await filesOf(job, keysFile).catch(() => null)
    if (found?.profileSha256 !== kept.profileSha256 || found.keysBytes !== kept.keysBytes) return null
    return { status, problem, advice, keysFile, facts }
  }

  /** Before a dump is read, so that a kill in the middle leaves nothing that looks finished. */
  async begin(job: ShardJob): Promise<void> {
    await makeFolder(job.folder)
    await remove(join(job.folder, 'result.json'))
  }

  /** The note that all is there is written last. */
  async put(job: ShardJob, key: string | null, result: ShardResult): Promise<void> {
    if (result.profile === null || result.facts === null) return
    await replaceFile(join(job.folder, PROFILE_FILE), Buffer.from(result.profile, 'base64'))
    if (key === null) return
    const { status, problem, advice, keysFile, facts } = result
    const files = await filesOf(job, keysFile)
    const kept: Kept = { key, status, problem, advice, keysFile, facts, ...files }
    await replaceFile(join(job.folder, 'result.json'), JSON.stringify(kept))
  }

  /** The profile of a shard that was just read or reused. */
  async profileOf(folder: string): Promise<Profile> {
    return readProfile(join(folder, PROFILE_FILE))
  }

  /** Forgets shards that were not part of the run. */
  async prune(): Promise<void> {
    const datasets = new Set([...this.#used].map((folder) => dirname(folder)))
    for (const name of await namesInFolder(this.#folder)) {
      const dataset = join(this.#folder, name)
      if (!datasets.has(dataset)) await remove(dataset)
      else {
        for (const shard of await namesInFolder(dataset)) {
          if (!this.#used.has(join(dataset, shard))) await remove(join(dataset, shard))
        }
      }
    }
  }
}

async function filesOf(
  { folder }: ShardJob,
  keysFile: string | null,
): Promise<Pick<Kept, 'profileSha256' | 'keysBytes'>> {
  const keys = keysFile === null ? null : await fileFacts(join(folder, keysFile))
  return { profileSha256: await sha256OfFile(join(folder, PROFILE_FILE)), keysBytes: keys?.bytes ?? null }
}

function parse(text: string | null): Kept | null {
  if (text === null) return null
  try {
    return JSON.parse(text) as Kept
  } catch {
    return null
  }
}
