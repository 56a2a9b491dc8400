import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { dayMs, hourMs } from '../../src/shared/durations.ts'
import { botNamed } from '../support/clients/bots.ts'
import { append, begun, bytesOf, create, idIn, offsetOf, read, sendForm, uploaded } from '../support/clients/uploads.ts'
import { ownerNamed } from '../support/clients/visitor.ts'
import { type Cleanup, startServer, temporaryFolder } from '../support/server/server.ts'

async function withAnna(t: Cleanup, settings: Record<string, string> = {}) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ...settings })
  const anna = await server.signIn('Anna')
  return { server, by: { cookie: anna.cookie }, anna }
}

function filesIn(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 2)
    : []
}

function form(fields: Record<string, string>, files: [name: string, bytes: string | Buffer][]): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, bytes] of files) form.append('file', new File([new Uint8Array(Buffer.from(bytes))], name))
  return form
}

describe('a form with files', () => {
  it('is answered with them, in order, each with its text', async (t) => {
    const { server, by } = await withAnna(t)
    const sent = form({ room: 'lobby', alt: 'the first' }, [
      ['a.txt', 'green tea'],
      ['../b', randomBytes(200_000)],
      ['empty', ''],
    ])
    const { status, frame } = await sendForm(server, by, sent)
    expect(status).toBe(201)
    expect(frame).toEqual({
      type: 'files',
      files: [
        { id: expect.stringMatching(/^[0-9a-f]{32}$/), name: 'a.txt', type: 'text/plain', bytes: 9, alt: 'the first' },
        { id: expect.any(String), name: 'b', type: 'application/octet-stream', bytes: 200_000 },
        { id: expect.any(String), name: 'empty', type: 'text/plain', bytes: 0 },
      ],
    })
    expect((await bytesOf(server, by, frame.files?.[0]?.id ?? '')).toString()).toBe('green tea')
    expect(filesIn(join(server.dataDir, 'uploads'))).toEqual([])
  })

  it('may have its fields behind its files', async (t) => {
    const { server, by } = await withAnna(t)
    const sent = form({}, [['a.txt', 'green tea']])
    sent.append('room', 'lobby')
    expect(await sendForm(server, by, sent)).toMatchObject({ status: 201, frame: { files: [{ name: 'a.txt' }] } })
  })

  it('is taken in whole or not at all', async (t) => {
    const { server, by } = await withAnna(t, { MAX_FILE_BYTES: '9', FILE_BYTES_PER_DAY: '110' })
    const nothing = () =>
      expect(filesIn(join(server.dataDir, 'files')).concat(filesIn(join(server.dataDir, 'uploads')))).toEqual([])
    const small: [string, string] = ['a.txt', 'tea']
    const refusals: [FormData, number, string][] = [
      [form({ room: 'lobby' }, [small, ['b.txt', 'green teas']]), 413, 'too-large'],
      [form({ room: 'lobby' }, [small, ['b.txt', 'green tea']]), 413, 'quota'],
      [form({ room: 'nowhere' }, [small]), 404, 'no-such-room'],
      [form({}, [small]), 404, 'no-such-room'],
      [form({ room: 'lobby' }, []), 400, 'bad-field'],
      [form({ room: 'lobby', alt: 'x'.repeat(1_001) }, [small]), 400, 'bad-field'],
      [
        form(
          { room: 'lobby' },
          Array.from({ length: 11 }, () => small),
        ),
        400,
        'bad-frame',
      ],
    ]
    for (const [sent, status, code] of refusals) {
      expect(await sendForm(server, by, sent)).toMatchObject({ status, frame: { type: 'error', code } })
      nothing()
    }
    expect((await sendForm(server, {}, form({ room: 'lobby' }, [small]))).status).toBe(401)
    expect((await sendForm(server, by, form({ room: 'lobby' }, [small]))).status).toBe(201)
  })

  it('that is none, or ends too early, is refused, and the server goes on', async (t) => {
    const { server, by } = await withAnna(t)
    const post = (type: string, body: string) =>
      fetch(`${server.url}/api/files`, { method: 'POST', headers: { ...by, 'content-type': type }, body })
    const begun = '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\ngreen'
    for (const [type, body] of [
      ['multipart/form-data', 'x'],
      ['multipart/form-data; boundary=x', 'green tea'],
      ['multipart/form-data; boundary=x', begun],
      ['multipart/form-data; boundary=x', `${begun}\r\n--x`],
      ['multipart/form-data; boundary=x', '--x--\r\n'],
    ] as const)
      expect([type, body, (await post(type, body)).status]).toEqual([type, body, 400])
    expect((await post('text/plain', 'x')).status).toBe(415)
    expect(filesIn(join(server.dataDir, 'uploads'))).toEqual([])
  })
})

describe('the limits of uploads', () => {
  it('are those of a user for a day, a tenth of it for guests, and those of the server', async (t) => {
    const { server, by } = await withAnna(t, { FILE_BYTES_PER_DAY: '100', MAX_STORAGE_BYTES: '25' })
    expect((await create(server, by, { bytes: 'x'.repeat(10) })).status).toBe(201)
    const refused = await create(server, by, { bytes: 'x' })
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { type: 'error', code: 'quota', message: 'You can upload 10 bytes in 24 hours.' },
    ])
    const bot = await botNamed(server, 'Relay')
    expect((await create(server, bot.bearer, { bytes: 'x'.repeat(15) })).status, 'a bot is no guest').toBe(201)
    const full = await create(server, bot.bearer, { bytes: 'x' })
    expect(await full.json()).toMatchObject({ code: 'quota', message: expect.stringContaining('25 bytes') })
  })

  it('refuse a form beyond those of the day before its files are sent', async (t) => {
    const { server, by } = await withAnna(t, { FILE_BYTES_PER_DAY: '100' })
    const headers = { ...by, 'content-type': 'multipart/form-data; boundary=x', 'content-length': '5000000' }
    const asking = request({ port: server.port, host: '127.0.0.1', path: '/api/files', method: 'POST', headers })
    t.onTestFinished(() => void asking.destroy())
    // The server hangs up behind its answer.
    asking.on('error', () => {}).flushHeaders()
    const [response] = await once(asking, 'response')
    expect([response.statusCode, JSON.parse(await text(response)).code]).toEqual([413, 'quota'])
    expect(filesIn(join(server.dataDir, 'uploads'))).toEqual([])
  })

  it('count what comes in another form at the same moment', async (t) => {
    const { server, by } = await withAnna(t, { FILE_BYTES_PER_DAY: '30000000' })
    const ask = (bytes: number) => {
      const headers = { ...by, 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(bytes) }
      const asking = request({ port: server.port, host: '127.0.0.1', path: '/api/files', method: 'POST', headers })
      t.onTestFinished(() => void asking.destroy())
      asking
        .on('error', () => {})
        .write('--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\ngreen')
      return asking
    }
    const first = ask(3_000_000)
    await expect.poll(() => filesIn(join(server.dataDir, 'uploads'))).toHaveLength(1)
    const [refused] = await once(ask(3_000_000), 'response')
    expect([refused.statusCode, JSON.parse(await text(refused)).code]).toEqual([413, 'quota'])
    first.destroy()
    await expect.poll(() => filesIn(join(server.dataDir, 'uploads'))).toEqual([])
    const again = ask(3_000_000)
    await expect.poll(() => filesIn(join(server.dataDir, 'uploads'))).toHaveLength(1)
    again.destroy()
  })

  it('refuse a form that does not say how long it is', async (t) => {
    const { server, by } = await withAnna(t)
    const headers = { ...by, 'content-type': 'multipart/form-data; boundary=x' }
    const asking = request({ port: server.port, host: '127.0.0.1', path: '/api/files', method: 'POST', headers })
    asking.on('error', () => {}).write('--x')
    const [response] = await once(asking, 'response')
    expect(response.statusCode).toBe(411)
    asking.destroy()
  })

  it('refuse a file while there is still room for messages', async (t) => {
    const { bavail, bsize } = await statfs(temporaryFolder(t))
    // Enough for messages, by far, and too little for files, which need twice as much.
    const { server, by, anna } = await withAnna(t, { MIN_FREE_BYTES: String(Math.floor(bavail * bsize * 0.75)) })
    const refused = await create(server, by, { bytes: 'green tea' })
    expect([refused.status, await refused.json(), refused.headers.get('retry-after')]).toEqual([
      503,
      {
        type: 'error',
        code: 'unavailable',
        message: expect.stringMatching(/^The disk is nearly full: \d+ bytes of it must stay free\. Try again later\.$/),
        retryAfterMs: 30_000,
      },
      '30',
    ])
    const sent = form({ room: 'lobby' }, [['a', 'tea']])
    expect(await sendForm(server, by, sent)).toMatchObject({ status: 503, frame: { code: 'unavailable' } })
    const chat = await anna.connect()
    await chat.open('lobby')
    expect(await chat.say('lobby', 'still possible')).toBe(1)
  })

  it('let a bot with its token upload and read, from any origin, and none that may only read', async (t) => {
    const { server } = await withAnna(t)
    const bot = await botNamed(server, 'Relay')
    const reader = await botNamed(server, 'Reader', { canWrite: false })
    const foreign = { ...bot.bearer, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
    const id = await uploaded(server, foreign, { bytes: 'green tea' })
    expect((await bytesOf(server, foreign, id)).toString()).toBe('green tea')
    expect(await sendForm(server, foreign, form({ room: 'lobby' }, [['a', 'tea']]))).toMatchObject({ status: 201 })
    for (const answer of [
      await (await create(server, reader.bearer, { bytes: 'tea' })).json(),
      (await sendForm(server, reader.bearer, form({ room: 'lobby' }, [['a', 'tea']]))).frame,
    ])
      expect(answer).toMatchObject({ code: 'forbidden', message: 'This bot may only read.' })
  })

  it('refuse pages of other sites that have only the cookie', async (t) => {
    const { server, by } = await withAnna(t)
    const path = await begun(server, by, { bytes: 'green tea' })
    const foreign = { ...by, origin: 'https://elsewhere.example' }
    expect((await create(server, foreign, { bytes: 'tea' })).status).toBe(403)
    expect((await append(server, foreign, path, 0, 'green')).status).toBe(403)
    expect((await sendForm(server, foreign, form({ room: 'lobby' }, [['a', 'tea']]))).status).toBe(403)
    expect(await offsetOf(server, by, path)).toBe(0)
  })
})

describe('what nobody needs', () => {
  it('is removed: uploads and files that were not sent for a day, and what a killed process left', async (t) => {
    const { server, by } = await withAnna(t)
    const unfinished = await begun(server, by, { bytes: 'green tea' })
    await append(server, by, unfinished, 0, 'green')
    const unsent = await uploaded(server, by, { bytes: 'tea' })
    const uploads = join(server.dataDir, 'uploads')
    const orphans = join(server.dataDir, 'files/ab')
    mkdirSync(orphans)
    writeFileSync(join(orphans, 'ab'.repeat(32)), 'nobody has it')
    writeFileSync(join(orphans, `.${'ab'.repeat(32)}.0`), 'never named')
    writeFileSync(join(uploads, 'f'.repeat(32)), 'of no row')
    writeFileSync(join(uploads, `${'e'.repeat(32)}.unchecked`), 'of no row, and alone')

    await server.restart()
    expect(filesIn(uploads), 'what is new may be of a request that goes on').toHaveLength(3)
    expect(filesIn(join(server.dataDir, 'files'))).toHaveLength(3)
    expect((await bytesOf(server, by, unsent)).toString()).toBe('tea')

    await server.stop()
    const day = Date.now() + dayMs + hourMs
    vi.useFakeTimers({ now: day, toFake: ['Date'] })
    t.onTestFinished(() => void vi.useRealTimers())
    await server.restart()
    await expect.poll(() => filesIn(uploads)).toEqual([])
    await expect.poll(() => filesIn(join(server.dataDir, 'files'))).toEqual([])
    expect((await read(server, by, unsent)).status).toBe(404)
    expect((await read(server, by, idIn(unfinished))).status).toBe(404)
  })
})

describe('guests of a network', () => {
  it('upload together what an account may, whatever names they take', async (t) => {
    const settings = { RATE_LIMITS: 'on', FILE_BYTES_PER_DAY: '1000', TRUST_PROXY: '127.0.0.1' }
    const { server } = await withAnna(t, settings)
    const li = await ownerNamed(server, 'Li')
    const uploads = async (cookie: string, from: string) => {
      const headers = { cookie, 'x-forwarded-for': from }
      const response = await create(server, headers, { bytes: 'x'.repeat(100) })
      return { status: response.status, message: response.status === 201 ? '' : (await response.json()).message }
    }
    const newGuest = async (n: number) => (await server.signIn(`Guest ${n}`)).cookie
    // An address of IPv6 is one of a /64.
    for (let n = 0; n < 10; n++)
      expect(await uploads(await newGuest(n), `2001:db8::${n}`)).toEqual({ status: 201, message: '' })
    const eleventh = await newGuest(11)
    expect(await uploads(eleventh, '2001:db8::abcd')).toEqual({
      status: 413,
      message: 'The guests of your network can upload 1000 bytes together in 24 hours.',
    })
    expect((await uploads(eleventh, '2001:db8:0:1::1')).status, 'another network').toBe(201)
    expect((await uploads(eleventh, '2001:db8:0:1::1')).message, 'their own limit').toMatch(/^You can upload 100 bytes/)
    for (let n = 0; n < 10; n++) expect((await uploads(li.cookie, '2001:db8::1')).status, 'an account').toBe(201)
  })
  it('have it back when an upload is refused', async (t) => {
    const { server, by } = await withAnna(t, { RATE_LIMITS: 'on', FILE_BYTES_PER_DAY: '1000' })
    // Larger than a guest may in a day.
    for (let n = 0; n < 20; n++)
      expect((await (await create(server, by, { bytes: 'x'.repeat(101) })).json()).message).toMatch(
        /^You can upload 100/,
      )
    expect((await create(server, by, { bytes: 'x'.repeat(100) })).status).toBe(201)
  })
})
