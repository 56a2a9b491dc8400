/** Making rooms, changing and leaving them, and bringing people in, on the wire: each rule with its opposite. */
import { describe, expect, it } from 'vitest'
import { Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { den, tea } from '../support/server/populate.ts'
import { ConnectedUser, type KeyedCommand, startPopulatedServer } from '../support/server/populated-server.ts'

const hourMs = 60 * 60 * 1000
const refused = (code: string) => ({ type: 'error', code })
const forbidden = refused('forbidden')
const noRoom = refused('no-such-room')

describe('create command', () => {
  it('a public room is announced to everyone, and to its members as theirs', async (t) => {
    const { anna, bo, eve } = await startPopulatedServer(t)
    const another = await anna.another()
    const made = await anna.does({ type: 'create', name: 'Oolong', topic: 'Half and half', users: [bo.id] }, 'k')
    const room = { type: 'room', room: 'Oolong', name: 'Oolong', topic: 'Half and half' }
    const read = { last: 0, read: 0, unread: 0, mentions: 0 }
    expect(made).toEqual({ ...room, ...read, key: 'k', role: 'moderator', isCreator: true })
    expect(await another.chat.next('room')).toEqual({ ...room, ...read, role: 'moderator', isCreator: true })
    expect(await bo.chat.next('room')).toEqual({ ...room, ...read, request: true })
    expect(await eve.chat.next('room')).toEqual({ ...room, ...read })
    expect(await eve.chat.open('Oolong')).toMatchObject({ messages: [] })
  })
  it('a private room is announced only to the users it names, who may open it', async (t) => {
    const { anna, bo, eve, ada } = await startPopulatedServer(t)
    const made = await anna.does({ type: 'create', kind: 'private', name: 'Tea house', users: [bo.id] })
    expect(made).toMatchObject({ type: 'room', kind: 'private', room: expect.stringMatching(/^~[\w-]{22}$/) })
    const { room = '' } = 'room' in made ? made : {}
    expect(await bo.chat.next('room')).toMatchObject({ room, kind: 'private', name: 'Tea house' })
    expect(await bo.chat.open(room)).toMatchObject({ list: [] })
    for (const outsider of [eve, ada]) {
      expect(await outsider.chat.ask({ type: 'open', room }, 'error')).toMatchObject(noRoom)
      expect(outsider.heard('room')).toEqual([])
    }
  })
  it('the same key creates one room and repeats the answer', async (t) => {
    const { anna } = await startPopulatedServer(t)
    const create = { type: 'create', kind: 'private', name: 'Tea house' } as const
    const made = await anna.does(create, 'k')
    expect(made).toMatchObject({ type: 'room', name: 'Tea house' })
    expect(await anna.does(create, 'k')).toEqual(made)
    expect(await anna.does({ ...create, name: 'Another' }, 'k')).toMatchObject(refused('bad-field'))
  })
  it('a conversation with the same users returns the existing one', async (t) => {
    const { anna, bo, eve } = await startPopulatedServer(t)
    const made = await anna.does({ type: 'create', kind: 'direct', users: [bo.id] })
    expect(made).toMatchObject({ kind: 'direct', name: '', people: [bo.user] })
    const heard = await bo.chat.next('room')
    expect(heard).toMatchObject({ kind: 'direct', people: [anna.user] })
    expect(await bo.does({ type: 'create', kind: 'direct', users: [anna.id] })).toMatchObject({ room: heard.room })
    expect(eve.heard('room')).toEqual([])
  })
  it('refuses a taken name and users who cannot be known to the creator', async (t) => {
    const { server, anna, eve } = await startPopulatedServer(t)
    expect(await eve.does({ type: 'create', name: tea })).toMatchObject(refused('name-taken'))
    // Has signed in and has not been anywhere.
    const unknownUser = await ConnectedUser.of(await visitorNamed(server, 'Unknown'))
    for (const id of [unknownUser.id, 999_999]) {
      const answer = await anna.does({ type: 'create', kind: 'direct', users: [id] }, 'same')
      expect(answer).toEqual({
        ...refused('no-such-user'),
        command: 'create',
        key: 'same',
        message: 'There is no such user.',
      })
    }
    await unknownUser.chat.open('lobby')
    expect(await anna.does({ type: 'create', kind: 'direct', users: [unknownUser.id] })).toMatchObject({ type: 'room' })
  })
})

describe('change command', () => {
  it('sends the change to users who have the room open, and to no others', async (t) => {
    const { anna, bo, eve } = await startPopulatedServer(t)
    const data = { name: 'The cave', topic: 'Quiet', slowMs: 1_000 }
    expect(await anna.does({ type: 'change', room: den, ...data })).toMatchObject({ type: 'done', room: den })
    expect(await bo.chat.next('room')).toEqual({
      type: 'room',
      id: 1,
      room: den,
      user: anna.user,
      at: expect.any(Number),
      data,
    })
    await eve.chat.settle()
    expect(eve.chat.received.map(({ type }) => type)).toEqual(['pong'])
  })
  it('needs a moderator', async (t) => {
    const { bo, cai, eve, ada } = await startPopulatedServer(t)
    const change = { type: 'change', room: tea, topic: 'Changed' } as const
    for (const one of [bo, eve]) expect(await one.does(change)).toMatchObject(forbidden)
    for (const one of [cai, ada])
      expect(await one.does({ ...change, topic: one.user.name })).toMatchObject({ type: 'done' })
  })
  it('a read-only or archived room refuses messages with the reason', async (t) => {
    const { anna, bo, cai } = await startPopulatedServer(t)
    await anna.did({ type: 'change', room: tea, readOnly: true })
    expect(await bo.does({ type: 'chat', room: tea, data: 'hello' })).toMatchObject(refused('read-only'))
    expect(await cai.does({ type: 'chat', room: tea, data: 'hello' })).toMatchObject({ type: 'sent' })
    await anna.did({ type: 'change', room: tea, readOnly: false, archived: true })
    for (const one of [bo, cai]) {
      expect(await one.does({ type: 'chat', room: tea, data: 'hello' })).toMatchObject(refused('read-only'))
    }
    await anna.did({ type: 'change', room: tea, archived: false })
    expect(await bo.does({ type: 'chat', room: tea, data: 'hello' })).toMatchObject({ type: 'sent' })
  })
  it('a slow room limits how often each user writes, and says when the next message may come', async (t) => {
    const { anna, bo, cai } = await startPopulatedServer(t)
    await anna.did({ type: 'change', room: tea, slowMs: hourMs })
    expect(await bo.does({ type: 'chat', room: tea, data: 'one' })).toMatchObject({ type: 'sent' })
    const refusal = await bo.does({ type: 'chat', room: tea, data: 'two' })
    expect(refusal).toMatchObject(refused('too-fast'))
    const { retryAfterMs = 0 } = 'retryAfterMs' in refusal ? refusal : {}
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(hourMs)
    for (const data of ['one', 'two']) {
      expect(await cai.does({ type: 'chat', room: tea, data })).toMatchObject({ type: 'sent' })
    }
  })
  it('a slow room applies the same limit to messages sent by a form', async (t) => {
    const { anna, eve } = await startPopulatedServer(t)
    await anna.did({ type: 'change', room: tea, slowMs: hourMs })
    const write = (key: string) => eve.visitor.post(`/rooms/${tea}/messages`, { key, data: key })
    expect((await write('one')).status).toBe(303)
    const again = await write('two')
    expect([again.status, Number(again.headers['retry-after']) > 0]).toEqual([429, true])
    // By writing she joined the room, and can be removed from it.
    expect(await anna.does({ type: 'kick', room: tea, user: eve.id })).toMatchObject({ type: 'done' })
  })
})

describe('leave command', () => {
  it('tells every connection of the user, and delivers nothing more of the room to them', async (t) => {
    const { bo, anna } = await startPopulatedServer(t)
    const another = await bo.another()
    await another.chat.open(den)
    expect(await bo.does({ type: 'leave', room: den })).toMatchObject({ type: 'done', room: den })
    expect(await another.chat.next('room')).toEqual({ type: 'room', room: den, gone: true })
    expect(await anna.chat.next('left')).toMatchObject({ room: den, user: bo.user })
    await anna.did({ type: 'chat', room: den, data: 'after' })
    for (const one of [bo, another]) {
      expect(await one.textsHeard(den)).toEqual([])
      expect(await one.does({ type: 'chat', room: den, data: 'still here?' })).toMatchObject(refused('not-in-room'))
      expect(await one.chat.ask({ type: 'open', room: den }, 'error')).toMatchObject(noRoom)
    }
  })
  it('by a session that only typed the name affects that session alone (SECURITY-REVIEW 21)', async (t) => {
    const { server, bo, anna } = await startPopulatedServer(t)
    const typed = await (await visitorNamed(server, 'Bo')).connect()
    await typed.open(tea)
    await typed.ask({ type: 'leave', key: 'leave', room: tea }, 'done')
    await anna.did({ type: 'chat', room: tea, data: 'who is here?' })
    expect(await bo.textsHeard(tea)).toEqual(['who is here?'])
    expect(bo.heard('room', tea)).toEqual([])
    await typed.settle()
    expect(typed.received.filter(({ type }) => type === 'chat')).toEqual([])
    expect(await typed.ask({ type: 'chat', key: 'chat', room: tea, data: 'still here?' }, 'error')).toMatchObject(
      refused('not-in-room'),
    )
  })
  it('of a public room allows opening it again', async (t) => {
    const { bo, anna } = await startPopulatedServer(t)
    const another = await bo.another()
    await bo.did({ type: 'leave', room: tea })
    expect(await another.chat.next('room')).toMatchObject({ room: tea, left: true })
    await bo.chat.open(tea)
    expect(await another.chat.next('room')).not.toHaveProperty('left')
    await anna.did({ type: 'chat', room: tea, data: 'welcome back' })
    expect(await bo.textsHeard(tea)).toEqual(['welcome back'])
  })
  it('of a conversation ends when someone writes in it, and the message is delivered', async (t) => {
    const { ada, bo } = await startPopulatedServer(t)
    const made = await ada.does({ type: 'create', kind: 'direct', users: [bo.id] })
    const { room = '' } = 'room' in made ? made : {}
    await ada.chat.open(room)
    await bo.chat.next('room')
    await bo.did({ type: 'leave', room })
    expect(bo.heard('room', room).at(-1)).toEqual({ type: 'room', room, gone: true })
    await ada.did({ type: 'chat', room, data: 'hello?' })
    expect(await bo.chat.next('room')).toMatchObject({ room, unread: 1, people: [ada.user] })
  })
})

describe('deleted room', () => {
  it('is not created again by a client that reconnects to it', async (t) => {
    const { ada, bo } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: tea, data: 'hello' })
    const { epoch, last: after, at } = await bo.chat.open(tea)
    await bo.chat.close()
    await ada.did({ type: 'delete-room', room: tea })
    const back = await bo.another()
    back.chat.send({ type: 'open', room: tea, after, at, epoch })
    const answered = ({ type, room }: Record<string, unknown>) =>
      (type === 'opened' || type === 'error') && room === tea
    expect(await back.chat.nextWhere(answered)).toMatchObject(refused('no-such-room'))
    // A new room with the same name can be created.
    expect(await back.chat.open(tea)).toMatchObject({ last: 0 })
  })
})

describe('people of a room', () => {
  it('are listed for users who can view the room; banned users only for moderators', async (t) => {
    const { anna, bo, cai, eve, ada } = await startPopulatedServer(t)
    const members = async (one: ConnectedUser, room: string) => {
      one.chat.send({ type: 'members', room })
      return await one.chat.nextWhere(({ type }) => type === 'members' || type === 'error')
    }
    await anna.did({ type: 'ban', room: tea, user: bo.id, forMs: hourMs })
    const seenAt = expect.any(Number)
    const [a, c] = [anna, cai].map(({ user }) => ({ user, serverRole: 'guest', role: 'moderator' }))
    const banned = { user: bo.user, serverRole: 'guest', role: 'member', bannedUntil: expect.any(Number) }
    expect(await members(anna, tea)).toEqual({
      type: 'members',
      room: tea,
      data: [{ ...a, seenAt }, { ...c, seenAt }, banned],
      more: false,
    })
    // Ada is not in it: she does not learn when the members were last seen.
    expect(await members(ada, tea)).toMatchObject({ data: [a, c, banned] })
    expect(JSON.stringify(await members(ada, tea))).not.toContain('seenAt')
    expect(await members(eve, tea)).toMatchObject({ data: [a, c] })
    expect(await members(bo, tea)).toMatchObject(noRoom)
    expect(await members(bo, den)).toMatchObject({
      data: [a, c, { user: bo.user, serverRole: 'guest', role: 'member' }],
    })
    const found = await bo.chat.ask({ type: 'members', room: den, find: ' CA' }, 'members')
    expect(found).toMatchObject({ find: ' CA', data: [c], more: false })
    for (const outsider of [eve, ada]) expect(await members(outsider, den)).toMatchObject(noRoom)
  })
  it('are found by the beginning of their names', async (t) => {
    const { eve, anna } = await startPopulatedServer(t)
    const find = async (data: string) => await eve.chat.ask({ type: 'users', data }, 'users')
    expect(await find(' an')).toEqual({ type: 'users', find: ' an', data: [anna.user] })
    expect(await find('nobody')).toEqual({ type: 'users', find: 'nobody', data: [] })
    expect(await find('\ud800')).toMatchObject({ data: [] })
  })
  it('can be added by moderators, and are notified', async (t) => {
    const { anna, bo, eve, ada } = await startPopulatedServer(t)
    const add: KeyedCommand = { type: 'add', room: den, users: [eve.id] }
    expect(await bo.does(add)).toMatchObject(forbidden)
    expect(await ada.does(add)).toMatchObject(noRoom)
    expect(await anna.does(add)).toMatchObject({ type: 'done' })
    expect(await eve.chat.next('room')).toMatchObject({ room: den, kind: 'private', name: 'The den' })
    await eve.chat.open(den)
    await anna.did({ type: 'chat', room: den, data: 'welcome' })
    expect(await eve.textsHeard(den)).toEqual(['welcome'])
  })
})

describe('invitations', () => {
  it('let anyone with the link into the room, as many times as they allow', async (t) => {
    const { server, anna, eve } = await startPopulatedServer(t)
    const invited = await anna.does({ type: 'invite', room: den, forMs: hourMs, uses: 2 })
    const invite = { id: expect.any(Number), by: anna.user, at: expect.any(Number), expiresAt: expect.any(Number) }
    expect(invited).toMatchObject({ room: den, token: expect.stringMatching(/^[\w-]{22}$/) })
    expect(invited).toMatchObject({ invite: { ...invite, usesLeft: 2 } })
    const { token = '' } = 'token' in invited ? invited : {}
    const newcomer = new Visitor(server)
    expect((await newcomer.post(`/link/${token}`, { name: 'New' })).headers.location).toBe(
      `/rooms/${encodeURIComponent(den)}`,
    )
    expect((await (await newcomer.connect()).open(den)).room).toBe(den)
    expect(await invites(anna, den)).toMatchObject([{ usesLeft: 1 }])
    await eve.visitor.post(`/link/${token}`)
    expect(await eve.chat.next('room')).toMatchObject({ room: den })
    expect((await new Visitor(server).get(`/link/${token}`)).status).toBe(404)
    expect(await invites(anna, den)).toEqual([])
  })
  it('are created, listed and revoked by moderators', async (t) => {
    const { anna, bo, cai, eve, ada } = await startPopulatedServer(t)
    for (const [one, refusal] of [
      [bo, forbidden],
      [eve, noRoom],
      [ada, noRoom],
    ] as const) {
      expect(await one.does({ type: 'invite', room: den })).toMatchObject(refusal)
      expect(await one.chat.ask({ type: 'invites', room: den }, 'error')).toMatchObject(refusal)
      expect(await one.does({ type: 'revoke', room: den, id: 2 })).toMatchObject(refusal)
    }
    await anna.does({ type: 'invite', room: den })
    const [{ id = 0 } = {}] = await invites(cai, den)
    expect(await cai.does({ type: 'revoke', room: tea, id })).toMatchObject(forbidden)
    expect(await cai.does({ type: 'revoke', room: den, id })).toMatchObject({ type: 'done' })
    expect(await invites(anna, den)).toEqual([])
  })
  it('are returned once, under the key of the command', async (t) => {
    const { anna } = await startPopulatedServer(t)
    expect(await anna.does({ type: 'invite', room: den }, 'k')).toMatchObject({ type: 'invite' })
    expect(await anna.does({ type: 'invite', room: den }, 'k')).toMatchObject({
      ...refused('bad-field'),
      message: expect.stringContaining('exists already'),
    })
    expect(await invites(anna, den)).toHaveLength(1)
  })
})

async function invites({ chat }: ConnectedUser, room: string) {
  return (await chat.ask({ type: 'invites', room }, 'invites')).data
}
