/** Builds the page and compiles the views into static/dist, unless what is there was built from exactly what is here now. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { compileViews } from './src/server/http/views/compile.ts'

const root = import.meta.dirname
const dist = join(root, 'static/dist')
const stamp = join(dist, 'built-from')

const sources = [
  'views',
  'src/server/http/views/compile.ts',
  'build.ts',
  'vite.config.ts',
  'emoji-data.ts',
  'src/client',
  'src/shared',
  'clients/js/src',
  'static/css',
]
const packages = [
  'vue',
  'vite',
  '@vitejs/plugin-vue',
  'valibot',
  'emoji-picker-element-data',
  'highlight.js',
  'nunjucks',
]

const hash = hashOfSources()
if (!isFresh()) await buildPage()

function hashOfSources(): string {
  const sum = createHash('sha256')
  for (const file of sources.flatMap(filesIn))
    sum
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
  for (const name of packages) sum.update(name).update('\0').update(versionOf(name))
  return sum.digest('hex')
}

function filesIn(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`))
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}

function isFresh(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
}

async function buildPage() {
  const start = performance.now()
  rmSync(stamp, { force: true })
  const { build } = await import('vite')
  await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' })
  await Promise.all(filesIn('static/dist/assets').filter(isText).map(compress))
  writeFileSync(join(dist, 'views.cjs'), compileViews(join(root, 'views')))
  // Last, so that a build that was interrupted is not taken for a good one.
  writeFileSync(stamp, hash)
  console.log(`built the page in ${Math.round(performance.now() - start)} ms`)
}

function isText(file: string): boolean {
  return /\.(js|css|json|svg|txt)$/.test(file)
}

/** Beside the file, as smaller ones that the server and nginx send: once and well, in place of each time and fast. */
async function compress(file: string) {
  const path = join(root, file)
  const content = readFileSync(path)
  const brotli = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
  const encoded = [
    ['br', await promisify(brotliCompress)(content, { params: brotli })],
    ['gz', await promisify(gzip)(content, { level: 9 })],
  ] as const
  for (const [extension, bytes] of encoded) {
    if (bytes.length < content.length) writeFileSync(`${path}.${extension}`, bytes)
  }
}
