/** Event streams: the same delivery as on a WebSocket, with a cursor in each request. */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ask } from '../http/raw-request.ts'
import { join, sayMany } from '../support/clients/chat-clients.ts'
import { idsIn, openStream, poll } from '../support/clients/stream-client.ts'
import { holdNext } from '../support/server/hold-answer.ts'
import { den, tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

async function annaAndBo(t: Cleanup, settings: Record<string, string> = { RATE_LIMITS: 'off' }) {
  const server = await startServer(t, settings)
  return { server, anna: await server.signIn('Anna'), bo: await join(server, 'Bo') }
}

const chats = (frames: readonly { type: string; id?: unknown }[]) =>
  frames.filter(({ type }) => type === 'chat').map(({ id }) => id)

describe('event stream', () => {
  it('delivers what was missed, then what comes, each with the query that goes on after it', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await sayMany(bo, 'lobby', 3)
    const stream = await openStream(t, server, anna, 'room=lobby:1')
    expect(stream.response.status).toBe(200)
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    const [two, three] = [await stream.next('chat'), await stream.next('chat')]
    expect([two, three].map(({ id, frame }) => [idsIn(id), frame.id])).toEqual([
      ['room=lobby:2', 2],
      ['room=lobby:3', 3],
    ])
    expect(two.frame).toMatchObject({ data: 'message 2' })
    await stream.next('list')
    await bo.say('lobby', 'live')
    const live = await stream.next('chat')
    expect([idsIn(live.id), live.frame]).toMatchObject(['room=lobby:4', { id: 4, data: 'live' }])
    expect(stream.received.every(({ id }) => id?.startsWith('room=lobby:'))).toBe(true)
  })

  it('begins now without a cursor, and says who is there', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await bo.say('lobby', 'before')
    const stream = await openStream(t, server, anna, 'room=lobby:')
    const { frame } = await stream.next('list')
    expect((frame.data as { name: string }[]).map(({ name }) => name)).toEqual(['Bo', 'Anna'])
    await bo.say('lobby', 'after')
    expect((await stream.next('chat')).frame).toMatchObject({ id: 2, data: 'after' })
    expect(chats(stream.received.map(({ frame }) => frame))).toEqual([2])
  })

  it('goes on with Last-Event-ID instead of its query', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await sayMany(bo, 'lobby', 3)
    const first = await openStream(t, server, anna, 'room=lobby:0')
    await first.next('list')
    const id = first.received.find(({ frame }) => frame.id === 2)?.id as string
    await first.close()
    const again = await openStream(t, server, anna, 'room=lobby:0', { 'last-event-id': id })
    await again.next('list')
    expect(chats(again.received.map(({ frame }) => frame))).toEqual([3])
  })

  it('serves several rooms, whatever their names', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const bo = await join(server, 'Bo B', '茶馆 & a:b', 'tea')
    const rooms = new URLSearchParams([
      ['room', '茶馆 & a:b:0'],
      ['room', 'tea:'],
    ])
    const stream = await openStream(t, server, anna, `${rooms}`)
    await bo.say('茶馆 & a:b', 'one')
    expect((await stream.next('chat')).frame).toMatchObject({ room: '茶馆 & a:b', data: 'one' })
    await bo.say('tea', 'two')
    const { id } = await stream.next('chat')
    expect(new URLSearchParams(idsIn(id)).getAll('room')).toEqual(['茶馆 & a:b:1', 'tea:1'])
  })

  it('tells who comes, goes and writes, and shows its user as online', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const stream = await openStream(t, server, anna, 'room=lobby:')
    expect((await bo.next('join')).user.name).toBe('Anna')
    bo.send({ type: 'typing', room: 'lobby' })
    expect((await stream.next('typing')).frame).toMatchObject({ user: { name: 'Bo' } })
    await bo.close()
    expect((await stream.next('left')).frame).toMatchObject({ user: { name: 'Bo' } })
    const cai = await join(server, 'Cai')
    expect((await stream.next('join')).frame).toMatchObject({ user: { name: 'Cai' } })
    await stream.close()
    expect((await cai.next('left')).user.name).toBe('Anna')
  })

  it('says that a cursor is of another log, with the newest messages', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await bo.say('lobby', 'the only one')
    const stream = await openStream(t, server, anna, 'room=lobby:77')
    const { id, frame } = await stream.next('opened')
    expect([idsIn(id), frame.reset, frame.messages]).toMatchObject(['room=lobby:1', true, [{ id: 1 }]])
  })

  it('greets with welcome and opens rooms as the command does when it is asked to', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await bo.say('lobby', 'hello')
    const open = encodeURIComponent(JSON.stringify({ room: 'lobby' }))
    const refused = encodeURIComponent(JSON.stringify({ room: '~nowhere' }))
    const stream = await openStream(t, server, anna, `welcome&open=${refused}&open=${open}`)
    expect((await stream.nextWhere(() => true)).frame).toMatchObject({ type: 'welcome', user: { name: 'Anna' } })
    expect((await stream.nextWhere(() => true)).frame).toMatchObject({
      type: 'error',
      command: 'open',
      room: '~nowhere',
    })
    expect((await stream.nextWhere(() => true)).frame).toMatchObject({ type: 'opened', room: 'lobby', last: 1 })
    await bo.say('lobby', 'live')
    expect(idsIn((await stream.next('chat')).id)).toBe('room=lobby:2')
  })

  it('ends with the session, and says why', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const stream = await openStream(t, server, anna, 'room=lobby:')
    await stream.next('list')
    await anna.signOut()
    await stream.ended
    expect(stream.received.at(-1)).toEqual({
      id: undefined,
      event: 'closed',
      frame: { code: 4002, reason: 'Signed out' },
    })
    expect((await poll(server, anna, 'room=lobby:')).status).toBe(401)
  })

  it('does not begin when its session ends while it opens', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const held = await holdNext(t, 'membership')
    const opening = openStream(t, server, anna, 'room=lobby:')
    await held.asked
    await anna.signOut()
    held.release()
    const stream = await opening
    expect(stream.response.status).toBe(503)
    await bo.say('lobby', 'not for Anna')
    await stream.ended
    expect(stream.text).not.toContain('not for Anna')
  })

  it('delivers nothing of a room to a user who lost access to it, and goes on with the others', async (t) => {
    const { server, anna, bo } = await startPopulatedServer(t)
    const stream = await openStream(t, server, bo.visitor, `room=${den}:&room=${tea}:`)
    await anna.did({ type: 'chat', room: den, data: 'inside' })
    expect((await stream.next('chat')).frame.data).toBe('inside')
    await anna.did({ type: 'kick', room: den, user: bo.id })
    const gone = await stream.nextWhere(({ frame }) => frame.gone === true)
    expect(gone.frame).toEqual({ type: 'room', room: den, gone: true })
    expect(idsIn(gone.id)).toMatch(/^room=tea:\d+$/)
    await anna.did({ type: 'chat', room: den, data: 'secret' })
    await anna.did({ type: 'chat', room: tea, data: 'public' })
    expect((await stream.next('chat')).frame.data).toBe('public')
    expect(stream.text).not.toContain('secret')
    const refused = await poll(server, bo.visitor, `room=${den}:0`)
    expect([refused.status, refused.body.code]).toEqual([404, 'no-such-room'])
  })

  it('is not given more than its reader takes, and later all of it once', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const socket = connectTcp(server.port, '127.0.0.1')
    t.onTestFinished(() => void socket.destroy())
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    socket.write(
      `GET /api/stream?room=lobby:0 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAccept: text/event-stream\r\nCookie: ${anna.cookie}\r\n\r\n`,
    )
    await once(socket, 'data')
    socket.pause()
    const before = process.memoryUsage().arrayBuffers
    const count = 4_000
    for (let i = 1; i <= count; i++)
      bo.send({ type: 'chat', room: 'lobby', key: `${i}`, data: `${i} ${'x'.repeat(1_000)}` })
    await bo.nextWhere(({ type, key }) => type === 'sent' && key === `${count}`)
    const grown = process.memoryUsage().arrayBuffers - before
    socket.resume()
    await expect.poll(() => text.includes(`"data":"${count} x`), { timeout: 30_000 }).toBe(true)
    expect(grown).toBeLessThan(100 * 2 ** 20)
    const ids = [...text.matchAll(/^data: \{"id":(\d+),/gm)].map(([, id]) => Number(id))
    expect(ids).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  })

  it('says when the server stops, and goes on after the restart', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const stream = await openStream(t, server, anna, 'room=lobby:')
    await bo.say('lobby', 'before')
    await stream.next('chat')
    await server.restart()
    await stream.ended
    expect(stream.text).toMatch(/retry: \d+\nid: room=lobby:1&log=\S+\ndata: \{"type":"bye"/)
    expect(stream.received.at(-1)).toMatchObject({ event: 'closed', frame: { code: 1012 } })
    const again = await openStream(t, server, anna, stream.lastId)
    await again.next('list')
    const cai = await join(server, 'Cai')
    await cai.say('lobby', 'after')
    expect((await again.next('chat')).frame).toMatchObject({ id: 2, data: 'after' })
  })

  it('counts among the connections of its user, and frees its place', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const streams = []
    for (let i = 0; i < 20; i++) streams.push(await openStream(t, server, anna, 'room=lobby:'))
    const refused = await openStream(t, server, anna, 'room=lobby:')
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([429, '60'])
    const socket = await anna.connect()
    expect((await socket.closed).code).toBe(4130)
    await streams[0]?.close()
    await expect.poll(async () => (await openStream(t, server, anna, 'room=lobby:')).response.status).toBe(200)
  })
})

describe('long poll', () => {
  it('answers at once with what was missed, and where to go on', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    await sayMany(bo, 'lobby', 3)
    const { status, headers, frames, next } = await poll(server, anna, 'room=lobby:1')
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    expect(chats(frames)).toEqual([2, 3])
    expect(idsIn(next)).toBe('room=lobby:3')
  })

  it('waits for what comes', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const waiting = poll(server, anna, 'room=lobby:')
    expect((await bo.next('join')).user.name).toBe('Anna')
    await bo.say('lobby', 'hello')
    const { frames, next } = await waiting
    expect(frames).toMatchObject([{ type: 'chat', id: 1, data: 'hello' }])
    expect(idsIn(next)).toBe('room=lobby:1')
  })

  it('is empty after the time that it was asked to wait', async (t) => {
    const { server, anna } = await annaAndBo(t)
    for (const wait of ['0', '0.1']) {
      const { body, next } = await poll(server, anna, `room=lobby:0&wait=${wait}`)
      expect(body).toEqual({ frames: [], next })
      expect(idsIn(next)).toBe('room=lobby:0')
    }
  })

  it('delivers each entry once, in order, while many write', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const count = 2_000
    const writing = (async () => {
      for (let i = 1; i <= count; i++)
        bo.send({ type: 'chat', room: 'lobby', key: `${i}`, data: `${i} ${'x'.repeat(200)}` })
      await bo.nextWhere(({ type, key }) => type === 'sent' && key === `${count}`)
    })()
    const ids: unknown[] = []
    let query = 'room=lobby:0'
    while (ids.length < count) {
      const { frames, next } = await poll(server, anna, query)
      ids.push(...chats(frames))
      query = next
    }
    await writing
    expect(ids).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  })

  it('is answered at once when its session ends or the server stops', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const waiting = poll(server, anna, 'room=lobby:')
    await bo.next('join')
    await anna.signOut()
    expect((await waiting).body).toMatchObject({ frames: [], closed: { code: 4002 } })
    const cai = await server.signIn('Cai')
    const stopping = poll(server, cai, 'room=lobby:')
    await bo.next('join')
    await server.stop()
    const { status, next, frames } = await stopping
    expect([status, idsIn(next), frames]).toMatchObject([200, 'room=lobby:0', [{ type: 'bye' }]])
  })

  it('leaves nothing behind when its client goes', async (t) => {
    const { server, anna, bo } = await annaAndBo(t)
    const abort = new AbortController()
    const waiting = poll(server, anna, 'room=lobby:', { signal: abort.signal }).catch(() => 'aborted')
    await bo.next('join')
    abort.abort()
    expect(await waiting).toBe('aborted')
    expect((await bo.next('left')).user.name).toBe('Anna')
  })
})

describe('stream › refuses', () => {
  it.for([
    ['no room', '', 400, 'bad-field'],
    ['a cursor that is no id', 'room=lobby:x', 400, 'bad-field'],
    ['a cursor below 0', 'room=lobby:-1', 400, 'bad-field'],
    ['a cursor beyond all ids', `room=lobby:${'9'.repeat(30)}`, 400, 'bad-field'],
    ['a room without a name', 'room=:1', 400, 'bad-field'],
    ['a wait that is no number', 'room=lobby:&wait=soon', 400, 'bad-field'],
    ['an open that is no JSON', 'open=lobby', 400, 'bad-frame'],
    ['an open of a list', 'open=[]', 400, 'bad-frame'],
    ['an open without its room', 'open={}', 400, 'bad-field'],
    ['a room that the user cannot view', 'room=~nowhere:0', 404, 'no-such-room'],
    ['a room that does not exist any more', 'room=gone:5', 404, 'no-such-room'],
    [
      'more than 100 rooms',
      'room=lobby:&'.repeat(50) + Array.from({ length: 101 }, (_, i) => `room=r${i}:`).join('&'),
      400,
      'bad-field',
    ],
    ['a query that is too long', `room=lobby:&x=${'x'.repeat(8_192)}`, 413, 'too-long'],
  ] as const)('%s', async ([, query, status, code], t) => {
    const { server, anna } = await annaAndBo(t)
    const refused = await poll(server, anna, query)
    expect([refused.status, refused.body.type, refused.body.code]).toEqual([status, 'error', code])
    const stream = await openStream(t, server, anna, query)
    expect([stream.response.status, stream.response.headers.get('content-type')]).toEqual([
      status,
      'application/json; charset=utf-8',
    ])
  })

  it('a link that a reader follows, since it would open rooms in their name', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const headers = { Cookie: anna.cookie, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'same-origin' }
    expect((await ask(server.port, '/api/stream?room=lobby:&wait=0', { headers })).status).toBe(403)
  })

  it('who is not signed in, or banned, and other origins', async (t) => {
    const { server, anna } = await annaAndBo(t)
    const status = async (headers: Record<string, string>, cookie = anna.cookie) =>
      (await poll(server, { cookie }, 'room=lobby:0&wait=0', { headers })).status
    expect(await status({}, '')).toBe(401)
    expect(await status({})).toBe(200)
    expect(await status({ origin: server.url })).toBe(200)
    expect(await status({ origin: 'http://evil.example' })).toBe(403)
    expect(await status({ origin: 'null' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200)
  })

  it('every other method', async (t) => {
    const { server, anna } = await annaAndBo(t)
    for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${server.url}/api/stream?room=lobby:`, { method, headers: { cookie: anna.cookie } })
      expect([method, response.status]).toEqual([method, 405])
    }
    const posted = await fetch(`${server.url}/api/stream?room=lobby:`, {
      method: 'POST',
      headers: { cookie: anna.cookie },
    })
    expect(posted.status).toBe(404)
  })
})
