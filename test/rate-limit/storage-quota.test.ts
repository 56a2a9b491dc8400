/** How much anybody may have stored, and how many rooms they may make. */
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLimiter } from '../../src/server/rate-limit/limiter.ts'
import { type Author, storageRates } from '../../src/server/rate-limit/storage-quota.ts'
import type { ServerRole } from '../../src/shared/protocol/types.ts'
import { memberNamed, visitorNamed } from '../support/clients/visitor.ts'
import { fillRooms, longest } from '../support/server/long-room.ts'
import { tea } from '../support/server/populate.ts'
import { type Answer, ConnectedUser, startPopulatedServer } from '../support/server/populated-server.ts'
import { startServer, temporaryFolder } from '../support/server/server.ts'

const mib = 2 ** 20
const dayMs = 24 * 60 * 60 * 1_000

function author(id: number, role: ServerRole, network = '203.0.113.1'): Author {
  return { session: { user: { id, name: `${id}`, image: 0 }, isVerified: true, canViewPublic: true, role }, network }
}

/** Stores messages of 16 KiB until one is refused. @returns how much was stored, in MiB, and the refusal */
function fill(store: (bytes: number) => unknown, maxMib = 4_096) {
  const bytes = 16 * 1024
  for (let stored = 0; ; stored += bytes) {
    try {
      if (stored >= maxMib * mib) return { stored: maxMib }
      store(bytes)
    } catch (error) {
      return { stored: stored / mib, error }
    }
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('storage quota', () => {
  it('limits guests and accounts, by burst and by day (SECURITY-REVIEW 11)', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const limiter = createLimiter(true)
    for (const [role, burst, aDay] of [
      ['guest', 1, 10],
      ['member', 8, 80],
    ] as const) {
      const store = (bytes: number) => limiter.store(author(burst, role), bytes)
      const { stored, error } = fill(store)
      expect(stored).toBe(burst)
      expect(error).toMatchObject({ code: 'too-fast', message: expect.stringContaining(`${burst} MiB at once`) })
      const { retryAfterMs } = error as { retryAfterMs: number }
      vi.advanceTimersByTime(retryAfterMs - 2)
      expect(() => store(16 * 1024)).toThrow()
      vi.advanceTimersByTime(3)
      store(16 * 1024)
      let day = 0
      for (let hour = 0; hour < 240; hour++) {
        vi.advanceTimersByTime(dayMs / 240)
        day += fill(store).stored
      }
      expect(day).toBeGreaterThan(aDay * 0.9)
      expect(day).toBeLessThanOrEqual(aDay)
    }
  })
  it('limits a network and all guests together, and not accounts elsewhere (SECURITY-REVIEW 11)', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const limiter = createLimiter(true)
    let id = 0
    const fromOne = fill((bytes) => limiter.store(author(++id % 70, 'guest'), bytes))
    expect(fromOne.stored).toBe(storageRates.network.burst / mib)
    expect(fromOne.error).toMatchObject({ message: expect.stringContaining('network') })
    id = 100
    const fromAll = fill((bytes) => limiter.store(author(++id, 'guest', `network ${id}`), bytes))
    expect(fromOne.stored + fromAll.stored).toBe(storageRates.guests.burst / mib)
    expect(fromAll.error).toMatchObject({ message: expect.stringContaining('Guests') })
    limiter.store(author(++id, 'member', 'elsewhere'), 16 * 1024)
    expect(() => limiter.store(author(++id, 'guest', 'elsewhere'), 16 * 1024)).toThrow()
  })
  it('does not refuse light writers because of a heavy writer in their network', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const limiter = createLimiter(true)
    let id = 0
    const { error } = fill((bytes) => limiter.store(author(++id % 70, 'guest'), bytes))
    expect(error, 'must be refused by now').toMatchObject({ message: expect.stringContaining('network') })
    for (const role of ['guest', 'member'] as const) {
      const quiet = author(role === 'guest' ? 100 : 101, role)
      expect(fill((bytes) => limiter.store(quiet, bytes)).stored).toBe(4 / 64)
    }
    // Not without end, by however many names.
    expect(fill((bytes) => limiter.store(author(102 + (++id % 10), 'guest'), bytes)).stored).toBe(40 / 64)
  })
  it('limits all accounts together, and never refuses light writers', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const limiter = createLimiter(true)
    let id = 0
    const next = () => author(++id % 300, 'member', `network ${id % 300}`)
    const { stored, error } = fill((bytes) => limiter.store(next(), bytes))
    expect(stored).toBe(storageRates.accounts.burst / mib)
    expect(error).toMatchObject({ message: expect.stringContaining('today') })
    limiter.store(author(1_000, 'member', 'elsewhere'), 16 * 1024)
  })
  it('charges nobody when one of the limits refuses, and refunds what was not stored', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const limiter = createLimiter(true)
    const anna = author(1, 'guest')
    for (let i = 0; i < 1_000; i++) limiter.store(anna, 16 * 1024)()
    expect(fill((bytes) => limiter.store(anna, bytes)).stored).toBe(1)
  })
  it('never limits a school of a thousand users who write all day (SECURITY-REVIEW 11)', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const limiter = createLimiter(true)
    // A message a minute for six hours, each of a hundred bytes and what it takes besides.
    for (let minute = 0; minute < 360; minute++) {
      for (let id = 0; id < 1_000; id++) limiter.store(author(id, 'guest'), 300)
      vi.advanceTimersByTime(60_000)
    }
  })
  it('refuses a guest who fills rooms on one connection, without a write (SECURITY-REVIEW 11)', async (t) => {
    const dataDir = temporaryFolder(t)
    const rooms = Array.from({ length: 8 }, (_, i) => `room ${i}`)
    await fillRooms(dataDir, rooms, 1, 'hello')
    const server = await startServer(t, { DATA_DIR: dataDir })
    const chat = await (await server.signIn('Hostile')).connect()
    for (const room of rooms) await chat.open(room)
    const answers: Record<string, unknown>[] = []
    for (const room of rooms) {
      for (let i = 0; i < 10; i++) {
        chat.send({ type: 'chat', room, key: `${room} ${i}`, data: longest })
        answers.push(await chat.nextWhere(({ key }) => key === `${room} ${i}`))
      }
    }
    const sent = answers.filter(({ type }) => type === 'sent')
    const refused = answers.filter(({ type }) => type === 'error')
    expect(sent.length).toBeGreaterThanOrEqual(60)
    expect(sent.length).toBeLessThan(72)
    expect(refused.length).toBeGreaterThan(5)
    for (const { code, message, retryAfterMs } of refused) {
      expect([code, message]).toEqual(['too-fast', 'A guest may write 1 MiB at once, and 10 MiB a day.'])
      expect(retryAfterMs).toBeLessThan(5 * 60_000)
    }
    // Other users can still write, and refused messages are stored nowhere.
    const other = await (await server.signIn('Honest')).connect()
    let stored = 0
    for (const room of rooms) stored += (await other.open(room)).last - 1
    expect(stored).toBe(sent.length)
    await other.say(rooms[0] as string, 'hello')
    // And what was written can be taken back.
    const takeBack = async (): Promise<Record<string, unknown>> => {
      chat.send({ type: 'delete', room: rooms[0], key: 'sorry', ref: sent[0]?.id })
      const answer = await chat.nextWhere(({ key }) => key === 'sorry')
      if (answer.message !== 'You are writing too fast.') return answer
      await setTimeout(Number(answer.retryAfterMs))
      return await takeBack()
    }
    expect(await takeBack()).toMatchObject({ type: 'sent' })
  })
  it('charges moderators, and not admins, for the messages that a ban deletes and its undo restores', async (t) => {
    const populated = await startPopulatedServer(t)
    for (let i = 0; i < 70; i++) await populated.bo.chat.say(tea, longest)
    await populated.server.restart({ RATE_LIMITS: 'on' })
    const answers: Record<string, Answer> = {}
    for (const by of ['ada', 'anna'] as const) {
      const { bo } = populated
      const moderator = await ConnectedUser.of(populated[by].visitor)
      const ban = await moderator.did({ type: 'ban', room: tea, user: bo.id, forMs: dayMs, removeMs: dayMs })
      await moderator.did({ type: 'undo', action: ban })
      answers[by] = await moderator.does({ type: 'mute', room: tea, user: bo.id, forMs: dayMs })
    }
    expect(answers.ada).toMatchObject({ type: 'done' })
    const message = 'A guest may write 1 MiB at once, and 10 MiB a day.'
    expect(answers.anna).toMatchObject({ type: 'error', code: 'too-fast', message, retryAfterMs: expect.any(Number) })
  })
})

describe('room quota', () => {
  it('keeps the rooms of twelve guests at one address few (SECURITY-REVIEW 8)', async (t) => {
    const server = await startServer(t)
    const people = await Promise.all(Array.from({ length: 12 }, (_, i) => server.signIn(`Guest ${i}`)))
    const chats = await Promise.all(people.map((one) => one.connect()))
    let made = 0
    for (const [i, chat] of chats.entries()) {
      for (let k = 0; k < 20; k++) {
        const key = `${i} ${k}`
        chat.send(k % 2 ? { type: 'open', room: key } : { type: 'create', key, name: key })
        const answer = await chat.nextWhere(
          ({ type, room }) => type === 'error' || ((type === 'opened' || type === 'room') && room === key),
        )
        if (answer.type !== 'error') made++
        else expect(answer).toMatchObject({ code: 'too-fast', retryAfterMs: expect.any(Number) })
      }
    }
    expect(made).toBe(30)
    // Nobody is kept from opening what is there.
    await chats[11]?.open('0 0')
  })
  it('does not keep guests from a conversation when others of the network create rooms or are refused', async (t) => {
    const server = await startServer(t)
    const member = await ConnectedUser.of(await memberNamed(server, 'Member'))
    await member.chat.open('lobby')
    const [guest, hostile] = await Promise.all(
      ['Guest', 'Hostile'].map((name) => visitorNamed(server, name).then(ConnectedUser.of)),
    )
    for (let n = 0; n < 10; n++) {
      const one = await ConnectedUser.of(await visitorNamed(server, `Maker ${n}`))
      for (let i = 0; i < 3; i++) await one.did({ type: 'create', kind: 'public', name: `${n} ${i}` })
    }
    const nobody = Array.from({ length: 100 }, (_, i) => 1_000 + i)
    for (let n = 0; n < 4; n++) {
      expect(await hostile?.does({ type: 'create', kind: 'direct', users: nobody })).toMatchObject({ type: 'error' })
      expect(await hostile?.does({ type: 'add', room: '0 0', users: nobody })).toMatchObject({ type: 'error' })
    }
    expect(await guest?.does({ type: 'create', kind: 'public', name: 'one more' })).toMatchObject({ code: 'too-fast' })
    expect(await guest?.does({ type: 'create', kind: 'direct', users: [member.id] })).toMatchObject({ type: 'room' })
  })
  it('keeps rooms of others in the list, however many one user creates', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const makers = { guest: await visitorNamed(server, 'Guest'), account: await memberNamed(server, 'Account') }
    for (const [name, creator] of Object.entries(makers)) {
      const chat = await creator.connect()
      for (let i = 0; i < 200; i++) await chat.open(`${name} ${i}`, { limit: 1 })
      await chat.close()
    }
    await (await (await memberNamed(server, 'Honest')).connect()).open('garden')
    const late = await (await server.signIn('Late')).connect()
    const names = (await late.next('welcome')).rooms.map(({ room }) => room)
    expect(names).toHaveLength(200)
    expect(names).toEqual(expect.arrayContaining(['lobby', 'garden', 'account 197']))
    expect(names).not.toContain('guest 0')
  })
  it('does not charge rooms of accounts to the network, nor conversations that already exist', async (t) => {
    const { server, ada, eve } = await startPopulatedServer(t)
    await server.restart({ RATE_LIMITS: 'on' })
    const [account, guest] = [await ConnectedUser.of(ada.visitor), await ConnectedUser.of(eve.visitor)]
    for (let i = 0; i < 20; i++) await account.did({ type: 'create', kind: 'public', name: `room ${i}` })
    expect(await account.does({ type: 'create', kind: 'public', name: 'one more' })).toMatchObject({ code: 'too-fast' })
    for (let i = 0; i < 10; i++) await guest.did({ type: 'create', kind: 'direct', users: [ada.id] })
    for (let i = 0; i < 2; i++) await guest.did({ type: 'create', kind: 'public', name: `guest's ${i}` })
    expect(await guest.does({ type: 'create', kind: 'public', name: 'one more' })).toMatchObject({ code: 'too-fast' })
  })
})

describe('quota of new names', () => {
  it('applies by network and by day, above the needs of a school', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const limiter = createLimiter(true)
    let named = 0
    while (limiter.newName('203.0.113.1') === 0) named++
    expect(named).toBe(3_000)
    expect(limiter.newName('203.0.113.2')).toBe(0)
    vi.advanceTimersByTime(dayMs / 2)
    while (limiter.newName('203.0.113.1') === 0) named++
    expect(named).toBe(4_500)
  })
})
