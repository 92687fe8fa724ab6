import { join, resolve } from 'node:path'
import type { NightlyConfig } from './config.js'

const DEFAULT_FOLDER = 'rdblens-nightly'

/** Where everything is below the output folder. */
export interface Layout {
  readonly root: string
  /** What a run needs for itself: lock, work in progress, work of the last run. */
  readonly work: string
  readonly lock: string
  readonly shards: string
  readonly temporary: string
  readonly history: string
  readonly reports: string
  readonly index: string
  readonly prometheus: string
}

export function layoutOf(root: string): Layout {
  const work = join(root, '.rdblens')
  return {
    root,
    work,
    lock: join(work, 'lock'),
    shards: join(work, 'shards'),
    temporary: join(work, 'tmp'),
    history: join(root, 'history.sqlite'),
    reports: join(root, 'reports'),
    index: join(root, 'index.html'),
    prometheus: join(root, 'metrics.prom'),
  }
}

export function outputFolder({ written, folder }: NightlyConfig): string {
  return resolve(folder, written.output?.folder ?? DEFAULT_FOLDER)
}
