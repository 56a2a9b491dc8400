import { afterEach, describe, expect, it, vi } from 'vitest'
import { Presence } from '../../src/server/chat/presence.ts'
import type { PresenceFrame, StatusFrame } from '../../src/shared/protocol/frames.ts'
import { startServer } from '../support/server/server.ts'

describe('presence on the wire', () => {
  it('counts several tabs as one user: one join for the first, one left for the last', async (t) => {
    const server = await startServer(t)
    const watcher = await (await server.signIn('Watcher')).connect()
    await watcher.open('lobby')
    const anna = await server.signIn('Anna')
    const tabs = [await anna.connect(), await anna.connect({ protocol: undefined }), await anna.connect()]
    await tabs[0]?.open('lobby')
    const opened = await tabs[2]?.open('lobby')
    expect(opened?.list.map(({ name }) => name)).toEqual(['Watcher', 'Anna'])
    expect(opened?.online).toBe(2)
    expect(await watcher.next('join')).toEqual({ type: 'join', room: 'lobby', user: anna.user, online: 2 })
    for (const tab of tabs) await tab.close()
    expect(await watcher.next('left')).toEqual({ type: 'left', room: 'lobby', user: anna.user, online: 1 })
    await watcher.settle()
    const said = watcher.received.filter(({ type }) => type === 'join' || type === 'left')
    expect(said).toHaveLength(2)
  })
  it('counts two sign-ins under one name as one user', async (t) => {
    const server = await startServer(t)
    const [phone, laptop] = [await server.signIn('Anna'), await server.signIn('Anna')]
    expect(phone.user).toEqual(laptop.user)
    expect(phone.cookie).not.toBe(laptop.cookie)
    const chats = [await phone.connect(), await laptop.connect()]
    await chats[0]?.open('lobby')
    expect((await chats[1]?.open('lobby'))?.list).toEqual([phone.user])
  })
  it('does not send a new user their own join, since the list has it', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const chat = await anna.connect()
    expect((await chat.open('lobby')).list).toEqual([anna.user])
    await chat.settle()
    expect(chat.received.filter(({ type }) => type === 'join')).toEqual([])
  })
  it('gives a lost connection a grace period, and a closed connection none', async (t) => {
    const server = await startServer(t, { PRESENCE_GRACE_MS: '600000' })
    const watcher = await (await server.signIn('Watcher')).connect()
    await watcher.open('lobby')
    const anna = await server.signIn('Anna')
    const lost = await anna.connect()
    await lost.open('lobby')
    await watcher.next('join')
    lost.socket.terminate()
    await lost.closed
    const back = await anna.connect()
    expect((await back.open('lobby')).online).toBe(2)
    await back.close()
    await watcher.next('left')
    expect(watcher.received.filter(({ type }) => type === 'join' || type === 'left')).toHaveLength(2)
  })
  it('sends left after the grace period', async (t) => {
    const server = await startServer(t, { PRESENCE_GRACE_MS: '1' })
    const watcher = await (await server.signIn('Watcher')).connect()
    await watcher.open('lobby')
    const lost = await (await server.signIn('Anna')).connect()
    await lost.open('lobby')
    lost.socket.terminate()
    expect((await watcher.next('left')).user.name).toBe('Anna')
    expect(await (await (await server.signIn('Bo')).connect()).open('lobby')).toMatchObject({ online: 2 })
  })
  it('sends left to a room that is closed while the connection stays', async (t) => {
    const server = await startServer(t)
    const watcher = await (await server.signIn('Watcher')).connect()
    await watcher.open('lobby')
    const chat = await (await server.signIn('Anna')).connect()
    await chat.open('lobby')
    await chat.ask({ type: 'close', room: 'lobby' }, 'closed')
    expect(await watcher.next('left')).toMatchObject({ user: { name: 'Anna' }, online: 1 })
  })
  it('ends with the session, at once and on all of its connections', async (t) => {
    const server = await startServer(t, { PRESENCE_GRACE_MS: '600000' })
    const watcher = await (await server.signIn('Watcher')).connect()
    await watcher.open('lobby')
    const [phone, laptop] = [await server.signIn('Anna'), await server.signIn('Anna')]
    const [one, two, other] = [await phone.connect(), await phone.connect(), await laptop.connect()]
    for (const chat of [one, two]) await chat.open('lobby')
    await phone.signOut()
    expect(await one.closed).toEqual({ code: 4002, reason: 'Signed out' })
    expect(await two.closed).toEqual({ code: 4002, reason: 'Signed out' })
    expect((await watcher.next('left')).user.name).toBe('Anna')
    await other.settle()
    const again = await server.connect('/ws/chat', { protocol: 'chat.v1', cookie: phone.cookie })
    expect((await again.closed).code).toBe(4001)
  })
})

describe('presence', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  function newPresence() {
    vi.useFakeTimers()
    const said: (PresenceFrame | StatusFrame)[] = []
    return { said, presence: new Presence('lobby', 3000, (frame) => said.push(frame)) }
  }
  const [tab, otherTab] = [{}, {}]
  const user = (id: number) => ({ id, name: `user ${id}`, image: 0 })

  it('tells statuses that change within a second together, the last one of each user, and none in a large room', () => {
    const { said, presence } = newPresence()
    presence.enter(user(1), tab)
    said.length = 0
    presence.changeStatus(1, { text: 'first' })
    presence.changeStatus(2, undefined)
    presence.changeStatus(1, { text: 'last' })
    vi.advanceTimersByTime(1000)
    const data = [{ user: 1, status: { text: 'last' } }, { user: 2 }]
    expect(said).toEqual([{ type: 'status', room: 'lobby', data }])
    presence.changeStatus(1, undefined)
    presence.end()
    vi.advanceTimersByTime(1000)
    expect(said).toHaveLength(1)
    const large = newPresence()
    for (let id = 1; id <= 201; id++) large.presence.enter(user(id), {})
    large.said.length = 0
    large.presence.changeStatus(1, { text: 'unheard' })
    vi.advanceTimersByTime(1000)
    expect(large.said.filter(({ type }) => type === 'status')).toEqual([])
  })

  it('tells no status of a user who has lost the room meanwhile', () => {
    const { said, presence } = newPresence()
    presence.changeStatus(1, { text: 'gone' })
    presence.forgetStatus(1)
    vi.advanceTimersByTime(1000)
    expect(said).toEqual([])
    presence.changeStatus(1, { text: 'gone' })
    presence.changeStatus(2, { text: 'here' })
    presence.forgetStatus(1)
    vi.advanceTimersByTime(1000)
    expect(said).toEqual([{ type: 'status', room: 'lobby', data: [{ user: 2, status: { text: 'here' } }] }])
  })

  it('sends nothing when a user returns within the grace period', () => {
    const { said, presence } = newPresence()
    presence.enter(user(1), tab)
    presence.leave(user(1), tab, true)
    vi.advanceTimersByTime(2999)
    expect(presence.enter(user(1), otherTab)).toBe(false)
    vi.advanceTimersByTime(10_000)
    expect(said.map(({ type }) => type)).toEqual(['join'])
  })
  it('keeps a user online until the grace period ends, and no longer', () => {
    const { said, presence } = newPresence()
    presence.enter(user(1), tab)
    presence.leave(user(1), tab, true)
    expect(presence.list()).toEqual([user(1)])
    vi.advanceTimersByTime(3000)
    expect(presence.list()).toEqual([])
    expect(said.at(-1)).toEqual({ type: 'left', room: 'lobby', user: user(1), online: 0 })
  })
  it('counts a connection that leaves twice once', () => {
    const { said, presence } = newPresence()
    presence.enter(user(1), tab)
    presence.enter(user(1), otherTab)
    presence.leave(user(1), tab, false)
    presence.leave(user(1), tab, false)
    expect(presence.online).toBe(1)
    expect(said).toHaveLength(1)
  })
  it('sends only a number in a room of more than 200, at most once a second', () => {
    const { said, presence } = newPresence()
    for (let id = 1; id <= 200; id++) presence.enter(user(id), tab)
    expect(said).toHaveLength(200)
    for (let id = 201; id <= 300; id++) presence.enter(user(id), tab)
    vi.advanceTimersByTime(999)
    expect(said).toHaveLength(200)
    vi.advanceTimersByTime(1)
    expect(said.slice(200)).toEqual([{ type: 'online', room: 'lobby', online: 300 }])
    presence.enter(user(301), tab)
    vi.advanceTimersByTime(999)
    expect(said).toHaveLength(201)
    vi.advanceTimersByTime(1)
    expect(said.at(-1)).toEqual({ type: 'online', room: 'lobby', online: 301 })
    expect(presence.list()).toHaveLength(200)
  })
  it('adds a due number to another frame instead of sending it alone', () => {
    const { said, presence } = newPresence()
    for (let id = 1; id <= 200; id++) presence.enter(user(id), tab)
    expect(presence.takeOnline()).toBeUndefined()
    presence.enter(user(201), tab)
    expect(presence.takeOnline()).toEqual({ type: 'online', room: 'lobby', online: 201 })
    expect(presence.takeOnline()).toBeUndefined()
    presence.enter(user(202), tab)
    vi.advanceTimersByTime(500)
    expect(presence.takeOnline()).toBeUndefined()
    vi.advanceTimersByTime(1_000)
    expect(said.slice(200)).toEqual([{ type: 'online', room: 'lobby', online: 202 }])
  })
  it('sends the list when the room is small enough again, before joins and lefts', () => {
    const { said, presence } = newPresence()
    for (let id = 1; id <= 202; id++) presence.enter(user(id), tab)
    vi.advanceTimersByTime(2000)
    said.length = 0
    presence.leave(user(1), tab, false)
    presence.leave(user(2), tab, false)
    presence.leave(user(3), tab, false)
    vi.advanceTimersByTime(2000)
    const list = said.findIndex(({ type }) => type === 'list')
    expect(said[list]).toMatchObject({ online: 200, data: expect.not.arrayContaining([user(1), user(2)]) })
    expect(said[list]).toMatchObject({ data: expect.arrayContaining([user(3), user(202)]) })
    expect(said[list + 1]).toMatchObject({ type: 'left', user: user(3), online: 199 })
  })
  it('sends nothing more, and delays no shutdown, after it has ended', () => {
    const { said, presence } = newPresence()
    presence.enter(user(1), tab)
    presence.end()
    presence.leave(user(1), tab, true)
    expect(vi.getTimerCount()).toBe(0)
    expect(said).toHaveLength(1)
  })
})
