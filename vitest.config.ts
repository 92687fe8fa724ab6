import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The script of the HTML report is a module made from its sources: tests run with the present ones.
    globalSetup: ['scripts/build-client.ts'],
    // Real dumps in 7-byte chunks and scratch servers take longer than the usual five seconds, and much longer
    // beside other work: a limit here is against what never ends, not against what is slow.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
})
