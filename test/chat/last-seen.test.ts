/** When the server notes that users were here, and whom it tells. */
import { describe, expect, it, vi } from 'vitest'
import type { Session } from '../../src/server/auth/sessions.ts'
import type { Hub } from '../../src/server/chat/hub.ts'
import { LastSeen } from '../../src/server/chat/last-seen.ts'
import type { Store } from '../../src/server/store/store.ts'
import { ServerProcess } from '../proof/server.ts'
import { connect } from '../support/clients/client.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { identityOf } from '../support/server/server.ts'

const second = 1_000

const sessionOf = (id: number, isVerified = true) => ({ user: { id }, isVerified }) as Session

function open() {
  vi.useFakeTimers({ now: 1_000_000 })
  const connected = new Set<number>()
  const writes: [readonly number[], number][] = []
  const noteSeen = async (ids: readonly number[], at: number) => void writes.push([ids, at])
  const sessions = () => [...connected].map((id) => sessionOf(id))
  const hub = { connections: { hasVerified: (id: number) => connected.has(id), sessions } }
  const { log, lines } = recordedLog()
  const store = { accounts: { noteSeen } }
  const lastSeen = new LastSeen({ store: store as unknown as Store, hub: hub as unknown as Hub, log })
  return { connected, writes, store, lastSeen, lines }
}

describe('last seen', () => {
  it('is noted a second after the last connection of a user has closed, in one write for all of that second', async (t) => {
    t.onTestFinished(() => void vi.useRealTimers())
    const { connected, writes, lastSeen } = open()
    connected.add(3)
    for (const id of [1, 2, 3]) lastSeen.closed(sessionOf(id))
    lastSeen.closed(sessionOf(1))
    await vi.advanceTimersByTimeAsync(second)
    expect(writes).toEqual([[[1, 2], 1_001_000]])
    await vi.advanceTimersByTimeAsync(60 * second)
    expect(writes).toHaveLength(1)
  })
  it('is not noted of sessions that are not verified', async (t) => {
    t.onTestFinished(() => void vi.useRealTimers())
    const { writes, lastSeen } = open()
    lastSeen.closed(sessionOf(1, false))
    await vi.advanceTimersByTimeAsync(2 * second)
    expect(writes).toEqual([])
  })
  it('costs no write when the user comes back at once', async (t) => {
    t.onTestFinished(() => void vi.useRealTimers())
    const { connected, writes, lastSeen } = open()
    lastSeen.closed(sessionOf(1))
    connected.add(1)
    await vi.advanceTimersByTimeAsync(second)
    expect(writes).toEqual([])
    connected.delete(1)
    lastSeen.closed(sessionOf(1))
    await vi.advanceTimersByTimeAsync(second)
    expect(writes).toHaveLength(1)
  })
  it('is noted of everybody who is connected, in writes of 500, and of all of them at the end', async (t) => {
    t.onTestFinished(() => void vi.useRealTimers())
    const { connected, writes, lastSeen } = open()
    for (let id = 1; id <= 1_200; id++) connected.add(id)
    await lastSeen.noteConnected()
    expect(writes.map(([ids]) => ids.length)).toEqual([500, 500, 200])
    writes.length = 0
    connected.clear()
    connected.add(7)
    lastSeen.closed(sessionOf(9))
    await lastSeen.finish()
    await vi.advanceTimersByTimeAsync(60 * second)
    expect(writes).toEqual([[[9, 7], 1_000_000]])
  })
  it('that cannot be noted is logged', async (t) => {
    t.onTestFinished(() => void vi.useRealTimers())
    const { connected, store, lastSeen, lines } = open()
    store.accounts.noteSeen = async () => {
      throw new Error('full')
    }
    connected.add(1)
    await lastSeen.noteConnected()
    expect(JSON.stringify(lines)).toContain('last-seen')
  })
  it('is known after the server was killed', async (t) => {
    const server = await ServerProcess.start()
    t.onTestFinished(() => server[Symbol.asyncDispose]())
    const enter = async (name: string) => {
      const body = new URLSearchParams({ name })
      const answer = await fetch(`${server.url}/signin`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body,
      })
      const cookie = identityOf(answer)
      return async () => {
        const chat = await connect(`${server.url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie })
        await chat.open('lobby')
        return chat
      }
    }
    const anna = await enter('Anna')
    const before = Date.now() - 60 * second
    await (await enter('Bo'))()
    await server.kill('SIGKILL')
    await server.start()
    const { data } = await (await anna()).ask({ type: 'members', room: 'lobby' }, 'members')
    expect(data.find(({ user }) => user.name === 'Bo')?.seenAt).toBeGreaterThan(before)
  })
})
