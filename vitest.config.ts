import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real dumps in 7-byte chunks and scratch servers take longer than the usual five seconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
