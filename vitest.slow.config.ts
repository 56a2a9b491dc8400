import { defineConfig } from 'vitest/config'
import { Summary } from './test/support/summary.ts'

/** Tests that run for minutes. One file at a time: they measure, or fill both processors themselves. */
export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    // Two at a time within a file that allows it: as many as there are processors.
    maxConcurrency: 2,
    testTimeout: 15 * 60_000,
    hookTimeout: 5 * 60_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default', new Summary()],
  },
})
