import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import Koa from 'koa'
import { describe, expect, it, type TestContext } from 'vitest'
import { staticFiles } from '../../src/server/http/static-files.ts'
import { type Answer, ask, beginToAsk, type Question } from './raw-request.ts'
import { traversals } from './traversal.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'
const secret = 'nobody may read this'

class Site {
  readonly root: string
  readonly port: number

  constructor(root: string, port: number) {
    this.root = root
    this.port = port
  }

  ask(path: string, question?: Question): Promise<Answer> {
    return ask(this.port, path, question)
  }

  /** The files under the root that this process holds open. */
  async openFiles(): Promise<string[]> {
    const descriptors = await readdir('/proc/self/fd')
    const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
    return links.filter((path) => path.startsWith(this.root))
  }
}

/** A Koa app that serves `files` (name → content) from a temporary folder, and says "not static" to the rest. */
async function startSite(t: TestContext, files: Record<string, string> = { 'letters.txt': letters }): Promise<Site> {
  const home = await mkdtemp(join(tmpdir(), 'teahouse-static-'))
  t.onTestFinished(() => rm(home, { recursive: true }))
  const root = join(home, 'static')
  await mkdir(root)
  for (const [name, content] of Object.entries(files)) await put(join(root, name), content)

  const app = new Koa()
  app.silent = true // or it reports each client that goes away, as some here do
  app.use(staticFiles(root))
  app.use((ctx) => {
    ctx.body = 'not static'
  })
  const server = app.listen(0, '127.0.0.1')
  t.onTestFinished(() => server.closeAllConnections())
  t.onTestFinished(() => void server.close())
  await once(server, 'listening')
  return new Site(root, (server.address() as AddressInfo).port)
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}

describe('static files', () => {
  const types = {
    'page.css': 'text/css; charset=utf-8',
    'page.js': 'text/javascript; charset=utf-8',
    'page.html': 'text/html; charset=utf-8',
    'notes.txt': 'text/plain; charset=utf-8',
    'data.json': 'application/json; charset=utf-8',
    'site.webmanifest': 'application/manifest+json; charset=utf-8',
    'icon.svg': 'image/svg+xml; charset=utf-8',
    'photo.png': 'image/png',
    'letters.woff2': 'font/woff2',
    'something.unheardof': 'application/octet-stream',
    'no-extension': 'application/octet-stream',
  }
  it.for(Object.entries(types))('serve %s as %s', async ([name, type], t) => {
    const site = await startSite(t, { [name]: 'content' })
    const { status, headers, body } = await site.ask(`/static/${name}`)
    assert.deepEqual([status, headers['content-type'], body], [200, type, 'content'])
  })

  it('serve names with spaces, Chinese characters and a query', async (t) => {
    const site = await startSite(t, { 'a b/茶.txt': 'tea', '100%.txt': 'all' })
    assert.equal((await site.ask(`/static/a%20b/${encodeURIComponent('茶')}.txt?v=1`)).body, 'tea')
    assert.equal((await site.ask('/static/100%25.txt')).body, 'all')
  })

  it('send Content-Length for GET, and the same headers without a body for HEAD', async (t) => {
    const site = await startSite(t)
    const whole = await site.ask('/static/letters.txt')
    const head = await site.ask('/static/letters.txt', { method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [200, ''])
    assert.deepEqual({ ...head.headers, date: '' }, { ...whole.headers, date: '' })
    assert.equal(head.headers['content-length'], '26')
  })

  it('serve an empty file', async (t) => {
    const site = await startSite(t, { 'empty.txt': '' })
    const { status, headers, body } = await site.ask('/static/empty.txt')
    assert.deepEqual([status, headers['content-length'], body], [200, '0', ''])
  })

  it('serve a file larger than any buffer', async (t) => {
    const content = letters.repeat(100_000)
    const site = await startSite(t, { 'large.txt': content })
    assert.ok((await site.ask('/static/large.txt')).body === content)
  })

  it.for(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('answer %s with 405', async (method, t) => {
    const site = await startSite(t)
    const { status, headers } = await site.ask('/static/letters.txt', { method })
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
  })

  it.for([
    '/',
    '/static',
    '/statics/letters.txt',
    '/x/static/letters.txt',
    '//static/letters.txt',
    '/%73tatic/letters.txt',
  ])('leave %s to other middleware', async (path, t) => {
    const site = await startSite(t)
    assert.equal((await site.ask(path)).body, 'not static')
  })

  it.for(['OPTIONS *', 'GET http://?static', 'GET http://teahouse'])(
    'serve nothing for %s, which other middleware handles',
    async (start, t) => {
      const site = await startSite(t)
      assert.match(await sendRaw(site, start), /not static$/)
    },
  )
})

describe('static files › caching', () => {
  it('store a hashed name forever', async (t) => {
    const site = await startSite(t, { 'dist/assets/main-B1x2.js': 'x' })
    const { headers } = await site.ask('/static/dist/assets/main-B1x2.js')
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
  })

  it.for(['dist/page.js', 'assets/main.js', 'css/dist/assets/main.js'])('revalidate %s', async (name, t) => {
    const site = await startSite(t, { [name]: 'x' })
    const { headers } = await site.ask(`/static/${name}`)
    assert.equal(headers['cache-control'], 'public, max-age=0, must-revalidate')
  })

  it('do not let a missing file be stored', async (t) => {
    const site = await startSite(t)
    const { status, headers } = await site.ask('/static/dist/assets/gone-B1x2.js')
    assert.deepEqual([status, headers['cache-control'], headers.etag], [404, undefined, undefined])
  })

  it('send a strong tag that changes with the content, even within a millisecond and at the same length', async (t) => {
    const site = await startSite(t)
    const file = join(site.root, 'letters.txt')
    await utimes(file, 1_700_000_000.2502, 1_700_000_000.2502)
    const before = await site.ask('/static/letters.txt')
    await writeFile(file, letters.toUpperCase())
    await utimes(file, 1_700_000_000.2504, 1_700_000_000.2504)
    const after = await site.ask('/static/letters.txt')

    assert.match(String(before.headers.etag), /^"[\w-]+"$/)
    assert.notEqual(before.headers.etag, after.headers.etag)
    assert.equal(before.headers['last-modified'], 'Tue, 14 Nov 2023 22:13:20 GMT')
  })
})

describe('static files › conditional request', () => {
  const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toUTCString()

  async function startDatedSite(t: TestContext) {
    const site = await startSite(t)
    await utimes(join(site.root, 'letters.txt'), new Date(day(2)), new Date(day(2)))
    const { headers } = await site.ask('/static/letters.txt')
    assert.equal(headers['last-modified'], day(2))
    return { site, tag: String(headers.etag) }
  }

  const rules: [title: string, headers: (tag: string) => Record<string, string>, status: 200 | 304][] = [
    ['the same tag', (tag) => ({ 'If-None-Match': tag }), 304],
    ['the same tag, made weak by a proxy', (tag) => ({ 'If-None-Match': `W/${tag}` }), 304],
    ['the same tag among others', (tag) => ({ 'If-None-Match': `"a", W/"b" ,${tag}` }), 304],
    ['any tag', () => ({ 'If-None-Match': '*' }), 304],
    ['another tag', () => ({ 'If-None-Match': '"a"' }), 200],
    ['the same tag without its quotes', (tag) => ({ 'If-None-Match': tag.slice(1, -1) }), 200],
    ['the same date', () => ({ 'If-Modified-Since': day(2) }), 304],
    ['a later date', () => ({ 'If-Modified-Since': day(3) }), 304],
    ['an earlier date', () => ({ 'If-Modified-Since': day(1) }), 200],
    ['no date at all', () => ({ 'If-Modified-Since': 'yesterday' }), 200],
    ['another tag, whatever the date', () => ({ 'If-None-Match': '"a"', 'If-Modified-Since': day(3) }), 200],
    ['the same tag, whatever the date', (tag) => ({ 'If-None-Match': tag, 'If-Modified-Since': day(1) }), 304],
    ['the same tag, whatever the range', (tag) => ({ 'If-None-Match': tag, Range: 'bytes=0-1' }), 304],
  ]
  it.for(rules)('with %s is answered as RFC 9110 says', async ([, headers, status], t) => {
    const { site, tag } = await startDatedSite(t)
    for (const method of ['GET', 'HEAD']) {
      const answer = await site.ask('/static/letters.txt', { method, headers: headers(tag) })
      assert.equal(answer.status, status)
      assert.equal(answer.body, status === 200 && method === 'GET' ? letters : '')
      assert.equal(answer.headers.etag, tag)
    }
  })

  it('gets 304 with the headers that a cache needs and no body', async (t) => {
    const { site, tag } = await startDatedSite(t)
    const { headers } = await site.ask('/static/letters.txt', { headers: { 'If-None-Match': tag } })
    assert.equal(headers['cache-control'], 'public, max-age=0, must-revalidate')
    assert.deepEqual([headers['content-type'], headers['content-length']], [undefined, undefined])
  })
})

describe('static files › range', () => {
  const parts: [range: string, contentRange: string, body: string][] = [
    ['bytes=0-4', 'bytes 0-4/26', 'abcde'],
    ['bytes=0-0', 'bytes 0-0/26', 'a'],
    ['bytes=23-', 'bytes 23-25/26', 'xyz'],
    ['bytes=-3', 'bytes 23-25/26', 'xyz'],
    ['bytes=0-', 'bytes 0-25/26', letters],
    ['bytes=20-1000', 'bytes 20-25/26', 'uvwxyz'],
    ['bytes=-1000', 'bytes 0-25/26', letters],
    [`bytes=25-${'9'.repeat(400)}`, 'bytes 25-25/26', 'z'],
    ['Bytes= 1-2 ', 'bytes 1-2/26', 'bc'],
  ]
  it.for(parts)('%s returns a part', async ([range, contentRange, body], t) => {
    const site = await startSite(t)
    const answer = await site.ask('/static/letters.txt', { headers: { Range: range } })
    assert.deepEqual([answer.status, answer.headers['content-range'], answer.body], [206, contentRange, body])
    assert.equal(answer.headers['content-length'], String(body.length))
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8')
  })

  it.for(['bytes=26-', 'bytes=26-30', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
    '%s is not satisfiable',
    async (range, t) => {
      const site = await startSite(t, { 'dist/assets/letters.txt': letters })
      const { status, headers, body } = await site.ask('/static/dist/assets/letters.txt', { headers: { Range: range } })
      assert.deepEqual([status, headers['content-range'], body], [416, 'bytes */26', 'The file has 26 bytes.'])
      assert.equal(headers['cache-control'], undefined)
    },
  )

  const ignored = [
    'bytes=4-2',
    'bytes=0-1,3-4',
    'bytes=-',
    'bytes=',
    'bytes',
    'bytes=a-b',
    'bytes=1-2x',
    'lines=0-1',
    'bytes=--1',
    'bytes=0x1-2',
  ]
  it.for(ignored)('%s is ignored', async (range, t) => {
    const site = await startSite(t)
    const { status, headers, body } = await site.ask('/static/letters.txt', { headers: { Range: range } })
    assert.deepEqual([status, headers['content-range'], body], [200, undefined, letters])
    assert.equal(headers['accept-ranges'], 'bytes')
  })

  it('applies to GET only: HEAD describes the whole file', async (t) => {
    const site = await startSite(t)
    const { status, headers } = await site.ask('/static/letters.txt', {
      method: 'HEAD',
      headers: { Range: 'bytes=0-1' },
    })
    assert.deepEqual([status, headers['content-length']], [200, '26'])
  })

  it.for(['bytes=0-', 'bytes=-1', 'bytes=5-'])('of an empty file is ignored: %s', async (range, t) => {
    const site = await startSite(t, { 'empty.txt': '' })
    const { status, body } = await site.ask('/static/empty.txt', { headers: { Range: range } })
    assert.deepEqual([status, body], [200, ''])
  })

  it('continues a download of the same version only', async (t) => {
    const site = await startSite(t)
    const { headers } = await site.ask('/static/letters.txt')
    const tag = String(headers.etag)
    const date = String(headers['last-modified'])
    const earlier = new Date(Date.parse(date) - 1000).toUTCString()
    const later = new Date(Date.parse(date) + 1000).toUTCString()

    const statusOf = async (ifRange: string) =>
      (await site.ask('/static/letters.txt', { headers: { Range: 'bytes=20-', 'If-Range': ifRange } })).status
    assert.deepEqual(await Promise.all([tag, date].map(statusOf)), [206, 206])
    assert.deepEqual(
      await Promise.all(['"a"', `W/${tag}`, earlier, later, 'x'].map(statusOf)),
      [200, 200, 200, 200, 200],
    )
  })

  it('of a download that began with the old version returns the new version', async (t) => {
    const site = await startSite(t)
    const { headers } = await site.ask('/static/letters.txt')
    await writeFile(join(site.root, 'letters.txt'), `${letters}!`)
    const answer = await site.ask('/static/letters.txt', {
      headers: { Range: 'bytes=20-', 'If-Range': String(headers.etag) },
    })
    assert.deepEqual([answer.status, answer.body], [200, `${letters}!`])
  })
})

describe('static files › 404', () => {
  it('is the answer for a missing file, a folder, a file used as a folder and a too long name', async (t) => {
    const site = await startSite(t, { 'css/page.css': 'x' })
    assert.equal((await site.ask('/static/css/page.css')).status, 200)
    const paths = [
      '',
      'css',
      'css/',
      'css//page.css',
      'css/missing.css',
      'css/page.css/',
      'css/page.css/x',
      'x'.repeat(5000),
    ]
    for (const path of paths) assert.equal((await site.ask(`/static/${path}`)).status, 404, path)
    await expect.poll(() => site.openFiles()).toEqual([])
  })

  it('is the answer for dotfiles and files in dot folders', async (t) => {
    const site = await startSite(t, { '.env': secret, 'css/.git/config': secret, '..env': secret, 'dot.env': 'open' })
    assert.equal((await site.ask('/static/dot.env')).body, 'open')
    for (const path of ['.env', '%2eenv', 'css/.git/config', 'css/%2Egit/config', '..env']) {
      const { status, body } = await site.ask(`/static/${path}`)
      assert.deepEqual([status, body.includes(secret)], [404, false], path)
    }
  })

  it.for([
    '%',
    '%zz',
    '%c3%28',
    '%ff',
    'letters.txt%',
    'letters.txt%00',
    '%00',
    'letters.txt%00.png',
    'css%5cletters.txt',
  ])('is the answer for an invalid name: %s', async (name, t) => {
    const site = await startSite(t)
    assert.equal((await site.ask(`/static/${name}`)).status, 404)
  })

  it('is the answer for any path outside the folder, however it is spelled', async (t) => {
    const site = await startSite(t, { 'css/page.css': 'x' })
    const outside = join(site.root, '..', 'secret.txt')
    await writeFile(outside, secret)
    const paths = traversals(outside)
    assert.ok((await timesANaiveServerFalls(site.root, paths)) > 100, 'these paths must be dangerous to mean anything')

    for (const path of paths) {
      const { status, body } = await site.ask(path)
      assert.ok(!body.includes(secret), path)
      if (path.startsWith('/static/')) assert.equal(status, 404, path)
    }
    t.annotate(`${paths.length} spellings`)
  })

  it.for([
    '/static/\t../secret.txt',
    '/static/..#/../secret.txt',
    'http://x/static/../secret.txt',
    '/static\\..\\secret.txt',
  ])('is the answer for a path outside the folder in the raw bytes of %j', async (target, t) => {
    const site = await startSite(t)
    await writeFile(join(site.root, '..', 'secret.txt'), secret)
    const answer = await sendRaw(site, `GET ${target}`)
    assert.match(answer, /^HTTP\/1.1 (40\d|200 OK[\s\S]*not static$)/)
    assert.ok(!answer.includes(secret))
  })

  it('is the answer for a symbolic link that leads outside; one that leads inside is served', async (t) => {
    const site = await startSite(t, { 'page.css': 'public', '.hidden': secret })
    const outside = join(site.root, '..', 'static-secrets')
    await put(join(outside, 'secret.txt'), secret)
    await symlink(join(outside, 'secret.txt'), join(site.root, 'file.txt'))
    await symlink(outside, join(site.root, 'folder'))
    await symlink('/', join(site.root, 'top'))
    await symlink('.hidden', join(site.root, 'dotfile.txt'))
    await symlink('loop.txt', join(site.root, 'loop.txt'))
    await symlink('page.css', join(site.root, 'link.css'))
    assert.equal(await readFile(join(site.root, 'file.txt'), 'utf8'), secret)

    assert.equal((await site.ask('/static/link.css')).body, 'public')
    for (const path of [
      'file.txt',
      'folder/secret.txt',
      `top${outside}/secret.txt`,
      'dotfile.txt',
      'loop.txt',
      'folder',
    ]) {
      const { status, body } = await site.ask(`/static/${path}`)
      assert.deepEqual([status, body.includes(secret)], [404, false], path)
    }
  })

  it('is the answer for a FIFO, which would block its reader', async (t) => {
    const site = await startSite(t)
    execFileSync('mkfifo', [join(site.root, 'pipe.txt')])
    assert.equal((await site.ask('/static/pipe.txt')).status, 404)
  })

  it('is the answer for the old release after the folder’s symbolic link was switched', async (t) => {
    const site = await startSite(t)
    await rm(site.root, { recursive: true })
    assert.equal((await site.ask('/static/letters.txt')).status, 404)
    await put(join(site.root, '..', 'release-2', 'letters.txt'), 'new')
    await symlink('release-2', site.root)
    assert.equal((await site.ask('/static/letters.txt')).body, 'new')
  })
})

describe.skipIf(process.platform !== 'linux')('open files', () => {
  const size = 64 * 1024 * 1024

  async function startSiteWithSparseFile(t: TestContext) {
    const site = await startSite(t, { 'large.bin': '' })
    await truncate(join(site.root, 'large.bin'), size)
    return site
  }

  async function assertNoneIsOpen(site: Site): Promise<void> {
    await expect.poll(() => site.openFiles()).toEqual([])
  }

  it('are closed after every kind of response', async (t) => {
    const site = await startSite(t)
    const asks: Question[] = [
      {},
      { method: 'HEAD' },
      { method: 'POST' },
      { headers: { 'If-None-Match': '*' } },
      { headers: { Range: 'bytes=0-1' } },
      { headers: { Range: 'bytes=99-' } },
    ]
    const answers = await Promise.all(asks.map((ask) => site.ask('/static/letters.txt', ask)))
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, 200, 405, 304, 206, 416],
    )
    await assertNoneIsOpen(site)
  })

  it('are closed when the client disconnects during the download', async (t) => {
    const site = await startSiteWithSparseFile(t)
    const download = await beginToAsk(site.port, '/static/large.bin')
    await once(download, 'readable')
    assert.deepEqual(
      await site.openFiles(),
      [join(site.root, 'large.bin')],
      'must be open for this test to mean anything',
    )

    download.destroy()
    await assertNoneIsOpen(site)
  })

  it('are closed when 100 clients disconnect before the response', async (t) => {
    const site = await startSiteWithSparseFile(t)
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connectTo(site)))
    await Promise.all(
      sockets.map(async (socket) => {
        socket.write('GET /static/large.bin HTTP/1.1\r\nHost: x\r\n\r\n', () => socket.resetAndDestroy())
        await once(socket, 'close')
      }),
    )
    assert.equal((await site.ask('/static/large.bin', { headers: { Range: 'bytes=0-0' } })).status, 206)
    await assertNoneIsOpen(site)
  })

  it('are closed when 100 clients request five files at once and disconnect', async (t) => {
    const site = await startSiteWithSparseFile(t)
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connectTo(site)))
    await Promise.all(
      sockets.map(async (socket, i) => {
        socket.write('GET /static/large.bin HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5))
        // Some before an answer, some with one under way and four behind it.
        for (let turns = 0; turns < i % 20; turns++) await new Promise(setImmediate)
        socket.resetAndDestroy()
        await once(socket, 'close')
      }),
    )
    assert.equal((await site.ask('/static/large.bin', { headers: { Range: 'bytes=0-0' } })).status, 206)
    await assertNoneIsOpen(site)
  })

  it('close the connection when the file is truncated, instead of sending the next response as its rest', async (t) => {
    const site = await startSiteWithSparseFile(t)
    const download = await beginToAsk(site.port, '/static/large.bin', { headers: { Connection: 'keep-alive' } })
    await once(download, 'readable')
    await truncate(join(site.root, 'large.bin'), 1)

    await assert.rejects(text(download), { code: 'ECONNRESET' })
    await assertNoneIsOpen(site)
  })
})

/** How many of the paths would lead a server that decodes and joins to a file outside its root. */
async function timesANaiveServerFalls(root: string, paths: string[]): Promise<number> {
  const contents = paths.map(async (path) => {
    const name = decodeURIComponent(path).slice('/static/'.length)
    return await readFile(join(root, name), 'utf8')
  })
  const read = await Promise.allSettled(contents)
  return read.filter((result) => result.status === 'fulfilled' && result.value === secret).length
}

async function connectTo(site: Site) {
  const socket = connect(site.port, '127.0.0.1')
  socket.on('error', () => {}) // a reset is part of the test
  await once(socket, 'connect')
  return socket
}

async function sendRaw(site: Site, start: string): Promise<string> {
  const socket = await connectTo(site)
  socket.write(`${start} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

describe('static files › compressed by the build (operation 8)', () => {
  const name = 'dist/assets/page-B1x2.js'
  const script = 'say("tea")\n'.repeat(200)
  const path = `/static/${name}`
  const files = {
    [name]: script,
    [`${name}.br`]: 'as brotli',
    [`${name}.gz`]: 'as gzip!',
    'dist/assets/small-B1x2.js': 'x',
  }
  const taking = (accepted: string, more = {}) => ({ headers: { 'Accept-Encoding': accepted, ...more } })

  it.for([
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['gzip;q=0.5, br;q=0.5', 'br'],
    ['BR', 'br'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['gzip;q=0.5, identity;q=1', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['*;q=0', undefined],
    ['zstd, deflate', undefined],
    ['xbr, brotli', undefined],
    ['br;q=nonsense', undefined],
    ['', undefined],
  ] as const)('are sent as the client accepts them: %j as %s', async ([accepted, encoding], t) => {
    const site = await startSite(t, files)
    const { status, headers, body } = await site.ask(path, taking(accepted))
    const content = encoding === undefined ? script : encoding === 'br' ? 'as brotli' : 'as gzip!'
    assert.deepEqual([status, headers['content-encoding'], body], [200, encoding, content])
    assert.equal(headers['content-length'], String(content.length))
    assert.equal(headers.vary, 'Accept-Encoding')
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    await expect.poll(() => site.openFiles()).toEqual([])
  })
  it('have a tag for each encoding, and answer 304 for it', async (t) => {
    const site = await startSite(t, files)
    const tags = await Promise.all(
      ['br', 'gzip', ''].map(async (one) => (await site.ask(path, taking(one))).headers.etag),
    )
    assert.equal(new Set(tags).size, 3)
    const known = { 'If-None-Match': String(tags[0]) }
    const again = await site.ask(path, taking('br', known))
    assert.deepEqual([again.status, again.headers.vary, again.headers.etag], [304, 'Accept-Encoding', tags[0]])
    assert.equal((await site.ask(path, taking('gzip', known))).status, 200)
    assert.equal((await site.ask(path, taking('', known))).status, 200)
    await expect.poll(() => site.openFiles()).toEqual([])
  })
  it('serve ranges of the uncompressed file only', async (t) => {
    const site = await startSite(t, files)
    const part = await site.ask(path, taking('br', { Range: 'bytes=0-2' }))
    assert.deepEqual([part.status, part.headers['content-encoding'], part.body], [206, undefined, 'say'])
    const encoded = await site.ask(path, taking('br'))
    assert.equal(encoded.headers['accept-ranges'], undefined)
    const other = { Range: 'bytes=0-2', 'If-Range': String(encoded.headers.etag) }
    assert.deepEqual((await site.ask(path, taking('br', other))).body, script)
  })
  it('answer HEAD like GET, and serve a file that did not shrink uncompressed', async (t) => {
    const site = await startSite(t, files)
    const head = await site.ask(path, { method: 'HEAD', ...taking('br') })
    assert.deepEqual([head.status, head.headers['content-encoding'], head.headers['content-length']], [200, 'br', '9'])
    const small = await site.ask('/static/dist/assets/small-B1x2.js', taking('br, gzip'))
    assert.deepEqual([small.headers['content-encoding'], small.body], [undefined, 'x'])
    await expect.poll(() => site.openFiles()).toEqual([])
  })
  it('are not used for names without a content hash', async (t) => {
    const site = await startSite(t, { 'css/page.css': 'plain', 'css/page.css.br': 'of an older one' })
    const { body, headers } = await site.ask('/static/css/page.css', taking('br'))
    assert.deepEqual([body, headers['content-encoding'], headers.vary], ['plain', undefined, undefined])
  })
  it('are served from the real build', async (t) => {
    const root = join(import.meta.dirname, '../../static/dist/assets')
    const names = await readdir(root)
    const encoded = names.filter((one) => /\.(br|gz)$/.test(one))
    assert.ok(
      encoded.some((one) => one.endsWith('.js.br')) && encoded.some((one) => one.endsWith('.css.gz')),
      t.task.name,
    )
    for (const one of encoded) {
      const [packed, plain] = await Promise.all([readFile(join(root, one)), readFile(join(root, one.slice(0, -3)))])
      assert.ok(packed.length < plain.length, one)
      assert.deepEqual(one.endsWith('.br') ? brotliDecompressSync(packed) : gunzipSync(packed), plain)
    }
  })
})
