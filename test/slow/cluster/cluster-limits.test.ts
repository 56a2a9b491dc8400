/** Limits that hold over three nodes. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { closeCodes } from '../../../src/shared/protocol/close-codes.ts'
import { limits } from '../../../src/shared/protocol/limits.ts'
import { cluster, connectAt, healthOf, waitUntil } from '../../cluster/nodes.ts'
import type { ChatClient } from '../../support/clients/client.ts'
import type { Person, TestServer } from '../../support/server/server.ts'

const services = cluster()

async function startNodes(t: Parameters<typeof services.startMany>[0]) {
  return (await services.startMany(t, 3)) as [TestServer, TestServer, TestServer]
}

/** @returns how many of so many connections stay open */
async function openMany(person: Person, server: TestServer, count: number): Promise<ChatClient[]> {
  const open: ChatClient[] = []
  for (let tried = 0; tried < count; ) {
    const client = await connectAt(person, server)
    const code = await Promise.race([
      client.next('welcome').then(() => undefined),
      client.closed.then(({ code }) => code),
    ])
    // A node that cannot keep up asks a client to come back.
    if (code === closeCodes.restart) continue
    tried++
    if (code === undefined) open.push(client)
    else expect(code).toBe(closeCodes.tooManyConnections)
  }
  return open
}

/** @returns how many of so many messages are stored */
async function writeMany(client: ChatClient, count: number): Promise<number> {
  let stored = 0
  for (let i = 0; i < count; i++) {
    const key = `${Math.random()}`
    client.send({ type: 'chat', room: 'lobby', key, data: 'hello' })
    const answer = await client.nextWhere((frame) => frame.key === key && /^(sent|error)$/.test(frame.type))
    if (answer.type === 'sent') stored++
    else expect(answer.code).toBe('too-fast')
  }
  return stored
}

async function guess({ url }: TestServer, name: string): Promise<number> {
  const body = new URLSearchParams({ name, password: `wrong ${Math.random()}` })
  return (await fetch(`${url}/signin`, { method: 'POST', headers: { accept: 'application/json' }, body })).status
}

describe('limits over three nodes', () => {
  it('connections of a user count together', async (t) => {
    const [a, b, c] = await startNodes(t)
    const anna = await a.signIn('Anna')
    const maxConnections = limits.maxConnectionsPerUser
    const here = await openMany(anna, a, maxConnections - 5)
    expect(here).toHaveLength(maxConnections - 5)
    expect(await openMany(anna, b, 5)).toHaveLength(5)
    // Until a node has heard of the others it may let one more in.
    const beyond: ChatClient[] = []
    const isFull = async (server: TestServer) => {
      const more = await openMany(anna, server, 1)
      beyond.push(...more)
      return more.length === 0
    }
    for (const server of [a, b, c]) await waitUntil(() => isFull(server))
    expect(beyond.length).toBeLessThanOrEqual(3)
    for (const client of [...beyond, here[0]]) await client?.close()
    await waitUntil(async () => (await openMany(anna, c, 1)).length === 1)
    const bo = await c.signIn('Bo')
    expect(await openMany(bo, a, 1)).toHaveLength(1)
  })
  it('messages of a user in a room count together', async (t) => {
    const [a, b, c] = await startNodes(t)
    const anna = await a.signIn('Anna')
    const clients = await Promise.all([a, b, c].map((server) => connectAt(anna, server)))
    for (const client of clients) await client.open('lobby')
    const began = performance.now()
    let stored = 0
    for (let i = 0; i < 4; i++) for (const client of clients) stored += await writeMany(client, 5)
    const seconds = (performance.now() - began) / 1_000
    expect(stored).toBeGreaterThanOrEqual(10)
    // 10 at once and 2 a second, and what a node took before it had heard of the others.
    expect(stored).toBeLessThanOrEqual(10 + 2 * seconds + 3)
  })
  it('guesses of a password count together', async (t) => {
    const [a, b, c] = await startNodes(t)
    const statuses: number[] = []
    for (const server of [a, b, c, a, b, c, a, b, c]) statuses.push(await guess(server, 'Nobody'))
    const guessed = statuses.filter((status) => status === 403).length
    expect(guessed).toBeGreaterThanOrEqual(5)
    expect(guessed).toBeLessThanOrEqual(7)
    expect(statuses.at(-1)).toBe(429)
  })
  it('without Redis each node alone allows a part of them, and messages do not wait', async (t) => {
    const [a, b, c] = await startNodes(t)
    const anna = await a.signIn('Anna')
    const bo = await a.signIn('Bo')
    const client = await connectAt(bo, a)
    await client.open('lobby')
    // Every node has heard of every other one.
    for (const server of [b, c]) await waitUntil(async () => (await openMany(anna, server, 1)).length === 1)
    await services.redis.kill()
    onTestFinished(async () => {
      await services.redis.kill()
      await services.redis.start()
    })
    await waitUntil(async () => (await healthOf(a)).body.status === 'degraded')
    expect(await openMany(anna, a, 10)).toHaveLength(Math.floor(limits.maxConnectionsPerUser / 3))
    const began = performance.now()
    const stored = await writeMany(client, 10)
    const seconds = (performance.now() - began) / 1_000
    expect(stored).toBeGreaterThanOrEqual(3)
    expect(stored).toBeLessThanOrEqual(3 + seconds)
  })
})
