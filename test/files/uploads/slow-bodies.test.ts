import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, type TestContext } from 'vitest'
import { pace } from '../../../src/server/files/receive.ts'
import { LongBodies } from '../../../src/server/http/files/long-bodies.ts'
import { createHttpServer } from '../../../src/server/http/server.ts'
import { connectionLimits, HttpConnections } from '../../../src/server/rate-limit/http-connections.ts'
import { append, begun, bytesOf, idIn, offsetOf } from '../../support/clients/uploads.ts'
import { startServer } from '../../support/server/server.ts'

/** Sends the head and the beginning of a request, and leaves the connection open. */
async function begin(t: TestContext, port: number, lines: string[], begins: string) {
  const socket = connect(port, '127.0.0.1')
  t.onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(`${[...lines, `Host: 127.0.0.1:${port}`, '', ''].join('\r\n')}${begins}`)
  return socket
}

it('a body may take longer than a request when it is one of an upload, and not otherwise', async (t) => {
  const longBodies = new LongBodies()
  const connections = new HttpConnections(connectionLimits(true))
  const needs = { maxConnections: 1, connections, isProxy: () => false, longBodies }
  const { promise: isAllowed, resolve } = Promise.withResolvers<void>()
  const server = createHttpServer(async (request, response) => {
    if (request.url === '/upload') {
      longBodies.allow(request, response)
      resolve()
    }
    response.end(await text(request).catch(() => 'cut'))
  }, needs)
  Object.assign(server, { connectionsCheckingInterval: 20 })
  server.listen(0, '127.0.0.1')
  t.onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const other = await begin(t, port, ['POST /other HTTP/1.1', 'Content-Length: 9'], 'green')
  const upload = await begin(t, port, ['POST /upload HTTP/1.1', 'Content-Length: 9'], 'green')
  const answer = text(upload)
  await isAllowed
  Object.assign(server, { headersTimeout: 100, requestTimeout: 100 })
  expect(await text(other)).toMatch(/^HTTP\/1.1 408 /)
  // The other one began before it, and its time is over.
  upload.end(' tea')
  expect(await answer).toMatch(/^HTTP\/1.1 200 [\s\S]*green tea$/)
})

it('an upload that comes too slowly is ended, and can be continued', async (t) => {
  const usual = { ...pace }
  t.onTestFinished(() => void Object.assign(pace, usual))
  Object.assign(pace, { bytes: 4, everyMs: 50 })
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const by = { cookie: (await server.signIn('Anna')).cookie }
  const path = await begun(server, by, { bytes: 'green tea' })
  const head = [`PATCH ${path} HTTP/1.1`, `Cookie: ${by.cookie}`, 'Tus-Resumable: 1.0.0', 'Upload-Offset: 0']
  const type = ['Content-Type: application/offset+octet-stream', 'Content-Length: 9']
  const slow = await begin(t, server.port, [...head, ...type], 'green')
  slow.resume()
  await once(slow, 'close')
  Object.assign(pace, usual)
  expect(await offsetOf(server, by, path)).toBe(5)
  expect((await append(server, by, path, 5, ' tea')).status).toBe(204)
  expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
})

it('a form that comes too slowly is ended, also before its files and between them', async (t) => {
  const usual = { ...pace }
  t.onTestFinished(() => void Object.assign(pace, usual))
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const { cookie } = await server.signIn('Anna')
  Object.assign(pace, { bytes: 4, everyMs: 50 })
  const head = ['POST /api/files HTTP/1.1', 'Content-Type: multipart/form-data; boundary=x', 'Content-Length: 900']
  const slow = await begin(t, server.port, [...head, `Cookie: ${cookie}`], '--x\r\nContent-Disposition: form-data')
  slow.resume()
  await once(slow, 'close')
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
})

it('a form and a part with a checksum that break off leave nothing', async (t) => {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const { cookie } = await server.signIn('Anna')
  const uploads = join(server.dataDir, 'uploads')
  const left = () => (existsSync(uploads) ? readdirSync(uploads) : [])
  const path = await begun(server, { cookie }, { bytes: 'green tea' })
  const checksum = ['Upload-Checksum: sha1 AAAA', 'Content-Type: application/offset+octet-stream']
  const part = [`PATCH ${path} HTTP/1.1`, 'Tus-Resumable: 1.0.0', 'Upload-Offset: 0', ...checksum, 'Content-Length: 9']
  const form = ['POST /api/files HTTP/1.1', 'Content-Type: multipart/form-data; boundary=x', 'Content-Length: 900']
  const begins = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ngreen tea, and so on'
  for (const [lines, body] of [
    [part, 'green'],
    [form, begins],
  ] as const) {
    const socket = await begin(t, server.port, [...lines, `Cookie: ${cookie}`], body)
    await expect.poll(left, { message: 'something must have come' }).toHaveLength(1)
    socket.destroy()
    await expect.poll(left).toEqual([])
  }
  expect(await offsetOf(server, { cookie }, path)).toBe(0)
})
