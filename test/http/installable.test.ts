import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server/server.ts'
import { ask } from './raw-request.ts'

const root = join(import.meta.dirname, '../..')

interface Manifest {
  name: string
  start_url: string
  scope: string
  display: string
  icons: { src: string; type: string; sizes: string; purpose?: string }[]
}

async function manifestOf(server: TestServer): Promise<Manifest> {
  const { status, headers, body } = await ask(server.port, '/manifest.webmanifest')
  expect([status, headers['content-type']]).toEqual([200, 'application/manifest+json; charset=utf-8'])
  return JSON.parse(body)
}

/** Width and height as the file itself says (PNG, 11.2.1). */
function sizeOf(path: string): string {
  const png = readFileSync(join(root, path))
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  return `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`
}

describe('web app manifest', () => {
  it('names the app and its start page', async (t) => {
    expect(await manifestOf(await startServer(t))).toMatchObject({
      name: 'Teahouse 茶馆',
      start_url: '/',
      scope: '/',
      display: 'standalone',
    })
  })
  it('has icons that exist in the declared sizes, one of them maskable', async (t) => {
    const server = await startServer(t)
    const { icons } = await manifestOf(server)
    expect(icons.map(({ sizes, purpose }) => [sizes, purpose])).toEqual([
      ['192x192', undefined],
      ['512x512', undefined],
      ['512x512', 'maskable'],
    ])
    for (const { src, type, sizes } of icons) {
      expect(sizeOf(src)).toBe(sizes)
      expect((await ask(server.port, src)).headers['content-type']).toBe(type)
    }
    expect(sizeOf('/static/images/apple-touch-icon.png')).toBe('180x180')
  })
})

describe('service worker', () => {
  it('is served from the root for all pages, and revalidated', async (t) => {
    const { headers, status } = await ask((await startServer(t)).port, '/sw.js?build=1')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(headers['cache-control']).toBe('public, max-age=0, must-revalidate')
    expect(headers['service-worker-allowed']).toBeUndefined()
  })
  it('keeps an offline page in the reader’s language and theme', async (t) => {
    const { port } = await startServer(t)
    const { status, body } = await ask(port, '/offline', { headers: { Cookie: 'language=zh; theme=dark' } })
    expect(status).toBe(200)
    expect(body).toContain('<html lang="zh-CN" data-theme="dark">')
    expect(body).toContain('无法连接服务器')
    // It stands at the address that could not be reached.
    expect(body).toContain('href="">重试</a>')
  })
})

describe('page of the chat without a server', () => {
  it('has the reader’s language and theme, and nothing about the user', async (t) => {
    const server = await startServer(t, {})
    const { cookie } = await server.signIn('Somebody')
    const headers = { Cookie: 'language=zh; theme=dark' }
    const anonymous = await ask(server.port, '/shell', { headers })
    const own = await ask(server.port, '/shell', { headers: { Cookie: `${headers.Cookie}; ${cookie}` } })
    expect([own.status, own.body]).toEqual([200, anonymous.body])
    expect(own.body).toContain('<html lang="zh-CN" data-theme="dark">')
    expect(own.body).toContain('无法连接服务器')
    expect(own.headers['cache-control']).toBe('no-store')
  })
  it('names every file that the page may load', async (t) => {
    const { port } = await startServer(t)
    const { body } = await ask(port, '/shell')
    const files = [...new Set(body.match(/\/static\/[\w./%-]+/g))]
    for (const part of ['main', 'open-shell', 'lazy-parts', 'MessageFiles'])
      expect(
        files.some((file) => file.includes(`/${part}-`)),
        part,
      ).toBe(true)
    expect(files).toContain('/static/images/avatars/9.svg')
    for (const file of files) expect((await ask(port, file)).status, file).toBe(200)
  })
})

describe('files at the root', () => {
  it.for(['/favicon.ico', '/apple-touch-icon.png'])('are where browsers look for them: %s', async (path, t) => {
    const { status, headers } = await ask((await startServer(t)).port, path)
    expect([status, headers['content-type']]).toEqual([200, 'image/png'])
  })
  it.for(['/sw.js/', '/robots.txt', '/base.css', '/constructor', '/__proto__'])(
    'do not include %s',
    async (path, t) => {
      expect((await ask((await startServer(t)).port, path)).status).toBe(404)
    },
  )
})
