import type { Allocator, AllocatorId } from './allocator.js'
import { glibc } from './glibc.js'
import { jemalloc, jemalloc16, jemalloc36 } from './jemalloc.js'

export { Allocator, type AllocatorId } from './allocator.js'

export const allocators: Record<AllocatorId, Allocator> = {
  jemalloc,
  'jemalloc-16': jemalloc16,
  'jemalloc-3.6': jemalloc36,
  libc: glibc,
}

export const allocatorIds = Object.keys(allocators) as AllocatorId[]
