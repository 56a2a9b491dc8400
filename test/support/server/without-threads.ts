/** Gives servers in the process of a test the store of ./threads.ts. */
import { join } from 'node:path'
import type { Plugin } from 'vite'

const sqlite = join(import.meta.dirname, '../../../src/server/store/sqlite/')

export function withoutThreads(): Plugin {
  return {
    name: 'without-threads',
    enforce: 'pre',
    resolveId(source, importer) {
      return source === './threads.ts' && importer?.startsWith(sqlite)
        ? join(import.meta.dirname, 'threads.ts')
        : undefined
    },
  }
}
