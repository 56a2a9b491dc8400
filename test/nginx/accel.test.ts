/** `X_ACCEL_REDIRECT`: the app decides, and Nginx sends the bytes. */
import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { read, uploaded } from '../support/clients/uploads.ts'
import { type Cleanup, identityOf, startServer } from '../support/server/server.ts'
import { startProxy } from './proxy.ts'
import { signIn } from './teahouse.ts'

async function startBoth(t: Cleanup) {
  const allowed = 'https://page.example'
  const settings = { TRUST_PROXY: '127.0.0.1', RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ALLOWED_ORIGINS: allowed }
  const app = await startServer(t, { ...settings, X_ACCEL_REDIRECT: '/internal-files/' })
  const folder = join(app.dataDir, 'files')
  const { port } = await startProxy(t, {
    app: app.port,
    changes: [['alias /var/lib/teahouse/files/;', `alias ${folder}/;`]],
  })
  const host = `127.0.0.1:${port}`
  const by = { cookie: identityOf(await signIn(host, 'Anna')) }
  return { app, folder, host, site: { url: `http://${host}` }, by, allowed, settings }
}

it('Nginx sends files with the headers of the app, whole and in parts, to those who may have them', async (t) => {
  const { app, folder, host, site, by, allowed, settings } = await startBoth(t)
  const bytes = randomBytes(300_000)
  const id = await uploaded(site, by, { bytes, name: '茶.bin' })
  const whole = await read(site, by, id, { origin: allowed })
  expect([whole.status, Buffer.from(await whole.arrayBuffer()).equals(bytes)]).toEqual([200, true])
  const etag = whole.headers.get('etag') ?? ''
  const part = await read(site, by, id, { range: 'bytes=10-19', 'if-range': etag })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/300000'])
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20))
  expect((await read(site, by, id, { range: 'bytes=300000-' })).status).toBe(416)
  expect((await read(site, by, id, { 'if-none-match': etag })).status).toBe(304)
  const head = await read(site, by, id, {}, 'HEAD')
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '300000'])

  // Nobody but Nginx can have sent them: the app has none.
  renameSync(folder, `${folder}-moved`)
  expect((await read(site, by, id)).status).toBe(404)
  renameSync(`${folder}-moved`, folder)

  const bo = { cookie: identityOf(await signIn(host, 'Bo')) }
  for (const [who, headers] of [
    [bo, {}],
    [{}, {}],
    [bo, { 'if-none-match': etag }],
    [bo, { range: 'bytes=0-9' }],
  ] as const)
    expect((await read(site, who, id, headers)).status).toBe(404)
  for (const path of [`/internal-files/${'a'.repeat(2)}/x`, '/internal-files/'])
    expect((await fetch(site.url + path, { headers: by })).status).toBe(404)

  await app.restart({ ...settings, X_ACCEL_REDIRECT: '' })
  const own = await read(site, by, id, { origin: allowed })
  await own.arrayBuffer()
  const differing = new Set(['etag', 'last-modified', 'date', 'connection', 'keep-alive'])
  const kept = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => !differing.has(name)).toSorted())
  expect(own.headers.get('access-control-allow-origin'), 'must be there for this test to mean anything').toBe(allowed)
  expect(kept(whole)).toEqual(kept(own))
})

it('Nginx sends a text and a file of no bytes as the app does', async (t) => {
  const { site, by } = await startBoth(t)
  for (const [bytes, type, disposition] of [
    ['<script>alert(1)</script>', 'text/plain; charset=utf-8', 'attachment; filename="a.html"'],
    ['', 'text/plain; charset=utf-8', 'attachment; filename="a.html"'],
  ] as const) {
    const id = await uploaded(site, by, { bytes, name: 'a.html', type: 'text/html' })
    const response = await read(site, by, id)
    expect([response.status, await response.text()]).toEqual([200, bytes])
    expect(response.headers.get('content-type')).toBe(type)
    if (bytes) expect(response.headers.get('content-disposition')).toBe(disposition)
    expect(response.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
  }
})
