import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import type { AppContext } from '../../src/server/http/app-context.ts'
import { loadControllers, routerOf } from '../../src/server/http/controllers.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'
import { ask, type Question } from './raw-request.ts'

const context = { health: { fault: async () => undefined } } as unknown as AppContext

function folderOf(t: Cleanup, files: Record<string, string>): string {
  const folder = temporaryFolder(t)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

/** A server of the controllers in that folder, and nothing else. */
async function serve(t: Cleanup, folder: string) {
  const app = new Koa()
  const router = routerOf(await loadControllers(folder), context)
  app.use(router.routes())
  app.use(router.allowedMethods())
  const server = app.listen(0, '127.0.0.1')
  t.onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (path: string, question?: Question) => ask(port, path, question)
}

const tea = `
import type { Controller } from 'nowhere-at-run-time'
const pot: string = 'tea'
export default {
  async 'GET /tea'(ctx, app) { ctx.body = pot + ((await app.health.fault()) ?? ' is ready') },
  async 'POST /tea/:kind'(ctx) { ctx.body = 'a pot of ' + ctx.params.kind },
  'DELETE /tea': (ctx) => { ctx.status = 204 },
} satisfies Controller
`

describe('a valid controller file', () => {
  it('serves its URLs as it says, with the app context', async (t) => {
    const askFor = await serve(t, folderOf(t, { 'tea.ts': tea }))
    expect(await askFor('/tea')).toMatchObject({ status: 200, body: 'tea is ready' })
    expect(await askFor('/tea', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect(await askFor('/tea/oolong', { method: 'POST' })).toMatchObject({ status: 200, body: 'a pot of oolong' })
    expect((await askFor('/tea', { method: 'DELETE' })).status).toBe(204)
  })
  it('answers only the methods and paths that it names', async (t) => {
    const askFor = await serve(t, folderOf(t, { 'tea.ts': tea }))
    for (const path of ['/', '/coffee', '/tea.ts', '/tea/oolong/more'])
      expect((await askFor(path)).status, path).toBe(404)
    const refused = await askFor('/tea', { method: 'PUT' })
    expect(refused.status).toBe(405)
    expect(String(refused.headers.allow).split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD'])
  })
  it('answers only its exact paths, for every method (SECURITY-REVIEW 22)', async (t) => {
    const askFor = await serve(t, folderOf(t, { 'tea.ts': tea }))
    for (const path of [
      '/tea/',
      '/TEA',
      '/Tea',
      '//tea',
      '/tea//',
      '/./tea',
      '/%74ea',
      '/tea;x',
      '/tea%2f',
      '/tea%20',
    ]) {
      for (const method of ['GET', 'DELETE']) expect((await askFor(path, { method })).status, path).toBe(404)
    }
    for (const path of ['/tea/oolong/', '/TEA/oolong', '/tea//oolong']) {
      expect((await askFor(path, { method: 'POST' })).status, path).toBe(404)
    }
    expect((await askFor('/tea/Oolong', { method: 'POST' })).body).toBe('a pot of Oolong')
    expect((await askFor('/tea?TEA/')).status).toBe(200)
  })
  it('is served after the next start, without changes to other files', async (t) => {
    const folder = folderOf(t, { 'tea.ts': tea })
    const old = await serve(t, folder)
    expect((await old('/coffee')).status).toBe(404)
    writeFileSync(join(folder, 'coffee.ts'), `export default { 'GET /coffee'(ctx) { ctx.body = 'coffee' } }`)
    const fresh = await serve(t, folder)
    expect((await fresh('/coffee')).body).toBe('coffee')
    expect((await fresh('/tea')).status).toBe(200)
  })
  it('may be JavaScript', async (t) => {
    const askFor = await serve(
      t,
      folderOf(t, { 'page.js': `export default { 'GET /js': (ctx) => { ctx.body = 'js' } }` }),
    )
    expect((await askFor('/js')).body).toBe('js')
  })
  it('may have other files beside it, which are ignored', async (t) => {
    const folder = folderOf(t, { 'tea.ts': tea, 'README.md': 'not code', 'tea.ts~': '{{', 'page.html': '<p>' })
    expect((await (await serve(t, folder))('/tea')).status).toBe(200)
  })
  it('may be in a folder', async (t) => {
    const folder = folderOf(t, { 'tea.ts': tea })
    mkdirSync(join(folder, 'hot'))
    writeFileSync(
      join(folder, 'hot', 'coffee.ts'),
      `export default { 'GET /coffee': (ctx) => { ctx.body = 'coffee' } }`,
    )
    const askFor = await serve(t, folder)
    for (const path of ['/tea', '/coffee']) expect((await askFor(path)).status, path).toBe(200)
  })
})

describe('an invalid controller file', () => {
  const unfit: [what: string, content: string][] = [
    ['no default export', `export const page = { 'GET /x': () => {} }`],
    ['nothing in it', ''],
    ['a default that is null', 'export default null'],
    ['a default that is a function', 'export default () => {}'],
    ['a default that is a text', `export default 'GET /x'`],
    ['a default that is an array', 'export default []'],
    ['a default that is a Map', `export default new Map([['GET /x', () => {}]])`],
    ['an empty default', 'export default {}'],
    ['no method', `export default { '/x': () => {} }`],
    ['no path', `export default { GET: () => {} }`],
    ['a path without its slash', `export default { 'GET x': () => {} }`],
    ['a method in small letters', `export default { 'get /x': () => {} }`],
    ['an unknown method', `export default { 'BREW /x': () => {} }`],
    ['two spaces', `export default { 'GET  /x': () => {} }`],
    ['a space in the path', `export default { 'GET /x y': () => {} }`],
    ['a good and a bad key', `export default { 'GET /x': () => {}, x: () => {} }`],
    ['a text for a function', `export default { 'GET /x': 'tea' }`],
    ['undefined for a function', `export default { 'GET /x': undefined }`],
    ['an object for a function', `export default { 'GET /x': { get() {} } }`],
    ['a good and a bad function', `export default { 'GET /x': () => {}, 'GET /y': 1 }`],
  ]
  it.for(unfit)('stops the start with its name: %s', async ([, content], t) => {
    const folder = folderOf(t, { 'a-good-one.ts': tea, 'unfit.ts': content })
    await expect(loadControllers(folder)).rejects.toThrow(/^controllers\/unfit\.ts does not fit: .+$/)
  })

  const broken: [what: string, content: string][] = [
    ['a fault of syntax', 'export default {{'],
    ['an import of what is not there', `import './not-there.ts'\nexport default {}`],
    ['what it throws', `throw new Error('at once')`],
    ['what it throws, which is no error', `throw 'at once'`],
    ['a pattern that is none', `export default { 'GET /x/:': () => {} }`],
  ]
  it.for(broken)('stops the start with its name, in one line: %s', async ([, content], t) => {
    const folder = folderOf(t, { 'broken.ts': content })
    await expect(loadControllers(folder)).rejects.toThrow(/^controllers\/broken\.ts does not fit: .+$/)
  })
  it('no longer stops the start once it is removed', async (t) => {
    const folder = folderOf(t, { 'tea.ts': tea, 'unfit.ts': 'export default null' })
    await expect(loadControllers(folder)).rejects.toThrow('unfit.ts')
    rmSync(join(folder, 'unfit.ts'))
    expect((await (await serve(t, folder))('/tea')).status).toBe(200)
  })
})
