import type { NightlyConfig } from './config.js'
import { findShards, namesDate, newestDate, type ShardSource } from './sources.js'

/** What a run would read, without reading it. */
export interface CheckedDataset {
  readonly dataset: string
  readonly shards: readonly Pick<ShardSource, 'shard' | 'source'>[]
  /** Sources in which there is nothing, and why. */
  readonly lost: readonly string[]
}

export async function checkSources(
  config: NightlyConfig,
  date: string | undefined,
): Promise<readonly CheckedDataset[]> {
  const night = date ?? (namesDate(config) ? await newestDate(config) : null)
  const checked: CheckedDataset[] = []
  for (const dataset of config.written.datasets) {
    const { shards, lost } = await findShards(dataset, config.folder, night)
    checked.push({
      dataset: dataset.name,
      shards: shards.map(({ shard, source }) => ({ shard, source })),
      lost: lost.map(({ message }) => message),
    })
  }
  return checked
}
