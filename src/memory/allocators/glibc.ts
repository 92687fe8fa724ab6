import { Allocator } from './allocator.js'

/** M_MMAP_THRESHOLD: larger blocks are mapped on their own. */
const MMAP_THRESHOLD = 128 * 1024

/**
 * Usable size of a glibc block. A block can be up to 16 bytes larger when what is left of a free chunk is not worth
 * keeping, which nothing in a dump foretells.
 */
function glibcBytes(requestBytes: number): number {
  if (requestBytes >= MMAP_THRESHOLD) return Math.ceil((requestBytes + 16) / 4096) * 4096 - 16
  return Math.max(32, Math.ceil((requestBytes + 8) / 16) * 16) - 8
}

export const glibc = new Allocator('libc', 'glibc malloc', glibcBytes)
