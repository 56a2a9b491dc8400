import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { ChatClient } from '../support/clients/client.ts'
import { startServer, type TestServer } from '../support/server/server.ts'

const typesOf = (chat: ChatClient) => chat.received.map(({ type }) => type)

/** Anna's message 1 in the lobby, which Anna and Bo have open. */
async function oneMessage(server: TestServer) {
  const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
  const [annas, bos] = [await anna.connect(), await bo.connect()]
  await annas.open('lobby')
  await bos.open('lobby')
  expect(await annas.say('lobby', 'hello')).toBe(1)
  await bos.next('chat')
  return { anna, bo, annas, bos }
}

describe('changes of a message', () => {
  it('are acknowledged with "sent" and delivered to everyone as log entries', async (t) => {
    const server = await startServer(t)
    const { anna, bo, annas, bos } = await oneMessage(server)
    const base = { room: 'lobby', user: anna.user, at: expect.any(Number), ref: 1 }

    expect((await annas.ask({ type: 'edit', room: 'lobby', key: 'e', ref: 1, data: 'hello, all' }, 'sent')).id).toBe(2)
    expect(await bos.next('edit')).toEqual({ ...base, type: 'edit', id: 2, data: 'hello, all' })
    const react = { type: 'react', room: 'lobby', ref: 1, data: '👍' } as const
    expect((await bos.ask({ ...react, key: 'r', on: true }, 'sent')).id).toBe(3)
    expect(await annas.next('react')).toEqual({ ...base, ...react, user: bo.user, id: 3, on: true })

    const [message] = (await bos.ask({ type: 'history', room: 'lobby' }, 'history')).messages
    expect(message).toMatchObject({ id: 1, data: 'hello, all', reactions: { '👍': [bo.user.id] } })
    expect(message?.edited).toBeGreaterThan(0)

    expect((await annas.ask({ type: 'delete', room: 'lobby', key: 'd', ref: 1 }, 'sent')).id).toBe(4)
    expect(await bos.next('delete')).toEqual({ ...base, type: 'delete', id: 4 })
    const tombstone = {
      id: 1,
      room: 'lobby',
      type: 'chat',
      user: anna.user,
      at: expect.any(Number),
      data: '',
      deleted: true,
    }
    expect((await bos.ask({ type: 'history', room: 'lobby' }, 'history')).messages).toEqual([tombstone])
  })
  it('are stored once when they are sent again', async (t) => {
    const server = await startServer(t)
    const { annas } = await oneMessage(server)
    const edit = { type: 'edit', room: 'lobby', key: 'e', ref: 1, data: 'better' } as const
    expect((await annas.ask(edit, 'sent')).id).toBe(2)
    expect((await annas.ask(edit, 'sent')).id).toBe(2)
    expect(await annas.ask({ ...edit, data: 'else' }, 'error')).toMatchObject({ code: 'bad-field', key: 'e' })
    expect(await annas.say('lobby', 'next')).toBe(3)
  })
  it('are refused on messages of others and on missing messages', async (t) => {
    const server = await startServer(t)
    const { bos } = await oneMessage(server)
    const edit = { type: 'edit', room: 'lobby', key: 'k', data: 'x' } as const
    expect(await bos.ask({ ...edit, ref: 1 }, 'error')).toMatchObject({ code: 'forbidden', key: 'k' })
    expect(await bos.ask({ ...edit, ref: 9 }, 'error')).toMatchObject({ code: 'no-such-message', key: 'k' })
    const remove = { type: 'delete', room: 'lobby', key: 'k' } as const
    expect(await bos.ask({ ...remove, ref: 1 }, 'error')).toMatchObject({ code: 'forbidden', key: 'k' })
    const elsewhere = { type: 'react', room: 'tea', key: 'k', ref: 1, data: '👍', on: true } as const
    expect(await bos.ask(elsewhere, 'error')).toMatchObject({ code: 'not-in-room', key: 'k' })
    const [message] = (await bos.ask({ type: 'history', room: 'lobby' }, 'history')).messages
    expect(message).toMatchObject({ data: 'hello' })
  })
  it('reach a user who was away with the same ids, without the deleted text', async (t) => {
    const server = await startServer(t)
    const { annas, bo, bos } = await oneMessage(server)
    await bos.close()
    await annas.ask({ type: 'edit', room: 'lobby', key: 'e', ref: 1, data: 'a secret' }, 'sent')
    await annas.ask({ type: 'delete', room: 'lobby', key: 'd', ref: 1 }, 'sent')
    for (const after of [0, 1]) {
      // From memory, and, once nobody has had the room open, from the store.
      const back = await bo.connect()
      const opened = await back.open('lobby', { after })
      expect(opened.entries?.map(({ id, type }) => [id, type])).toEqual(
        [
          [1, 'chat'],
          [2, 'edit'],
          [3, 'delete'],
        ].slice(after),
      )
      expect(JSON.stringify(opened)).not.toMatch(/secret|hello/)
      await back.close()
    }
  })
  it('are not delivered to classic connections, which still receive messages and count ids', async (t) => {
    const server = await startServer(t)
    const { annas, bo } = await oneMessage(server)
    const old = await bo.connect({ protocol: undefined })
    await old.next('list')
    await annas.ask({ type: 'edit', room: 'lobby', key: 'e', ref: 1, data: 'better' }, 'sent')
    await annas.say('lobby', 'next')
    expect(await old.next('chat')).toMatchObject({ id: 3, data: 'next' })
    expect(typesOf(old)).toEqual(['list', 'chat'])
  })
})

describe('notification levels', () => {
  it('are told to all connections of the user, and to nobody else', async (t) => {
    const server = await startServer(t)
    const { anna, annas, bos } = await oneMessage(server)
    const other = await anna.connect()
    await other.next('welcome')
    const mute = { type: 'notify', room: 'lobby', key: 'k', level: 'nothing' } as const
    expect(await annas.ask(mute, 'done')).toEqual({ type: 'done', key: 'k', room: 'lobby' })
    for (const chat of [annas, other])
      expect(await chat.next('room')).toMatchObject({ room: 'lobby', notify: 'nothing' })
    expect((await (await anna.connect()).next('welcome')).rooms).toMatchObject([{ room: 'lobby', notify: 'nothing' }])
    await annas.ask({ ...mute, level: 'default' }, 'done')
    expect(await other.next('room')).not.toHaveProperty('notify')
    await bos.settle()
    expect(typesOf(bos)).not.toContain('room')
    expect(await annas.ask({ ...mute, room: 'nowhere' }, 'error')).toMatchObject({ code: 'not-in-room' })
  })
})

describe('saved messages', () => {
  it('are told to all connections of the user, to nobody else, and to no unverified session', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const [one, other] = [await anna.connect(), await anna.connect()]
    const [impostor, bo] = [await (await server.signIn('Anna')).connect(), await (await server.signIn('Bo')).connect()]
    for (const chat of [one, other, impostor, bo]) await chat.open('lobby')
    await bo.say('lobby', 'tea?')
    const save = { type: 'save', room: 'lobby', key: 'k', ref: 1, on: true } as const
    expect(await one.ask(save, 'done')).toMatchObject({ room: 'lobby', key: 'k' })
    for (const chat of [one, other]) {
      expect(await chat.next('save')).toEqual({ type: 'save', room: 'lobby', ref: 1, on: true })
    }
    const again = await anna.connect()
    again.send({ type: 'open', room: 'lobby', after: 1 })
    expect(await again.next('opened')).toMatchObject({ saved: [1] })
    const refused = await impostor.ask({ ...save, on: false }, 'error')
    expect(refused).toMatchObject({ code: 'forbidden' })
    expect((await impostor.ask({ type: 'saved' }, 'saved')).data).toEqual([])
    for (const chat of [impostor, bo]) {
      await chat.settle()
      expect(typesOf(chat)).not.toContain('save')
    }
  })
})

describe('read marks', () => {
  it('reach the user’s other connections only, and never go back', async (t) => {
    const server = await startServer(t)
    const { anna, annas, bos } = await oneMessage(server)
    await annas.say('lobby', 'two')
    const other = await anna.connect()
    await other.next('welcome')
    annas.send({ type: 'read', room: 'lobby', id: 2 })
    expect(await other.next('read')).toEqual({ type: 'read', room: 'lobby', id: 2 })
    annas.send({ type: 'read', room: 'lobby', id: 1 })
    expect(await other.next('read')).toEqual({ type: 'read', room: 'lobby', id: 2 })
    annas.send({ type: 'read', room: 'lobby', id: 99 })
    expect(await other.next('read')).toEqual({ type: 'read', room: 'lobby', id: 2 })
    await annas.settle()
    await bos.settle()
    for (const chat of [annas, bos]) expect(typesOf(chat)).not.toContain('read')
  })
  it('that are set back reach all connections of the user, with the counts', async (t) => {
    const server = await startServer(t)
    const { anna, annas, bos } = await oneMessage(server)
    await bos.say('lobby', 'two, @Anna')
    const other = await anna.connect()
    await other.next('welcome')
    annas.send({ type: 'read', room: 'lobby', id: 2 })
    expect(await other.next('read')).toEqual({ type: 'read', room: 'lobby', id: 2 })
    annas.send({ type: 'unread', room: 'lobby', id: 2 })
    const back = { type: 'read', room: 'lobby', id: 1, last: 2, unread: 1, mentions: 1 }
    expect(await other.next('read')).toEqual(back)
    expect(await annas.next('read')).toEqual(back)
    annas.send({ type: 'unread', room: 'lobby', id: 9 })
    expect(await other.next('read'), 'never forward').toEqual(back)
    await bos.settle()
    expect(typesOf(bos)).not.toContain('read')
  })
  it('of all rooms move to their ends at once, which all connections of the user hear once', async (t) => {
    const server = await startServer(t)
    const { anna, annas, bos } = await oneMessage(server)
    await bos.say('lobby', 'two')
    await annas.open('tea')
    await bos.open('tea')
    await bos.say('tea', 'one')
    await annas.nextWhere(({ type, room }) => type === 'chat' && room === 'tea')
    const other = await anna.connect()
    await other.next('welcome')
    expect(await annas.ask({ type: 'read-all', rooms: ['tea', 'nowhere'] }, 'error')).toMatchObject({
      command: 'read-all',
      code: 'no-such-room',
    })
    annas.send({ type: 'read-all', rooms: ['tea'] })
    for (const chat of [annas, other]) expect(await chat.next('read')).toEqual({ type: 'read', room: 'tea', id: 1 })
    annas.send({ type: 'read-all' })
    for (const chat of [annas, other]) expect(await chat.next('read')).toEqual({ type: 'read', room: 'lobby', id: 2 })
    annas.send({ type: 'read-all' })
    for (const chat of [annas, other, bos]) await chat.settle()
    for (const chat of [annas, other]) expect(typesOf(chat).filter((type) => type === 'read')).toEqual(['read', 'read'])
    expect(typesOf(bos)).not.toContain('read')
  })
  it('of a private room are not told to unverified sessions, whatever its address', async (t) => {
    const server = await startServer(t)
    const { anna, annas } = await oneMessage(server)
    const verified = await anna.connect()
    const unverified = await (await server.signIn('Anna')).connect()
    await annas.open('garden')
    await annas.say('garden', 'hello')
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
    database.exec("update rooms set kind = 'private' where address = 'garden'")
    database.close()
    annas.send({ type: 'read', room: 'garden', id: 1 })
    expect(await verified.next('read')).toMatchObject({ room: 'garden' })
    await unverified.settle()
    expect(typesOf(unverified)).not.toContain('read')
  })
  it('survive a restart, and the welcome counts unread messages', async (t) => {
    const server = await startServer(t)
    const { anna, bo, annas, bos } = await oneMessage(server)
    annas.send({ type: 'read', room: 'lobby', id: 1 })
    await annas.settle()
    await bos.say('lobby', 'are you there, @Anna?')
    await bos.say('lobby', 'nobody in particular')
    await server.restart()
    const [back, other] = [await anna.connect(), await bo.connect()]
    expect((await back.next('welcome')).rooms).toMatchObject([
      { room: 'lobby', last: 3, read: 1, unread: 2, mentions: 1 },
    ])
    expect((await back.open('lobby')).read).toBe(1)
    // Bo has no read mark: nothing was in the room when Bo joined.
    expect((await other.next('welcome')).rooms).toMatchObject([
      { room: 'lobby', last: 3, read: 0, unread: 1, mentions: 0 },
    ])
    const newcomer = await (await server.signIn('Newcomer')).connect()
    expect((await newcomer.next('welcome')).rooms).toMatchObject([{ read: 3 }])
    expect((await newcomer.open('lobby')).read).toBe(3)
  })
  it('are sent again, with unread counts, when a client asks for the state of the room', async (t) => {
    const server = await startServer(t)
    const { anna, annas, bos } = await oneMessage(server)
    const asked = () => annas.ask({ type: 'summary', room: 'lobby' }, 'room')
    const welcomed = async () => (await (await anna.connect()).next('welcome')).rooms[0]
    const named = await bos.say('lobby', 'hi @Anna')
    const plain = await bos.say('lobby', 'plain')
    expect(await asked()).toMatchObject({ last: plain, unread: 2, mentions: 1 })
    await bos.ask({ type: 'edit', room: 'lobby', key: 'edit', ref: plain, data: 'plain @Anna' }, 'sent')
    await bos.ask({ type: 'delete', room: 'lobby', key: 'delete', ref: named }, 'sent')
    const membership = await asked()
    expect(membership).toMatchObject({ unread: 1, mentions: 1 })
    expect(membership).toEqual({ type: 'room', ...(await welcomed()) })
    const error = await annas.ask({ type: 'summary', room: 'tea' }, 'error')
    expect(error).toMatchObject({ code: 'not-in-room', room: 'tea' })
  })
  it('are refused for a room that is not open', async (t) => {
    const server = await startServer(t)
    const { annas } = await oneMessage(server)
    const error = await annas.ask({ type: 'read', room: 'tea', id: 1 }, 'error')
    expect(error).toMatchObject({ code: 'not-in-room', room: 'tea' })
  })
})

describe('slow reader', () => {
  it('catches up from the log without gaps or repeats, and does not slow others', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { annas, bos, bo } = await oneMessage(server)
    const witness = await bo.connect()
    await witness.open('lobby')
    bos.socket.pause()
    const data = '茶'.repeat(4000)
    for (let id = 2; id <= 1001; id++) {
      annas.send({ type: 'chat', room: 'lobby', key: `${id}`, data })
      if (id % 100 === 1) await witness.nextWhere((frame) => frame.type === 'chat' && frame.id === id)
    }
    bos.socket.resume()
    await bos.nextWhere(({ type, id }) => type === 'chat' && id === 1001)
    const ids = bos.received.filter(({ type }) => type === 'chat').map(({ id }) => id)
    expect(ids).toEqual(Array.from({ length: 1001 }, (_, i) => i + 1))
    // Bo has caught up, and receives new entries and presence.
    await annas.say('lobby', 'live')
    expect(await bos.next('chat')).toMatchObject({ id: 1002, data: 'live' })
  })
})

describe('restart', () => {
  it('answers commands in flight, sends bye, and closes with 1012', async (t) => {
    const server = await startServer(t)
    const { annas, anna } = await oneMessage(server)
    annas.send({ type: 'chat', room: 'lobby', key: 'in flight', data: 'in flight' })
    // Sent in one turn, so the server has it when it is told to stop.
    await annas.next('sent')
    annas.send({ type: 'chat', room: 'lobby', key: 'last', data: 'last' })
    const stopping = server.stop()
    const { retryAfterMs } = await annas.next('bye')
    expect(retryAfterMs).toBeLessThanOrEqual(1000)
    expect(await annas.closed).toEqual({ code: 1012, reason: 'Restart' })
    await stopping
    const acknowledged = annas.received.flatMap((frame) => (frame.type === 'sent' ? [frame.id] : []))
    await server.restart()
    const back = await anna.connect()
    const { entries } = await back.open('lobby', { after: 0 })
    const stored = entries?.map(({ id }) => id)
    for (const id of acknowledged) expect(stored).toContain(id)
    await back.ask({ type: 'chat', room: 'lobby', key: 'last', data: 'last' }, 'sent')
    expect((await back.open('lobby', { after: 0 })).entries).toHaveLength(3)
  })
})

describe('restored backup', () => {
  it('is detected by clients that know more than it contains, even after it has outgrown them', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { anna, bo, annas } = await oneMessage(server)
    const file = join(server.dataDir, 'teahouse.db')
    await server.stop()
    copyFileSync(file, `${file}.backup`)
    await server.restart()
    const writer = await anna.connect()
    const { epoch, at: firstAt } = await writer.open('lobby')
    for (const text of ['lost one', 'lost two', 'lost three']) await writer.say('lobby', text)
    const { at } = await writer.nextWhere(({ type, id }) => type === 'chat' && id === 4)
    expect(await annas.closed).toMatchObject({ code: 1012 })

    await server.stop()
    copyFileSync(`${file}.backup`, file)
    await server.restart()
    const first = await anna.connect()
    const known = { after: 4, at: at as number, epoch }
    const opened = await first.open('lobby', known)
    expect(opened).toMatchObject({ reset: true, last: 1, at: firstAt, messages: [{ id: 1, data: 'hello' }] })
    for (const text of ['new one', 'new two', 'new three', 'new four']) await first.say('lobby', text)

    const late = await (await bo.connect()).open('lobby', known)
    expect(late).toMatchObject({ reset: true, last: 5, epoch: opened.epoch })
    const level = await (await bo.connect()).open('lobby', { after: 1, at: firstAt, epoch })
    expect(level).toMatchObject({
      reset: false,
      entries: [{ id: 2 }, { id: 3 }, { id: 4 }, { id: 5, data: 'new four' }],
    })
    expect(await first.open('lobby', { after: 5, at: late.at, epoch })).toMatchObject({ reset: false, entries: [] })
  })
  it('a false claim of one by a client changes nothing for others (SECURITY-REVIEW 24)', async (t) => {
    const server = await startServer(t)
    const { annas, bos } = await oneMessage(server)
    const { epoch, at } = await annas.open('lobby')
    for (const lie of [{ after: 99 }, { after: 9e15 }, { after: 1, at: at + 1 }, { after: 2, at }]) {
      expect(await bos.open('lobby', { ...lie, epoch })).toMatchObject({ reset: true, epoch, last: 1, at })
    }
    expect(await annas.open('lobby', { after: 1, at, epoch })).toMatchObject({ reset: false, epoch, entries: [] })
  })
})

describe('entries stored but not yet delivered', () => {
  it('are sent once to a user who opens the room at that moment', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const writers = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => (await server.signIn(`Writer ${i}`)).connect()),
    )
    for (const writer of writers) await writer.open('lobby')
    let isOver = false
    const writing = writers.map(async (writer) => {
      while (!isOver) await writer.say('lobby', 'x')
    })
    const reader = await (await server.signIn('Reader')).connect()
    for (let round = 0; round < 60; round++) {
      const opened = await reader.open('lobby', round % 2 ? { after: 0, limit: 1000 } : { limit: 1 })
      const page = opened.entries ?? opened.messages ?? []
      expect(page.every(({ id }) => id <= opened.last)).toBe(true)
      if (opened.more && opened.entries) continue
      const next = await reader.next('chat')
      expect(next.id).toBe(opened.last + 1)
      await reader.ask({ type: 'close', room: 'lobby' }, 'closed')
    }
    isOver = true
    await Promise.all(writing)
  })
})
