/** Usual size of a range: large enough that handing it over costs nothing, small enough for the cache. */
export const RANGE_BYTES = 1 << 19
