import { afterEach, expect, it, vi } from 'vitest'
import { heartbeatMs } from '../../src/shared/protocol.ts'
import { startServer } from '../support/server.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('keeps a connection that answers pings, however quiet it is', async (t) => {
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

it('closes a connection that leaves two pings unanswered', async (t) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const server = await startServer(t)
  const anna = await server.signIn('Anna')
  const chat = await anna.connect({ headers: {} })
  // A peer that is gone answers nothing; this one only keeps quiet about pings.
  chat.socket.pong = () => {}
  await chat.open('lobby')
  vi.advanceTimersByTime(2 * heartbeatMs)
  await chat.settle()
  vi.advanceTimersByTime(heartbeatMs)
  expect(await chat.closed).toEqual({ code: 4108, reason: 'No answer' })
})
