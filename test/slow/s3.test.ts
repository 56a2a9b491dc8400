/** The bytes of files in a real S3 store: OpenStack Swift. What such a store may do wrong is in `test/files/s3/faults.test.ts`. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { files } from '../../src/server/cli/files/files.ts'
import { readConfig } from '../../src/server/config.ts'
import { openBytes, openBytesOnce } from '../../src/server/files/bytes/open-bytes.ts'
import { S3Bytes } from '../../src/server/files/bytes/s3-bytes.ts'
import { move } from '../../src/server/move/move.ts'
import { openBeside } from '../../src/server/store/sqlite/open-beside.ts'
import {
  append,
  begun,
  bytesOf,
  idIn,
  offsetOf,
  read,
  sendForm,
  tusHeaders,
  uploaded,
} from '../support/clients/uploads.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { type Cleanup, startServer, temporaryFolder } from '../support/server/server.ts'
import { PostgresServer } from '../support/services/postgres.ts'
import { S3Server } from '../support/services/s3.ts'

let s3: S3Server
beforeAll(async () => {
  s3 = await S3Server.start()
})
afterAll(() => s3?.stop())

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')
const inOneHour = () => Date.now() + 3_600_000

async function readAll(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of content) parts.push(part)
  return Buffer.concat(parts)
}

async function hashesIn(bytes: S3Bytes): Promise<string[]> {
  return (await Array.fromAsync(bytes.list(inOneHour()))).flat().toSorted()
}

/** Leads to that port, and counts what comes back. */
async function countingWire(t: Cleanup, to: number) {
  const open = new Set<Socket>()
  let bytes = 0
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1')
    open.add(client)
    upstream.on('data', (part) => (bytes += part.length))
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        other.destroy()
        open.delete(client)
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => {
    for (const client of open) client.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, open, bytes: () => bytes }
}

/** A server whose files are in a bucket of its own. */
async function serverOnS3(t: Cleanup, more: Record<string, string> = {}) {
  const { config, settings } = await s3.newBucket()
  const bytes = new S3Bytes(config)
  t.onTestFinished(() => bytes.close())
  const recorded = recordedLog()
  const all = { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ...settings, ...more }
  const server = await startServer(t, all, recorded.log)
  const anna = await server.signIn('Anna')
  return { server, anna, by: { cookie: anna.cookie }, bytes, settings, recorded, hashes: () => hashesIn(bytes) }
}

/** `npx teahouse files`, in this process. */
async function run(dataDir: string, settings: Record<string, string>, ...words: string[]) {
  const store = openBeside(dataDir)
  const code = process.exitCode
  process.exitCode = 0
  try {
    const stdout = await files({ store, config: readConfig({ DATA_DIR: dataDir, ...settings }), words })
    return { code: process.exitCode, stdout }
  } finally {
    process.exitCode = code
    await store.close()
  }
}

describe('bytes in an S3 store', () => {
  it('are written, read in parts, listed and removed', async (t) => {
    const { config } = await s3.newBucket()
    const bytes = new S3Bytes(config)
    const content = randomBytes(3_000_000)
    const path = join(temporaryFolder(t), 'file')
    writeFileSync(path, content)
    const hash = sha256(content)
    expect(await bytes.size(hash)).toBeUndefined()
    await bytes.put(path, hash)
    expect(await bytes.size(hash)).toBe(content.length)
    expect(await readAll(await bytes.read(hash, { start: 0, end: content.length }))).toEqual(content)
    const part = await readAll(await bytes.read(hash, { start: 999, end: 2_000_001 }))
    expect(part).toEqual(content.subarray(999, 2_000_001))
    writeFileSync(path, '')
    await bytes.put(path, sha256(''))
    expect(await bytes.size(sha256(''))).toBe(0)
    expect(await hashesIn(bytes)).toEqual([hash, sha256('')].toSorted())
    expect((await Array.fromAsync(bytes.list(Date.now() - 60_000))).flat()).toEqual([])
    await bytes.remove(hash)
    await bytes.remove(hash)
    expect(await bytes.size(hash)).toBeUndefined()
    await expect(bytes.read(hash, { start: 0, end: 1 })).rejects.toThrow('NoSuchKey')
    bytes.close()
  })

  it('are refused when they are not those of their hash', async (t) => {
    const { config } = await s3.newBucket()
    const bytes = new S3Bytes(config)
    const path = join(temporaryFolder(t), 'file')
    writeFileSync(path, 'green tea')
    await expect(bytes.put(path, sha256('black tea'))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await hashesIn(bytes)).toEqual([])
    bytes.close()
  })

  it.for([
    ['a bucket that is missing', { bucket: 'none' }, /^S3_BUCKET: http:\S+ has no bucket none\.$/],
    ['a wrong secret', { secretAccessKey: 'wrong' }, /^S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: http:\S+ refuses them/],
    ['somebody who may do nothing', { accessKeyId: 'tea:guest' }, /^S3_ACCESS_KEY_ID: that user may not/],
  ] as const)('end the start with one line for %s', async ([, wrong, line]) => {
    const { config } = await s3.newBucket()
    await expect(openBytes({ filesDir: '', s3: { ...config, ...wrong } }, { event() {} })).rejects.toThrow(line)
  })

  it('leave nothing of their check', async () => {
    const { config } = await s3.newBucket()
    const log = { event() {} }
    const nodes = await Promise.all(Array.from({ length: 3 }, () => openBytes({ filesDir: '', s3: config }, log)))
    for (const node of nodes) node.close()
    const bytes = await openBytesOnce({ filesDir: '', s3: config }, 'write')
    expect(await Array.fromAsync(bytes.list(inOneHour()))).toEqual([[]])
    bytes.close()
  })
})

describe('files in an S3 store', () => {
  it('are there before their upload is complete, and nothing of them is in the data folder', async (t) => {
    const { server, by, hashes } = await serverOnS3(t)
    // More than one part of anything.
    const content = randomBytes(12_000_000)
    const id = await uploaded(server, by, { bytes: content, name: 'tea.bin' })
    expect(await hashes()).toEqual([sha256(content)])
    expect(await bytesOf(server, by, id)).toEqual(content)
    const form = new FormData()
    form.set('room', 'lobby')
    form.append('file', new Blob(['black tea']), 'tea.txt')
    expect((await sendForm(server, by, form)).status).toBe(201)
    expect(await hashes()).toEqual([sha256(content), sha256('black tea')].toSorted())
    expect(existsSync(join(server.dataDir, 'files'))).toBe(false)
    expect(readdirSync(join(server.dataDir, 'uploads'))).toEqual([])
  })

  it('are served in parts, and their previews are made of them', async (t) => {
    const { server, by } = await serverOnS3(t)
    const image = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#3a7' } })
      .jpeg()
      .toBuffer()
    const id = await uploaded(server, by, { bytes: image, name: 'tea.jpg' })
    const whole = await bytesOf(server, by, id)
    const part = await read(server, by, id, { range: 'bytes=100-299' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-299/${whole.length}`])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(100, 300))
    const last = await read(server, by, id, { range: 'bytes=-5' })
    expect(Buffer.from(await last.arrayBuffer())).toEqual(whole.subarray(-5))
    expect((await read(server, by, id, { range: `bytes=${whole.length}-` })).status).toBe(416)
    const head = await read(server, by, id, {}, 'HEAD')
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(whole.length)])
    const preview = await fetch(`${server.url}/files/${id}/tea.jpg?preview=small`, { headers: by })
    expect(await sharp(Buffer.from(await preview.arrayBuffer())).metadata()).toMatchObject({
      format: 'webp',
      width: 480,
    })
  })

  it('are removed with the last row that has them', async (t) => {
    const { server, by, hashes } = await serverOnS3(t)
    const paths = [await begun(server, by, { bytes: 'tea' }), await begun(server, by, { bytes: 'tea' })]
    for (const path of paths) expect((await append(server, by, path, 0, 'tea')).status).toBe(204)
    const remove = (path = '') => fetch(server.url + path, { method: 'DELETE', headers: { ...tusHeaders, ...by } })
    expect((await remove(paths[0])).status).toBe(204)
    expect(await hashes()).toEqual([sha256('tea')])
    expect((await remove(paths[1])).status).toBe(204)
    expect(await hashes()).toEqual([])
  })

  it('wait while the store cannot be reached, and so does who reads them; messages do not', async (t) => {
    const { server, anna, by, hashes, recorded } = await serverOnS3(t)
    const kept = await uploaded(server, by, { bytes: 'green tea' })
    const path = await begun(server, by, { bytes: 'black tea' })
    await s3.interrupt()
    try {
      const refused = await append(server, by, path, 0, 'black tea')
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])
      expect(await refused.json()).toMatchObject({ code: 'unavailable', message: expect.stringContaining('Files') })
      const unread = await read(server, by, kept)
      expect([unread.status, unread.headers.get('retry-after')]).toEqual([503, '10'])
      expect(unread.headers.get('content-disposition')).toBeNull()
      expect(unread.headers.get('etag')).toBeNull()
      const chat = await anna.connect()
      await chat.open('lobby')
      await chat.say('lobby', 'still here')
      expect(recorded.of('file-store-failing')).toMatchObject([
        { level: 'error', reason: expect.stringContaining('ECONNREFUSED') },
      ])
    } finally {
      await s3.resume()
    }
    expect(await offsetOf(server, by, path)).toBe(9)
    expect((await bytesOf(server, by, idIn(path))).toString()).toBe('black tea')
    expect((await bytesOf(server, by, kept)).toString()).toBe('green tea')
    expect(await hashes()).toEqual([sha256('green tea'), sha256('black tea')].toSorted())
    expect(recorded.of('file-store-recovered')).toHaveLength(1)
    expect(recorded.of('request-failed')).toEqual([])
  })

  it('are not read on when their reader is slow or leaves', async (t) => {
    const { config, settings } = await s3.newBucket()
    const wire = await countingWire(t, Number(new URL(config.endpoint).port))
    const server = await startServer(t, {
      ...{ RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ...settings },
      S3_ENDPOINT: `http://127.0.0.1:${wire.port}`,
    })
    const { cookie } = await server.signIn('Anna')
    const content = randomBytes(60_000_000)
    const id = await uploaded(server, { cookie }, { bytes: content })
    const before = wire.open.size
    const sent = wire.bytes()
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>()
    const asked = request(`${server.url}/files/${id}/tea`, { headers: { cookie }, agent: false }, resolve)
    asked.on('error', () => {}).end()
    const answer = await promise
    answer.pause()
    // What fits into buffers on the way has come; the rest waits in the store.
    let last = 0
    const hasStopped = () => {
      const now = wire.bytes()
      const isStill = now === last && now > sent + 100_000
      last = now
      return isStill
    }
    await expect.poll(hasStopped, { interval: 1_000 }).toBe(true)
    expect(last - sent).toBeLessThan(content.length / 2)
    expect(wire.open.size, 'one is read from for this test to mean anything').toBeGreaterThanOrEqual(
      Math.max(1, before),
    )
    const reading = wire.open.size
    asked.destroy()
    await expect.poll(() => wire.open.size).toBeLessThan(reading)
    expect(wire.bytes() - sent).toBeLessThan(content.length / 2)
  })

  it('of 120 MB are stored and read', async (t) => {
    const { server, by, hashes } = await serverOnS3(t, { MAX_FILE_BYTES: '200000000' })
    const content = randomBytes(120_000_000)
    const id = await uploaded(server, by, { bytes: content })
    expect(await hashes()).toEqual([sha256(content)])
    expect(sha256(await bytesOf(server, by, id))).toBe(sha256(content))
  })

  it('are checked, exported and imported by the command line', async (t) => {
    const { server, by, bytes, settings, hashes } = await serverOnS3(t)
    await uploaded(server, by, { bytes: 'green tea', name: 'green.txt' })
    await uploaded(server, by, { bytes: 'black tea', name: 'black.txt' })
    const check = () => run(server.dataDir, settings, 'check', '--hashes')
    expect(await check()).toEqual({ code: 0, stdout: '2 files, 0 pictures, 0 faults.\n' })
    const folder = temporaryFolder(t)
    expect(await run(server.dataDir, settings, 'export', folder)).toEqual({ code: 0, stdout: '2 copied, 0 faults.\n' })
    const green = sha256('green tea')
    expect(readFileSync(join(folder, green.slice(0, 2), green), 'utf8')).toBe('green tea')
    expect((await run(server.dataDir, settings, 'export', folder)).stdout).toBe('0 copied, 0 faults.\n')
    await bytes.remove(green)
    const missing = await check()
    expect(missing).toMatchObject({ code: 1, stdout: expect.stringMatching(/file without its bytes: .*"green\.txt"/) })
    expect(await run(server.dataDir, settings, 'import', folder)).toEqual({ code: 0, stdout: '1 copied, 0 faults.\n' })
    expect(await check()).toMatchObject({ code: 0 })
    expect(await hashes()).toHaveLength(2)
    // What a folder has under a wrong name is not taken.
    await bytes.remove(green)
    writeFileSync(join(folder, green.slice(0, 2), green), 'other tea')
    expect(await run(server.dataDir, settings, 'import', folder)).toMatchObject({ code: 1 })
    expect(await hashes()).toHaveLength(1)
  })

  it('come from a folder, by an import', async (t) => {
    const folder = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
    const anna = await folder.signIn('Anna')
    const id = await uploaded(folder, { cookie: anna.cookie }, { bytes: 'green tea' })
    const { settings } = await s3.newBucket()
    const imported = await run(folder.dataDir, settings, 'import', join(folder.dataDir, 'files'))
    expect(imported).toEqual({ code: 0, stdout: '1 copied, 0 faults.\n' })
    rmSync(join(folder.dataDir, 'files'), { recursive: true })
    await folder.restart(settings)
    expect((await bytesOf(folder, { cookie: anna.cookie }, id)).toString()).toBe('green tea')
  })

  it('stay where they are when the data are moved, and are read again', async (t) => {
    const postgres = await PostgresServer.start()
    t.onTestFinished(() => postgres.stop())
    const { server, by, bytes, hashes } = await serverOnS3(t)
    await uploaded(server, by, { bytes: 'green tea' })
    await server.stop()
    const moved = async () => {
      const to = postgres.newDatabase()
      await postgres.create(to)
      return await move({ from: server.dataDir, to, shared: bytes, dataDir: temporaryFolder(t), progress() {} })
    }
    expect((await moved()).at(-1)).toEqual({ what: 'file contents', count: 1 })
    expect(await hashes()).toHaveLength(1)
    await bytes.remove(sha256('green tea'))
    await expect(moved()).rejects.toThrow(/missing/)
  })
})
