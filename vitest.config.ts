import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { Summary } from './test/support/summary.ts'

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    reporters: ['default', new Summary()],
  },
})
