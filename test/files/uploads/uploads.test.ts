import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dayMs } from '../../../src/shared/durations.ts'
import { TcpProxy } from '../../proof/tcp-proxy.ts'
import {
  append,
  begun,
  bytesOf,
  create,
  idIn,
  offsetOf,
  partHeaders,
  read,
  tusHeaders,
  uploadByTus,
  uploaded,
} from '../../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

async function withAnna(t: Cleanup, settings: Record<string, string> = {}) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ...settings })
  const anna = await server.signIn('Anna')
  return { server, by: { cookie: anna.cookie }, anna }
}

/** What is stored, by name, and what is being uploaded. */
function stored(dataDir: string): { files: string[]; uploads: string[] } {
  const namesIn = (folder: string) =>
    readdirSync(dataDir).includes(folder)
      ? readdirSync(join(dataDir, folder), { recursive: true, encoding: 'utf8' })
      : []
  return { files: namesIn('files').filter((name) => name.length > 2), uploads: namesIn('uploads') }
}

describe('upload', () => {
  it('says what it supports, also before anybody has signed in', async (t) => {
    const { server } = await withAnna(t, { MAX_FILE_BYTES: '1000' })
    const { status, headers } = await fetch(`${server.url}/rooms/lobby/files`, { method: 'OPTIONS' })
    expect(status).toBe(204)
    expect(Object.fromEntries(headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,termination,checksum,expiration',
      'tus-checksum-algorithm': 'sha1,sha256',
      'tus-max-size': '1000',
    })
  })

  it('says until when it is kept', async (t) => {
    const { server, by } = await withAnna(t)
    const before = Date.now()
    const response = await create(server, by, { bytes: 'green tea' })
    const expires = (answer: Response) => Date.parse(answer.headers.get('upload-expires') ?? '')
    // The header has whole seconds.
    expect(expires(response)).toBeGreaterThan(before + dayMs - 1_000)
    expect(expires(response)).toBeLessThanOrEqual(Date.now() + dayMs)
    const path = response.headers.get('location') ?? ''
    const head = await fetch(server.url + path, { method: 'HEAD', headers: { ...tusHeaders, ...by } })
    expect(Math.abs(expires(head) - expires(response))).toBeLessThan(60_000)
    expect(expires(await append(server, by, path, 0, 'green'))).toBe(expires(head))
  })

  it('keeps a file under its SHA-256, and leaves nothing else', async (t) => {
    const { server, by } = await withAnna(t)
    const bytes = randomBytes(200_000)
    const id = await uploaded(server, by, { bytes })
    expect(await bytesOf(server, by, id)).toEqual(bytes)
    const hash = sha256(bytes)
    expect(stored(server.dataDir)).toEqual({ files: [`${hash.slice(0, 2)}/${hash}`], uploads: [] })
    expect(readFileSync(join(server.dataDir, 'files', hash.slice(0, 2), hash))).toEqual(bytes)
  })

  it('keeps the same bytes once, until the last file that has them is gone', async (t) => {
    const { server, by } = await withAnna(t)
    const paths = [await begun(server, by, { bytes: 'tea' }), await begun(server, by, { bytes: 'tea' })]
    for (const path of paths) expect((await append(server, by, path, 0, 'tea')).status).toBe(204)
    expect(stored(server.dataDir).files).toHaveLength(1)
    const remove = (path = '') => fetch(server.url + path, { method: 'DELETE', headers: { ...tusHeaders, ...by } })
    expect((await remove(paths[0])).status).toBe(204)
    expect((await bytesOf(server, by, idIn(paths[1] ?? ''))).toString()).toBe('tea')
    expect((await remove(paths[1])).status).toBe(204)
    expect(stored(server.dataDir)).toEqual({ files: [], uploads: [] })
  })

  it('that is begun again with the same key is the same one', async (t) => {
    const { server, by } = await withAnna(t, { FILE_BYTES_PER_DAY: '100' })
    const file = { bytes: 'green tea', metadata: { key: 'the-first' } }
    const path = await begun(server, by, file)
    expect((await append(server, by, path, 0, 'green')).status).toBe(204)
    const again = await create(server, by, file)
    expect([again.status, again.headers.get('location'), again.headers.get('upload-offset')]).toEqual([201, path, '5'])
    // The beginning comes with it once more.
    const withBody = await fetch(`${server.url}/rooms/lobby/files`, {
      method: 'POST',
      headers: { ...partHeaders, ...by, 'upload-length': '9', 'upload-metadata': `key ${btoa('the-first')}` },
      body: 'green tea',
    })
    expect([withBody.status, withBody.headers.get('upload-offset')]).toEqual([201, '5'])
    expect((await append(server, by, path, 5, ' tea')).status).toBe(204)
    expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
    const other = await create(server, by, { ...file, bytes: 'a longer text' })
    expect([other.status, (await other.json()).code]).toEqual([409, 'bad-field'])
    for (const key of ['x'.repeat(65), '茶', 'a b', 'a\0'])
      expect((await create(server, by, { bytes: 'x', metadata: { key } })).status, key).toBe(400)
    expect((await fetch(server.url + path, { method: 'DELETE', headers: { ...tusHeaders, ...by } })).status).toBe(204)
    expect(await begun(server, by, file)).not.toBe(path)
  })

  it('takes the first part, or the whole, with its creation', async (t) => {
    const { server, by } = await withAnna(t)
    const post = (body: string, length: number) =>
      fetch(`${server.url}/rooms/lobby/files`, {
        method: 'POST',
        headers: { ...partHeaders, 'upload-length': String(length), ...by },
        body,
      })
    const part = await post('green', 9)
    expect([part.status, part.headers.get('upload-offset')]).toEqual([201, '5'])
    const path = part.headers.get('location') ?? ''
    expect((await append(server, by, path, 5, ' tea')).headers.get('upload-offset')).toBe('9')
    expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
    const whole = await post('tea', 3)
    expect((await bytesOf(server, by, idIn(whole.headers.get('location') ?? ''))).toString()).toBe('tea')
  })

  it('of no bytes is complete at once', async (t) => {
    const { server, by } = await withAnna(t)
    const path = await begun(server, by, { bytes: '' })
    expect((await bytesOf(server, by, idIn(path))).length).toBe(0)
    expect(stored(server.dataDir).uploads).toEqual([])
  })

  it('is refused at another offset than its own, and goes on at its own', async (t) => {
    const { server, by } = await withAnna(t)
    const path = await begun(server, by, { bytes: 'green tea' })
    expect((await append(server, by, path, 0, 'green')).headers.get('upload-offset')).toBe('5')
    for (const offset of [0, 4, 6, 9]) expect((await append(server, by, path, offset, 'x')).status).toBe(409)
    expect(await offsetOf(server, by, path)).toBe(5)
    expect((await append(server, by, path, 5, ' tea')).status).toBe(204)
    expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
    expect((await append(server, by, path, 9, 'x')).status, 'nothing can be added to it').toBe(413)
  })

  it('refuses a part whose checksum is another, and keeps nothing of it', async (t) => {
    const { server, by } = await withAnna(t)
    const path = await begun(server, by, { bytes: 'green tea' })
    const checksum = (name: string, of: string) => ({
      'upload-checksum': `${name} ${createHash(name).update(of).digest('base64')}`,
    })
    expect((await append(server, by, path, 0, 'green', checksum('sha1', 'green'))).status).toBe(204)
    const wrong = await append(server, by, path, 5, ' tea', checksum('sha256', ' tee'))
    expect([wrong.status, wrong.statusText]).toEqual([460, 'Checksum Mismatch'])
    expect(await wrong.json()).toMatchObject({ type: 'error' })
    expect(await offsetOf(server, by, path)).toBe(5)
    expect((await append(server, by, path, 5, ' tea', { 'upload-checksum': 'crc32 AAAA' })).status).toBe(400)
    expect((await append(server, by, path, 5, ' tea', checksum('sha256', ' tea'))).status).toBe(204)
    expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
    expect(stored(server.dataDir).uploads).toEqual([])
  })

  it('that is too large is refused, by what it announces and by what comes', async (t) => {
    const { server, by } = await withAnna(t, { MAX_FILE_BYTES: '9' })
    const announced = await create(server, by, { bytes: 'green teas' })
    expect(announced.status).toBe(413)
    expect(await announced.json()).toEqual({ type: 'error', code: 'too-large', message: 'A file has at most 9 bytes.' })
    const path = await begun(server, by, { bytes: 'green tea' })
    expect((await append(server, by, path, 0, 'green teas')).status).toBe(413)
    // Without a length, so that only what comes says it.
    const stream = new Blob(['green teas']).stream()
    const headers = { ...partHeaders, 'upload-offset': '0', ...by }
    const request = { method: 'PATCH', headers, body: stream, duplex: 'half' }
    const chunked = await fetch(server.url + path, request)
    expect(chunked.status).toBe(413)
    expect(await offsetOf(server, by, path)).toBeLessThanOrEqual(9)
  })

  it('ends with DELETE, and nothing of it is left', async (t) => {
    const { server, by } = await withAnna(t)
    const path = await begun(server, by, { bytes: 'green tea' })
    await append(server, by, path, 0, 'green')
    expect(stored(server.dataDir).uploads).toHaveLength(1)
    const headers = { ...tusHeaders, ...by }
    expect((await fetch(server.url + path, { method: 'DELETE', headers })).status).toBe(204)
    expect(stored(server.dataDir)).toEqual({ files: [], uploads: [] })
    expect((await fetch(server.url + path, { method: 'HEAD', headers })).status).toBe(404)
    expect((await append(server, by, path, 5, ' tea')).status).toBe(404)
  })

  it('speaks tus 1.0.0 and no other version', async (t) => {
    const { server, by } = await withAnna(t)
    for (const version of [{}, { 'tus-resumable': '0.2.2' }]) {
      const headers = { 'upload-length': '1', ...by, ...version }
      const { status, headers: answered } = await fetch(`${server.url}/rooms/lobby/files`, { method: 'POST', headers })
      expect([status, answered.get('tus-version')]).toEqual([412, '1.0.0'])
    }
  })

  it('is of its uploader and of its room alone', async (t) => {
    const { server, by } = await withAnna(t)
    const bo = { cookie: (await server.signIn('Bo')).cookie }
    const path = await begun(server, by, { bytes: 'green tea' })
    const elsewhere = path.replace('lobby', 'tea')
    const absent = path.replace(/\w+$/, 'f'.repeat(32))
    const answers = async (who: Record<string, string>, at: string) => {
      const method = { headers: { ...tusHeaders, ...who } }
      const patched = await append(server, who, at, 0, 'x')
      const removed = await fetch(server.url + at, { method: 'DELETE', ...method })
      const asked = await fetch(server.url + at, { method: 'HEAD', ...method })
      return [patched.status, await patched.text(), removed.status, await removed.text(), asked.status]
    }
    const none = await answers(by, absent)
    expect(none).toEqual([404, expect.stringContaining('no-such-file'), 404, expect.any(String), 404])
    expect(await answers(bo, path)).toEqual(none)
    expect(await answers(by, elsewhere)).toEqual(none)
    expect((await answers({}, path)).filter((one) => typeof one === 'number')).toEqual([401, 401, 401])
    expect(await offsetOf(server, by, path)).toBe(0)
  })
})

describe('an interrupted upload', () => {
  it('goes on after a cut at any byte, by tus-js-client as it is', async (t) => {
    const { server, by } = await withAnna(t)
    let cuts = 0
    await using proxy = await TcpProxy.start(() => {
      const wire = [...proxy.wires].at(-1)
      const cut = () => {
        cuts++
        wire?.destroy()
      }
      if (cuts < 10) wire?.toServer.cutAfter(Math.floor(Math.random() * 250_000), cut)
      return server.port
    })
    const bytes = randomBytes(3_000_000)
    // A cookie is named for the port that a browser sees.
    const throughProxy = { cookie: by.cookie.replace(`-${server.port}=`, `-${proxy.port}=`) }
    const path = await uploadByTus(`http://127.0.0.1:${proxy.port}/rooms/lobby/files`, throughProxy, bytes)
    expect(cuts, 'it must be cut for this test to mean anything').toBe(10)
    expect(sha256(await bytesOf(server, by, idIn(path)))).toBe(sha256(bytes))
    expect(stored(server.dataDir).uploads).toEqual([])
  })

  it('goes on after the server has started again', async (t) => {
    const { server, by } = await withAnna(t)
    const bytes = randomBytes(2_000_000)
    let restarted: Promise<void> | undefined
    const path = await uploadByTus(`${server.url}/rooms/lobby/files`, by, bytes, {
      chunkSize: 400_000,
      retryDelays: Array.from({ length: 100_000 }, () => 50),
      onChunkComplete: (_size, accepted) => {
        if (accepted >= 800_000) restarted ??= server.restart()
      },
    })
    expect(restarted, 'it must be restarted for this test to mean anything').toBeDefined()
    await restarted
    expect(sha256(await bytesOf(server, by, idIn(path)))).toBe(sha256(bytes))
  })

  it('is taken over by a newer request from one whose connection is dead', async (t) => {
    const { server, by } = await withAnna(t)
    const path = await begun(server, by, { bytes: 'green tea' })
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('green')) })
    const headers = { ...partHeaders, 'upload-offset': '0', ...by }
    // It sends no more, and does not end.
    const request = { method: 'PATCH', headers, body, duplex: 'half' }
    const dead = fetch(server.url + path, request).catch(() => 'cut')
    await expect.poll(() => stored(server.dataDir).uploads.length).toBe(1)
    const folder = join(server.dataDir, 'uploads', idIn(path))
    await expect.poll(() => readFileSync(folder).length).toBe(5)
    expect(await offsetOf(server, by, path)).toBe(5)
    expect((await append(server, by, path, 5, ' tea')).status).toBe(204)
    expect(await dead).toBe('cut')
    expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
  })

  it('that was not finished cannot be read', async (t) => {
    const { server, by } = await withAnna(t)
    const path = await begun(server, by, { bytes: 'green tea' })
    await append(server, by, path, 0, 'green')
    expect((await read(server, by, idIn(path))).status).toBe(404)
  })
})
