import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The script of the HTML report is a module made from its sources: tests run with the present ones.
    globalSetup: ['scripts/build-client.ts'],
    // Real dumps in 7-byte chunks and scratch servers take longer than the usual five seconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
