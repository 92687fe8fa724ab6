import { type MessagePort, Worker } from 'node:worker_threads'

/** Threads keep little: room for more young objects only raises the peak (48 MiB by default). */
const YOUNG_MB = 6

/**
 * Starts a thread with a file of this folder. From source (tsx, vitest) that is TypeScript, which a thread loads
 * through tsx; a build has JavaScript.
 *
 * @param transferred what of the data goes over to the thread
 */
export function startWorker(name: string, workerData: unknown, transferred: readonly MessagePort[] = []): Worker {
  const here = import.meta.url
  const options = {
    workerData,
    transferList: [...transferred],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  }
  if (!here.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, here), options)
  const file = JSON.stringify(new URL(`./${name}.ts`, here).href)
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${file}, ${JSON.stringify(here)}))`
  return new Worker(load, { ...options, eval: true })
}
