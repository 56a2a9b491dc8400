/** What users of one node see of those of another. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { RedisBackplane } from '../../src/server/backplane/redis.ts'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import type { FileInfo } from '../../src/shared/protocol/types.ts'
import { talker, transports } from '../support/clients/socket-io-client.ts'
import { read } from '../support/clients/uploads.ts'
import { temporaryFolder } from '../support/server/server.ts'
import { cluster, connectAt, cookieAt, healthOf, heardBy, waitUntil } from './nodes.ts'

const services = cluster()
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i))

describe('messages on two nodes', () => {
  it('written on both arrive on both, in the same order and once', async (t) => {
    const [a, b] = await services.start(t, { RATE_LIMITS: 'off' })
    const anna = await (await a.signIn('Anna')).connect()
    const bo = await (await b.signIn('Bo')).connect()
    await Promise.all([anna.open('lobby'), bo.open('lobby')])
    for (const i of numbers(50)) {
      anna.send({ type: 'chat', room: 'lobby', key: `a${i}`, data: `a${i}` })
      bo.send({ type: 'chat', room: 'lobby', key: `b${i}`, data: `b${i}` })
    }
    await waitUntil(() => heardBy(anna).length >= 100 && heardBy(bo).length >= 100)
    const order = heardBy(anna)
    expect(heardBy(bo)).toEqual(order)
    for (const from of ['a', 'b'])
      expect(order.filter((data) => String(data).startsWith(from))).toEqual(numbers(50).map((i) => from + i))
  })
  it('are found on the other node though nobody was told of them, also the last one', async (t) => {
    const [a, b] = await services.start(t)
    const anna = await (await a.signIn('Anna')).connect()
    const bo = await (await b.signIn('Bo')).connect()
    await Promise.all([anna.open('lobby'), bo.open('lobby')])
    const { publish } = RedisBackplane.prototype
    const lossy = vi.spyOn(RedisBackplane.prototype, 'publish').mockImplementation(function (
      this: RedisBackplane<unknown>,
      publication,
    ) {
      if ((publication as { type: string }).type !== 'entry') publish.call(this, publication)
    })
    t.onTestFinished(() => lossy.mockRestore())
    await anna.say('lobby', 'lost')
    expect((await bo.next('chat')).data).toBe('lost')
    expect((await anna.next('chat')).data).toBe('lost')
  })
  it('are caught up with at another node, by the same session and position', async (t) => {
    const [a, b] = await services.start(t)
    const person = await a.signIn('Anna')
    const anna = await person.connect()
    const { epoch } = await anna.open('lobby')
    const last = await anna.say('lobby', 'before')
    await anna.close()
    const bo = await (await b.signIn('Bo')).connect()
    await bo.open('lobby')
    await bo.say('lobby', 'meanwhile')
    const again = await connectAt(person, b)
    const opened = await again.open('lobby', { after: last, epoch })
    expect(opened).toMatchObject({ reset: false, entries: [{ data: 'meanwhile' }] })
  })
})

describe.for(transports)('a file over Socket.IO, %s, on two nodes', (transport) => {
  it('is taken in by one, and sent and served by the other', async (t) => {
    const files = { FILES_DIR: temporaryFolder(t), MIN_FREE_BYTES: '0' }
    const [a, b] = await services.start(t, { RATE_LIMITS: 'off', ...files })
    const person = await b.signIn('Bo')
    const bo = await person.connect()
    await bo.open('lobby')
    const anna = await talker(t, a, await a.signIn('Anna'), { transports: [transport] })
    const bytes = randomBytes(100_000)
    const answer = await anna.ask('file', { name: 'leaves.bin' }, bytes)
    const [file] = answer.files as [FileInfo]
    await anna.ask('chat', { room: 'lobby', key: 'k', data: 'Look', files: [file.id] })
    expect((await bo.next('chat')).files).toEqual([file])
    const response = await read(b, { cookie: person.cookie }, file.id)
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
  })
})

describe('rights on two nodes', () => {
  it('end on both with the session', async (t) => {
    const [a, b] = await services.start(t)
    const person = await a.signIn('Anna')
    const there = await connectAt(person, b)
    await there.open('lobby')
    await person.signOut()
    expect((await there.closed).code).toBe(closeCodes.signedOut)
    const page = await fetch(`${b.url}/api/me`, { headers: { cookie: cookieAt(person, b) } })
    expect(page.status).toBe(401)
  })
  it('end on both with a kick, before anything else arrives', async (t) => {
    const [a, b] = await services.start(t)
    const owner = await (await a.signIn('Anna')).connect()
    const person = await b.signIn('Bo')
    const bo = await person.connect()
    await bo.open('lobby')
    await owner.open('lobby')
    const { room } = await owner.ask(
      { type: 'create', key: 'k', kind: 'private', name: 'Den', users: [person.user.id] } as never,
      'room',
    )
    await bo.nextWhere((frame) => frame.type === 'room' && frame.room === room)
    await owner.open(room)
    await bo.open(room)
    await owner.say(room, 'heard')
    expect((await bo.next('chat')).data).toBe('heard')
    await owner.ask({ type: 'kick', key: 'k2', room, user: person.user.id } as never, 'done')
    await owner.say(room, 'not heard')
    expect(await bo.next('room')).toMatchObject({ room, gone: true })
    await bo.settle()
    expect(heardBy(bo)).not.toContain('not heard')
  })
})

describe('the health of nodes', () => {
  it('is fine while all goes well', async (t) => {
    const [a] = await services.start(t)
    expect(await healthOf(a)).toEqual({ status: 200, body: { status: 'ok' } })
  })
})

describe('presence on two nodes', () => {
  it('is one list: users come and go once, wherever they are, and on both at the same time', async (t) => {
    const [a, b] = await services.start(t)
    const anna = await a.signIn('Anna')
    const bo = await b.signIn('Bo')
    const watcher = await anna.connect()
    expect(await watcher.open('lobby')).toMatchObject({ list: [anna.user], online: 1 })
    const there = await bo.connect()
    await there.open('lobby')
    expect(await watcher.next('join')).toMatchObject({ user: bo.user, online: 2 })
    const both = await (await b.signIn('Cai')).connect()
    await waitUntil(async () => (await both.open('lobby')).online === 3)
    // On the other node too: that is no second join, and leaving one of them is not leaving.
    const here = await connectAt(bo, a)
    expect((await here.open('lobby')).online).toBe(3)
    await there.close()
    await both.close()
    expect(await watcher.next('left')).toMatchObject({ user: { name: 'Cai' }, online: 2 })
    await here.close()
    expect(await watcher.next('left')).toMatchObject({ user: bo.user, online: 1 })
    const seen = watcher.received.filter(
      ({ type, user }) => /join|left/.test(type) && (user as { id: number }).id === bo.user.id,
    )
    expect(seen.map(({ type }) => type)).toEqual(['join', 'left'])
  })
  it('ends with a node that stops', async (t) => {
    const [a, b] = await services.start(t)
    const watcher = await (await a.signIn('Anna')).connect()
    await watcher.open('lobby')
    const bo = await b.signIn('Bo')
    await (await bo.connect()).open('lobby')
    await watcher.next('join')
    await b.stop()
    expect(await watcher.next('left')).toMatchObject({ user: bo.user, online: 1 })
  })
  it('shows who is writing on the other node, and marks what the user has read there', async (t) => {
    const [a, b] = await services.start(t)
    const person = await a.signIn('Anna')
    const bo = await (await b.signIn('Bo')).connect()
    const [here, there] = [await person.connect(), await connectAt(person, b)]
    await Promise.all([here.open('lobby'), there.open('lobby'), bo.open('lobby')])
    bo.send({ type: 'typing', room: 'lobby' })
    expect(await here.next('typing')).toMatchObject({ user: { name: 'Bo' } })
    const id = await bo.say('lobby', 'hello')
    await there.next('chat')
    there.send({ type: 'read', room: 'lobby', id })
    expect(await here.next('read')).toMatchObject({ room: 'lobby', id })
  })
})
