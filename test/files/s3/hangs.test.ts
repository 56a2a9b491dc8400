/** A server whose S3 store takes requests and does not answer any more. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { read, uploaded } from '../../support/clients/uploads.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

/** Keeps objects in memory, as far as the server needs it. */
async function storeInMemory(t: Cleanup) {
  const objects = new Map<string, Buffer>()
  const open = new Set<object>()
  const state = { hangs: false, asked: 0 }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const key = request.url ?? ''
    state.asked++
    open.add(request)
    response.once('close', () => open.delete(request))
    if (state.hangs) return
    if (request.method === 'PUT') {
      objects.set(key, Buffer.concat(parts))
      return response.setHeader('etag', `"${createHash('md5').update(Buffer.concat(parts)).digest('hex')}"`).end()
    }
    if (request.method === 'DELETE') {
      objects.delete(key)
      return response.writeHead(204).end()
    }
    if (key.includes('?')) return response.end('<ListBucketResult/>')
    const object = objects.get(key)
    if (!object) return response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>None.</Message></Error>')
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (start === undefined) return response.end(object)
    const part = object.subarray(Number(start), Number(end) + 1)
    const range = `bytes ${start}-${end}/${object.length}`
    return response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const settings = {
    S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    S3_BUCKET: 'tea',
    S3_ACCESS_KEY_ID: 'key',
    S3_SECRET_ACCESS_KEY: 'secret',
  }
  return { settings, objects, open, state }
}

async function serverOn(t: Cleanup) {
  const store = await storeInMemory(t)
  const recorded = recordedLog()
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ...store.settings }, recorded.log)
  const anna = await server.signIn('Anna')
  const by = { cookie: anna.cookie }
  const id = await uploaded(server, by, { bytes: 'green tea' })
  return { ...store, server, anna, by, id, recorded }
}

describe('a file whose S3 store hangs', () => {
  it('is answered with 503 soon, and messages go on', async (t) => {
    const { server, anna, by, id, recorded, state } = await serverOn(t)
    expect(await (await read(server, by, id)).text()).toBe('green tea')
    state.hangs = true
    const answer = await read(server, by, id)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10'])
    const chat = await anna.connect()
    await chat.open('lobby')
    await chat.say('lobby', 'still here')
    expect(recorded.of('file-store-failing')).toMatchObject([{ reason: 'No answer within 5000 ms.' }])
    state.hangs = false
    expect(await (await read(server, by, id)).text()).toBe('green tea')
    expect(recorded.of('file-store-recovered')).toHaveLength(1)
  })

  it('is not waited for when its reader leaves', async (t) => {
    const { server, by, id, recorded, state, open } = await serverOn(t)
    state.hangs = true
    state.asked = 0
    const { port } = new URL(server.url)
    const readers = Array.from({ length: 5 }, () => {
      const reader = connect(Number(port), '127.0.0.1')
      reader.write(`GET /files/${id}/tea HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${by.cookie}\r\n\r\n`)
      return reader
    })
    await expect.poll(() => open.size).toBe(5)
    for (const reader of readers) reader.destroy()
    await expect.poll(() => open.size).toBe(0)
    // They left; the store is not known to fail.
    expect(recorded.of('file-store-failing')).toEqual([])
    expect(recorded.of('request-failed')).toEqual([])
  })
})

describe('a file whose bytes the S3 store does not have', () => {
  it('is a fault of the server, which is logged', async (t) => {
    const { server, by, id, recorded, objects } = await serverOn(t)
    objects.clear()
    const answer = await read(server, by, id)
    expect(answer.status).toBe(500)
    for (const name of ['etag', 'content-disposition', 'accept-ranges']) expect(answer.headers.get(name)).toBeNull()
    expect(recorded.of('request-failed')).toMatchObject([{ path: `/files/${id}/name` }])
    expect(recorded.of('file-store-failing')).toEqual([])
  })
})
