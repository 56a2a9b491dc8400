/** What nodes do while a service that they share is away. Each test ends the services, so they have a file of their own. */
import { Client } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writerLock } from '../../src/server/store/postgres/batch.ts'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { startServer, type TestServer } from '../support/server/server.ts'
import { ServiceProxy } from '../support/services/service-proxy.ts'
import { cluster, connectAt, healthOf, heardBy, waitUntil } from './nodes.ts'

const services = cluster()

describe('without Redis', () => {
  async function withoutRedis() {
    await services.redis.kill()
    onTestFinished(async () => {
      // For the next test, whatever has failed here.
      await services.redis.kill()
      await services.redis.start()
    })
  }

  it('nodes go on, hear each other late and say so, and recover by themselves', async (t) => {
    const [a, b] = await services.start(t)
    const anna = await (await a.signIn('Anna')).connect()
    const bo = await (await b.signIn('Bo')).connect()
    await Promise.all([anna.open('lobby'), bo.open('lobby')])
    await withoutRedis()
    await waitUntil(async () => (await healthOf(a)).body.status === 'degraded')
    const { status, body } = await healthOf(b)
    expect(status).toBe(200)
    expect(body.reason).toMatch(/^other nodes are heard late: ./)
    await anna.say('lobby', 'without')
    expect((await bo.next('chat')).data).toBe('without')
    await services.redis.start()
    await waitUntil(async () => (await healthOf(a)).body.status === 'ok' && (await healthOf(b)).body.status === 'ok')
    await anna.say('lobby', 'with')
    expect((await bo.next('chat')).data).toBe('with')
    expect(heardBy(bo)).toEqual(['without', 'with'])
  })
  it('a session that ends on one node ends on the other', async (t) => {
    const [a, b] = await services.start(t)
    const person = await a.signIn('Anna')
    const there = await connectAt(person, b)
    await there.open('lobby')
    await withoutRedis()
    await person.signOut()
    expect((await there.closed).code).toBe(closeCodes.signedOut)
  })
  it('who is removed from a room on one node gets nothing more of it on the other', async (t) => {
    const [a, b] = await services.start(t)
    const owner = await (await a.signIn('Anna')).connect()
    const person = await b.signIn('Bo')
    const bo = await person.connect()
    await bo.open('lobby')
    await owner.open('lobby')
    const create = { type: 'create', key: 'k', kind: 'private', name: 'Den', users: [person.user.id] }
    const { room } = await owner.ask(create as never, 'room')
    await bo.nextWhere((frame) => frame.type === 'room' && frame.room === room)
    await owner.open(room)
    await bo.open(room)
    await withoutRedis()
    await owner.ask({ type: 'kick', key: 'k2', room, user: person.user.id } as never, 'done')
    expect(await bo.next('room')).toMatchObject({ room, gone: true })
    await owner.say(room, 'not heard')
    bo.send({ type: 'chat', room, key: 'late', data: 'late' })
    expect(await bo.next('error')).toMatchObject({ code: 'not-in-room' })
    expect(heardBy(bo)).not.toContain('not heard')
  })
})

describe('when the connections to Redis go silent without being closed', () => {
  it('a node notices it, hears the others late and says so, and recovers by itself', async (t) => {
    const proxy = await ServiceProxy.start(t, { host: '127.0.0.1', port: services.redis.port })
    const database = services.postgres.newDatabase()
    await services.postgres.create(database)
    const start = (redis: string) => startServer(t, { DATABASE_URL: database, REDIS_URL: redis })
    const [a, b] = [await start(services.redis.url), await start(`redis://127.0.0.1:${proxy.port}`)]
    const anna = await (await a.signIn('Anna')).connect()
    const bo = await (await b.signIn('Bo')).connect()
    await Promise.all([anna.open('lobby'), bo.open('lobby')])
    const { opened } = proxy
    expect(opened).toBeGreaterThan(0)
    expect((await healthOf(b)).body).toEqual({ status: 'ok' })
    proxy.silence()
    await waitUntil(async () => (await healthOf(b)).body.status === 'degraded')
    const { status, body } = await healthOf(b)
    expect(status).toBe(200)
    expect(body.reason).toMatch(/^other nodes are heard late: .*(nothing is heard through Redis|it does not answer)/)
    expect((await healthOf(a)).body).toEqual({ status: 'ok' })
    await anna.say('lobby', 'to the silent one')
    expect((await bo.next('chat')).data).toBe('to the silent one')
    await bo.say('lobby', 'from the silent one')
    await waitUntil(() => heardBy(anna).includes('from the silent one'))
    // It connects to what accepts connections and says nothing: that is given up too.
    await waitUntil(() => proxy.opened > opened)
    proxy.restore()
    await waitUntil(async () => (await healthOf(b)).body.status === 'ok')
    await anna.say('lobby', 'heard again')
    await waitUntil(() => heardBy(bo).includes('heard again'))
    expect(heardBy(bo)).toEqual(['to the silent one', 'from the silent one', 'heard again'])
  })
})

describe('when a connection to PostgreSQL ends', () => {
  it('what was sent behind a message that is refused is refused too, so that messages keep their order', async (t) => {
    const [node] = (await services.startMany(t, 1, { RATE_LIMITS: 'off' })) as [TestServer]
    const anna = await (await node.signIn('Anna')).connect()
    await anna.open('lobby')
    await anna.open('tea')
    const admin = new Client({ connectionString: services.urlOf(node) })
    await admin.connect()
    t.onTestFinished(() => admin.end())
    await admin.query('select pg_advisory_lock($1)', [writerLock])
    const keys = ['first', 'second', 'third']
    const send = () => keys.forEach((key) => void anna.send({ type: 'chat', room: 'lobby', key, data: key }))
    send()
    anna.send({ type: 'chat', room: 'tea', key: 'elsewhere', data: 'elsewhere' })
    const answersTo = (key: string) => anna.received.filter((frame) => frame.key === key && frame.type !== 'chat')
    await waitUntil(async () => {
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'`,
      )
      return answersTo('first').length
    })
    await admin.query('select pg_advisory_unlock($1)', [writerLock])
    await waitUntil(() => answersTo('elsewhere').length)
    for (const key of keys) expect(answersTo(key)).toMatchObject([{ type: 'error', code: 'unavailable' }])
    send()
    await waitUntil(() => answersTo('third').length === 2)
    for (const key of keys) expect(answersTo(key)[1]).toMatchObject({ type: 'sent' })
    expect(heardBy(anna).filter((text) => text !== 'elsewhere')).toEqual(keys)
  })
})

describe('when PostgreSQL is restarted', () => {
  it.for(['SIGINT', 'SIGQUIT'] as const)(
    'with %s nothing that was acknowledged is lost, and nothing is doubled',
    async (signal, t) => {
      const [a, b] = await services.start(t, { RATE_LIMITS: 'off' })
      const anna = await (await a.signIn('Anna')).connect()
      const bo = await (await b.signIn('Bo')).connect()
      await Promise.all([anna.open('lobby'), bo.open('lobby')])
      const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`)
      const stored = new Set<string>()
      anna.socket.on('message', (text) => {
        const frame = JSON.parse(String(text))
        if (frame.type === 'sent') stored.add(frame.key)
      })
      const send = () => {
        for (const key of keys) if (!stored.has(key)) anna.send({ type: 'chat', room: 'lobby', key, data: key })
      }
      send()
      await waitUntil(() => stored.size > 0)
      await services.postgres.end(signal)
      await waitUntil(async () => (await healthOf(a)).status === 503)
      await services.postgres.startAgain()
      await waitUntil(async () => {
        send()
        await anna.settle()
        return stored.size === keys.length
      })
      await waitUntil(() => heardBy(bo).length >= keys.length)
      expect(heardBy(bo).toSorted()).toEqual(keys.toSorted())
      await waitUntil(async () => (await healthOf(a)).status === 200 && (await healthOf(b)).status === 200)
    },
  )
})
