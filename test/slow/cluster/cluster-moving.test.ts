/** Clients that move to a node which has not heard yet what they know. */
import { describe, expect, it } from 'vitest'
import { cluster, connectAt, cookieAt } from '../../cluster/nodes.ts'
import { RedisProxy } from '../../proof/cluster/redis-proxy.ts'
import { openStream } from '../../support/clients/stream-client.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

const services = cluster()

/** Two nodes, of which the second hears nothing of the first. */
async function start(t: Cleanup) {
  const url = services.postgres.newDatabase()
  await services.postgres.create(url)
  const proxy = await RedisProxy.start(services.redis.port)
  t.onTestFinished(() => proxy[Symbol.asyncDispose]())
  const a = await startServer(t, { DATABASE_URL: url, REDIS_URL: services.redis.url })
  const b = await startServer(t, { DATABASE_URL: url, REDIS_URL: proxy.url })
  proxy.deafen()
  return { a, b }
}

describe('client that moves to a node that is behind', () => {
  it('goes on after the entry that they have, and is not told to begin anew', async (t) => {
    const { a, b } = await start(t)
    const watcher = await (await b.signIn('Bo')).connect()
    await watcher.open('lobby')
    const person = await a.signIn('Anna')
    const anna = await person.connect()
    const { epoch } = await anna.open('lobby')
    const there = await connectAt(person, b)
    // By chance the node may just have compared the heads.
    let wasBehind = false
    let last = 0
    while (!wasBehind) {
      last = await anna.say('lobby', 'one')
      wasBehind = !watcher.received.some(({ type, id }) => type === 'chat' && id === last)
      expect(await there.open('lobby', { after: last, epoch })).toMatchObject({ reset: false, last, entries: [] })
    }
    await there.say('lobby', 'two')
    const heard = await there.nextWhere((frame) => frame.type === 'chat')
    expect(heard).toMatchObject({ data: 'two', id: last + 1 })
  })
  it('goes on with an event stream too', async (t) => {
    const { a, b } = await start(t)
    const watcher = await (await b.signIn('Bo')).connect()
    await watcher.open('lobby')
    const person = await a.signIn('Anna')
    const anna = await person.connect()
    await anna.open('lobby')
    await anna.say('lobby', 'one')
    const { id: last } = await anna.nextWhere((frame) => frame.type === 'chat' && frame.data === 'one')
    const stream = await openStream(t, b, { cookie: cookieAt(person, b) }, `room=lobby:${last}`)
    await anna.say('lobby', 'two')
    const { frame } = await stream.next('chat')
    expect(frame).toMatchObject({ data: 'two', id: Number(last) + 1 })
    expect(stream.received.map(({ frame }) => frame.type)).not.toContain('reset')
  })
  it('begins anew when they claim an entry that no node has', async (t) => {
    const { a, b } = await start(t)
    const person = await a.signIn('Anna')
    const anna = await person.connect()
    const { epoch } = await anna.open('lobby')
    const there = await connectAt(person, b)
    expect(await there.open('lobby', { after: 1_000, epoch })).toMatchObject({ reset: true })
  })
})
