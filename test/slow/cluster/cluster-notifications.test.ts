/** Notifications of three nodes: one of them tells, once. */
import { expect, it } from 'vitest'
import { cluster } from '../../cluster/nodes.ts'
import { startServer } from '../../support/server/server.ts'
import { startPushService } from '../../support/services/push-service.ts'

const services = cluster()

it('notifications on three nodes › are pushed once by three nodes, taken away when they are read at another node, and go on when nodes stop', async (t) => {
  const service = await startPushService(t)
  const database = services.postgres.newDatabase()
  await services.postgres.create(database)
  const shared = {
    DATABASE_URL: database,
    REDIS_URL: services.redis.url,
    RATE_LIMITS: 'off',
    PUSH_HOSTS: service.host,
    // Of the proxy in front of them.
    PUBLIC_ORIGIN: 'http://127.0.0.1:3999',
  }
  const [a, b, c] = [await startServer(t, shared), await startServer(t, shared), await startServer(t, shared)]
  const [anna, bo] = [await a.signIn('Anna'), await b.signIn('Bo')]
  const at = (server: typeof a, { cookie }: typeof anna) => server.connect('/ws/chat', { protocol: 'chat.v1', cookie })
  const writer = await at(b, bo)
  await writer.open('lobby')
  const reader = await at(c, anna)
  await reader.open('lobby')
  const subscribed = await reader.ask(
    { type: 'push-subscribe', key: 'subscribe', ...service.newBrowser().subscription },
    'notifications',
  )
  expect(subscribed.subscriptions).toHaveLength(1)
  service.applicationKey = subscribed.push.key
  const id = await writer.say('lobby', 'one @Anna')
  expect((await service.next()).data).toMatchObject({ type: 'message', id, count: 1, text: 'one @Anna' })
  reader.send({ type: 'read', room: 'lobby', id })
  expect((await service.next()).data).toMatchObject({ type: 'clear', id })
  // Whichever of them has told so far.
  await a.stop()
  const second = await writer.say('lobby', 'two @Anna')
  expect((await service.next()).data).toMatchObject({ type: 'message', id: second })
  await c.stop()
  const third = await writer.say('lobby', 'three @Anna')
  expect((await service.next()).data).toMatchObject({ type: 'message', id: third, count: 2 })
  expect(service.received.map(({ data }) => data.type)).toEqual(['message', 'clear', 'message', 'message'])
  expect(service.faults).toEqual([])
})
