/** Who may do what on the wire, and how at once it is lost: each rule with its opposite. */
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { closeFrameOf, frameOf, opcodes } from '../attack/socket/frames.ts'
import { RawConnection, upgradeRequest } from '../attack/socket/raw-connection.ts'
import { viewer } from '../support/clients/users.ts'
import { Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { holdNext } from '../support/server/hold-answer.ts'
import { den, type Role, tea } from '../support/server/populate.ts'
import {
  ConnectedUser,
  type KeyedCommand,
  type PopulatedServer,
  startPopulatedServer,
} from '../support/server/populated-server.ts'

const hourMs = 60 * 60 * 1000
const refused = (code: string) => ({ type: 'error', code })
const forbidden = refused('forbidden')
const noRoom = refused('no-such-room')

describe('losing access to a room', () => {
  const ways: [string, (populated: PopulatedServer, room: string) => KeyedCommand][] = [
    ['kick', ({ bo }, room) => ({ type: 'kick', room, user: bo.id })],
    ['ban', ({ bo }, room) => ({ type: 'ban', room, user: bo.id })],
  ]

  it.for(ways)(
    'by a %s ends all delivery from the room, on every connection, and then reports that it is gone',
    async ([, command], t) => {
      const populated = await startPopulatedServer(t)
      const { bo, anna, cai } = populated
      const another = await bo.another()
      await another.chat.open(den)
      await anna.did({ type: 'chat', room: den, data: 'before' })
      expect(await another.textsHeard(den)).toEqual(['before'])
      // In one packet: what follows is written when nothing has been read back yet.
      anna.chat.send({ ...command(populated, den), key: 'out' })
      anna.chat.send({ type: 'chat', room: den, key: 'after', data: 'after' })
      anna.chat.send({ type: 'typing', room: den })
      expect(await cai.chat.next('left')).toMatchObject({ room: den, user: bo.user })
      await anna.chat.nextWhere(({ type, key }) => type === 'sent' && key === 'after')
      for (const one of [bo, another]) {
        expect(await one.chat.next('room')).toEqual({ type: 'room', room: den, gone: true })
        expect(await one.textsHeard(den)).toEqual(['before'])
        expect(one.heard('typing')).toEqual([])
        expect(await one.does({ type: 'chat', room: den, data: 'let me in' })).toMatchObject(refused('not-in-room'))
        expect(await one.chat.ask({ type: 'open', room: den }, 'error')).toMatchObject(noRoom)
      }
      expect(await cai.textsHeard(den)).toEqual(['before', 'after'])
    },
  )
  it.for(ways)(
    'a user who loses access by a %s while others write receives nothing after that',
    async ([, command], t) => {
      const populated = await startPopulatedServer(t)
      const { bo, anna, cai } = populated
      for (let i = 1; i <= 100; i++) cai.chat.send({ type: 'chat', room: den, key: `${i}`, data: `${i}` })
      await bo.chat.next('chat')
      anna.chat.send({ ...command(populated, den), key: 'out' })
      await cai.chat.nextWhere(({ type, key }) => type === 'sent' && key === '100')
      await cai.did({ type: 'chat', room: den, data: 'last' })
      await bo.chat.nextWhere(({ type, gone }) => type === 'room' && gone === true)
      await bo.chat.settle()
      const gone = bo.chat.received.findIndex((frame) => frame.gone)
      expect(bo.chat.received.slice(gone).filter(({ type }) => type === 'chat')).toEqual([])
      expect(bo.heard('chat').length).toBeGreaterThan(0)
      expect(bo.heard('chat', den).some(({ data }) => data === 'last')).toBe(false)
    },
  )
  it('a user who loses access while repeatedly opening the room does not get the room', async (t) => {
    const { bo, anna } = await startPopulatedServer(t)
    const opening = (async () => {
      for (;;) {
        bo.chat.send({ type: 'open', room: den })
        const answer = await bo.chat.nextWhere(({ type }) => type === 'opened' || type === 'error')
        if (answer.type === 'error') return answer
      }
    })()
    await expect.poll(() => bo.heard('opened')).not.toEqual([])
    await anna.did({ type: 'kick', room: den, user: bo.id })
    await anna.did({ type: 'chat', room: den, data: 'after' })
    expect(await opening).toMatchObject(noRoom)
    await bo.chat.settle()
    expect(JSON.stringify(bo.chat.received)).not.toContain('after')
  })
  it.for([
    ['opened', 'messages', 'open'],
    ['opened', 'membership', 'open'],
    ['read back', 'messages', 'history'],
    ['counted', 'summary', 'summary'],
  ] as const)(
    'while a room is %s delivers nothing of it, although its %s was already requested',
    async ([, held, type], t) => {
      const { bo, anna } = await startPopulatedServer(t)
      await anna.did({ type: 'chat', room: den, data: 'secret' })
      if (type === 'open') await bo.chat.ask({ type: 'close', room: den }, 'closed')
      await bo.chat.settle()
      bo.chat.received.length = 0
      const { asked, release } = await holdNext(t, held)
      bo.chat.send({ type, room: den })
      await asked
      await anna.did({ type: 'kick', room: den, user: bo.id })
      release()
      expect(await bo.chat.next('error')).toMatchObject(noRoom)
      await anna.did({ type: 'chat', room: den, data: 'after' })
      await bo.chat.settle()
      expect(JSON.stringify(bo.chat.received)).not.toMatch(/secret|after/)
    },
  )
  it.for([den, tea])('while mentions of all rooms are read delivers none of a lost one, here %s', async (room, t) => {
    const { bo, anna } = await startPopulatedServer(t)
    await anna.did({ type: 'chat', room: den, data: '@Bo in the den' })
    await anna.did({ type: 'chat', room: tea, data: '@Bo at tea' })
    await bo.chat.ask({ type: 'close', room }, 'closed')
    const { asked, release } = await holdNext(t, 'addressed')
    bo.chat.send({ type: 'mentions' })
    await asked
    await anna.did({ type: 'ban', room, user: bo.id })
    release()
    const { data, rooms } = await bo.chat.next('mentions')
    const kept = room === den ? tea : den
    expect([data, rooms]).toMatchObject([[{ room: kept }], [{ room: kept }]])
  })
  it('a kicked user may come back to a public room, a banned user only after the ban', async (t) => {
    const { bo, anna } = await startPopulatedServer(t)
    await anna.did({ type: 'kick', room: tea, user: bo.id })
    expect(await bo.chat.next('room')).toMatchObject({ room: tea, left: true })
    await bo.chat.open(tea)
    const action = await anna.did({ type: 'ban', room: tea, user: bo.id })
    expect(await bo.chat.nextWhere(({ gone }) => gone === true)).toEqual({ type: 'room', room: tea, gone: true })
    expect(await bo.chat.ask({ type: 'open', room: tea }, 'error')).toMatchObject(noRoom)
    await anna.did({ type: 'undo', action })
    expect(await bo.chat.next('room')).toMatchObject({ room: tea })
    expect((await bo.chat.open(tea)).room).toBe(tea)
  })
  it('a ban is told to moderators who have the room open, before the user leaves it, and to no one else', async (t) => {
    const { bo, anna, eve } = await startPopulatedServer(t)
    for (const { chat } of [bo, anna, eve]) await chat.open(tea)
    for (const { chat } of [anna, eve]) await chat.settle()
    for (const { chat } of [anna, eve]) chat.received.length = 0
    await anna.did({ type: 'ban', room: tea, user: bo.id, forMs: 60_000 })
    for (const { chat } of [anna, eve]) {
      await chat.next('left')
      await chat.settle()
    }
    const said = (chat: typeof anna.chat) => chat.received.map(({ type }) => type)
    expect(said(anna.chat).filter((type) => type === 'banned' || type === 'left')).toEqual(['banned', 'left'])
    const ban = anna.chat.received.find(({ type }) => type === 'banned')
    expect(ban).toMatchObject({ room: tea, user: { id: bo.id }, by: { id: anna.id }, until: expect.any(Number) })
    expect(said(eve.chat)).not.toContain('banned')
  })
  it('a user who left or is banned is found by moderators alone, the end of a server ban by admins', async (t) => {
    const { bo, anna, eve, ada } = await startPopulatedServer(t)
    for (const { chat } of [anna, eve, ada]) await chat.open(tea)
    const about = async ({ chat }: typeof anna) =>
      (await chat.ask({ type: 'members', room: tea, user: bo.id }, 'members')).data
    expect(await about(eve)).toMatchObject([{ user: { id: bo.id } }])
    await anna.did({ type: 'kick', room: tea, user: bo.id })
    expect(await about(anna)).toMatchObject([{ user: { id: bo.id }, left: true }])
    expect(await about(eve)).toEqual([])
    await ada.did({ type: 'ban', user: bo.id, forMs: 60_000 })
    expect(await about(ada)).toMatchObject([{ serverBannedUntil: expect.any(Number), left: true }])
    expect((await about(anna))[0]).not.toHaveProperty('serverBannedUntil')
  })
  it('a classic connection receives nothing more of the lobby after a ban', async (t) => {
    const { bo, ada, owen } = await startPopulatedServer(t)
    const classic = await bo.visitor.connect({ protocol: undefined })
    await classic.next('list')
    await owen.chat.open('lobby')
    await owen.did({ type: 'chat', room: 'lobby', data: 'before' })
    expect(await classic.next('chat')).toMatchObject({ data: 'before' })
    await ada.did({ type: 'ban', room: 'lobby', user: bo.id })
    await owen.did({ type: 'chat', room: 'lobby', data: 'after' })
    classic.send('let me in')
    expect(await classic.next('error')).toMatchObject({ data: 'Open the room first.' })
    expect(classic.received.some(({ data }) => data === 'after')).toBe(false)
    const again = await bo.visitor.connect({ protocol: undefined })
    expect(await again.next('error')).toMatchObject({ data: 'You cannot view the lobby.' })
    await owen.did({ type: 'chat', room: 'lobby', data: 'and after' })
    again.send('let me in')
    await again.next('error')
    expect(again.received.map(({ type }) => type)).toEqual(['error', 'error'])
  })
  it('a classic connection that opens during a ban receives nothing of the lobby', async (t) => {
    const { bo, owen, ada } = await startPopulatedServer(t)
    await owen.chat.open('lobby')
    const { asked, release } = await holdNext(t, 'membership')
    const classic = await bo.visitor.connect({ protocol: undefined })
    await asked
    await ada.did({ type: 'ban', room: 'lobby', user: bo.id })
    release()
    expect(await classic.next('error')).toMatchObject({ data: 'You cannot view the lobby.' })
    await owen.did({ type: 'chat', room: 'lobby', data: 'after' })
    classic.send('let me in')
    await classic.next('error')
    expect(classic.received.map(({ type }) => type)).toEqual(['error', 'error'])
  })
})

describe('moderation commands', () => {
  const commands = (room: string, user: number): KeyedCommand[] => [
    { type: 'kick', room, user },
    { type: 'mute', room, user, forMs: hourMs },
    { type: 'ban', room, user },
    { type: 'role', room, user, role: 'moderator' },
  ]

  it.for([
    ['bo', 'eve'],
    ['cai', 'anna'],
    ['anna', 'ada'],
    ['ada', 'owen'],
    ['anna', 'anna'],
  ] satisfies [Role, Role][])('of %s on %s, who does not rank lower, are refused', async ([by, on], t) => {
    const populated = await startPopulatedServer(t)
    for (const name of [by, on]) await populated[name].chat.open(tea)
    for (const command of commands(tea, populated[on].id))
      expect(await populated[by].does(command)).toMatchObject(forbidden)
    expect(populated[on].heard('room')).toEqual([])
  })
  it('the same key runs a command once, and cannot be used for another command', async (t) => {
    const { anna, bo, cai } = await startPopulatedServer(t)
    const muting = { type: 'mute', room: tea, key: 'once', user: bo.id, forMs: 60_000 } as const
    const done = await anna.chat.ask(muting, 'done')
    expect(await anna.chat.ask(muting, 'done')).toEqual(done)
    for (const other of [
      { ...muting, user: cai.id },
      { ...muting, forMs: 0 },
    ]) {
      anna.chat.send(other)
      expect(await anna.chat.next('error')).toMatchObject({ code: 'bad-field', key: 'once', room: tea })
    }
  })
  it('a user who was never in the room gets the same answer as a user who does not exist', async (t) => {
    const { anna, eve } = await startPopulatedServer(t)
    for (const [i, command] of commands(den, eve.id).entries()) {
      const [one, other] = [
        await anna.does(command, 'k'),
        await anna.does(commands(den, 999_999)[i] as KeyedCommand, 'k'),
      ]
      expect(one).toMatchObject(refused('no-such-user'))
      expect(one).toEqual(other)
    }
  })
  it('a room that the user cannot view gets the same answer as a room that does not exist', async (t) => {
    const { ada, eve, bo } = await startPopulatedServer(t)
    for (const one of [ada, eve]) {
      for (const [i, command] of commands(den, bo.id).entries()) {
        const [answer, nowhere] = [
          await one.does(command, 'k'),
          await one.does(commands('~none', bo.id)[i] as KeyedCommand, 'k'),
        ]
        expect(answer).toMatchObject(noRoom)
        expect(answer).toEqual({ ...nowhere, room: den })
      }
    }
  })
})

describe('mute command', () => {
  it('is announced, blocks writing for the announced time, and can be undone', async (t) => {
    const { anna, bo, cai } = await startPopulatedServer(t)
    const { id: ref } = (await bo.does({ type: 'chat', room: tea, data: 'mine' })) as { id: number }
    await anna.did({ type: 'mute', room: tea, user: bo.id, forMs: hourMs })
    const { mutedUntil } = (await bo.chat.next('room')) as { mutedUntil?: number }
    expect(mutedUntil).toBeGreaterThan(Date.now())
    const refusal = (await bo.does({ type: 'chat', room: tea, data: 'hello' })) as { retryAfterMs?: number }
    expect(refusal).toMatchObject(refused('muted'))
    expect(refusal.retryAfterMs).toBeGreaterThan(0)
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(hourMs)
    // A muted user still reads, and can delete their own messages.
    await cai.did({ type: 'chat', room: tea, data: 'you may read' })
    expect(await bo.textsHeard(tea)).toEqual(['mine', 'you may read'])
    expect(await bo.does({ type: 'delete', room: tea, ref })).toMatchObject({ type: 'sent' })
    await anna.did({ type: 'mute', room: tea, user: bo.id, forMs: 0 })
    expect(await bo.chat.next('room')).not.toHaveProperty('mutedUntil')
    expect(await bo.does({ type: 'chat', room: tea, data: 'hello' })).toMatchObject({ type: 'sent' })
  })
})

describe('server ban', () => {
  it('closes every connection with 4003, whatever its protocol, and refuses new sign-ins', async (t) => {
    const { server, ada, bo, eve } = await startPopulatedServer(t)
    const connections = [bo.chat, (await bo.another()).chat, await bo.visitor.connect({ protocol: undefined })]
    expect(await bo.visitor.isIn()).toBe(true)
    expect(await ada.does({ type: 'ban', user: bo.id })).toMatchObject({ type: 'done' })
    for (const chat of connections) expect((await chat.closed).code).toBe(closeCodes.banned)
    expect((await (await bo.visitor.connect()).closed).code).toBe(closeCodes.invalidUser)
    expect(await bo.visitor.isIn()).toBe(false)
    expect((await new Visitor(server).post('/signin', { name: 'Bo' })).status).toBe(403)
    await eve.chat.settle()
  })
  it('delivers nothing more, even when the client does not answer the close', async (t) => {
    const { server, ada, anna, bo, cai } = await startPopulatedServer(t)
    const wire = new RawConnection(server.port)
    wire.write(upgradeRequest({ path: '/ws/chat', protocol: 'chat.v1', cookie: bo.visitor.cookie }))
    wire.write(frameOf({ payload: JSON.stringify({ type: 'open', room: den }) }))
    await wire.until(() => wire.heard.some(({ type }) => type === 'opened'))
    await anna.did({ type: 'chat', room: den, data: 'before' })
    await wire.until(() => wire.heard.some(({ data }) => data === 'before'))
    await ada.did({ type: 'ban', user: bo.id })
    expect(await wire.closed()).toBe(closeCodes.banned)
    await anna.did({ type: 'chat', room: den, data: 'after' })
    expect(await cai.textsHeard(den)).toEqual(['before', 'after'])
    wire.write(closeFrameOf(closeCodes.banned))
    await wire.over()
    expect(wire.frames.at(-1)).toMatchObject({ opcode: opcodes.close })
  })
  it('needs a server role, and can be undone', async (t) => {
    const { server, ada, anna, bo } = await startPopulatedServer(t)
    expect(await anna.does({ type: 'ban', user: bo.id })).toMatchObject(forbidden)
    const action = await ada.did({ type: 'ban', user: bo.id })
    await bo.chat.closed
    await ada.did({ type: 'undo', action })
    expect((await new Visitor(server).post('/signin', { name: 'Bo' })).status).toBe(303)
  })
  it('of a user and their addresses disconnects everyone else there except users with a server role', async (t) => {
    const { server, ada, owen } = await startPopulatedServer(t, { TRUST_PROXY: '127.0.0.1' })
    const from = async (name: string, address: string) => {
      const headers = { 'X-Forwarded-For': address }
      const visitor = await visitorNamed(server, name, headers)
      return { visitor, headers, chat: await visitor.connect({ headers }) }
    }
    const [mo, sameAddress, other] = [
      await from('Mo', '203.0.113.7'),
      await from('Same address', '203.0.113.7'),
      await from('Other', '203.0.113.8'),
    ]
    const runner = await owen.visitor.connect({ headers: { 'X-Forwarded-For': '203.0.113.7' } })
    const { user } = await mo.chat.next('welcome')
    const action = await ada.did({ type: 'ban', user: user.id, addresses: true })
    for (const { chat } of [mo, sameAddress]) expect((await chat.closed).code).toBe(closeCodes.banned)
    const again = await sameAddress.visitor.connect({ headers: sameAddress.headers })
    expect((await again.closed).code).toBe(closeCodes.banned)
    expect((await sameAddress.visitor.get('/')).status).toBe(403)
    expect((await sameAddress.visitor.post('/rooms/lobby/messages', { key: 'k', data: 'hello' })).status).toBe(403)
    for (const chat of [other.chat, runner]) await chat.settle()
    expect((await other.visitor.get('/')).status).toBe(200)
    await ada.did({ type: 'undo', action })
    expect(
      (await (await sameAddress.visitor.connect({ headers: sameAddress.headers })).next('welcome')).user.name,
    ).toBe('Same address')
  })
})

describe('a session that is ended to make room for the 21st', () => {
  it('closes its sockets and invalidates its cookie', async (t) => {
    const { server, bo } = await startPopulatedServer(t)
    const first = await visitorNamed(server, 'Bo')
    const chat = await first.connect()
    expect(await first.isIn()).toBe(true)
    for (let i = 0; i < 18; i++) await visitorNamed(server, 'Bo')
    await chat.settle()
    await visitorNamed(server, 'Bo')
    expect((await chat.closed).code).toBe(closeCodes.invalidUser)
    expect(await first.isIn()).toBe(false)
    await bo.chat.settle()
  })
})

describe('roles', () => {
  it('a change of server role applies to open connections and their rights at once', async (t) => {
    const { owen, ada } = await startPopulatedServer(t)
    const another = await ada.another()
    const asks = (one: ConnectedUser) => {
      one.chat.send({ type: 'audit' })
      return one.chat.nextWhere(({ type }) => type === 'audit' || type === 'error')
    }
    expect(await asks(ada)).toMatchObject({ type: 'audit' })
    await owen.did({ type: 'role', user: ada.id, role: 'member' })
    for (const one of [ada, another]) {
      expect(await one.chat.next('role')).toEqual({ type: 'role', role: 'member' })
      expect(await asks(one)).toMatchObject(forbidden)
      expect(await one.does({ type: 'change', room: tea, topic: 'Mine' })).toMatchObject(forbidden)
    }
    expect(await (await ada.another()).role).toBe('member')
    await owen.did({ type: 'role', user: ada.id, role: 'admin' })
    expect(await ada.chat.next('role')).toEqual({ type: 'role', role: 'admin' })
    expect(await asks(ada)).toMatchObject({ type: 'audit' })
  })
  it('only the owner changes server roles', async (t) => {
    const { ada, anna, bo } = await startPopulatedServer(t)
    for (const one of [ada, anna])
      expect(await one.does({ type: 'role', user: bo.id, role: 'admin' })).toMatchObject(forbidden)
  })
  it('a change of room role applies to open connections and their rights at once', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    const another = await bo.another()
    const change = { type: 'change', room: tea, topic: 'Bo’s' } as const
    expect(await bo.does(change)).toMatchObject(forbidden)
    await anna.did({ type: 'role', room: tea, user: bo.id, role: 'moderator' })
    for (const one of [bo, another]) expect(await one.chat.next('room')).toMatchObject({ room: tea, role: 'moderator' })
    expect(await bo.does(change)).toMatchObject({ type: 'done' })
    await anna.did({ type: 'role', room: tea, user: bo.id, role: 'member' })
    expect(await another.chat.next('room')).not.toHaveProperty('role')
    expect(await bo.does({ ...change, topic: 'Again' })).toMatchObject(forbidden)
  })
})

describe('deleting messages', () => {
  it('a moderator deletes and restores a message, and everyone receives both changes', async (t) => {
    const { anna, cai, bo, ada } = await startPopulatedServer(t)
    const { id: ref } = (await bo.does({ type: 'chat', room: tea, data: 'rude' })) as { id: number }
    expect(await bo.does({ type: 'delete', room: tea, ref: 999 })).toMatchObject(refused('no-such-message'))
    const deletion = { type: 'delete', room: tea, key: 'deletion', ref } as const
    const sent = await cai.chat.ask(deletion, 'sent')
    expect(await cai.chat.ask(deletion, 'sent'), 'again').toEqual(sent)
    expect(await bo.chat.next('delete')).toMatchObject({ room: tea, ref, user: cai.user })
    const [action] = (await ada.chat.ask({ type: 'audit' }, 'audit')).data
    expect(action).toMatchObject({
      id: sent.action,
      type: 'delete',
      by: cai.user,
      user: bo.user,
      room: tea,
      undoable: true,
    })
    await anna.did({ type: 'undo', action: action?.id ?? 0 })
    expect(await bo.chat.next('edit')).toMatchObject({ room: tea, ref, data: 'rude' })
    expect(
      await bo.does({ type: 'delete', room: tea, ref }),
      'deleting an own message is no moderation action',
    ).not.toHaveProperty('action')
  })
  it('a purge of one user’s messages is complete before it is acknowledged, and can be undone', async (t) => {
    const { ada, anna, bo } = await startPopulatedServer(t)
    const texts = async (room: string) =>
      (await anna.chat.ask({ type: 'history', room, limit: 200 }, 'history')).messages.map(({ data }) => data)
    await anna.did({ type: 'chat', room: den, data: 'stays' })
    for (const room of [tea, den]) {
      for (let i = 1; i <= 60; i++) bo.chat.send({ type: 'chat', room, key: `${room} ${i}`, data: `${i}` })
      await bo.chat.nextWhere(({ type, key }) => type === 'sent' && key === `${room} 60`)
    }
    const before = [await texts(tea), await texts(den)]
    expect(await anna.does({ type: 'purge', user: bo.id })).toMatchObject(forbidden)
    const action = await ada.did({ type: 'purge', user: bo.id })
    expect([await texts(tea), await texts(den)]).toEqual([Array(60).fill(''), ['stays', ...Array(60).fill('')]])
    await bo.chat.nextWhere(({ type, ref }) => type === 'delete' && ref === 61)
    await ada.did({ type: 'undo', action })
    expect([await texts(tea), await texts(den)]).toEqual(before)
  })
})

describe('a moderation action that a shutdown interrupted', () => {
  it('is finished by the next server', async (t) => {
    const { server, anna, ada, bo } = await startPopulatedServer(t)
    for (let i = 1; i <= 120; i++) await bo.did({ type: 'chat', room: tea, data: `${i}` })
    await server.stop()
    const store = openSqliteStore(server.dataDir)
    const purge = { type: 'purge', user: bo.id, viewer: viewer(ada.user), key: 'purge', at: Date.now() } as const
    const { action = 0 } = await store.moderation.moderate(purge)
    expect(await store.moderation.continueAction(action, Date.now())).toHaveLength(25)
    await store.close()
    await server.restart()
    const chat = await anna.visitor.connect()
    const { messages = [] } = await chat.open(tea, { limit: 200 })
    const gone = messages.filter(({ deleted }) => deleted).length
    expect(gone).toBeGreaterThanOrEqual(25)
    for (let more = gone; more < 120; more++) await chat.next('delete')
    const page = await chat.ask({ type: 'history', room: tea, limit: 200 }, 'history')
    expect(page.messages.filter(({ data }) => data)).toEqual([])
  })
})

describe('audit log', () => {
  it('needs a server role, and hides actions in rooms that the reader cannot view', async (t) => {
    const { ada, owen, anna, bo } = await startPopulatedServer(t)
    await anna.did({ type: 'change', room: den, topic: 'secret' })
    await anna.did({ type: 'mute', room: den, user: bo.id, forMs: hourMs })
    for (const one of [anna, bo]) expect(await one.chat.ask({ type: 'audit' }, 'error')).toMatchObject(forbidden)
    for (const one of [ada, owen]) {
      const { data } = await one.chat.ask({ type: 'audit' }, 'audit')
      const [mute, change] = data
      expect(mute).toEqual({
        id: mute?.id,
        type: 'hidden',
        at: mute?.at,
        by: anna.user,
        user: bo.user,
        data: {},
        undoable: false,
      })
      expect(change).toEqual({
        id: change?.id,
        type: 'hidden',
        at: change?.at,
        by: anna.user,
        data: {},
        undoable: false,
      })
      expect(await one.does({ type: 'undo', action: mute?.id ?? 0 }, 'k')).toEqual(
        await one.does({ type: 'undo', action: 999 }, 'k'),
      )
    }
  })
  it('is sent in pages', async (t) => {
    const { ada } = await startPopulatedServer(t)
    const { data } = await ada.chat.ask({ type: 'audit' }, 'audit')
    const [first, second] = data
    expect(data.length).toBeGreaterThan(2)
    const rest = await ada.chat.ask({ type: 'audit', before: first?.id ?? 0 }, 'audit')
    expect(rest.data[0]).toEqual(second)
    expect(rest).toMatchObject({ more: false })
  })
})

describe('a session that only typed the name of a guest', () => {
  /** Beside the guest who is in the den and moderates the tea. */
  async function twoOfCai(t: Parameters<typeof startPopulatedServer>[0]) {
    const populated = await startPopulatedServer(t)
    const other = await ConnectedUser.of(await visitorNamed(populated.server, 'Cai'))
    expect(other.user).toEqual(populated.cai.user)
    await other.chat.open(tea)
    return { ...populated, other }
  }

  it('receives nothing about the guest’s private rooms or read marks', async (t) => {
    const { cai, anna, other } = await twoOfCai(t)
    const another = await cai.another()
    await anna.did({ type: 'chat', room: den, data: 'secret' })
    const made = await anna.does({ type: 'create', kind: 'direct', users: [cai.id] })
    const { room = '' } = 'room' in made ? made : {}
    cai.chat.send({ type: 'read', room: den, id: 1 })
    expect(await another.chat.next('read')).toEqual({ type: 'read', room: den, id: 1 })
    await anna.did({ type: 'mute', room: den, user: cai.id, forMs: hourMs })
    await anna.did({ type: 'kick', room: den, user: cai.id })
    await cai.chat.nextWhere(({ gone }) => gone === true)
    await other.chat.settle()
    const heard = JSON.stringify(other.chat.received)
    for (const secret of [den, room, 'secret']) expect(heard).not.toContain(secret)
    expect(await other.chat.ask({ type: 'open', room }, 'error')).toMatchObject(noRoom)
  })
  it('receives what the guest does in public rooms', async (t) => {
    const { cai, anna, other } = await twoOfCai(t)
    await anna.did({ type: 'chat', room: tea, data: 'hello' })
    cai.chat.send({ type: 'read', room: tea, id: 1 })
    expect(await other.chat.next('read')).toEqual({ type: 'read', room: tea, id: 1 })
    await anna.did({ type: 'kick', room: tea, user: cai.id })
    expect(await other.chat.next('room')).toMatchObject({ room: tea, left: true })
    expect(await other.does({ type: 'chat', room: tea, data: 'hello' })).toMatchObject(refused('not-in-room'))
  })
  it('cannot moderate, even when the guest can', async (t) => {
    const { cai, bo, eve, other } = await twoOfCai(t)
    const commands: KeyedCommand[] = [
      { type: 'kick', room: tea, user: bo.id },
      { type: 'change', room: tea, topic: 'Mine' },
      { type: 'invite', room: tea },
      { type: 'add', room: tea, users: [eve.id] },
      { type: 'role', room: tea, user: cai.id, role: 'member' },
      { type: 'create', kind: 'private', name: 'Mine' },
      { type: 'create', kind: 'direct', users: [bo.id] },
    ]
    for (const command of commands) {
      expect(await other.does(command), JSON.stringify(command)).toMatchObject(forbidden)
      expect(await cai.does(command), JSON.stringify(command)).not.toMatchObject({ type: 'error' })
      if (command.type === 'role') break
    }
    expect(bo.heard('room', tea)).not.toEqual([])
  })
})

describe('GUESTS=off', () => {
  async function withoutGuests(t: Parameters<typeof startPopulatedServer>[0]) {
    const populated = await startPopulatedServer(t)
    await populated.server.restart({ GUESTS: 'off' })
    const [eve, bo] = [await ConnectedUser.of(populated.eve.visitor), await ConnectedUser.of(populated.bo.visitor)]
    return { ...populated, eve, bo }
  }

  it('a guest sees only the rooms that someone added them to', async (t) => {
    const { bo, eve } = await withoutGuests(t)
    const rooms = (one: ConnectedUser) => {
      const welcome = one.chat.received.find(({ type }) => type === 'welcome') as
        | { rooms?: { room: string }[] }
        | undefined
      return welcome?.rooms?.map(({ room }) => room)
    }
    expect(rooms(bo)).toEqual([tea, den])
    expect(rooms(eve)).toEqual([])
    expect((await bo.chat.open(tea)).room).toBe(tea)
    for (const room of ['lobby', tea, den, '~none', 'new']) {
      expect(await eve.chat.ask({ type: 'open', room }, 'error')).toMatchObject({ ...noRoom, room })
    }
    expect(await eve.does({ type: 'create', name: 'Mine' })).toMatchObject(forbidden)
    expect((await eve.visitor.get(`/rooms/${tea}`)).status).toBe(404)
    expect((await bo.visitor.get(`/rooms/${tea}`)).status).toBe(200)
  })
  it('a new public room is announced to members and not to guests', async (t) => {
    const { eve, ada } = await withoutGuests(t)
    const [one, other] = [await ConnectedUser.of(ada.visitor), await ConnectedUser.of(ada.visitor)]
    await one.did({ type: 'create', name: 'New' })
    expect(await other.chat.next('room')).toMatchObject({ room: 'New' })
    await eve.chat.settle()
    expect(eve.heard('room')).toEqual([])
  })
  it('a guest who is removed from their room cannot come back', async (t) => {
    const { bo, anna, owen } = await withoutGuests(t)
    const keeper = await ConnectedUser.of(anna.visitor)
    await bo.chat.open(tea)
    await keeper.did({ type: 'kick', room: tea, user: bo.id })
    expect(await bo.chat.next('room')).toEqual({ type: 'room', room: tea, gone: true })
    expect(await bo.chat.ask({ type: 'open', room: tea }, 'error')).toMatchObject(noRoom)
    const owner = await ConnectedUser.of(owen.visitor)
    await owner.did({ type: 'add', room: tea, users: [bo.id] })
    expect(await bo.chat.next('room')).toMatchObject({ room: tea })
    expect((await bo.chat.open(tea)).room).toBe(tea)
  })
})
