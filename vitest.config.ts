import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { emojiData } from './emoji-data.ts'
import { prepareEnvironment } from './test/support/run/environment.ts'
import { longestFirst } from './test/support/run/longest-first.ts'
import { Summary } from './test/support/run/summary.ts'
import { withoutThreads } from './test/support/server/without-threads.ts'

prepareEnvironment()

/** Style sheets are not loaded, which is no error to print. */
const page = { environmentOptions: { happyDOM: { settings: { handleDisabledFileLoadingAsSuccess: true } } } }
/** They look at what the page does before its parts are loaded, which happens once in a process. */
const beforeLoading = ['composer/composer', 'shortcuts/shortcuts'].map((name) => `test/client/${name}.test.ts`)

export default defineConfig({
  plugins: [vue(), emojiData(), withoutThreads()],
  test: {
    environment: 'node',
    // More than there are processors: many tests wait, for a time to pass or for a process to start.
    maxWorkers: 6,
    // For what never comes, not for what comes late: a machine may be busy with other things.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: {
      sequencer: longestFirst([
        'client',
        'postgres',
        'page',
        'package',
        'unavailable',
        'admin',
        'account',
        'cli',
        'sqlite',
      ]),
    },
    reporters: ['default', new Summary()],
    projects: [
      // Those that run for minutes are left to `npm run test:slow`, vitest.slow.config.ts. Without isolation a process loads the
      // server once for all of its files: what a test changes in the process, it restores.
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/slow/**', 'test/e2e/**', 'test/client/**', 'test/clients/**'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          ...page,
          name: 'page',
          include: ['test/client/**/*.test.ts', 'test/clients/**/*.test.ts'],
          exclude: beforeLoading,
          setupFiles: ['test/client/support/own-address.ts'],
          isolate: false,
        },
      },
      { extends: true, test: { ...page, name: 'page before loading', include: beforeLoading } },
      // In the same process one after the other, so that they share a browser.
      { extends: true, test: { name: 'browser', include: ['test/e2e/**/*.test.ts'], isolate: false } },
    ],
  },
})
