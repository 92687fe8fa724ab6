import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { threadsKeepYoungSmall } from '../pipeline/thread-heap.js'

/** Room for young objects: half is in use at a time. Less costs time where much is allocated, more gains nothing. */
const ROOM_BYTES = 4 * 2 ** 20
/** How often it is looked at, in ms. */
const LOOK_MS = 10

let mostBytes = ROOM_BYTES

/**
 * Keeps the room for young objects at `ROOM_BYTES`. V8 would let it grow to 48 MiB and hardly ever gives it back. Asked
 * again and again, since V8 forgets it when it makes the heap of another thread, and one collection may double the
 * room. While this thread is busy, the others see to it when they start.
 */
export function keepYoungSmall(): void {
  threadsKeepYoungSmall(true)
  limitGrowth()
  setInterval(limitGrowth, LOOK_MS).unref()
}

/** V8's own rule again. */
export function letYoungGrow(): void {
  threadsKeepYoungSmall(false)
  mostBytes = Number.POSITIVE_INFINITY
  limitGrowth()
}

function limitGrowth(): void {
  const room = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  setFlagsFromString(`--semi-space-growth-factor=${room < mostBytes ? 2 : 1}`)
}
