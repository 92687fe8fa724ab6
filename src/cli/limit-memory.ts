import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { MemoryBudget } from '../memory-budget.js'
import { letYoungGrow } from './young-objects.js'

/** How often memory is looked at, and how long a collection is left alone, in ms. */
const LOOK_MS = 50
const PAUSE_MS = 500
/** Share of the budget from which on garbage is collected at once. */
const CLOSE = 0.9

/**
 * Keeps the process within a budget. Most of what Node takes beside the tables is garbage that has not been collected
 * yet: the room for young objects stays small (`keepYoungSmall`), and when memory comes close to the budget, garbage is
 * collected.
 */
export function limitMemory({ bytes, heapGrowthPercent }: MemoryBudget): void {
  if (heapGrowthPercent === null) {
    letYoungGrow()
    return
  }
  setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`)
  let collect: (() => void) | null = null
  let pauseUntil = 0
  setInterval(() => {
    if (process.memoryUsage.rss() < bytes * CLOSE || performance.now() < pauseUntil) return
    collect ??= collector()
    collect()
    pauseUntil = performance.now() + PAUSE_MS
  }, LOOK_MS).unref()
}

/** V8's own collection, which it shows to contexts that are made while the flag is set. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return gc
}
