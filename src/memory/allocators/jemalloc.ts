import { Allocator } from './allocator.js'

const PAGE = 4096
const MIB = 1024 * 1024

/**
 * Size class of jemalloc 4 and 5: multiples of the quantum up to eight of them, then four classes per doubling.
 * Holds for every size: "large" and "huge" sizes keep the same spacing.
 */
function jemallocBytes(requestBytes: number, quantum: number): number {
  if (requestBytes <= 8) return 8
  if (requestBytes <= 8 * quantum) return Math.ceil(requestBytes / quantum) * quantum
  const step = spacing(requestBytes)
  return Math.ceil(requestBytes / step) * step
}

/**
 * Size class of jemalloc 3.6 (bundled with Redis 2.8 and 3.0): quantum 16 and four classes per doubling up to 3584,
 * then whole pages up to just under 4 MiB, then multiples of 4 MiB.
 */
function jemalloc36Bytes(requestBytes: number): number {
  if (requestBytes <= 3584) return jemallocBytes(requestBytes, 16)
  const inPages = Math.ceil(requestBytes / PAGE) * PAGE
  // The last page of a 4 MiB chunk that jemalloc would need for its own header does not count as large.
  return inPages <= 4 * MIB - 2 * PAGE ? inPages : Math.ceil(requestBytes / (4 * MIB)) * 4 * MIB
}

/** An eighth of the power of two that `bytes` fits into. */
function spacing(bytes: number): number {
  if (bytes <= 2 ** 31) return 2 ** (29 - Math.clz32(bytes - 1))
  let power = 2 ** 32
  while (power < bytes) power *= 2
  return power / 8
}

/** From Redis 3.2 on the bundled library is configured with `--with-lg-quantum=3` (deps/Makefile). */
export const jemalloc = new Allocator('jemalloc', 'jemalloc as bundled (quantum 8)', (bytes) => jemallocBytes(bytes, 8))

/** Distributions link their system's jemalloc, which has the default quantum. */
export const jemalloc16 = new Allocator('jemalloc-16', 'jemalloc of a distribution (quantum 16)', (bytes) =>
  jemallocBytes(bytes, 16),
)

export const jemalloc36 = new Allocator('jemalloc-3.6', 'jemalloc 3.6 (Redis 2.8 and 3.0)', jemalloc36Bytes)
