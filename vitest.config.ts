import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { emojiData } from './emoji-data.ts'
import { prepareEnvironment } from './test/support/environment.ts'
import { Summary } from './test/support/summary.ts'

prepareEnvironment()

export default defineConfig({
  plugins: [vue(), emojiData()],
  test: {
    include: ['test/**/*.test.ts'],
    // Those run for minutes and may need the npm registry: `npm run test:slow`, vitest.slow.config.ts.
    exclude: ['test/slow/**', 'node_modules/**'],
    environment: 'node',
    // On two processors vitest would take one worker, and everything would wait for the socket that is silent for 70 s.
    maxWorkers: 3,
    // For what never comes, not for what comes late: a machine may be busy with other things.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default', new Summary()],
  },
})
