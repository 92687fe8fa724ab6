const GIB = 2 ** 30

/** Share of `maxmemory` that data may take: the rest is for buffers, copy-on-write while saving, and growth. */
const FULL = 0.75

/**
 * Usual steps of `maxmemory`, in GiB: doublings and the halves between them, as nodes are sold (the gap between two is
 * what has to be saved before anything gets cheaper).
 */
const STEPS_GIB = [0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]

/** The smallest usual `maxmemory` of which so many bytes take three quarters at most. */
export function maxmemoryFor(usedMemoryBytes: number): number {
  const step = STEPS_GIB.find((gib) => usedMemoryBytes <= FULL * gib * GIB)
  return step === undefined ? Math.ceil(usedMemoryBytes / FULL / GIB) * GIB : step * GIB
}

/** @param pricePerGibMonth of memory in use, in any currency */
export function pricePerMonth(bytes: number, pricePerGibMonth: number | undefined): number | null {
  return pricePerGibMonth === undefined ? null : Math.round((bytes / GIB) * pricePerGibMonth * 100) / 100
}
