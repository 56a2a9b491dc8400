import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/server/app.ts'
import { readConfig } from '../../src/server/config.ts'
import type { AppContext } from '../../src/server/http/app-context.ts'
import { loadControllers } from '../../src/server/http/controllers.ts'
import { createRender } from '../../src/server/http/views/render.ts'
import { createLog } from '../../src/server/log.ts'
import { createLimiter } from '../../src/server/rate-limit/limiter.ts'
import { defaultSettings } from '../../src/shared/server-settings.ts'
import { type Cleanup, startServer, temporaryFolder } from '../support/server/server.ts'
import { type Answer, ask, type Question } from './raw-request.ts'

const root = join(import.meta.dirname, '../..')

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const json = { 'Content-Type': 'application/json' }

/** The faults, and the answer to each. */
const faults: [what: string, path: string, question: Question, status: number, allow?: string][] = [
  ['a page that is not there', '/nowhere', {}, 404],
  ['a page that is not there, by a path that cannot be decoded', '/%zz%ff', {}, 404],
  ['a static file that is not there', '/static/nothing.css', {}, 404],
  ['a POST to where nothing is', '/nowhere', { method: 'POST' }, 404],
  ['a method that a page does not know', '/signin', { method: 'PUT' }, 405, 'GET, HEAD, POST'],
  ['a GET of what can only be posted', '/signout', {}, 405, 'POST'],
  ['a POST to what can only be read', '/', { method: 'POST' }, 405, 'GET, HEAD'],
  [
    'a form of more than 64 KiB',
    '/signin',
    { method: 'POST', headers: form, body: `name=${'x'.repeat(64 * 1024)}` },
    413,
  ],
  [
    'JSON of more than 64 KiB',
    '/signin',
    { method: 'POST', headers: json, body: `{"name":"${'x'.repeat(64 * 1024)}"}` },
    413,
  ],
  ['broken JSON', '/signin', { method: 'POST', headers: json, body: '{"name":"secret-of-mine' }, 400],
  [
    'a form that was said to be packed, and is not',
    '/signin',
    { method: 'POST', headers: { ...form, 'Content-Encoding': 'gzip' }, body: 'name=secret-of-mine' },
    400,
  ],
  ['JSON that is no object', '/signin', { method: 'POST', headers: json, body: '"secret-of-mine"' }, 400],
  [
    'a form from another site',
    '/signin',
    { method: 'POST', headers: { ...form, Origin: 'http://evil.example' }, body: 'name=Li' },
    403,
  ],
]

function expectSecurityHeaders({ headers }: Answer, port: number): void {
  expect(headers).toMatchObject({
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "media-src 'self'",
      `connect-src 'self' ws://127.0.0.1:${port}`,
      "manifest-src 'self'",
      "worker-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types vue worker',
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  })
  expect(headers).not.toHaveProperty('x-powered-by')
}

/** That the answer is a page for people when they ask, and JSON for programs. */
async function expectInBothForms(port: number, path: string, question: Question, status: number): Promise<Answer[]> {
  const accepting = (accept: string) =>
    ask(port, path, { ...question, headers: { ...question.headers, Accept: accept } })
  const page = await accepting('text/html,application/xhtml+xml,*/*;q=0.8')
  expect([page.status, page.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8'])
  expect(page.body).toMatch(/^<!doctype html>[\s\S]+<\/html>\s*$/)
  expect(page.body).toContain(`<p class="auth-status">${status}</p>`)

  const data = await accepting('application/json')
  expect([data.status, data.headers['content-type']]).toEqual([status, 'application/json; charset=utf-8'])
  expect(JSON.parse(data.body)).toEqual({ error: { status, message: expect.stringMatching(/^[A-Z].+/) } })

  const whatever = await ask(port, path, question)
  expect([whatever.status, whatever.body]).toEqual([status, page.body])
  for (const answer of [page, data, whatever]) {
    expectSecurityHeaders(answer, port)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['set-cookie']).toBeUndefined()
  }
  return [page, data, whatever]
}

/** The app over controllers that go wrong in ways that ours do not. */
async function startApp(t: Cleanup, controllers: Record<string, string>, log = createLog('silent'), settings = {}) {
  const folder = temporaryFolder(t)
  for (const [name, content] of Object.entries(controllers)) writeFileSync(join(folder, name), content)
  const render = createRender(join(root, 'static/dist/views.cjs'), join(root, 'static/dist'))
  const app = createApp({
    context: {
      config: readConfig(settings),
      settings: { now: defaultSettings },
      log,
      pages: { render },
      addressOf: () => '',
      auth: {
        sessions: { find: async () => undefined },
        callers: { find: async () => undefined, hasEnded: async () => false },
      },
    } as unknown as AppContext,
    limits: createLimiter(false),
    routes: await loadControllers(folder),
    socketIo: undefined,
    files: join(root, 'static'),
  })
  const server = app.listen(0, '127.0.0.1')
  t.onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function logInto(written: string[], level: string) {
  return createLog(level, { write: (line) => written.push(line), dropped: 0, flush: async () => {} })
}

describe('expected errors', () => {
  it.for(faults)('are answered in HTML and in JSON: %s', async ([, path, question, status, allow], t) => {
    const { port } = await startServer(t)
    for (const { headers, body } of await expectInBothForms(port, path, question, status)) {
      expect(headers.allow?.split(', ').sort().join(', ')).toBe(allow)
      expect(body).not.toContain('secret-of-mine')
      expect(body).not.toMatch(/SyntaxError|Unexpected|node_modules|\.[jt]s:\d|\n\s+at /)
    }
  })
  it('have no body for HEAD, and otherwise the same answer', async (t) => {
    const { port } = await startServer(t)
    const [got, head] = [await ask(port, '/nowhere'), await ask(port, '/nowhere', { method: 'HEAD' })]
    expect([head.status, head.body, head.headers['content-length']]).toEqual([404, '', got.headers['content-length']])
    expectSecurityHeaders(head, port)
  })
  it('are a page for clients that accept neither HTML nor JSON', async (t) => {
    const { port } = await startServer(t)
    expect((await ask(port, '/nowhere', { headers: { Accept: 'image/png' } })).headers['content-type']).toMatch(
      /^text\/html/,
    )
  })
  it('do not repeat the request as HTML', async (t) => {
    const { port } = await startServer(t)
    for (const path of ['/<script>alert(1)</script>', '/%3Cscript%3Ealert(1)%3C/script%3E', '/?q=<script>alert(1)']) {
      expect((await ask(port, path)).body).not.toContain('alert(1)')
    }
  })
  it.for([
    ['zh', {}],
    ['en', { 'Accept-Language': 'en-GB,en;q=0.9,zh;q=0.8' }],
    ['zh', { Cookie: 'language=zh', 'Accept-Language': 'en' }],
    ['en', { Cookie: 'language=en', 'Accept-Language': 'zh' }],
    ['zh', { Cookie: 'language=tlh', 'Accept-Language': 'zh' }],
  ] as const)('are told in the reader’s language, in JSON too: %j', async ([language, headers], t) => {
    const { port } = await startServer(t)
    const asked = { 'Accept-Language': 'zh-TW', ...headers }
    const page = await ask(port, '/nowhere', { headers: asked })
    const data = await ask(port, '/nowhere', { headers: { ...asked, Accept: 'application/json' } })
    const words = { en: 'This page doesn’t exist.', zh: '此页面不存在。' }[language]
    expect(page.body).toContain(`<html lang="${{ en: 'en', zh: 'zh-CN' }[language]}">`)
    expect(page.body).toContain(words)
    expect(JSON.parse(data.body)).toEqual({ error: { status: 404, message: words } })
  })
  it('are in Chinese for foreign sites and too large bodies too', async (t) => {
    const { port } = await startServer(t)
    const headers = { ...form, Cookie: 'language=zh', Accept: 'application/json' }
    const post = async (more: Record<string, string>, body: string) =>
      JSON.parse((await ask(port, '/signin', { method: 'POST', headers: { ...headers, ...more }, body })).body)
    expect(await post({ Origin: 'http://evil.example' }, 'name=Li')).toEqual({
      error: { status: 403, message: '此请求来自其他网站。' },
    })
    expect((await post({}, `name=${'x'.repeat(70_000)}`)).error.message).toBe('一个请求最多 64 KiB。')
    expect((await post({ 'Content-Encoding': 'tea' }, 'name=Li')).error.message).toMatch(/^\p{Script=Han}/u)
  })
  it('do not include a body of just under 64 KiB', async (t) => {
    const { port } = await startServer(t)
    const fits = { method: 'POST', headers: form, body: `name=Li&more=${'x'.repeat(65_000)}` }
    expect((await ask(port, '/signin', fits)).status).toBe(303)
  })
})

describe('unexpected errors', () => {
  const secret = 'secret-of-the-server'
  const boom = `
    const secret = '${secret}'
    export default {
      'GET /error'() { throw new Error(secret) },
      async 'GET /rejection'() { throw new TypeError(secret) },
      'GET /text'() { throw secret },
      'GET /null'() { throw null },
      'GET /undefined'() { throw undefined },
      'GET /object'() { throw { message: secret } },
      'GET /status'() { throw Object.assign(new Error(secret), { status: 503 }) },
      'GET /code'() { throw Object.assign(new Error(secret), { code: 'ENOENT', status: 'ENOENT' }) },
      'GET /half'(ctx) { ctx.body = secret; ctx.set('X-Half', '1'); throw new Error(secret) },
      'GET /cookie'(ctx) { ctx.throw(400, 'You said <b>"no"</b>.') },
      'GET /quiet'(ctx) { ctx.throw(409, secret, { expose: false }) },
    }`

  it.for(['/error', '/rejection', '/text', '/null', '/undefined', '/object', '/code', '/half'])(
    'have status 500 and reveal nothing: %s',
    async (path, t) => {
      const port = await startApp(t, { 'boom.ts': boom })
      for (const { body } of await expectInBothForms(port, path, {}, 500)) {
        expect(body).not.toContain(secret)
        expect(body).not.toMatch(/TypeError|boom\.ts|\n\s+at /)
        expect(body).toContain('Something went wrong on the server.')
      }
      expect((await ask(port, '/nowhere')).status, 'it goes on').toBe(404)
    },
  )
  it('keep their status and hide their message', async (t) => {
    const port = await startApp(t, { 'boom.ts': boom })
    for (const { body } of await expectInBothForms(port, '/status', {}, 503)) expect(body).not.toContain(secret)
    for (const { body } of await expectInBothForms(port, '/quiet', {}, 409)) expect(body).not.toContain(secret)
  })
  it('differ from errors with a public message, which is shown and escaped', async (t) => {
    const port = await startApp(t, { 'boom.ts': boom })
    const [page, data] = await expectInBothForms(port, '/cookie', {}, 400)
    expect(page?.body).toContain('You said &lt;b&gt;&quot;no&quot;&lt;/b&gt;.')
    expect(JSON.parse(data?.body ?? '')).toEqual({ error: { status: 400, message: 'You said <b>"no"</b>.' } })
  })
  it('are logged with their path, without the token of a link', async (t) => {
    const written: string[] = []
    const log = logInto(written, 'trace')
    const broken = `export default { 'GET /link/:token'() { throw new Error('boom') }, 'GET /:page'() { throw new Error('boom') } }`
    const port = await startApp(t, { 'boom.ts': broken }, log)
    for (const path of ['/menu', '/link/top-secret', '/link/top-secret%2Ftoken?top-secret'])
      expect((await ask(port, path)).status).toBe(500)
    expect(written.map((line) => JSON.parse(line).path)).toEqual(['/menu', '/link/…', '/link/…'])
    expect(written.join('')).not.toContain('top-secret')
  })
  it('log an X-Forwarded-For of a trusted proxy that is not an address, once (FAULTS 13)', async (t) => {
    const written: string[] = []
    const log = logInto(written, 'warn')
    const page = `export default { 'GET /'(ctx) { ctx.body = 'tea' } }`
    const port = await startApp(t, { 'page.ts': page }, log, { TRUST_PROXY: '127.0.0.1' })
    for (const claim of ['203.0.113.9', '203.0.113.9:80', 'unix:', 'unknown', 'x'.repeat(500)]) {
      expect((await ask(port, '/', { headers: { 'X-Forwarded-For': claim } })).body).toBe('tea')
    }
    expect(written.map((line) => JSON.parse(line))).toMatchObject([{ event: 'client-unreadable', claim: 'unix:' }])
  })
  it('are logged without the token, however the path is spelled (SECURITY-REVIEW 22)', async (t) => {
    const written: string[] = []
    const log = logInto(written, 'trace')
    const broken = `export default { 'GET /*path'() { throw new Error('boom') } }`
    const port = await startApp(t, { 'boom.ts': broken }, log)
    const spellings = [
      ...['/LINK/', '/Link/', '//link/', '/./link/', '/%6cink/', '/%4C%49NK/', '/link%2F', '/link//'],
      ...['/link%5C', '/link;', '/link%252F'],
    ]
    for (const link of spellings) expect((await ask(port, `${link}top-secret`)).status, link).toBe(500)
    expect((await ask(port, '/linked/list')).status).toBe(500)
    expect(written.map((line) => JSON.parse(line).path)).toEqual([...spellings.map(() => '/link/…'), '/linked/list'])
    expect(written.join('')).not.toContain('top-secret')
  })
  it('send no referrer for a misspelled link, which still holds a token (SECURITY-REVIEW 22)', async (t) => {
    const { port } = await startServer(t)
    for (const path of ['/LINK/top-secret', '/link/top-secret/', '/link/top-secret', '/%4cink/top-secret']) {
      const { status, headers } = await ask(port, path)
      expect([path, status, headers['referrer-policy']]).toEqual([path, 404, 'strict-origin'])
    }
  })
  it('do not occur for a path with an extra slash, which serves the page in place (SECURITY-REVIEW 22)', async (t) => {
    const { port } = await startServer(t)
    for (const [path = '', location] of [
      ['/rooms/lobby/', '/rooms/lobby'],
      ['/rooms/lobby/7/?a=b', '/rooms/lobby/7?a=b'],
      ['/signin/', '/signin'],
      ['/admin/people/', '/admin/people'],
    ]) {
      const { status, headers } = await ask(port, path)
      expect([path, status, headers.location]).toEqual([path, 302, location])
      expect((await ask(port, path, { method: 'POST' })).status).toBe(404)
    }
    for (const path of [
      ...['/link/aaaaaaaaaaaaaaaaaaaaaa/', '//evil.example/', '/rooms/lobby//', '/SIGNIN/', '/nowhere/'],
    ]) {
      const { status, headers } = await ask(port, path)
      expect([path, status, headers.location]).toEqual([path, 404, undefined])
    }
  })
  it('from a missing table hide the name of the table', async (t) => {
    const server = await startServer(t, { LOG_LEVEL: 'silent' })
    const { cookie } = await server.signIn('Anna')
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
    database.exec('pragma foreign_keys = off; drop table sessions')
    database.close()
    const answers = await expectInBothForms(server.port, '/', { headers: { Cookie: cookie } }, 500)
    for (const { body } of answers) expect(body).not.toMatch(/sqlite|table|sessions|\n\s+at /i)
    expect((await ask(server.port, '/healthz')).status).toBe(200)
  })
})

describe('successful responses', () => {
  it('have the same security headers', async (t) => {
    const server = await startServer(t)
    const { cookie } = await server.signIn('Anna')
    const answers: [path: string, status: number, question?: Question][] = [
      ['/', 302],
      ['/', 200, { headers: { Cookie: cookie } }],
      ['/signin', 200],
      ['/signin', 303, { method: 'POST', headers: form, body: 'name=Bo' }],
      ['/healthz', 200],
      ['/offline', 200],
      ['/shell', 200],
      ['/docs', 200],
      ['/docs/asyncapi.json', 200],
      ['/sw.js', 200],
      ['/manifest.webmanifest', 200],
      ['/static/css/base.css', 200],
      ['/static/css/base.css', 200, { method: 'HEAD' }],
      ['/static/css/base.css', 206, { headers: { Range: 'bytes=0-1' } }],
      ['/static/css/base.css', 304, { headers: { 'If-None-Match': '*' } }],
      ['/static/css/base.css', 416, { headers: { Range: 'bytes=99999999-' } }],
      ['/static/css/base.css', 405, { method: 'POST' }],
      ['/static/images/avatars/0.svg', 200],
    ]
    for (const [path, status, question] of answers) {
      const answer = await ask(server.port, path, question)
      expect(answer.status, path).toBe(status)
      expectSecurityHeaders(answer, server.port)
    }
  })
  it('are never cached as pages, and revalidated as files', async (t) => {
    const { port } = await startServer(t)
    expect((await ask(port, '/signin')).headers['cache-control']).toBe('no-store')
    expect((await ask(port, '/static/css/base.css')).headers['cache-control']).toBe(
      'public, max-age=0, must-revalidate',
    )
  })
  it('allow the page to open its socket at a valid host name only', async (t) => {
    const { port } = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    const policyAt = async (headers: Record<string, string>) =>
      /connect-src ([^;]+)/.exec(
        String((await ask(port, '/signin', { headers })).headers['content-security-policy']),
      )?.[1]
    expect(await policyAt({ Host: 'tea.example' })).toBe("'self' ws://tea.example")
    expect(await policyAt({ Host: 'tea.example', 'X-Forwarded-Proto': 'https' })).toBe("'self' wss://tea.example")
    for (const Host of ['x; script-src *', "x 'unsafe-inline'", 'me@evil.example', 'a,b', 'x/y']) {
      expect(await policyAt({ Host }), Host).toBe("'self'")
    }
  })
})
