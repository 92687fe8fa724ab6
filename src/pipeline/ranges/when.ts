import { availableParallelism } from 'node:os'
import { KeyFilter } from '../../filters.js'
import { isReadOnce, storedBytes } from '../../io/stored-bytes.js'
import { memoryBudget } from '../../memory-budget.js'
import type { ReadRequest } from '../../requests.js'
import { rdbVersionAt } from '../rdb-version.js'
import { RANGE_BYTES } from './size.js'

/** From this size on further threads pay. */
const THREAD_WORTH_BYTES = 32 * 2 ** 20

/**
 * As asked for, or as many as there are processors and as there is memory for: but starting threads takes longer than a
 * small dump. What comes through a pipe may be of any size.
 */
export async function threadsFor({ threads, inputs, maxMemoryBytes }: ReadRequest): Promise<number> {
  if (threads !== undefined && maxMemoryBytes === undefined) return threads
  const wanted = threads ?? ((await mayBeLarge(inputs)) ? availableParallelism() : 1)
  return Math.min(wanted, memoryBudget(maxMemoryBytes).threads)
}

async function mayBeLarge(inputs: ReadRequest['inputs']): Promise<boolean> {
  if ((await storedBytes(inputs)) >= THREAD_WORTH_BYTES) return true
  for (const { path } of inputs) if (await isReadOnce(path)) return true
  return false
}

/**
 * From so many threads on ranges pay. With two, one reads and prices, and the other takes the rows, which costs a
 * quarter less CPU than a skim and handing over what it finds.
 */
export const RANGES_FROM_THREADS = 3

/** Ranges that the dumps need on average: handing out single ones costs more than it gains. */
const RANGES_PER_DUMP = 2
/** Records of older dumps depend on each other, see `RdbParser.start`. */
const FIRST_RDB_VERSION = 9

export interface RangesAllowed {
  /** One input that cannot be begun again when it does not let itself be cut; how large it is nobody knows. */
  readonly once: boolean
}

/** Ranges of the dumps may each be taken by another thread, and it pays; null: reading is left to one parser. */
export async function rangesAllowed(request: ReadRequest): Promise<RangesAllowed | null> {
  const { inputs, dumpPayload, salvage, filter, rangeBytes = RANGE_BYTES } = request
  if (dumpPayload !== undefined || salvage === true || new KeyFilter(filter).needsRow) return null
  if (inputs.length === 1 && (await isReadOnce(inputs[0]!.path))) return { once: true }
  let sum = 0
  for (const { path } of inputs) {
    const bytes = await storedBytes([{ path }])
    if (bytes === 0) return null
    const version = await rdbVersionAt(path)
    if (version !== null && version < FIRST_RDB_VERSION) return null
    sum += bytes
  }
  return sum >= inputs.length * RANGES_PER_DUMP * rangeBytes ? { once: false } : null
}
