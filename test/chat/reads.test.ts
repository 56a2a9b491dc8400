/** What a hostile reader costs other users. */
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ChatConnection } from '../../src/server/chat/connection.ts'
import { RecentMemory, recentBytes } from '../../src/server/chat/recent-entries.ts'
import { pageCharacters } from '../../src/server/store/store.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { Visitor } from '../support/clients/visitor.ts'
import { fillRooms, longest } from '../support/server/long-room.ts'
import { tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'
import { startServer, temporaryFolder } from '../support/server/server.ts'
import { useThreads } from '../support/server/threads.ts'

beforeAll(useThreads)

const many = (length: number, prefix: string) => Array.from({ length }, (_, i) => `${prefix} ${i + 1}`)

/** The `too-fast` that are for what was read, and not for how often one asked. */
const refusals = ({ received }: ChatClient) =>
  received.filter(({ type, message }) => type === 'error' && message === 'You are reading too fast.')

/** Asks, and again after a while as long as it is only how often one asks that is refused. */
async function askAgain(chat: ChatClient, command: Record<string, unknown>): Promise<Record<string, unknown>> {
  for (;;) {
    chat.send(command)
    const answer = await chat.nextWhere(({ type }) => type === 'history' || type === 'error')
    if (answer.message !== 'Too many commands.') return answer
    await setTimeout(Number(answer.retryAfterMs))
  }
}

/** One connection alone is held back by how often it may ask: all of them go on. */
async function readUntil(isDone: () => boolean, chats: readonly ChatClient[]): Promise<void> {
  const read = async (chat: ChatClient) => {
    while (!isDone()) {
      await askAgain(chat, { type: 'history', room: 'long', limit: 1_000 })
    }
  }
  await Promise.all(chats.map(read))
}

describe('a guest with 19 connections who asks for the largest pages', () => {
  it('is refused by bytes read over all connections, and does not keep others from reading (SECURITY-REVIEW 3)', async (t) => {
    const dataDir = temporaryFolder(t)
    await fillRooms(dataDir, ['long'], 60)
    const server = await startServer(t, { DATA_DIR: dataDir })
    const [hostile, honest] = [await server.signIn('Hostile'), await server.signIn('Honest')]
    const reader = await honest.connect()
    await reader.open('long', { limit: 1 })
    const chats = await Promise.all(Array.from({ length: 19 }, () => hostile.connect()))
    await Promise.all(chats.map((chat) => chat.open('long', { limit: 1 })))

    const began = performance.now()
    const attack = readUntil(() => chats.flatMap(refusals).length >= 5, chats)
    // Users who read little are answered meanwhile.
    await reader.ask({ type: 'history', room: 'long', limit: 1 }, 'history')
    await attack
    const seconds = (performance.now() - began) / 1_000

    const pages = chats.flatMap(({ received }) => received.filter(({ type }) => type === 'history'))
    const refused = chats.flatMap(refusals)
    expect(refused.length).toBeGreaterThan(0)
    for (const { code, retryAfterMs } of refused) {
      expect(code).toBe('too-fast')
      expect(retryAfterMs).toBeGreaterThan(0)
    }
    // Each page was read and sent, at two bytes for each character at least; what goes on at once may go past it.
    const pageBytes = 2 * 2 * (pageCharacters - longest.length)
    expect(pages.length * pageBytes).toBeLessThan((64 + 4 * seconds) * 2 ** 20 + 2 * pageBytes)
    expect(pages.length).toBeGreaterThan(10)
    // And so are pages over HTTP, which are the same user's.
    const visitor = new Visitor(server)
    visitor.cookie = hostile.cookie
    let page = await visitor.get('/rooms/long')
    const again = readUntil(() => page.status === 503, chats)
    while (page.status === 200) page = await visitor.get('/rooms/long')
    await again
    expect([page.status, Number(page.headers['retry-after'])]).toEqual([503, expect.any(Number)])
    visitor.cookie = honest.cookie
    expect((await visitor.get('/rooms/long')).status).toBe(200)
  })
})

describe('an ordinary heavy reader', () => {
  it('can open 20 tabs with 50 rooms each and keep reading (SECURITY-REVIEW 3)', async (t) => {
    const dataDir = temporaryFolder(t)
    const rooms = many(50, 'room')
    await fillRooms(dataDir, rooms, 1)
    const server = await startServer(t, { DATA_DIR: dataDir })
    const anna = await server.signIn('Anna')
    const tabs = await Promise.all(Array.from({ length: 20 }, () => anna.connect()))
    for (const tab of tabs) for (const room of rooms.slice(0, 45)) tab.send({ type: 'open', room, after: 0 })
    for (const tab of tabs) {
      await expect
        .poll(() => tab.received.filter(({ type }) => type === 'opened').length, { timeout: 100_000 })
        .toBe(45)
      expect(tab.received.filter(({ type }) => type === 'error')).toEqual([])
    }
  })
  it('can scroll through a long room at the fastest allowed rate (SECURITY-REVIEW 3)', async (t) => {
    const dataDir = temporaryFolder(t)
    const sentence = 'This is a message of the usual length in a room that many people write to. '
    await fillRooms(dataDir, ['long'], 5_000, sentence.repeat(2))
    const server = await startServer(t, { DATA_DIR: dataDir })
    const chat = await (await server.signIn('Anna')).connect()
    const { messages = [] } = await chat.open('long')
    for (let before = messages[0]?.id ?? 0; before > 1; ) {
      const page = await askAgain(chat, { type: 'history', room: 'long', before })
      expect(page.type).toBe('history')
      before = (page.messages as { id: number }[])[0]?.id ?? 0
    }
  })
})

describe('rooms full of the largest messages, opened by many users', () => {
  it('keep no more entries in memory than the budget (SECURITY-REVIEW 4)', async (t) => {
    const dataDir = temporaryFolder(t)
    const rooms = many(30, 'long')
    await fillRooms(dataDir, rooms, 40)
    const server = await startServer(t, { DATA_DIR: dataDir, RATE_LIMITS: 'off' })
    let maxBytes = 0
    const { take } = RecentMemory.prototype
    const spy = vi.spyOn(RecentMemory.prototype, 'take').mockImplementation(function (this: RecentMemory, bytes) {
      take.call(this, bytes)
      maxBytes = Math.max(maxBytes, this.bytes)
    })
    t.onTestFinished(() => spy.mockRestore())
    const people = await Promise.all(many(6, 'Guest').map((name) => server.signIn(name)))
    const chats = await Promise.all(people.map((one) => one.connect()))
    await Promise.all(
      chats.map(async (chat, i) => {
        for (const room of rooms.slice(5 * i, 5 * i + 5)) {
          // From the start: it catches up, page by page, with what is read into memory at the end.
          await chat.open(room)
          await chat.open(room, { after: 30 })
        }
      }),
    )
    expect(maxBytes, 'something must be held for this test to mean anything').toBeGreaterThan(2 * recentBytes.room)
    expect(maxBytes).toBeLessThanOrEqual(Math.min(30 * recentBytes.room, recentBytes.all))
    const whole = 30 * 40 * 2 * 2 * longest.length
    expect(whole, 'and far less than there is').toBeGreaterThan(2 * 30 * recentBytes.room)
    await Promise.all(chats.map((chat) => chat.close()))
    await expect.poll(() => (spy.mock.contexts.at(-1) as RecentMemory).bytes).toBe(0)
  })
  it('keep nothing in memory after they are deleted, even if a user may try to reopen them', async (t) => {
    const { anna, ada, bo, cai } = await startPopulatedServer(t, { PRESENCE_GRACE_MS: '600000' })
    const spy = vi.spyOn(RecentMemory.prototype, 'take')
    t.onTestFinished(() => spy.mockRestore())
    await bo.did({ type: 'chat', room: tea, data: 'hello' })
    const held = () => (spy.mock.contexts.at(-1) as RecentMemory).bytes
    expect(held()).toBeGreaterThan(0)
    const ended = vi.spyOn(ChatConnection.prototype, 'ended')
    t.onTestFinished(() => ended.mockRestore())
    for (const { chat } of [anna, bo, cai]) chat.socket.terminate()
    await expect.poll(() => ended.mock.results.length).toBe(3)
    await Promise.all(ended.mock.results.map(({ value }) => value))
    expect(held(), 'by those who may come back').toBeGreaterThan(0)
    await ada.did({ type: 'delete-room', room: tea })
    await expect.poll(held).toBe(0)
  })
})
