/** Files that the stock client of Socket.IO sends as the event `file`. */
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileInfo } from '../../../src/shared/protocol/types.ts'
import { botNamed } from '../../support/clients/bots.ts'
import { join } from '../../support/clients/chat-clients.ts'
import { RawEngine, type RawSocket } from '../../support/clients/raw-engine.ts'
import { type SocketIoClient, socketIoClient, talker, transports } from '../../support/clients/socket-io-client.ts'
import { bytesOf, sendForm } from '../../support/clients/uploads.ts'
import { patienceMs } from '../../support/run/timeouts.ts'
import { holdNext } from '../../support/server/hold-answer.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

const maxBytes = 256 * 1024
const separator = '\x1e'

async function withAnna(t: Cleanup, settings: Record<string, string> = { RATE_LIMITS: 'off' }) {
  const server = await startServer(t, { MIN_FREE_BYTES: '0', ...settings })
  const anna = await server.signIn('Anna')
  return { server, anna, by: { cookie: anna.cookie } }
}

/** The only file of an answer. */
function fileOf(answer: Record<string, unknown>): FileInfo {
  expect(answer).toMatchObject({ type: 'files', files: [{ id: expect.stringMatching(/^[0-9a-f]{32}$/) }] })
  return (answer.files as [FileInfo])[0]
}

function stored(dataDir: string) {
  const namesIn = (folder: string) =>
    readdirSync(dataDir).includes(folder)
      ? readdirSync(joinPath(dataDir, folder), { recursive: true, encoding: 'utf8' })
      : []
  return { files: namesIn('files').filter((name) => name.length > 2), uploads: namesIn('uploads') }
}

async function until(socket: RawSocket, beginning: string): Promise<string> {
  for (;;) {
    const packet = await socket.nextPacket()
    if (packet.toString().startsWith(beginning)) return packet.toString()
  }
}

async function rawSocket(t: Cleanup, settings?: Record<string, string>) {
  const { server, anna } = await withAnna(t, settings)
  const engine = new RawEngine(server.url, { cookie: anna.cookie })
  const socket = await engine.openSocket()
  socket.send('40')
  await until(socket, '42["opened"')
  return { server, engine, socket }
}

describe.for(transports)('a file over Socket.IO, %s', (transport) => {
  const only = { transports: [transport] }

  it('is taken in, sent in a message and read by others', async (t) => {
    const { server, anna } = await withAnna(t)
    const bo = await join(server, 'Bo')
    const client = await talker(t, server, anna, only)
    const bytes = randomBytes(100_000)
    const file = fileOf(await client.ask('file', { name: '../leaves.bin', alt: 'Leaves' }, bytes))
    expect(file).toMatchObject({ name: 'leaves.bin', type: 'application/octet-stream', bytes: 100_000, alt: 'Leaves' })
    const hash = createHash('sha256').update(bytes).digest('hex')
    expect(stored(server.dataDir)).toEqual({ files: [`${hash.slice(0, 2)}/${hash}`], uploads: [] })
    expect(await client.ask('chat', { room: 'lobby', key: 'k', data: 'Look', files: [file.id] })).toMatchObject({
      id: 1,
    })
    expect((await bo.next('chat')).files).toEqual([file])
    expect(await bytesOf(server, { cookie: (await server.signIn('Cleo')).cookie }, file.id)).toEqual(bytes)
  })

  it('has as many bytes as the limit, and no more', async (t) => {
    const { server, anna, by } = await withAnna(t)
    const client = await talker(t, server, anna, only)
    const file = fileOf(await client.ask('file', { name: 'whole' }, randomBytes(maxBytes)))
    expect((await bytesOf(server, by, file.id)).length).toBe(maxBytes)
    client.socket.emit('file', { name: 'too large' }, randomBytes(maxBytes + 1))
    expect(await client.next('close')).toEqual({
      code: 1009,
      reason: 'Over Socket.IO a file has at most 262144 bytes. Send larger ones to POST /api/files.',
    })
    expect(await client.next('disconnect')).toBe('io server disconnect')
    expect(stored(server.dataDir).files).toHaveLength(1)
  })

  it('far beyond the limit closes the client with the limit', async (t) => {
    const { server, anna } = await withAnna(t)
    const client = await talker(t, server, anna, only)
    client.socket.emit('file', { name: 'a film' }, randomBytes(5_000_000))
    expect(await client.next('close')).toMatchObject({ code: 1009, reason: expect.stringContaining('262144 bytes') })
    expect(stored(server.dataDir)).toEqual({ files: [], uploads: [] })
  })

  it('is an image without its metadata, as from a form, unless it is sent as a file', async (t) => {
    const { server, anna, by } = await withAnna(t)
    const client = await talker(t, server, anna, only)
    const png = readFileSync('static/images/icon-192.png')
    const image = fileOf(await client.ask('file', { name: 'icon.png' }, png))
    expect(image).toMatchObject({ type: 'image/png', width: 192, height: 192 })
    const form = new FormData()
    form.append('room', 'lobby')
    form.append('file', new File([png], 'icon.png'))
    const { frame } = await sendForm(server, by, form)
    expect(frame).toEqual({ type: 'files', files: [{ ...image, id: frame.files?.[0]?.id }] })
    expect(fileOf(await client.ask('file', { name: 'icon.png', asFile: true }, png))).not.toHaveProperty('width')
  })

  it('is the same one when it comes again with its key', async (t) => {
    const { server, anna } = await withAnna(t)
    const client = await talker(t, server, anna, only)
    const send = (bytes: string) => client.ask('file', { name: 'tea.txt', key: 'k1' }, Buffer.from(bytes))
    const first = fileOf(await send('tea'))
    expect(fileOf(await send('tea'))).toEqual(first)
    expect(await send('more tea')).toMatchObject({ type: 'error', code: 'bad-field', key: 'k1', room: 'lobby' })
    expect(stored(server.dataDir)).toMatchObject({ files: [expect.any(String)], uploads: [] })
  })

  it('answers wrong fields and binary data of other events with an error, and goes on', async (t) => {
    const { server, anna } = await withAnna(t)
    const client = await talker(t, server, anna, only)
    const bytes = Buffer.from('tea')
    for (const args of [
      [],
      [{ name: 'x' }],
      [bytes],
      [bytes, bytes],
      [{ name: 'x' }, 'text'],
      [{ name: 'x' }, bytes, bytes],
      [[], bytes],
    ])
      expect(await client.ask('file', ...args), JSON.stringify(args)).toMatchObject({
        type: 'error',
        code: 'bad-frame',
      })
    for (const fields of [
      {},
      { name: 7 },
      { name: bytes },
      { name: 'x', room: '' },
      { name: 'x', asFile: 1 },
      { name: 'x', key: 'a b' },
      { name: 'x', alt: 'x'.repeat(1_001) },
    ])
      expect(await client.ask('file', fields, bytes), JSON.stringify(fields)).toMatchObject({ code: 'bad-field' })
    expect(await client.ask('file', { name: 'x', room: '~nowhere' }, bytes)).toMatchObject({ code: 'no-such-room' })
    for (const event of ['talk', 'chat', 'open', 'ping', 'nonsense'])
      expect(await client.ask(event, bytes)).toMatchObject({
        code: 'bad-frame',
        message: 'Only "file" takes binary data.',
      })
    expect(await client.ask('open', { room: bytes })).toMatchObject({ code: 'bad-field' })
    const many = Array.from({ length: 20 }, () => client.ask('nonsense', randomBytes(20_000)))
    for (const answer of await Promise.all(many)) expect(answer).toMatchObject({ code: 'bad-frame' })
    expect(await client.ask('talk', 'still here')).toMatchObject({ type: 'sent', id: 1 })
    expect(stored(server.dataDir)).toEqual({ files: [], uploads: [] })
  })

  it('comes as an event to a client that waits for no answer', async (t) => {
    const { server, anna } = await withAnna(t)
    const client = await talker(t, server, anna, only)
    client.socket.emit('file', { name: 'tea.txt' }, Buffer.from('tea'))
    expect(fileOf(await client.next('files'))).toMatchObject({ name: 'tea.txt', bytes: 3 })
    client.socket.emit('file', { name: 'tea.txt', key: 'k', room: '~nowhere' }, Buffer.from('tea'))
    expect(await client.next('error')).toMatchObject({ code: 'no-such-room', key: 'k', room: '~nowhere' })
  })

  it('of no bytes is one, too, and many at once are refused with their number', async (t) => {
    const { server, anna } = await withAnna(t)
    const client = await talker(t, server, anna, only)
    expect(fileOf(await client.ask('file', { name: 'empty' }, Buffer.alloc(0)))).toMatchObject({ bytes: 0 })
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => client.ask('file', { name: `${i}` }, randomBytes(9_000))),
    )
    const taken = answers.filter(({ type }) => type === 'files')
    expect(taken.length).toBeGreaterThanOrEqual(4)
    for (const answer of answers.filter(({ type }) => type !== 'files'))
      expect(answer).toMatchObject({
        code: 'too-fast',
        message: 'Send at most 4 files at once, and wait for an answer.',
      })
    expect(stored(server.dataDir).files).toHaveLength(taken.length + 1)
  })
})

describe('a file over Socket.IO', () => {
  it('that is taken in before the client is greeted is told afterwards', async (t) => {
    const { server, anna } = await withAnna(t)
    const greeting = await holdNext(t, 'list')
    const socket = await new RawEngine(server.url, { cookie: anna.cookie }).openSocket()
    socket.send('40')
    await greeting.asked
    const send = (id: string, bytes: string) => {
      socket.send(`451-${id}["file",{"name":"x"},{"_placeholder":true,"num":0}]`)
      socket.send(Buffer.from(bytes))
    }
    send('', 'green tea')
    await expect.poll(() => stored(server.dataDir).files, { timeout: patienceMs }).toHaveLength(1)
    // The answer to this one shows that the one before it has been answered.
    send('7', 'black tea')
    await until(socket, '437[')
    greeting.release()
    await until(socket, '42["files"')
    const packets = socket.received.map(String)
    const placeOf = (beginning: string) => packets.findIndex((packet) => packet.startsWith(beginning))
    expect(placeOf('42["welcome"')).toBeGreaterThan(0)
    expect(placeOf('42["welcome"')).toBeLessThan(placeOf('42["files"'))
  })

  it('goes over polls and a WebSocket in one connection', async (t) => {
    const { server, anna } = await withAnna(t)
    const client: SocketIoClient = await talker(t, server, anna)
    for (let i = 0; i < 20; i++) fileOf(await client.ask('file', { name: `${i}` }, randomBytes(50_000)))
    expect(client.socket.io.engine.transport.name).toBe('websocket')
  })

  it('is held to the limits of files: of one, of a day and of requests', async (t) => {
    const { server, anna } = await withAnna(t, { MAX_FILE_BYTES: '1000', FILE_BYTES_PER_DAY: '20000' })
    const client = await talker(t, server, anna)
    const send = (bytes: number) => client.ask('file', { name: 'x' }, randomBytes(bytes))
    expect(await send(1_001)).toMatchObject({ code: 'too-large', message: 'A file has at most 1000 bytes.' })
    // A guest has a tenth.
    fileOf(await send(1_000))
    fileOf(await send(1_000))
    expect(await send(1)).toMatchObject({ code: 'quota', message: 'You can upload 2000 bytes in 24 hours.' })
    const answers = []
    for (let i = 0; i < 70; i++) answers.push(await send(1))
    expect(answers.at(-1)).toMatchObject({ code: 'too-fast', retryAfterMs: expect.any(Number) })
  })

  it('of a bot goes to its rooms only, and of one that may only read nowhere', async (t) => {
    const { server } = await withAnna(t)
    await (await join(server, 'Bo', 'tea')).settle()
    const relay = await botNamed(server, 'Relay', { canViewPublic: false, rooms: ['tea'] })
    const token = relay.bearer.authorization.replace('Bearer ', '')
    const client = socketIoClient(t, server, { auth: { token, room: 'tea' } })
    await client.next('opened')
    expect(fileOf(await client.ask('file', { name: 'x' }, Buffer.from('tea')))).toMatchObject({ bytes: 3 })
    const elsewhere = await client.ask('file', { name: 'x', room: 'lobby' }, Buffer.from('tea'))
    expect(elsewhere).toEqual({
      ...(await client.ask('file', { name: 'x', room: '~none' }, Buffer.from('tea'))),
      room: 'lobby',
    })
  })
})

describe('a file over Socket.IO › malformed', () => {
  const event = (count: number | string, json = '["file",{"name":"x"},{"_placeholder":true,"num":0}]') =>
    `45${count}-7${json}`

  it.for<[string, (string | Uint8Array)[], number]>([
    ['bytes without an event', [Buffer.from('tea')], 1003],
    ['an event whose bytes are missing', [event(1), '42["talk","x"]'], 1003],
    ['no attachment', [event(0)], 1003],
    ['eleven attachments', [event(11)], 1003],
    ['a hundred digits of attachments', [event('9'.repeat(100))], 1003],
    ['no number of attachments', [event('')], 1003],
    [
      'a placeholder that points nowhere',
      [event(1, '["file",{"_placeholder":true,"num":7}]'), Buffer.from('tea')],
      1003,
    ],
    [
      'a placeholder that is no number',
      [event(1, '["file",{"_placeholder":true,"num":"x"}]'), Buffer.from('tea')],
      1003,
    ],
    ['an answer with bytes', ['461-7[{"_placeholder":true,"num":0}]', Buffer.from('tea')], 1003],
    ['an event that is no JSON', [event(1, '["file"'), Buffer.from('tea')], 1003],
    [
      'JSON that is very deep',
      [event(1, `["file",${'['.repeat(15_000)}${']'.repeat(15_000)}]`), Buffer.from('tea')],
      1003,
    ],
    [
      'ten attachments with more than a file',
      [event(10), ...Array.from({ length: 10 }, () => randomBytes(30_000))],
      1009,
    ],
    ['bytes of more than a file', [event(1), randomBytes(maxBytes + 1)], 1009],
    ['a text of more than 32 KiB', [`42["x","${'x'.repeat(40_000)}"]`], 1009],
  ])('closes a client that sends %s, and says why', async ([, packets, code], t) => {
    const { socket, server } = await rawSocket(t)
    for (const packet of packets) socket.send(packet)
    expect(await until(socket, '42["close"')).toContain(`"code":${code}`)
    await socket.closed
    expect(stored(server.dataDir)).toEqual({ files: [], uploads: [] })
    expect((await (await server.signIn('Bo')).connect()).socket).toBeDefined()
  })

  it('answers placeholders in odd places, and goes on', async (t) => {
    const { socket, server } = await rawSocket(t)
    const placeholder = '{"_placeholder":true,"num":0}'
    for (const json of [
      `["file"]`,
      `["file",${placeholder}]`,
      `["file",${placeholder},${placeholder}]`,
      `["file",{"name":${placeholder}},${placeholder}]`,
      `["file",{"__proto__":${placeholder}},${placeholder}]`,
      `["file",{"name":"x"},{"_placeholder":true,"num":0.5}]`,
      `["file",{"name":"x"},{"deep":[[[${placeholder}]]]}]`,
      `["chat",{"room":"lobby","key":"k","data":${placeholder}}]`,
      `["files",${placeholder}]`,
      `["__proto__",${placeholder}]`,
      `[ "file",{"name":7},${placeholder}]`,
    ]) {
      socket.send(event(1, json))
      socket.send(Buffer.from('tea'))
      expect(await until(socket, '437['), json).toContain('"type":"error"')
    }
    socket.send('428["talk","still here"]')
    expect(await until(socket, '438[')).toContain('"sent"')
    expect(stored(server.dataDir)).toEqual({ files: [], uploads: [] })
  })

  it('closes polls with too many texts or packets, and takes none of more than a file', async (t) => {
    const { server, anna } = await withAnna(t)
    const engine = new RawEngine(server.url, { cookie: anna.cookie })
    const closing = async (body: string) => {
      const sid = await engine.open()
      await engine.post(sid, '40')
      await engine.post(sid, body)
      for (let got = ''; ; ) {
        got += await (await engine.poll(sid)).text()
        const [, code] = /42\["close",\{"code":(\d+)/.exec(got) ?? []
        if (code) return Number(code)
      }
    }
    expect(await closing(Array.from({ length: 1_000 }, () => `42["x","${'x'.repeat(100)}"]`).join(separator))).toBe(
      1009,
    )
    expect(
      await closing(
        Array.from({ length: 5_000 }, () => 'b')
          .join(separator)
          .padEnd(40_000, 'A'),
      ),
    ).toBe(1009)
    expect(await closing('b')).toBe(1003)
    const sid = await engine.open()
    await engine.post(sid, '40')
    const large = await engine.post(sid, `b${'A'.repeat(400_000)}`)
    expect([large.status, (await large.json()).message]).toEqual([413, expect.stringContaining('262144 bytes')])
    expect((await engine.post(sid, 'x', { headers: { 'content-type': 'application/octet-stream' } })).status).toBe(400)
  })

  it('forgets a client that goes in the middle of its file', async (t) => {
    const { socket, server } = await rawSocket(t)
    socket.send(event(2))
    socket.send(randomBytes(1_000))
    socket.ws.terminate()
    await socket.closed
    const client = await talker(t, server, await server.signIn('Bo'))
    fileOf(await client.ask('file', { name: 'x' }, Buffer.from('tea')))
    await expect.poll(() => stored(server.dataDir).uploads, { timeout: patienceMs }).toEqual([])
    expect(stored(server.dataDir).files).toHaveLength(1)
  })
})
