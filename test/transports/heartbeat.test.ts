import { once } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { heartbeatMs } from '../../src/shared/protocol/limits.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { startServer } from '../support/server/server.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('heartbeat › keeps a connection that answers pings, however quiet it is', async (t) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const server = await startServer(t)
  const chat = await (await server.signIn('Anna')).connect()
  let pings = 0
  const pinged = new Promise<void>((resolve) => chat.socket.on('ping', () => ++pings === 5 && resolve()))
  for (let i = 1; i <= 5; i++) {
    vi.advanceTimersByTime(heartbeatMs)
    await chat.settle()
  }
  await pinged
  await chat.open('lobby')
})

it('heartbeat › closes a connection that leaves two pings unanswered', async (t) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const server = await startServer(t)
  const chat = await (await server.signIn('Anna')).connect()
  await chat.open('lobby')
  chat.socket.pong = () => {}
  vi.advanceTimersByTime(3 * heartbeatMs)
  expect(await chat.closed).toEqual({ code: 4108, reason: 'No answer' })
})

it('heartbeat › accepts any frame as a sign of life', async (t) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const server = await startServer(t)
  const chat = await (await server.signIn('Anna')).connect()
  chat.socket.pong = () => {}
  for (let i = 0; i < 5; i++) {
    vi.advanceTimersByTime(2 * heartbeatMs)
    await chat.settle()
  }
  await chat.open('lobby')
})

it('heartbeat › answers pings with their payload, and accepts unsolicited pongs', async (t) => {
  const server = await startServer(t)
  const chat = await (await server.signIn('Anna')).connect()
  const answered = once(chat.socket, 'pong')
  chat.socket.pong('nobody asked')
  chat.socket.ping('are you there?')
  expect(`${(await answered)[0]}`).toBe('are you there?')
  await chat.settle()
})

it.for(['ping', 'pong'] as const)(
  'heartbeat › closes a connection that floods the server with %ss, and no other',
  async (type, t) => {
    const server = await startServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const [flooding, other] = [await anna.connect(), await bo.connect()]
    for (let i = 0; i < 1000; i++) flooding.socket[type]()
    expect(await flooding.closed).toEqual({ code: closeCodes.flood, reason: 'Too many frames' })
    await other.settle()
  },
)

it('heartbeat › closes a connection that stopped reading; after a reconnect the user has missed nothing', async (t) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const writer = await (await server.signIn('Anna')).connect()
  const bo = await server.signIn('Bo')
  const stuck = await bo.connect()
  await writer.open('lobby')
  await stuck.open('lobby')
  stuck.socket.pause()
  const last = await fill(writer)
  for (let i = 0; i < 4; i++) {
    vi.advanceTimersByTime(heartbeatMs)
    await writer.settle()
  }
  if (!writer.received.some(({ type }) => type === 'left')) await writer.next('left')
  const back = await bo.connect()
  const ids: number[] = []
  for (let more = true; more; ) {
    const opened = await back.open('lobby', { after: ids.length, limit: 500 })
    ids.push(...(opened.entries ?? []).map(({ id }) => id))
    more = opened.more
  }
  expect(ids).toEqual(Array.from({ length: last }, (_, i) => i + 1))
})

/** Writes more than the buffers between two sockets can hold. @returns the last id */
async function fill(writer: ChatClient): Promise<number> {
  const data = '茶'.repeat(4000)
  let last = 0
  for (let i = 0; i < 1000; i += 100) {
    for (let j = 1; j <= 100; j++) writer.send({ type: 'chat', room: 'lobby', key: `fill ${i + j}`, data })
    last = i + 100
    await writer.nextWhere(({ type, id }) => type === 'chat' && id === last)
  }
  return last
}
