/** Position of each sum within a cell's row of `stats`. */
export const STAT = {
  keys: 0,
  ramBytes: 1,
  overheadBytes: 2,
  payloadBytes: 3,
  rdbBytes: 4,
  elements: 5,
  nameBytes: 6,
  /** Sum of squares of ramBytes. */
  ramSquares: 7,
  largestRam: 8,
  longestElement: 9,
  expiring: 10,
  expiringRam: 11,
  expired: 12,
  ttlMin: 13,
  ttlMax: 14,
  idleKeys: 15,
  idleSeconds: 16,
  freqKeys: 17,
  freq: 18,
} as const
export const STRIDE = 20

/** Slots of names per cell: the largest key, three examples, one without TTL. */
export const NAME = { largest: 0, example: 1, withoutTtl: 4 } as const
