/** What is said when a service cannot be used. */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RedisBackplane } from '../../src/server/backplane/redis.ts'
import { RedisServer } from '../support/services/redis.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis?.kill())

it('a Redis that cannot be reached is named, without its password', async () => {
  const opening = RedisBackplane.open('redis://:s3cret@127.0.0.1:1', { channel: 'c' })
  await expect(opening).rejects.toThrow(/^REDIS_URL: cannot use Redis at 127\.0\.0\.1:1: .*ECONNREFUSED.*\.$/)
  await expect(opening).rejects.not.toThrow('s3cret')
})
it.for([
  ['is too old', 'redis_version:5.0.3', 'role:master', 'Redis 5.0.3 is too old: it has to be 6.2 or newer'],
  ['is a replica', 'redis_version:7.2.4', 'role:slave', 'the server is a replica: name the primary'],
])('a Redis that %s is refused', async ([, version, role, reason], t) => {
  // Answers every command of a client so.
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      for (const command of String(data).split(/(?=\*\d+\r\n\$)/)) {
        const text = /replication/i.test(command) ? `${role}\r\n` : `${version}\r\n`
        socket.write(
          /INFO/i.test(command)
            ? `$${text.length}\r\n${text}\r\n`
            : /HELLO/i.test(command)
              ? '%1\r\n+a\r\n+b\r\n'
              : '+OK\r\n',
        )
      }
    })
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  await expect(RedisBackplane.open(`redis://127.0.0.1:${port}`, { channel: 'c' })).rejects.toThrow(reason)
})
it('nodes of one channel hear each other, their own publications once and at once, and no other channel', async (t) => {
  const open = async (channel: string) => {
    const backplane = await RedisBackplane.open<string>(redis.url, { channel })
    t.onTestFinished(() => backplane.close())
    const heard: string[] = []
    backplane.subscribe((one) => heard.push(one))
    return { backplane, heard }
  }
  const [a, b, other] = [await open('one'), await open('one'), await open('other')]
  for (const text of ['1', '2', '3']) a.backplane.publish(text)
  expect(a.heard).toEqual(['1', '2', '3'])
  await expect.poll(() => b.heard).toEqual(['1', '2', '3'])
  b.backplane.publish('4')
  await expect.poll(() => a.heard).toEqual(['1', '2', '3', '4'])
  expect(other.heard).toEqual([])
})
