import { describe, expect, it } from 'vitest'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { stopClock } from '../support/run/stopped-clock.ts'
import { startServer } from '../support/server/server.ts'

describe('chat.v1', () => {
  it('sends a welcome with the user, the rooms and the limits', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const chat = await anna.connect()
    const welcome = await chat.next('welcome')
    expect(chat.received[0]).toBe(welcome)
    expect(chat.socket.protocol).toBe('chat.v1')
    expect(welcome.user).toEqual(anna.user)
    expect(welcome.rooms).toEqual([
      { room: 'lobby', name: 'lobby', topic: '', last: 0, read: 0, unread: 0, mentions: 0 },
    ])
    expect(welcome.limits.maxMessageCharacters).toBe(4000)
    expect(welcome.heartbeatMs).toBe(25_000)
    expect(welcome.build).toMatch(/^[0-9a-f]{12}$/)
  })

  describe('writing', () => {
    it('delivers a message to everyone in the room, including its sender', async (t) => {
      const server = await startServer(t)
      const [anna, bo] = await Promise.all([server.signIn('Anna'), server.signIn('Bo')])
      const [annas, bos] = await Promise.all([anna.connect(), bo.connect()])
      await annas.open('lobby')
      await bos.open('lobby')
      const before = Date.now()
      expect(await annas.say('lobby', 'hello')).toBe(1)
      const heard = await bos.next('chat')
      expect(heard).toEqual({
        id: 1,
        room: 'lobby',
        type: 'chat',
        user: anna.user,
        at: expect.any(Number),
        data: 'hello',
      })
      expect(heard.at).toBeGreaterThanOrEqual(before)
      expect(await annas.next('chat')).toEqual(heard)
    })
    it('sends "sent" before the entry to the sender', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      for (let i = 0; i < 5; i++) chat.send({ type: 'chat', room: 'lobby', key: `k${i}`, data: `${i}` })
      await chat.nextWhere(({ type, id }) => type === 'chat' && id === 5)
      for (let id = 1; id <= 5; id++) {
        const sent = chat.received.findIndex((frame) => frame.type === 'sent' && frame.id === id)
        const entry = chat.received.findIndex((frame) => frame.type === 'chat' && frame.id === id)
        expect(sent).toBeGreaterThan(-1)
        expect(sent).toBeLessThan(entry)
      }
    })
    it('stores a message once when its key is repeated, also from another connection', async (t) => {
      const server = await startServer(t)
      const anna = await server.signIn('Anna')
      const [one, other] = await Promise.all([anna.connect(), anna.connect()])
      await one.open('lobby')
      await other.open('lobby')
      expect(await one.say('lobby', 'once', 'key')).toBe(1)
      expect(await other.say('lobby', 'once', 'key')).toBe(1)
      expect(await other.say('lobby', 'else')).toBe(2)
      await one.nextWhere(({ type, id }) => type === 'chat' && id === 2)
      expect(one.received.filter(({ type }) => type === 'chat')).toHaveLength(2)
    })
    it('refuses another message under a used key', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      await chat.say('lobby', 'once', 'key')
      const error = await chat.ask({ type: 'chat', room: 'lobby', key: 'key', data: 'else' }, 'error')
      expect(error).toMatchObject({ code: 'bad-field', key: 'key', room: 'lobby' })
    })
    it('refuses a message to a room that is not open, and accepts it once it is', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      const frame = { type: 'chat', room: 'lobby', key: 'key', data: 'hello' } as const
      expect(await chat.ask(frame, 'error')).toMatchObject({ code: 'not-in-room', key: 'key', room: 'lobby' })
      await chat.open('lobby')
      expect((await chat.ask(frame, 'sent')).id).toBe(1)
    })
    it('allows 10 messages at once and 2 a second, and says when to go on', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      for (let i = 1; i <= 20; i++) chat.send({ type: 'chat', room: 'lobby', key: `${i}`, data: `${i}` })
      const error = await chat.next('error')
      expect(error).toMatchObject({ code: 'too-fast' })
      expect(Number(error.key)).toBeGreaterThan(10)
      expect(error.retryAfterMs).toBeGreaterThan(0)
      expect(error.retryAfterMs).toBeLessThanOrEqual(500)
      await chat.open('tea')
      expect(await chat.say('tea', 'another room has a limit of its own')).toBe(1)
    })
    it('accepts 4,000 characters of any width and refuses 4,001', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      expect(await chat.say('lobby', '茶'.repeat(4000))).toBe(1)
      expect(await chat.say('lobby', '🍵'.repeat(4000))).toBe(2)
      const tooLong = await chat.ask({ type: 'chat', room: 'lobby', key: 'k', data: 'x'.repeat(4001) }, 'error')
      expect(tooLong).toMatchObject({ code: 'too-long', key: 'k' })
    })
  })

  describe('bad commands', () => {
    it.for([
      ['not JSON', 'hello', 'bad-frame', {}],
      ['an array', '[]', 'bad-frame', {}],
      ['no type', '{"key":"k"}', 'unknown-type', { key: 'k' }],
      ['a type that is none', '{"type":"fly","room":"lobby"}', 'unknown-type', { room: 'lobby' }],
      ['a type of the prototype', '{"type":"constructor"}', 'unknown-type', {}],
      ['no room', '{"type":"open"}', 'bad-field', {}],
      ['a room that is no text', '{"type":"open","room":{}}', 'bad-field', {}],
      ['an id that is none', '{"type":"open","room":"lobby","after":-1}', 'bad-field', { room: 'lobby' }],
      ['no key', '{"type":"chat","room":"lobby","data":"x"}', 'bad-field', { room: 'lobby' }],
      ['nothing to say', '{"type":"chat","room":"lobby","key":"k","data":" \\n "}', 'bad-field', { key: 'k' }],
      ['U+0000', '{"type":"chat","room":"lobby","key":"k","data":"a\\u0000"}', 'bad-field', { key: 'k' }],
      ['half a character', '{"type":"chat","room":"lobby","key":"k","data":"\\ud800"}', 'bad-field', { key: 'k' }],
    ] as const)('are answered and keep the connection open: %s', async ([, frame, code, reference], t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      chat.send(frame)
      const error = await chat.next('error')
      expect(error).toMatchObject({ code, ...reference })
      expect(error.command).toBe(/"type":"(open|chat)"/.exec(frame)?.[1])
      expect(error.message).toMatch(/^.+\.$/)
      expect(await chat.say('lobby', 'still here')).toBe(1)
    })
    it('runs commands in the order in which they were sent', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      chat.send({ type: 'open', room: 'lobby' })
      chat.send({ type: 'chat', room: 'lobby', key: 'a', data: 'one' })
      chat.send({ type: 'history', room: 'lobby' })
      chat.send({ type: 'close', room: 'lobby' })
      chat.send({ type: 'chat', room: 'lobby', key: 'b', data: 'two' })
      chat.send({ type: 'ping' })
      await chat.next('pong')
      const answers = chat.received.filter(({ type }) => type !== 'welcome' && type !== 'chat')
      expect(answers.map(({ type }) => type)).toEqual(['opened', 'sent', 'history', 'closed', 'error', 'pong'])
      expect(answers[2]).toMatchObject({ messages: [{ data: 'one' }] })
    })
    it('closes on a binary frame with 1003', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      chat.socket.send(Buffer.from('{"type":"ping"}'))
      expect((await chat.closed).code).toBe(1003)
    })
    it('accepts a frame of 32 KiB and closes on a larger one with 1009', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      const frame = (length: number) =>
        JSON.stringify({ type: 'ping', more: '' }).replace('""', `"${'x'.repeat(length)}"`)
      const fill = limits.maxFrameBytes - frame(0).length
      chat.send(frame(fill))
      await chat.next('pong')
      chat.send(frame(fill + 1))
      expect((await chat.closed).code).toBe(1009)
    })
    it('closes on text that is not UTF-8 with 1007', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      chat.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
      expect((await chat.closed).code).toBe(1007)
    })
    it('refuses commands after 50 at once, and closes a flood with 4129', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      stopClock(t)
      for (let i = 0; i < 51; i++) chat.send({ type: 'ping' })
      expect(await chat.next('error')).toMatchObject({ code: 'too-fast' })
      expect(chat.received.filter(({ type }) => type === 'pong').length).toBeGreaterThanOrEqual(50)
      for (let i = 0; i < 500; i++) chat.send({ type: 'ping' })
      expect((await chat.closed).code).toBe(closeCodes.flood)
    })
  })

  describe('opening', () => {
    it('returns the newest messages and whether there are older ones', async (t) => {
      const server = await startServer(t, { RATE_LIMITS: 'off' })
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      for (let i = 1; i <= 60; i++) await chat.say('lobby', `${i}`)
      const opened = await chat.open('lobby')
      expect(opened).toMatchObject({ room: 'lobby', last: 60, reset: false, more: true, online: 1 })
      expect(opened.messages?.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => i + 11))
      expect(await chat.open('lobby', { limit: 60 })).toMatchObject({ more: false })
    })
    it('returns everything after an id in pages, then new entries', async (t) => {
      const server = await startServer(t, { RATE_LIMITS: 'off' })
      const anna = await server.signIn('Anna')
      const writer = await anna.connect()
      await writer.open('lobby')
      for (let i = 1; i <= 5; i++) await writer.say('lobby', `${i}`)
      const reader = await (await server.signIn('Bo')).connect()
      const first = await reader.open('lobby', { after: 1, limit: 2 })
      expect(first).toMatchObject({ more: true, reset: false, last: 5 })
      expect(first.entries?.map(({ id }) => id)).toEqual([2, 3])
      await writer.say('lobby', '6')
      const second = await reader.open('lobby', { after: 3, limit: 10 })
      expect(second).toMatchObject({ more: false, last: 6 })
      expect(second.entries?.map(({ id }) => id)).toEqual([4, 5, 6])
      await writer.say('lobby', '7')
      expect((await reader.next('chat')).id).toBe(7)
      expect(reader.received.filter(({ type }) => type === 'chat')).toHaveLength(1)
    })
    it('returns nothing for an id that is up to date, then new entries', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      await chat.say('lobby', 'one')
      const opened = await chat.open('lobby', { after: 1 })
      expect(opened).toMatchObject({ entries: [], more: false, last: 1, reset: false })
      expect(opened.messages).toBeUndefined()
    })
    it('restarts from the newest messages for an id beyond the end or of another epoch', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      const { epoch } = await chat.open('lobby')
      await chat.say('lobby', 'one')
      const messages = [{ id: 1, data: 'one' }]
      expect(await chat.open('lobby', { after: 1, epoch })).toMatchObject({ reset: false, entries: [] })
      expect(await chat.open('lobby', { after: 2, epoch })).toMatchObject({ reset: true, messages, last: 1 })
      expect(await chat.open('lobby', { after: 1, epoch: 'other' })).toMatchObject({ reset: true, messages, last: 1 })
    })
    it('neither loses nor repeats messages sent while others open the room', async (t) => {
      const server = await startServer(t, { RATE_LIMITS: 'off' })
      const writer = await (await server.signIn('Anna')).connect()
      await writer.open('lobby')
      const bo = await server.signIn('Bo')
      const [watcher, ...readers] = await Promise.all(Array.from({ length: 11 }, () => bo.connect()))
      await watcher?.open('lobby')
      const writing = (async () => {
        for (let i = 1; i <= 300; i++) await writer.say('lobby', `${i}`)
      })()
      const opened = []
      for (const [i, reader] of readers.entries()) {
        await watcher?.nextWhere(({ type, id }) => type === 'chat' && Number(id) >= i * 20)
        opened.push(await reader.open('lobby', i % 2 ? { after: 3 } : { limit: 5 }))
      }
      await writing
      for (const [i, reader] of readers.entries()) {
        await reader.open('lobby', { after: 300 })
        const page = opened[i]?.entries ?? opened[i]?.messages ?? []
        const ids = [...page, ...reader.received.filter(({ type }) => type === 'chat')].map(({ id }) => Number(id))
        const first = ids[0] ?? 0
        expect(ids).toEqual(Array.from({ length: 300 - first + 1 }, (_, n) => first + n))
      }
    })
    it('creates a room that does not exist, and keeps rooms apart', async (t) => {
      const server = await startServer(t)
      const [annas, bos] = await Promise.all(['Anna', 'Bo'].map(async (name) => (await server.signIn(name)).connect()))
      expect(await annas?.open('茶')).toMatchObject({ room: '茶', last: 0, messages: [] })
      await annas?.open('lobby')
      await bos?.open('lobby')
      await annas?.say('茶', 'not for Bo')
      await annas?.say('lobby', 'for Bo')
      expect(await bos?.next('chat')).toMatchObject({ data: 'for Bo', id: 1 })
      const welcome = await (await (await server.signIn('Bo')).connect()).next('welcome')
      expect(welcome.rooms.map(({ room, last }) => [room, last])).toEqual([
        ['lobby', 1],
        ['茶', 1],
      ])
    })
    it('delivers nothing more of a closed room', async (t) => {
      const server = await startServer(t)
      const [annas, bos] = [await (await server.signIn('Anna')).connect(), await (await server.signIn('Bo')).connect()]
      await annas.open('lobby')
      await bos.open('lobby')
      await bos.ask({ type: 'close', room: 'lobby' }, 'closed')
      await annas.say('lobby', 'hello')
      await bos.settle()
      expect(bos.received.filter(({ type }) => type === 'chat')).toEqual([])
    })
  })

  describe('history', () => {
    it('returns messages before, after and around a message', async (t) => {
      const server = await startServer(t, { RATE_LIMITS: 'off' })
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      for (let i = 1; i <= 10; i++) await chat.say('lobby', `${i}`)
      const page = async (place: { before?: number; after?: number; around?: number }) => {
        const history = await chat.ask({ type: 'history', room: 'lobby', limit: 4, ...place }, 'history')
        expect(history).toMatchObject(place)
        return [history.messages.map(({ id }) => id), history.more]
      }
      expect(await page({ before: 6 })).toEqual([[2, 3, 4, 5], true])
      expect(await page({ before: 4 })).toEqual([[1, 2, 3], false])
      expect(await page({ after: 7 })).toEqual([[8, 9, 10], false])
      expect(await page({ around: 5 })).toEqual([[3, 4, 5, 6], true])
      expect(await page({})).toEqual([[7, 8, 9, 10], true])
    })
    it('refuses two positions at once, and a room that is not open', async (t) => {
      const server = await startServer(t)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      const both = { type: 'history', room: 'lobby', before: 1, after: 1 } as const
      expect(await chat.ask(both, 'error')).toMatchObject({ code: 'bad-field', room: 'lobby' })
      expect(await chat.ask({ type: 'history', room: 'tea' }, 'error')).toMatchObject({ code: 'not-in-room' })
    })
  })

  it('sends typing to the others in the room and not to the user who types', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const [one, other] = [await anna.connect(), await anna.connect()]
    const bos = await (await server.signIn('Bo')).connect()
    for (const chat of [one, other, bos]) await chat.open('lobby')
    one.send({ type: 'typing', room: 'lobby' })
    expect(await bos.next('typing')).toEqual({ type: 'typing', room: 'lobby', user: anna.user })
    await other.settle()
    await one.settle()
    expect([...one.received, ...other.received].filter(({ type }) => type === 'typing')).toEqual([])
  })
})
