import { describe, expect, it } from 'vitest'
import { allocators } from '../../../../src/memory/allocators/index.js'
import { sdsBytes } from '../../../../src/memory/structs/sds.js'

/** Size classes of jemalloc 5 with quantum 8, as its own `malloc_stats` lists them. */
const CLASSES = [
  8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280,
  1536, 1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192, 10240, 12288, 14336, 16384, 20480, 24576, 28672,
  32768, 40960, 49152, 57344, 65536, 81920, 98304, 114688, 131072, 163840, 196608, 229376, 262144, 327680, 393216,
  458752, 524288, 655360, 786432, 917504, 1048576, 1310720, 1572864, 1835008, 2097152, 2621440, 3145728, 3670016,
  4194304, 5242880, 6291456, 7340032, 8388608,
]

describe('jemalloc', () => {
  it('gives the next class for every size up to 8 MiB', () => {
    const { jemalloc } = allocators
    let from = 0
    for (const size of CLASSES) {
      expect(jemalloc.given(from)).toBe(size)
      expect(jemalloc.given(size)).toBe(size)
      expect(jemalloc.given(Math.floor((from + size) / 2) + 1)).toBe(size)
      from = size + 1
    }
  })

  it('keeps the spacing beyond 32 bits', () => {
    expect(allocators.jemalloc.given(2 ** 32)).toBe(2 ** 32)
    expect(allocators.jemalloc.given(2 ** 32 + 1)).toBe(2 ** 32 + 2 ** 30)
    expect(allocators.jemalloc.given(2 ** 31 + 1)).toBe(2 ** 31 + 2 ** 29)
  })

  it('has no 24, 40 and 56 with quantum 16', () => {
    const given = [8, 9, 17, 33, 49, 65, 113, 129].map((bytes) => allocators['jemalloc-16'].given(bytes))
    expect(given).toEqual([8, 16, 32, 48, 64, 80, 128, 160])
  })

  it('gave whole pages and chunks before version 4', () => {
    const given = [3584, 3585, 100_009, 5_000_009].map((bytes) => allocators['jemalloc-3.6'].given(bytes))
    expect(given).toEqual([3584, 4096, 102_400, 8_388_608])
  })
})

describe('glibc', () => {
  it('keeps 8 bytes of every 16 for itself, and maps large blocks', () => {
    const given = [0, 1, 24, 25, 40, 41, 131_071, 131_072].map((bytes) => allocators.libc.given(bytes))
    expect(given).toEqual([24, 24, 24, 40, 40, 56, 131_080, 135_152])
  })
})

describe('sds', () => {
  it.each([
    ['sized', 0, 4],
    ['sized', 1, 3],
    ['sized', 31, 33],
    ['sized', 32, 36],
    ['sized', 255, 259],
    ['sized', 256, 262],
    ['sized', 65535, 65541],
    ['sized', 65536, 65546],
    ['sized-whole', 252, 256],
    ['sized-whole', 253, 259],
    ['sized-whole', 65530, 65536],
    ['sized-whole', 65531, 65541],
    ['old', 1, 10],
  ] as const)('%s: a text of %i bytes asks for %i', (kind, length, bytes) => {
    expect(sdsBytes(kind, length)).toBe(bytes)
  })
})
