/** Checks the import statements of all modules against the import rules. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, sep } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Import {
  /** A path from the root for what is ours, and a package's name as it stands. */
  to: string
  isPackage: boolean
  isType: boolean
}

interface Rule {
  of: RegExp
  /** What of ours may be imported. */
  may: RegExp[]
  /** What of ours may be named in types only. */
  mayName?: RegExp[]
  /** Packages and Node's own modules: all of them unless said. */
  packages?: 'types only' | 'none of Node' | 'none'
}

const anything = /^/
const shared = /^src\/shared\//
const clientPackage = /^clients\/js\/src\//
const durations = /^src\/shared\/durations\.ts$/
const store = /^src\/server\/store\/store\.ts$/
const config = /^src\/server\/config\.ts$/
const log = /^src\/server\/log\.ts$/
const auth = /^src\/server\/auth\//
const rateLimit = /^src\/server\/rate-limit\//
const http = /^src\/server\/http\//
/** What a request says about its client and its origin, and how a bare socket is answered. */
const requests = /^src\/server\/http\/(client-address|request-origin|plain-response|response-headers|retry-after)\.ts$/
/** Runs in the process for images. */
const imageProcess = /^src\/server\/files\/images\/process\//
const chat = /^src\/server\/chat\//
const uploads = /^src\/server\/files\//
const node = /^src\/server\/cluster\/node\.ts$/
const commands = /^src\/server\/commands\//
/** What computes beside the event loop. */
const backgroundThreads = /^src\/server\/threads\/background-threads\.ts$/
const confusables = /^src\/server\/auth\/confusables\.ts$/

/** The first rule that fits a file is its rule; a file without one may not be there. */
const rules: Rule[] = [
  { of: /^src\/server\/main\.ts$/, may: [/^src\/server\/[\w-]+\.ts$/] },
  { of: /^src\/server\/(compose|backends|shared-work)\.ts$/, may: [anything] },
  {
    of: /^src\/server\/cli\//,
    may: [
      config,
      /^src\/server\/dot-env\.ts$/,
      /^src\/server\/auth\/tokens\.ts$/,
      confusables,
      /^src\/server\/cli\//,
      /^src\/server\/api-docs\/schemas\//,
      /^src\/server\/store\/(sqlite\/open-beside|postgres\/open)\.ts$/,
      /^src\/server\/files\/bytes\/(file-bytes|disk-bytes|open-bytes|stored-hash)\.ts$/,
      /^src\/server\/move\/move\.ts$/,
      store,
      shared,
    ],
  },
  { of: /^src\/server\/app\.ts$/, may: [http, rateLimit, config, log], mayName: [/^src\/server\//, shared] },
  { of: requests, may: [requests, config, durations] },
  {
    of: http,
    may: [http, config, log, uploads, /^src\/server\/(rate-limit\/(network|user-key)|mcp\/json-rpc)\.ts$/, shared],
    mayName: [
      auth,
      rateLimit,
      commands,
      chat,
      store,
      /^src\/server\/(api-docs\/api-docs|current-settings|health|metrics\/metrics|transports\/(stream\/streams|socket-io\/socket-io))\.ts$/,
    ],
  },
  { of: confusables, may: [] },
  { of: backgroundThreads, may: [] },
  { of: auth, may: [auth, backgroundThreads, rateLimit, requests, config, store, shared], mayName: [http, chat, log] },
  { of: rateLimit, may: [rateLimit, requests, log, store, shared], mayName: [auth, chat, http] },
  {
    of: /^src\/server\/transports\//,
    may: [/^src\/server\/transports\//, auth, rateLimit, requests, chat, commands, config, log, store, shared],
    mayName: [/^src\/server\/files\/take-bytes\.ts$/],
  },
  {
    of: commands,
    may: [commands, chat, auth, rateLimit, node, log, store, shared],
    mayName: [/^src\/server\/disk-space\.ts$/],
  },
  {
    of: chat,
    may: [chat, commands, auth, rateLimit, node, log, store, shared, /^src\/server\/backplane\/backplane\.ts$/],
    mayName: [/^src\/server\/transports\//],
  },
  // The rules know no database, and no database knows another.
  {
    of: /^src\/server\/store\/sqlite\//,
    may: [/^src\/server\/store\/(?!postgres\/)/, confusables, shared],
  },
  { of: /^src\/server\/store\/postgres\//, may: [/^src\/server\/store\/(?!sqlite\/)/, shared] },
  { of: /^src\/server\/store\//, may: [/^src\/server\/store\/(?!sqlite\/|postgres\/)/, confusables, shared] },
  // Knows both databases, as nobody else does.
  {
    of: /^src\/server\/move\//,
    may: [
      /^src\/server\/move\//,
      /^src\/server\/store\/(sqlite\/(lock|schema)|postgres\/(batch|connection|lease|schema))\.ts$/,
      /^src\/server\/files\/bytes\/(file-bytes|disk-bytes|stored-hash)\.ts$/,
      /^src\/server\/store\/contracts\/files\.ts$/,
    ],
  },
  { of: /^src\/server\/api-docs\//, may: [/^src\/server\/api-docs\//, shared] },
  { of: /^src\/server\/hooks\//, may: [/^src\/server\/hooks\//, shared] },
  { of: /^src\/server\/mcp\//, may: [/^src\/server\/mcp\//, shared] },
  {
    of: /^src\/server\/outgoing\//,
    may: [
      /^src\/server\/outgoing\//,
      /^src\/server\/hooks\/hook-message\.ts$/,
      /^src\/server\/auth\/(callers|tokens)\.ts$/,
      shared,
    ],
    mayName: [commands, chat, log, store],
  },
  {
    of: /^src\/server\/notify\//,
    may: [
      /^src\/server\/notify\//,
      /^src\/server\/outgoing\/(addresses|post|slots)\.ts$/,
      /^src\/server\/auth\/tokens\.ts$/,
      config,
      shared,
    ],
    mayName: [commands, chat, rateLimit, log, store],
  },
  {
    of: imageProcess,
    may: [imageProcess, /^src\/server\/files\/images\/(contract\.ts|image-type\.ts|strip\/)/],
  },
  // Its file is named here, to be started.
  {
    of: /^src\/server\/files\/images\/image-process\.ts$/,
    may: [/^src\/server\/files\/images\/(contract|process\/main)\.ts$/],
  },
  {
    of: /^src\/server\/files\/images\//,
    may: [/^src\/server\/files\/images\/(?!process\/)/],
    mayName: [log],
  },
  { of: /^src\/server\/files\/(check\/scanner|bytes\/s3-config)\.ts$/, may: [] },
  {
    of: uploads,
    may: [
      uploads,
      backgroundThreads,
      /^src\/server\/rate-limit\/(fair-queue|storage-quota|upload-quota|user-key)\.ts$/,
      store,
      shared,
    ],
    mayName: [auth, rateLimit, log, config],
  },
  {
    of: /^src\/server\/cluster\//,
    may: [/^src\/server\/cluster\//, /^src\/server\/backplane\/backplane\.ts$/, store, shared],
    mayName: [chat, log],
  },
  { of: /^src\/server\/backplane\//, may: [/^src\/server\/backplane\//] },
  { of: /^src\/server\/disk-space\.ts$/, may: [log] },
  { of: /^src\/server\/repeated-read\.ts$/, may: [] },
  {
    of: /^src\/server\/follow-publications\.ts$/,
    may: [/^src\/server\/repeated-read\.ts$/],
    mayName: [/^src\/server\//],
  },
  { of: /^src\/server\/(health|maintenance)\.ts$/, may: [durations], mayName: [/^src\/server\//] },
  { of: /^src\/server\/index-older\.ts$/, may: [], mayName: [store] },
  { of: /^src\/server\/current-settings\.ts$/, may: [], mayName: [store, shared] },
  { of: /^src\/server\/clock\.ts$/, may: [log, durations], mayName: [store] },
  { of: /^src\/server\/dot-env\.ts$/, may: [config] },
  {
    of: log,
    may: [/^src\/server\/(line-writer|log-limits)\.ts$/, /^src\/server\/rate-limit\/network\.ts$/, durations],
  },
  {
    of: config,
    may: [/^src\/server\/(files\/(check\/scanner|bytes\/s3-config)|metrics\/access|networks|setting-values)\.ts$/],
  },
  { of: /^src\/server\/setting-values\.ts$/, may: [] },
  { of: /^src\/server\/networks\.ts$/, may: [] },
  { of: /^src\/server\/metrics\/access\.ts$/, may: [/^src\/server\/networks\.ts$/] },
  {
    of: /^src\/server\/metrics\//,
    may: [/^src\/server\/metrics\//, /^src\/server\/(config|http\/(client-address|server))\.ts$/],
    mayName: [
      chat,
      node,
      log,
      /^src\/server\/(backplane\/backplane|cluster\/leadership|transports\/open-connections)\.ts$/,
    ],
  },
  { of: /^src\/server\/line-writer\.ts$/, may: [] },
  { of: /^src\/server\/log-limits\.ts$/, may: [durations] },
  { of: shared, may: [shared], packages: 'none of Node' },
  {
    of: /^src\/client\//,
    may: [/^src\/client\//, clientPackage, shared, /^static\/css\/((pages|files|room)\/)?[\w-]+\.css$/],
    packages: 'none of Node',
  },
  // It is bundled with what it runs of `shared/`: no package, and nothing that is large.
  {
    of: clientPackage,
    may: [clientPackage, durations, /^src\/shared\/text\.ts$/, /^src\/shared\/protocol\/(close-codes|limits)\.ts$/],
    mayName: [shared],
    packages: 'none',
  },
  {
    of: /^controllers\//,
    // Pure functions are imported; whatever has state comes with the context.
    may: [
      shared,
      /^src\/server\/auth\/(callers|confusables|ip-bans|tokens)\.ts$/,
      /^src\/server\/(hooks\/hook-message|mcp\/answer|outgoing\/(addresses|signature))\.ts$/,
      /^src\/server\/http\/(admin\/[\w-]+|files\/[\w-]+|api\/requests|asked-room|error-frame|id|refusal|request-origin|retry-after)\.ts$/,
      /^src\/server\/rate-limit\/(network|user-key)\.ts$/,
    ],
    mayName: [
      /^src\/server\/http\/app-context\.ts$/,
      /^src\/server\/auth\/(sessions|sign-in)\.ts$/,
      /^src\/server\/store\/store\.ts$/,
    ],
    packages: 'types only',
  },
]

const backends = /^src\/server\/(store\/(sqlite|postgres)\/open|backplane\/(local|redis)|cluster\/follower)\.ts$/
const mains = /^src\/(server|client)\/main\.ts$/

/** What is wrong with a file's imports, each in a sentence. */
function faultsOf(file: string, source: string): string[] {
  const rule = rules.find(({ of }) => of.test(file))
  if (!rule) return [`${file} has no rule that says what it may import.`]
  const forbidden = importsOf(file, source).filter((imported) => !mayImport(file, rule, imported))
  return forbidden.map(({ to, isType }) => `${file} may not import ${isType ? 'the types of ' : ''}${to}.`)
}

function mayImport(file: string, { may, mayName = [], packages }: Rule, { to, isPackage, isType }: Import): boolean {
  if (isPackage && packages === 'none') return false
  if (isPackage && packages === 'types only') return isType
  if (isPackage && packages === 'none of Node') return !to.startsWith('node:')
  if (isPackage) return true
  if (mains.test(to)) return false
  const opens = file === 'src/server/backends.ts' || (file === 'src/server/cli/run.ts' && /postgres\/open/.test(to))
  if (backends.test(to) && !opens) return false
  return [...may, ...(isType ? mayName : [])].some((allowed) => allowed.test(to))
}

/** Static and dynamic imports, re-exports, `import('…').Type`, `require`, and a worker's `new URL('….ts', …)`. */
function importsOf(file: string, source: string): Import[] {
  const imports: Import[] = []
  for (const script of scriptsOf(file, source)) {
    visit(ts.createSourceFile(file, script, ts.ScriptTarget.Latest, true))
  }
  return imports

  function visit(node: ts.Node): void {
    const specifier = specifierOf(node)
    if (specifier !== undefined) imports.push({ ...resolve(file, specifier), isType: isTypeOnly(node) })
    ts.forEachChild(node, visit)
  }
}

function scriptsOf(file: string, source: string): string[] {
  if (!file.endsWith('.vue')) return [source]
  return [...source.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script)
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal)
  if (ts.isExternalModuleReference(node)) return textOf(node.expression)
  if (ts.isCallExpression(node)) {
    const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
    return isImport ? textOf(node.arguments[0]) : undefined
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
    const path = textOf(node.arguments?.[0])
    return path?.endsWith('.ts') ? path : undefined
  }
  return undefined
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined
}

/** `import { type A }` is none of these: it runs the module (verbatimModuleSyntax). */
function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly)
}

function resolve(file: string, specifier: string): Pick<Import, 'to' | 'isPackage'> {
  const isOurs = /^[./]/.test(specifier)
  // A query asks Vite for the module as something else, like a worker.
  const [path = ''] = specifier.split('?')
  return { to: isOurs ? posix.join(posix.dirname(file), path) : specifier, isPackage: !isOurs }
}

/** The first circle of imports that is found, as a path that ends where it begins. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  return [...imports.keys()].map((file) => follow(file, [])).find((circle) => circle !== undefined)

  function follow(file: string, path: readonly string[]): string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const circle = follow(next, [...path, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
}

function functionLengthsIn(source: string): { name: string; lines: number }[] {
  const tree = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true)
  const lineOf = (position: number) => tree.getLineAndCharacterOfPosition(position).line
  const lengths: { name: string; lines: number }[] = []
  visit(tree)
  return lengths

  function visit(node: ts.Node): void {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined)
      lengths.push({ name: named?.getText(tree) ?? '', lines: lineOf(node.end) - lineOf(node.getStart(tree)) + 1 })
    }
    ts.forEachChild(node, visit)
  }
}

/** Every file in a folder, by its path from the root. */
function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(root.length + 1)
        .replaceAll(sep, '/'),
    )
}

const files = [...filesIn('src'), ...filesIn('clients/js/src'), ...filesIn('controllers')]
const modules = files.filter((file) => /\.(ts|js|vue)$/.test(file))
const styleSheets = filesIn('static/css')
const sourceOf = (file: string) => readFileSync(join(root, file), 'utf8')

describe('imports', () => {
  it.for(modules)('of %s follow its rule', (file) => {
    expect(faultsOf(file, sourceOf(file))).toEqual([])
  })
  it('have a rule for every kind of file, and no rule without a file', () => {
    expect(modules.length, 'files must be found for this test to mean anything').toBeGreaterThan(40)
    for (const { of } of rules)
      expect(
        modules.filter((file) => of.test(file)),
        String(of),
      ).not.toEqual([])
  })
  it('of the backends are in backends.ts only', () => {
    const named = importsOf('src/server/backends.ts', sourceOf('src/server/backends.ts')).filter(({ to }) =>
      backends.test(to),
    )
    expect(named.map(({ to }) => basename(to)).sort()).toEqual([
      'follower.ts',
      'local.ts',
      'open.ts',
      'open.ts',
      'redis.ts',
    ])
  })
  it('of sharp are in the process for images only', () => {
    const importers = modules.filter((file) => importsOf(file, sourceOf(file)).some(({ to }) => to === 'sharp'))
    expect(importers).toEqual(['src/server/files/images/process/decode.ts'])
    const starts = /new URL\('\.\/process\/main\.ts', import\.meta\.url\)/
    const starter = 'src/server/files/images/image-process.ts'
    expect(sourceOf(starter)).toMatch(starts)
    expect(faultsOf(starter, sourceOf(starter).replace(starts, `import('./process/decode.ts')`))).not.toEqual([])
  })
  it('in the rules name existing files only', () => {
    for (const file of modules) {
      for (const { to, isPackage } of importsOf(file, sourceOf(file))) {
        if (!isPackage) expect([...files, ...styleSheets], `${file} imports it`).toContain(to)
      }
    }
  })
})

describe('import cycles', () => {
  it('do not exist, types included', () => {
    const importsOfFile = new Map(
      modules.map((file) => [
        file,
        importsOf(file, sourceOf(file)).flatMap(({ to, isPackage }) => (isPackage ? [] : [to])),
      ]),
    )
    expect(circleIn(importsOfFile)).toBeUndefined()
  })
  it('are found whatever their length', () => {
    const circle = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['b']],
    ])
    expect(circleIn(circle)).toEqual(['b', 'd', 'b'])
    expect(circleIn(new Map([...circle, ['d', []]]))).toBeUndefined()
  })
})

describe('files', () => {
  const measured = [...modules.filter((file) => !file.startsWith('src/shared/locales/')), ...styleSheets]
  it.for(measured)('%s has at most 300 lines', (file) => {
    expect(sourceOf(file).split('\n').length - 1).toBeLessThanOrEqual(300)
  })
  it('are at most twenty in a folder', () => {
    const all = [...modules, ...styleSheets, ...['test', 'bench', 'views'].flatMap(filesIn)]
    const counts = Object.entries(Object.groupBy(all, dirname)).map(([folder, inIt]) => ({
      folder,
      files: inIt?.length ?? 0,
    }))
    expect(counts.filter(({ files }) => files > 20)).toEqual([])
  })
})

describe('functions', () => {
  const maxLines = 60
  it.for(modules)('of %s have at most 60 lines', (file) => {
    const long = scriptsOf(file, sourceOf(file))
      .flatMap(functionLengthsIn)
      .filter(({ lines }) => lines > maxLines)
    expect(long).toEqual([])
  })
  it('are measured from the first line to the last', () => {
    expect(functionLengthsIn('const a = () => {\n\n}\nfunction b() {}')).toEqual([
      { name: 'a', lines: 3 },
      { name: 'b', lines: 1 },
    ])
  })
})

describe('import checker', () => {
  const samples: [file: string, source: string, isGood: boolean][] = [
    ['src/server/backends.ts', `import { openSqliteStore } from './store/sqlite/open.ts'`, true],
    ['src/server/compose.ts', `import { Chat } from './chat/hub.ts'`, true],
    ['src/server/main.ts', `import { Chat } from './chat/hub.ts'`, false],
    ['src/server/app.ts', `import { errors } from './http/errors.ts'`, true],
    ['src/server/app.ts', `import type { Store } from './store/store.ts'`, true],
    ['src/server/app.ts', `import { Hub } from './chat/hub.ts'`, false],
    ['src/server/app.ts', `import { type Hub } from './chat/hub.ts'`, false],
    ['src/server/app.ts', `import signin from '../../controllers/signin.ts'`, false],
    ['src/server/http/errors.ts', `import type { Sessions } from '../auth/sessions.ts'`, true],
    ['src/server/http/errors.ts', `import { Sessions } from '../auth/sessions.ts'`, false],
    ['src/server/http/errors.ts', `import { Room } from '../chat/room.ts'`, false],
    ['controllers/page.ts', `import type { Controller } from '../src/server/http/app-context.ts'`, true],
    ['controllers/page.ts', `import { limits } from '../src/shared/protocol/limits.ts'`, true],
    ['controllers/page.ts', `import type { Context } from 'koa'`, true],
    ['controllers/page.ts', `import { Controller } from '../src/server/http/app-context.ts'`, false],
    ['controllers/page.ts', `import Koa from 'koa'`, false],
    ['controllers/page.ts', `import { readFile } from 'node:fs/promises'`, false],
    ['controllers/page.ts', `import type { Session } from '../src/server/auth/sessions.ts'`, true],
    ['controllers/page.ts', `import { Sessions } from '../src/server/auth/sessions.ts'`, false],
    ['controllers/page.ts', `import type { Hub } from '../src/server/chat/hub.ts'`, false],
    ['controllers/page.ts', `import other from './chat.ts'`, false],
    ['src/server/chat/hub.ts', `import type { Store } from '../store/store.ts'`, true],
    ['src/server/chat/hub.ts', `import { WebSocket } from 'ws'`, true],
    ['src/server/chat/hub.ts', `import type { SqliteStore } from '../store/sqlite/open.ts'`, false],
    ['src/server/chat/hub.ts', `import { GroupCommit } from '../store/sqlite/group-commit.ts'`, false],
    ['src/server/chat/hub.ts', `import { LocalBackplane } from '../backplane/local.ts'`, false],
    ['src/server/chat/hub.ts', `import type { AppContext } from '../http/app-context.ts'`, false],
    ['src/server/chat/hub.ts', `import type { Health } from '../health.ts'`, false],
    ['src/server/store/sqlite/open.ts', `import { ChatError } from '../../../shared/protocol/errors.ts'`, true],
    ['src/server/store/sqlite/open.ts', `import type { Log } from '../../log.ts'`, false],
    ['src/server/store/postgres/driver.ts', `import { runner } from '../sqlite/statements.ts'`, false],
    ['src/server/store/rules/append.ts', `import { sqliteSql } from '../sqlite/dialect.ts'`, false],
    ['src/server/store/rules/append.ts', `import { one } from '../transaction.ts'`, true],
    ['src/server/store/sqlite/open.ts', `new Worker(new URL('./writer.ts', import.meta.url))`, true],
    ['src/server/store/sqlite/open.ts', `new Worker(new URL('../../chat/hub.ts', import.meta.url))`, false],
    ['src/server/backplane/redis.ts', `import type { Backplane } from './backplane.ts'`, true],
    ['src/server/backplane/redis.ts', `import { createClient } from 'redis'`, true],
    ['src/server/backplane/redis.ts', `import type { User } from '../../shared/protocol/types.ts'`, false],
    ['src/server/auth/sessions.ts', `import { Hub } from '../chat/hub.ts'`, false],
    ['src/server/config.ts', `import { log } from './log.ts'`, false],
    ['src/shared/protocol/commands.ts', `import * as v from 'valibot'`, true],
    ['src/shared/protocol/commands.ts', `import { characters } from '../text.ts'`, true],
    ['src/shared/protocol/commands.ts', `import { createHash } from 'node:crypto'`, false],
    ['src/shared/protocol/commands.ts', `import type { Store } from '../../server/store/store.ts'`, false],
    ['src/shared/protocol/commands.ts', `import type { Chat } from '../../client/chat.ts'`, false],
    ['src/client/example.ts', `import { limits } from '../shared/protocol/limits.ts'`, true],
    ['src/client/example.ts', `import '../../static/css/chat.css'`, true],
    ['src/client/example.ts', `import type { AppContext } from '../server/http/app-context.ts'`, false],
    ['src/client/example.ts', `import { join } from 'node:path'`, false],
    ['src/client/example.ts', `import { Outbox } from '../../clients/js/src/outbox.ts'`, true],
    ['clients/js/src/example.ts', `import { secondMs } from '../../../src/shared/durations.ts'`, true],
    ['clients/js/src/example.ts', `import type { Entry } from '../../../src/shared/protocol/types.ts'`, true],
    ['clients/js/src/example.ts', `import { parseCommand } from '../../../src/shared/protocol/commands.ts'`, false],
    ['clients/js/src/example.ts', `import type { Chat } from '../../../src/client/app/chat.ts'`, false],
    ['clients/js/src/example.ts', `import { ref } from 'vue'`, false],
    ['clients/js/src/example.ts', `import type { Ref } from 'vue'`, false],
    ['src/client/example.ts', `import url from './highlight-worker.ts?worker&url'`, true],
    ['src/client/example.ts', `import url from '../server/log.ts?worker&url'`, false],
    [
      'src/client/ui/Avatar.vue',
      `<script setup lang="ts">\nimport { ref } from 'vue'\n</script>\n<template>import x</template>`,
      true,
    ],
    ['src/client/ui/Avatar.vue', `<script setup lang="ts">\nimport x from '../../server/log.ts'\n</script>`, false],
    [
      'src/client/example.ts',
      `// import x from '../server/log.ts'\nconst text = "import x from '../server/log.ts'"`,
      true,
    ],
    ['src/server/somewhere/new.ts', '', false],
    ['src/elsewhere.ts', '', false],
  ]
  it.for(samples)('of %s accepts %j: %j', ([file, source, isGood]) => {
    expect(faultsOf(file, source)).toHaveLength(isGood ? 0 : 1)
  })
  const forms = [
    `import { start } from 'MAIN'`,
    `import 'MAIN'`,
    `import type { Teahouse } from 'MAIN'`,
    `import { type Teahouse } from 'MAIN'`,
    `export { start } from 'MAIN'`,
    `export * from 'MAIN'`,
    `export type { Teahouse } from 'MAIN'`,
    `const main = await import('MAIN')`,
    `const main = await import(\`MAIN\`)`,
    `let teahouse: import('MAIN').Teahouse`,
    `const main = require('MAIN')`,
    `import main = require('MAIN')`,
    `new URL('MAIN', import.meta.url)`,
  ]
  // Each file with one of them: all files with all of them take 25 s.
  it.for([...forms.entries()])('sees import %s (%s), wherever it is added', ([i, form]) => {
    for (const file of modules.filter((_, j) => j % forms.length === i)) {
      const main = posix.relative(posix.dirname(file), 'src/server/main.ts')
      const line = form.replace('MAIN', main.startsWith('.') ? main : `./${main}`)
      const source = sourceOf(file)
      const spoilt = file.endsWith('.vue')
        ? source.replace('</script>', `\n${line}\n</script>`)
        : `${source}\n${line}\n`
      expect(faultsOf(file, spoilt), `${file}: ${line}`).toHaveLength(1)
    }
  })
})

describe('page controllers', () => {
  const contracts = ['accounts', 'sessions', 'invitations', 'rooms', 'log', 'moderation']
  const metered = contracts.flatMap((name) => {
    const methods = sourceOf(`src/server/store/contracts/${name}.ts`).matchAll(/^ {2}(\w+)\([^)]*meter\?: Meter/gm)
    return [...methods].map(([, method]) => `${name}.${method}`)
  })
  const controllers = files.filter((file) => /^(controllers|src\/server\/http)\//.test(file))
  const readsIn = (source: string) =>
    [...source.matchAll(/\bstore\.(\w+\.\w+)\(([^\n]*)/g)].filter(([, name = '']) => metered.includes(name))

  it('read rooms and messages through the read queue, charged to the user who asks (SECURITY-REVIEW 2, 3)', () => {
    const reads = controllers.flatMap((file) => readsIn(sourceOf(file)))
    expect(reads.length, 'must be found for this test to mean anything').toBeGreaterThan(3)
    // `app.read` is what hands out a meter.
    expect(reads.map(([call]) => call).filter((call) => !call.includes(', meter)'))).toEqual([])
  })
})

describe('paths of files', () => {
  it('are decoded, so that a folder may have a space', () => {
    const folders = ['bench', 'test', 'src', 'clients', 'controllers']
    const sources = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => ({ file, source: readFileSync(join(root, folder, file), 'utf8') })),
    )
    const encoded = /import\.meta\.url\)\.pathname/
    expect('new URL(path, import.meta.url).pathname', 'must be found for this test to mean anything').toMatch(encoded)
    const isThis = (file: string) => file === 'architecture.test.ts'
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.filter(({ file, source }) => !isThis(file) && encoded.test(source)).map(({ file }) => file)).toEqual(
      [],
    )
  })
})

describe('comments', () => {
  /** The file names between backticks in the comments of a module. */
  const namedIn = (source: string) =>
    [...source.matchAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*|<!--[\s\S]*?-->/g)].flatMap(([comment]) =>
      [...comment.matchAll(/`([\w./-]+\.(?:ts|vue|js|njk|css|md))`/g)].map(([, name = '']) => name),
    )
  const existing = ['src', 'clients', 'controllers', 'static', 'views', 'docs', 'test', 'bench'].flatMap(filesIn)
  const known = [...existing, ...readdirSync(root)].map((file) => `/${file}`)

  it('name only files that exist', () => {
    const named = modules.flatMap((file) => namedIn(sourceOf(file)).map((name) => ({ file, name })))
    expect(named.length, 'names must be found for this test to mean anything').toBeGreaterThan(10)
    expect(named.filter(({ name }) => !known.some((file) => file.endsWith(`/${name}`)))).toEqual([])
  })
  it('are found in every notation', () => {
    expect(namedIn('/** `a.ts` and `b.vue` */ x // `c/d.md`\n<!-- `e.css` --> `f.ts`')).toEqual([
      'a.ts',
      'b.vue',
      'c/d.md',
      'e.css',
    ])
  })
})

describe('file and folder names', () => {
  const folders = new Set(files.map((file) => dirname(file)).flatMap((folder) => folder.split('/')))

  it('say what is inside: none is utils, helpers, services or managers', () => {
    expect(folders, 'must be found for this test to mean anything').toContain('chat')
    for (const folder of ['utils', 'util', 'helpers', 'services', 'managers', 'lib', 'common', 'misc']) {
      expect(folders).not.toContain(folder)
    }
  })
  it('are kebab-case', () => {
    for (const folder of folders) expect(folder).toMatch(/^[a-z]+(-[a-z]+)*$/)
    for (const file of files.filter((name) => !name.endsWith('.vue'))) {
      expect(basename(file), file).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.[a-z]+$/)
    }
  })
  it('are PascalCase for components, each in the folder of its subject', () => {
    const components = files.filter((file) => file.endsWith('.vue'))
    expect(components).not.toEqual([])
    for (const file of components) expect(file).toMatch(/^src\/client\/[a-z-]+\/([A-Z][a-z0-9]*)+\.vue$/)
  })
})
