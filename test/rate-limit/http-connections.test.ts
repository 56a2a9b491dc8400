import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { LongBodies } from '../../src/server/http/files/long-bodies.ts'
import { createHttpServer } from '../../src/server/http/server.ts'
import { HttpConnections } from '../../src/server/rate-limit/http-connections.ts'
import { upgradeRequest } from '../attack/socket/raw-connection.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

const limits = { total: 20, network: 12 }
const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

/** The bare server with small limits. Each address of 127.0.0.0/8 is a network of its own. */
async function serve(t: Cleanup, handle: RequestListener = (_request, response) => response.end('tea'), proxy = '') {
  const closed: [cause: string, address: string | undefined][] = []
  const connections = new HttpConnections(limits, (...one) => closed.push(one))
  const isProxy = (address: string) => address === proxy
  const server = createHttpServer(handle, {
    maxConnections: 10,
    connections,
    isProxy,
    longBodies: new LongBodies(),
  }).listen(0, '127.0.0.1')
  t.onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { connections, closed, port, visit: (address: string) => visit(t, port, address) }
}

/** A connection on which the first answer, if there is one, has come. It stays open. */
async function visit(t: Cleanup, port: number, localAddress: string): Promise<Visit> {
  const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
  t.onTestFinished(() => void socket.destroy())
  const state = { socket, isClosed: false, answers: 0 }
  socket.on('close', () => {
    state.isClosed = true
  })
  socket.on('data', (bytes) => {
    state.answers += String(bytes).split('HTTP/1.1 200').length - 1
  })
  socket.write(request)
  await Promise.race([once(socket, 'data'), once(socket, 'close')])
  return state
}

interface Visit {
  socket: Socket
  isClosed: boolean
  answers: number
}

/** One after the other, so that it is known which is the oldest. */
async function visits(visit: (address: string) => Promise<Visit>, address: string, count: number): Promise<Visit[]> {
  const all: Visit[] = []
  while (all.length < count) all.push(await visit(address))
  return all
}

const openOf = (all: readonly Visit[]) => all.map(({ isClosed }) => !isClosed)
const ask = async (one: Visit) => {
  one.socket.write(request)
  await Promise.race([once(one.socket, 'data'), once(one.socket, 'close')])
}

describe('closing a connection for its limit', () => {
  it('is logged with the cause and its address (operation 4)', async (t) => {
    const { visit, closed } = await serve(t)
    await visits(visit, '127.0.0.2', 12)
    await visits(visit, '127.0.0.3', 8)
    expect(closed).toEqual([])
    await visit('127.0.0.4')
    expect(closed).toEqual([['made-room', '127.0.0.2']])
  })
  it('is logged when no other connection can be closed instead (operation 4)', async (t) => {
    const { port, visit, connections, closed } = await serve(t, () => {})
    const busy = Array.from({ length: 12 }, () => connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }))
    for (const socket of busy) {
      t.onTestFinished(() => void socket.destroy())
      socket.on('error', () => {}).write(request)
    }
    await vi.waitFor(() => expect(connections.size).toBe(12), { timeout: 100_000 })
    // Their requests have arrived: an idle connection would be closed first.
    await vi.waitFor(() => expect(connections.idle).toBe(0), { timeout: 100_000 })
    expect(await visit('127.0.0.2')).toMatchObject({ answers: 0 })
    expect(closed).toEqual([['network-full', '127.0.0.2']])
  })
})

describe('idle connections (SECURITY-REVIEW 18)', () => {
  it('of a network are closed for its own new ones, the longest idle first', async (t) => {
    const { visit } = await serve(t)
    const all = await visits(visit, '127.0.0.2', 12)
    // The first one is used again, and so is not the oldest any more.
    await ask(all[0] as Visit)
    const newcomer = await visit('127.0.0.2')
    expect(newcomer).toMatchObject({ answers: 1, isClosed: false })
    await vi.waitFor(() => expect(openOf(all)).toEqual([true, false, ...Array(10).fill(true)]), { timeout: 100_000 })
  })
  it('of the largest network are closed for new ones of others', async (t) => {
    const { visit, connections } = await serve(t)
    const few = await visits(visit, '127.0.0.3', 8)
    const many = await visits(visit, '127.0.0.2', 12)
    expect(connections.size).toBe(limits.total)
    const newcomers = [...(await visits(visit, '127.0.0.4', 3)), ...(await visits(visit, '127.0.0.5', 1))]
    expect(newcomers.map(({ answers }) => answers)).toEqual([1, 1, 1, 1])
    await vi.waitFor(() => expect(openOf(many)).toEqual([...Array(4).fill(false), ...Array(8).fill(true)]), {
      timeout: 100_000,
    })
    expect(openOf(few)).toEqual(Array(8).fill(true))
    expect(openOf(newcomers)).toEqual(Array(4).fill(true))
    expect(connections.size).toBe(limits.total)
  })
  it('include those with an incomplete request head', async (t) => {
    const { port, visit, connections } = await serve(t)
    const slow = Array.from({ length: 12 }, () => connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }))
    for (const socket of slow) t.onTestFinished(() => void socket.destroy())
    await Promise.all(
      slow.map((socket) =>
        once(
          socket.on('error', () => {}),
          'connect',
        ),
      ),
    )
    for (const socket of slow) socket.write('GET / HTTP/1.1\r\nX: ')
    await vi.waitFor(() => expect(connections.size).toBe(12), { timeout: 100_000 })
    await visits(visit, '127.0.0.3', 8)
    expect((await visit('127.0.0.4')).answers).toBe(1)
    expect(connections.size).toBe(limits.total)
  })
  it('are forgotten when they close, as is a network without any', async (t) => {
    const { visit, connections } = await serve(t)
    for (const { socket } of await visits(visit, '127.0.0.2', 5)) socket.destroy()
    await vi.waitFor(() => expect(connections.size).toBe(0), { timeout: 100_000 })
  })
})

describe('connections with a request in progress (SECURITY-REVIEW 18)', () => {
  const never: RequestListener = (_request, response) => response.write('not yet')

  it('are not closed for a new one of their network, which is refused', async (t) => {
    const { visit } = await serve(t, never)
    const all = await visits(visit, '127.0.0.2', 12)
    expect((await visit('127.0.0.2')).isClosed).toBe(true)
    expect((await visit('127.0.0.3')).answers).toBe(1)
    expect(openOf(all)).toEqual(Array(12).fill(true))
  })
  it('are closed for one of a smaller network when none is idle', async (t) => {
    const { visit } = await serve(t, never)
    const few = await visits(visit, '127.0.0.3', 8)
    const many = await visits(visit, '127.0.0.2', 12)
    expect((await visit('127.0.0.4')).answers).toBe(1)
    await vi.waitFor(() => expect(openOf(many)).toEqual([false, ...Array(11).fill(true)]), { timeout: 100_000 })
    // The others have as many as they would get.
    expect(openOf(few)).toEqual(Array(8).fill(true))
  })
})

describe('connections', () => {
  it('of a trusted proxy are not counted, since all clients share its address (SECURITY-REVIEW 18)', async (t) => {
    const { visit, connections } = await serve(t, undefined, '127.0.0.2')
    const all = await visits(visit, '127.0.0.2', limits.total + 5)
    expect(openOf(all)).toEqual(Array(limits.total + 5).fill(true))
    expect(connections.size).toBe(0)
  })
  it('that became WebSockets are not counted (SECURITY-REVIEW 18)', async (t) => {
    const remove = vi.spyOn(HttpConnections.prototype, 'remove')
    t.onTestFinished(() => remove.mockRestore())
    const server = await startServer(t)
    const socket = connect(server.port, '127.0.0.1')
    t.onTestFinished(() => void socket.destroy())
    socket.write(upgradeRequest())
    const [head] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1.1 101 /)
    const [connections] = remove.mock.contexts as HttpConnections[]
    expect(connections?.size).toBe(0)
  })
})
