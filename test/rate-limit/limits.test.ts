/** The rate limits, and what a user over a limit is told. */
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import type { Answer } from '../http/raw-request.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { Visitor } from '../support/clients/visitor.ts'
import { tea } from '../support/server/populate.ts'
import { ConnectedUser, startPopulatedServer } from '../support/server/populated-server.ts'
import { startServer, temporaryFolder } from '../support/server/server.ts'

type FrameOf = (key: string) => Record<string, unknown>

let rooms = 0
const newRoom = () => `new ${++rooms}`
const kinds: [what: string, burst: number, maxMs: number, frameOf: FrameOf][] = [
  ['writing', 10, 500, (key) => ({ type: 'chat', room: tea, key, data: 'hello' })],
  ['asking', 50, 50, () => ({ type: 'history', room: tea })],
  ['keeping order', 40, 250, (key) => ({ type: 'change', room: tea, key, topic: key })],
  ['choosing notifications', 40, 250, (key) => ({ type: 'notify', room: tea, key, level: 'nothing' })],
  ['opening rooms that are not there', 3, 600_000, () => ({ type: 'open', room: newRoom() })],
  ['making rooms', 3, 600_000, (key) => ({ type: 'create', key, name: newRoom() })],
]

/** @returns what was refused, and how many were not */
async function flood(chat: ChatClient, count: number, frameOf: FrameOf) {
  for (let i = 0; i < count; i++) chat.send(frameOf(`${i}`))
  chat.send({ type: 'no such type', key: 'end' })
  await chat.nextWhere(({ key }) => key === 'end')
  const errors = chat.received.filter(({ type, key }) => type === 'error' && key !== 'end')
  return { errors, passed: count - errors.length }
}

describe('open rooms of a user', () => {
  it('are limited over all connections, independently of other users (SECURITY-REVIEW 4)', async (t) => {
    const folder = temporaryFolder(t)
    const store = openSqliteStore(folder)
    const names = Array.from({ length: 20 }, (_, i) => `room ${i}`)
    for (const name of names) await store.rooms.open(name, Date.now())
    await store.close()
    const changed: { maxRoomsPerUser: number } = limits
    const { maxRoomsPerUser } = limits
    expect(maxRoomsPerUser, 'twenty tabs with fifty rooms').toBeGreaterThanOrEqual(20 * 50)
    changed.maxRoomsPerUser = 30
    t.onTestFinished(() => {
      changed.maxRoomsPerUser = maxRoomsPerUser
    })
    const server = await startServer(t, { DATA_DIR: folder })
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const [first, second, other] = [await anna.connect(), await anna.connect(), await bo.connect()]
    for (const room of names) await first.open(room)
    for (const room of names.slice(0, 10)) await second.open(room)
    expect(await second.ask({ type: 'open', room: 'room 10' }, 'error')).toMatchObject({ code: 'forbidden' })
    // One that is open may be opened anew.
    expect(await second.open('room 9')).toMatchObject({ room: 'room 9' })
    expect(await other.open('room 10')).toMatchObject({ room: 'room 10' })
    await first.ask({ type: 'close', room: 'room 0' }, 'closed')
    expect(await second.open('room 10')).toMatchObject({ room: 'room 10' })
  })
})

describe('rate limit', () => {
  it.for(kinds)('of %s allows %i at once, and says when the next may come', async ([, burst, maxMs, frameOf], t) => {
    const { server, anna, cai } = await startPopulatedServer(t)
    await server.restart({ RATE_LIMITS: 'on' })
    const [fast, other] = [await ConnectedUser.of(anna.visitor), await ConnectedUser.of(cai.visitor)]
    for (const { chat } of [fast, other]) await chat.open(tea)
    const { errors, passed } = await flood(fast.chat, 2 * burst, frameOf)
    // To open the room was to ask, too.
    expect(passed).toBeGreaterThanOrEqual(burst - 1)
    expect(errors).not.toEqual([])
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'too-fast', retryAfterMs: expect.any(Number) })
      expect(error.retryAfterMs).toBeGreaterThan(0)
      expect(error.retryAfterMs).toBeLessThanOrEqual(maxMs)
    }
    // The limit is this user's own.
    expect((await flood(other.chat, 1, frameOf)).errors).toEqual([])
  })
  it('of sign-ins applies to an address, and says when the next may come', async (t) => {
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    const signIn = async (address: string, name: string) =>
      await new Visitor(server, { 'X-Forwarded-For': address }).post('/signin', { name })
    const answers: Answer[] = []
    // However fast the machine is, some time it is too fast.
    while (answers.every(({ status }) => status === 303)) {
      const names = Array.from({ length: 50 }, (_, i) => `Person ${answers.length + i}`)
      answers.push(...(await Promise.all(names.map((name) => signIn('203.0.113.7', name)))))
    }
    const refused = answers.filter(({ status }) => status !== 303)
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(200)
    for (const { status, headers } of refused) expect([status, headers['retry-after']]).toEqual([429, '1'])
    expect((await signIn('203.0.113.8', 'Another user')).status).toBe(303)
  })
  it('of sign-ins covers all addresses of an IPv6 network together (SECURITY-REVIEW 10)', async (t) => {
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    const signIn = async (address: string, name: string) =>
      (await new Visitor(server, { 'X-Forwarded-For': address }).post('/signin', { name })).status
    const statuses: number[] = []
    // 1,000 is far above the burst. With a limit for each address none of them would be refused.
    while (!statuses.includes(429) && statuses.length < 1_000) {
      const people = Array.from({ length: 50 }, (_, i) => statuses.length + i)
      statuses.push(...(await Promise.all(people.map((n) => signIn(`2001:db8:0:7::${n.toString(16)}`, `Person ${n}`)))))
    }
    expect(statuses.filter((status) => status === 303).length).toBeGreaterThanOrEqual(200)
    expect(statuses).toContain(429)
    expect(await signIn('2001:db8:0:8::1', 'Another user')).toBe(303)
  })
})
