/** A fault of ours while something of a client's is handled: it ends that client's connection, is logged, and the server goes on. */
import { describe, expect, it, vi } from 'vitest'
import { ChatConnection } from '../../src/server/chat/connection.ts'
import { createLog } from '../../src/server/log.ts'
import { Attachments } from '../../src/server/transports/socket-io/attachments.ts'
import { SocketIoConnection } from '../../src/server/transports/socket-io/socket-io-connection.ts'
import { join } from '../support/clients/chat-clients.ts'
import { talker, transports } from '../support/clients/socket-io-client.ts'
import { openStream } from '../support/clients/stream-client.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

const fault = new Error('a fault that a test has made')

/** An error that nobody catches would fail the whole file. */
async function serverWithLog(t: Cleanup) {
  const logged: string[] = []
  const log = createLog('info', { dropped: 0, write: (line) => logged.push(line), flush: async () => {} })
  const server = await startServer(t, {}, log)
  const failures = () => logged.filter((line) => line.includes('"connection-failed"') && line.includes(fault.message))
  return { server, failures }
}

function throwOnce(t: Cleanup, spy: { mockImplementationOnce(work: () => never): unknown; mockRestore(): void }) {
  spy.mockImplementationOnce(() => {
    throw fault
  })
  t.onTestFinished(() => void spy.mockRestore())
}

describe.for(transports)('a client of Socket.IO over %s', (transport) => {
  it.for([
    ['the packet', () => vi.spyOn(Attachments.prototype, 'take')],
    ['the event', () => vi.spyOn(SocketIoConnection.prototype, 'receive')],
  ] as const)('loses its connection when a listener of %s throws', async ([, spyOn], t) => {
    const { server, failures } = await serverWithLog(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const client = await talker(t, server, anna, { transports: [transport], reconnection: false })
    const other = await talker(t, server, bo, { transports: [transport] })
    throwOnce(t, spyOn() as never)
    client.socket.emit('talk', 'one')
    expect(await client.next('close')).toEqual({ code: 1011, reason: 'Internal error' })
    await client.next('disconnect')
    expect(failures()).toHaveLength(1)
    // The others, and whoever comes back, are served.
    expect(await other.ask('talk', 'two')).toMatchObject({ type: 'sent' })
    const again = await talker(t, server, anna, { transports: [transport] })
    expect(await again.ask('talk', 'three')).toMatchObject({ type: 'sent' })
  })

  it('does not end the server when what follows its end fails', async (t) => {
    const { server, failures } = await serverWithLog(t)
    const client = await talker(t, server, await server.signIn('Anna'), { transports: [transport] })
    const ended = vi.spyOn(SocketIoConnection.prototype, 'ended').mockRejectedValueOnce(fault)
    t.onTestFinished(() => void ended.mockRestore())
    client.socket.disconnect()
    await vi.waitFor(() => expect(failures()).toHaveLength(1), 10_000)
    const bo = await join(server, 'Bo')
    await bo.say('lobby', 'still here')
  })
})

describe('a WebSocket', () => {
  it('is closed when a listener of its messages throws', async (t) => {
    const { server, failures } = await serverWithLog(t)
    const [anna, bo] = [await join(server, 'Anna'), await join(server, 'Bo')]
    throwOnce(t, vi.spyOn(ChatConnection.prototype, 'receive') as never)
    anna.send({ type: 'ping' })
    expect(await anna.closed).toEqual({ code: 1011, reason: 'Internal error' })
    expect(failures()).toHaveLength(1)
    await bo.say('lobby', 'still here')
  })

  it('does not end the server when what follows its end fails', async (t) => {
    const { server, failures } = await serverWithLog(t)
    const [anna, bo] = [await join(server, 'Anna'), await join(server, 'Bo')]
    const ended = vi.spyOn(ChatConnection.prototype, 'ended').mockRejectedValueOnce(fault)
    t.onTestFinished(() => void ended.mockRestore())
    await anna.close()
    await vi.waitFor(() => expect(failures()).toHaveLength(1), 10_000)
    await bo.say('lobby', 'still here')
  })
})

describe('an event stream', () => {
  it('is closed when its heartbeat throws', async (t) => {
    const { server, failures } = await serverWithLog(t)
    const anna = await server.signIn('Anna')
    const { EventStream, heartbeatMs } = await import('../../src/server/transports/stream/event-stream.ts')
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    t.onTestFinished(() => void vi.useRealTimers())
    const stream = await openStream(t, server, anna, 'room=lobby:')
    await stream.next('list')
    throwOnce(t, vi.spyOn(EventStream.prototype, 'beat') as never)
    vi.advanceTimersByTime(heartbeatMs)
    await stream.ended
    expect(stream.received.at(-1)).toMatchObject({ event: 'closed', frame: { code: 1011 } })
    expect(failures()).toHaveLength(1)
  })
})
