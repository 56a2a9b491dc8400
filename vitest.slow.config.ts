import { tmpdir } from 'node:os'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { emojiData } from './emoji-data.ts'
import { prepareEnvironment } from './test/support/run/environment.ts'
import { longestFirst } from './test/support/run/longest-first.ts'
import { Summary } from './test/support/run/summary.ts'
import { withoutThreads } from './test/support/server/without-threads.ts'

/** Where servers that are measured keep their data: a commit waits for the disk, as it does for people. */
const disk = tmpdir()
prepareEnvironment()

/** What measures, or fills both processors by itself: two of them side by side take longer than one after the other. */
const alone = ['attack', 'cluster/cluster-proof', 'hostile-guest', 'proof'].map((name) => `test/slow/${name}.test.ts`)
/** With more, a browser and a server in each, two processors do less in all. */
const maxWorkers = 3

/** Tests that run for minutes. */
export default defineConfig({
  plugins: [vue(), emojiData()],
  test: {
    environment: 'node',
    testTimeout: 15 * 60_000,
    hookTimeout: 5 * 60_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: longestFirst(['idle-connection', 'install', 'axe-en', 'axe-zh', 'postgres', 'main']) },
    reporters: ['default', new Summary()],
    projects: [
      {
        extends: true,
        plugins: [withoutThreads()],
        test: {
          name: 'together',
          include: ['test/slow/*.test.ts', 'test/slow/cluster/*.test.ts'],
          exclude: alone,
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
      // In the same process one after the other, so that they share a browser.
      {
        extends: true,
        plugins: [withoutThreads()],
        test: {
          name: 'browser',
          include: ['test/slow/e2e/**/*.test.ts'],
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
      // One file at a time, and within a file that allows it as many tests as there are processors.
      {
        extends: true,
        test: {
          name: 'alone',
          env: { TMPDIR: disk },
          include: alone,
          maxWorkers: 1,
          maxConcurrency: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
