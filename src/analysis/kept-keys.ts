import type { CollectorOptions } from './collectors.js'

/** Keys kept per list: at least so many, because a merge needs more than it shows; and at most. */
const KEPT_AT_LEAST = 20
const KEPT_AT_MOST = 10_000
/** Keys kept per list when all are wanted. */
const KEPT_OF_ALL = 500

/** Keys kept per list. */
export function keptKeys({ top, kept = 0, room }: Pick<CollectorOptions, 'top' | 'kept' | 'room'>): number {
  return Math.min(room?.listedKeys ?? KEPT_AT_MOST, Math.max(KEPT_AT_LEAST, kept, top === 0 ? KEPT_OF_ALL : top))
}
