/** Bundles the server's threads for the tests: each server starts two, and a thread that loads one file starts in half the time. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin, type Rolldown } from 'vite'
import type {} from 'vitest/config'

const root = join(import.meta.dirname, '../..')
const cache = join(root, 'node_modules/.cache/teahouse-threads')
const sqlite = join(root, 'src/server/store/sqlite')

/** Who starts the thread, and the file of the thread. */
const threads: ReadonlyMap<string, string> = new Map([
  [join(sqlite, 'group-commit.ts'), join(sqlite, 'writer.ts')],
  [join(sqlite, 'reader-thread.ts'), join(sqlite, 'reader.ts')],
])

/** Only for servers in the process of a test: those that a test starts as processes load the files themselves. */
export function bundledThreads(): Plugin {
  const bundled = new Map<string, Promise<string>>()
  return {
    name: 'bundled-threads',
    enforce: 'pre',
    // Vitest keeps transformed files for the next run by their own text: it would start the bundle of what a thread was then.
    configureVitest({ defineCacheKeyGenerator }) {
      defineCacheKeyGenerator(({ id }) => (threads.has(id) ? false : undefined))
    },
    async transform(code, id) {
      const file = threads.get(id)
      if (!file) return undefined
      const path = await (bundled.get(file) ?? bundled.set(file, bundle(file)).get(file))
      const before = `new URL('./${basename(file)}', import.meta.url)`
      if (!path || !code.includes(before)) throw new Error(`${id} does not start ${file} as expected.`)
      return { code: code.replace(before, `new URL(${JSON.stringify(pathToFileURL(path).href)})`), map: null }
    },
  }
}

/** @returns the path of the bundle, which its content names: Node's compile cache knows it again */
async function bundle(file: string): Promise<string> {
  const outcome = (await build({
    root,
    configFile: false,
    ssr: { noExternal: true },
    logLevel: 'error',
    build: {
      ssr: file,
      write: false,
      target: 'esnext',
      minify: false,
      rolldownOptions: { checks: { pluginTimings: false }, output: { codeSplitting: false } },
    },
  })) as Rolldown.RolldownOutput
  const [{ code }] = outcome.output
  const name = `${basename(file, '.ts')}-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`
  const path = join(cache, name)
  if (!existsSync(path)) write(path, code)
  return path
}

/** Another run may be reading or writing the same file. */
function write(path: string, code: string): void {
  const partial = `${path}.${process.pid}`
  mkdirSync(dirname(path), { recursive: true })
  try {
    writeFileSync(partial, code)
    renameSync(partial, path)
  } finally {
    rmSync(partial, { force: true })
  }
}
