/** What an S3 store may do that it should not. A real one is in `test/slow/s3.test.ts`. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openBytes, openBytesOnce } from '../../../src/server/files/bytes/open-bytes.ts'
import { S3Bytes } from '../../../src/server/files/bytes/s3-bytes.ts'
import { S3Client } from '../../../src/server/files/bytes/s3-client.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

const refusal =
  (status: number, code: string): Answer =>
  (_, response) => {
    response.writeHead(status).end(`<Error><Code>${code}</Code><Message>No &amp; no.</Message></Error>`)
  }

/** One answer after the other, the last one again and again; `early` ones do not wait for the body. */
async function storeThat(t: Cleanup, answers: Answer[], { isEarly = false, startMs = 30_000, idleMs = 30_000 } = {}) {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.headers.range ?? ''}`.trim())
    const answer = answers[Math.min(asked.length, answers.length) - 1]
    if (isEarly) return answer?.(request, response, Buffer.alloc(0))
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    answer?.(request, response, Buffer.concat(parts))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const config = {
    endpoint: `http://127.0.0.1:${port}`,
    bucket: 'tea',
    region: 'us-east-1',
    accessKeyId: 'key',
    secretAccessKey: 'secret',
  }
  const reasons: (string | undefined)[] = []
  const client = new S3Client(config, { retryMs: [1, 1], startMs, idleMs })
  const bytes = new S3Bytes(config, (reason) => reasons.push(reason), client)
  t.onTestFinished(() => bytes.close())
  return { config, bytes, asked, reasons, server }
}

/** Takes requests and does not answer. */
const silence: Answer = () => {}

function fileOf(t: Cleanup, content: Buffer) {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, content)
  return { path, hash: sha256(content) }
}

const stored: Answer = (_, response, body) => {
  response.setHeader('etag', `"${md5(body)}"`).end()
}
const tea = Buffer.from('green tea')
const unavailable = { code: 'unavailable', retryAfterMs: 10_000 }

it('an S3 store › that has no turn is asked again, with the whole file', async (t) => {
  const reset: Answer = (request) => request.socket.destroy()
  const content = randomBytes(1_000_000)
  let received: Buffer | undefined
  const keep: Answer = (request, response, body) => {
    received = body
    stored(request, response, body)
  }
  const { bytes, asked, reasons } = await storeThat(t, [refusal(503, 'SlowDown'), reset, keep])
  const { path, hash } = fileOf(t, content)
  await bytes.put(path, hash)
  expect(asked).toEqual(['PUT', 'PUT', 'PUT'])
  expect(received?.equals(content)).toBe(true)
  expect(reasons).toEqual([])
})

it('an S3 store › that never has a turn is unavailable, which is told once, and so is that it works again', async (t) => {
  const busy = refusal(503, 'SlowDown')
  const { bytes, asked, reasons } = await storeThat(t, [busy, busy, busy, busy, busy, busy, stored])
  const { path, hash } = fileOf(t, tea)
  await expect(bytes.put(path, hash)).rejects.toMatchObject(unavailable)
  await expect(bytes.remove(hash)).rejects.toMatchObject(unavailable)
  expect(asked).toHaveLength(6)
  expect(reasons).toEqual(['SlowDown: No & no.'])
  await bytes.put(path, hash)
  expect(reasons).toEqual(['SlowDown: No & no.', undefined])
})

it('an S3 store › that refuses is not asked again', async (t) => {
  const { bytes, asked, reasons } = await storeThat(t, [refusal(403, 'AccessDenied')])
  const { path, hash } = fileOf(t, tea)
  await expect(bytes.put(path, hash)).rejects.toMatchObject(unavailable)
  expect(asked).toEqual(['PUT'])
  expect(reasons).toEqual(['AccessDenied: No & no.'])
})

it('an S3 store › that refuses before the end of a file is understood', async (t) => {
  const { bytes, reasons } = await storeThat(t, [refusal(403, 'AccessDenied')], { isEarly: true })
  const { path, hash } = fileOf(t, randomBytes(20_000_000))
  await expect(bytes.put(path, hash)).rejects.toMatchObject(unavailable)
  expect(reasons).toEqual(['AccessDenied: No & no.'])
})

it('an S3 store › that stored other bytes is sent them again, and then they are removed', async (t) => {
  const other: Answer = (_, response) => response.setHeader('etag', `"${md5(Buffer.from('other'))}"`).end()
  const content: Answer = (_, response) => response.end('other')
  const { bytes, asked } = await storeThat(t, [other, content, other, content, stored])
  const { path, hash } = fileOf(t, tea)
  await expect(bytes.put(path, hash)).rejects.toMatchObject(unavailable)
  expect(asked).toEqual(['PUT', 'GET', 'PUT', 'GET', 'DELETE'])
})

it('an S3 store › whose tags are no MD5 is read to compare', async (t) => {
  const tagged: Answer = (_, response) => response.setHeader('etag', '"0123-1"').end()
  const { bytes, asked } = await storeThat(t, [tagged, (_, response) => response.end(tea)])
  const { path, hash } = fileOf(t, tea)
  await bytes.put(path, hash)
  expect(asked).toEqual(['PUT', 'GET'])
})

it('an S3 store › that stops in the middle of a file fails its reader', async (t) => {
  const begin: Answer = (_, response) => {
    response.writeHead(206, { 'content-length': '100', 'content-range': 'bytes 0-99/100' }).write('only this')
  }
  const { bytes } = await storeThat(t, [begin], { idleMs: 500 })
  const content = await bytes.read(sha256(tea), { start: 0, end: 100 })
  await expect(Array.fromAsync(content)).rejects.toThrow()
})

it('an S3 store › waits for a reader that is slow', async (t) => {
  const content = randomBytes(5_000_000)
  const range = `bytes 0-${content.length - 1}/${content.length}`
  const send: Answer = (_, response) => {
    response.writeHead(206, { 'content-length': content.length, 'content-range': range }).end(content)
  }
  const { bytes } = await storeThat(t, [send], { idleMs: 2_000 })
  const reader = await bytes.read(sha256(content), { start: 0, end: content.length })
  const parts: Buffer[] = []
  for await (const part of reader) {
    // Once, for longer than the store may be silent.
    if (!parts.length) await new Promise((resolve) => setTimeout(resolve, 3_000))
    parts.push(part)
  }
  expect(Buffer.concat(parts).equals(content)).toBe(true)
})

it.for([
  ['all of it', 200, {}, 'all of it'],
  ['a part of another length', 206, { 'content-range': 'bytes 2-4/9' }, 'een'],
  ['a part from another place', 206, { 'content-range': 'bytes 4-5/9' }, 'n '],
  ['a part from nobody knows where', 206, {}, 'ee'],
] as const)('an S3 store › that answers %s instead of a part is not believed', async ([, status, headers, text], t) => {
  const answer: Answer = (_, response) =>
    response.writeHead(status, { ...headers, 'content-length': text.length }).end(text)
  const { bytes, reasons } = await storeThat(t, [answer])
  await expect(bytes.read(sha256(tea), { start: 2, end: 4 })).rejects.toMatchObject(unavailable)
  expect(reasons).toEqual([expect.stringContaining('WrongPart')])
})

it('an S3 store › that does not answer is given up soon, and is not asked again', async (t) => {
  const { bytes, asked, reasons } = await storeThat(t, [silence], { startMs: 2_000 })
  await expect(bytes.read(sha256(tea), { start: 0, end: 9 })).rejects.toMatchObject(unavailable)
  expect(asked).toHaveLength(1)
  expect(reasons).toEqual(['No answer within 2000 ms.'])
})

it('an S3 store › that does not answer is tried by one at a time, and the others are told at once', async (t) => {
  const part: Answer = (_, response) => {
    response.writeHead(206, { 'content-length': tea.length, 'content-range': 'bytes 0-8/9' }).end(tea)
  }
  const { bytes, asked, reasons } = await storeThat(t, [silence, silence, part], { startMs: 2_000 })
  const read = () => bytes.read(sha256(tea), { start: 0, end: 9 })
  await expect(read()).rejects.toMatchObject(unavailable)
  const trying = read()
  const others = await Promise.allSettled(Array.from({ length: 200 }, read))
  for (const one of others) expect(one).toMatchObject({ status: 'rejected', reason: unavailable })
  await expect(trying).rejects.toMatchObject(unavailable)
  expect(asked).toHaveLength(2)
  expect(Buffer.concat(await Array.fromAsync(await read()))).toEqual(tea)
  expect(reasons).toEqual(['No answer within 2000 ms.', undefined])
})

it('an S3 store › has at most 64 requests at once that it has not answered', async (t) => {
  const { bytes, asked, server } = await storeThat(t, [silence], { startMs: 2_000 })
  const reading = Array.from({ length: 500 }, () => bytes.read(sha256(tea), { start: 0, end: 9 }))
  const settled = await Promise.allSettled(reading)
  for (const one of settled) expect(one).toMatchObject({ status: 'rejected', reason: unavailable })
  expect(asked.length).toBeGreaterThan(0)
  // When the first of them has failed, one that waits tries it once more.
  expect(asked.length).toBeLessThanOrEqual(65)
  await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(0)
})

it('an S3 store › is not asked on for a reader who leaves, which is no fault of it', async (t) => {
  const { bytes, asked, reasons, server } = await storeThat(t, [silence])
  const reader = new AbortController()
  const reading = bytes.read(sha256(tea), { start: 0, end: 9 }, reader.signal)
  await expect.poll(() => asked.length).toBe(1)
  reader.abort()
  await expect(reading).rejects.toMatchObject({ code: 'unavailable' })
  await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(0)
  expect(reasons).toEqual([])
})

it('an S3 store › is listed by its own clock, page by page, without what is not ours', async (t) => {
  const at = Date.parse('2020-01-01T00:00:00Z')
  const hashes = ['a', 'b', 'c'].map(sha256)
  const object = (key: string, ageMs: number) =>
    `<Contents><Key>${key}</Key><LastModified>${new Date(at - ageMs).toISOString()}</LastModified><Size>1</Size></Contents>`
  const page =
    (xml: string): Answer =>
    (_, response) =>
      response.setHeader('date', new Date(at).toUTCString()).end(`<ListBucketResult>${xml}</ListBucketResult>`)
  const keyOf = (hash = '') => `${hash.slice(0, 2)}/${hash}`
  const { bytes, asked } = await storeThat(t, [
    page(
      `${object(keyOf(hashes[0]), 7_200_000)}${object('elsewhere/note.txt', 7_200_000)}<NextContinuationToken>a+b=</NextContinuationToken>`,
    ),
    page(
      `${object(keyOf(hashes[1]), 7_200_000)}${object(keyOf(hashes[2]), 60_000)}${object(`zz/${hashes[0]}`, 7_200_000)}`,
    ),
  ])
  expect(await Array.fromAsync(bytes.list(Date.now() - 3_600_000))).toEqual([[hashes[0]], [hashes[1]]])
  expect(asked).toHaveLength(2)
})

it.for([
  ['NoSuchBucket', 404, /^S3_BUCKET: http:\S+ has no bucket tea\.$/],
  ['SignatureDoesNotMatch', 403, /^S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: http:\S+ refuses them/],
  ['AccessDenied', 403, /^S3_ACCESS_KEY_ID: that user may not list, read, write and delete/],
  ['AuthorizationHeaderMalformed', 400, /^S3_REGION: /],
  ['RequestTimeTooSkewed', 403, /^The clock of this machine/],
  ['Unheard', 400, /^S3_ENDPOINT: http:\S+ cannot be used \(Unheard: No & no\.\)/],
] as const)('an S3 store › that answers %s at the start ends it with one line', async ([code, status, line], t) => {
  const { config } = await storeThat(t, [refusal(status, code)])
  await expect(openBytes({ filesDir: '', s3: config }, { event() {} })).rejects.toThrow(line)
})

it('an S3 store › that fails for a passing reason at the start does not keep the chat from it', async (t) => {
  const { config } = await storeThat(t, [])
  // Nobody is there.
  const s3 = { ...config, endpoint: 'http://127.0.0.1:1' }
  const events: unknown[] = []
  const log = { event: (event: string, fields?: { reason?: string }) => events.push([event, fields?.reason]) }
  const bytes = await openBytes({ filesDir: '', s3 }, log as never)
  t.onTestFinished(() => bytes.close())
  expect(events).toEqual([['file-store-failing', expect.stringContaining('ECONNREFUSED')]])
  await expect(bytes.read(sha256(tea), { start: 0, end: 9 })).rejects.toMatchObject(unavailable)
  expect(events).toHaveLength(1)
  await expect(openBytesOnce({ filesDir: '', s3 }, 'read')).rejects.toThrow(/^S3_ENDPOINT: .*cannot be used/)
})

it('an S3 store › is checked by each node with a key of its own, and by a command that reads without writing', async (t) => {
  const objects = new Map<string, Buffer>()
  const methods = new Set<string>()
  const keys = new Set<string>()
  const keep: Answer = (request, response, body) => {
    const { method = '', url = '' } = request
    methods.add(method)
    if (method !== 'GET') keys.add(url)
    if (method === 'PUT') objects.set(url, body)
    if (method === 'PUT') return stored(request, response, body)
    if (url.includes('?')) return response.end('<ListBucketResult/>')
    const object = objects.get(url)
    if (method === 'DELETE') objects.delete(url)
    return object ? response.end(method === 'GET' ? object : '') : refusal(404, 'NoSuchKey')(request, response, body)
  }
  const { config } = await storeThat(t, [keep])
  const places = { filesDir: '', s3: config }
  const read = await openBytesOnce(places, 'read')
  read.close()
  expect([...methods]).toEqual(['GET'])
  const nodes = await Promise.all(Array.from({ length: 5 }, () => openBytes(places, { event() {} })))
  for (const bytes of nodes) bytes.close()
  expect([...keys]).toHaveLength(5)
  for (const key of keys) expect(key).toMatch(/^\/tea\/teahouse-check-[0-9a-f]{16}$/)
  expect(objects.size).toBe(0)
})
