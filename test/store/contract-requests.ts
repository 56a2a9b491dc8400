/** What every store must do for those whom guests bring into rooms, and for those who have blocked somebody. */
import { describe, expect, it } from 'vitest'
import { limits, type User } from '../../src/shared/protocol.ts'
import { den, tea } from '../support/furnish.ts'
import { userNamed, viewer } from '../support/people.ts'
import type { Backend } from './contract.ts'
import { TestHouse } from './house.ts'

const forbidden = { code: 'forbidden' }
const notAccepted = { code: 'not-accepted' }
const noRoom = { code: 'no-such-room' }

export function requestsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)
  const summary = (house: TestHouse, user: User, room: string) => house.store.rooms.summary(viewer(user), room)
  const isRequest = async (house: TestHouse, user: User, room: string) =>
    (await summary(house, user, room))?.request === true

  /** Bo, a guest, begins a conversation with Eve. */
  async function asked(t: Parameters<Backend['place']>[0]) {
    const house = await open(t)
    const { room } = await house.create(house.bo, { kind: 'direct', users: [house.eve.id] })
    return { house, room, ...house }
  }

  describe(`${backend.name} store, of requests:`, () => {
    it('a guest asks, in a room of any kind, and an account holder does not (SECURITY-REVIEW 19)', async (t) => {
      const house = await open(t)
      const { bo, eve, ada } = house
      const users = [eve.id]
      for (const kind of ['public', 'private', 'direct'] as const) {
        const { room } = await house.create(bo, { kind, users })
        expect(await isRequest(house, eve, room), kind).toBe(true)
        expect(await isRequest(house, bo, room), kind).toBe(false)
      }
      await house.act(house.anna, { type: 'add', room: den, users })
      expect(await isRequest(house, eve, den)).toBe(true)
      for (const kind of ['public', 'private', 'direct'] as const) {
        expect(await isRequest(house, eve, (await house.create(ada, { kind, users })).room), kind).toBe(false)
      }
    })
    it('the guest writes 5 messages, edits counted, until somebody accepts (SECURITY-REVIEW 19)', async (t) => {
      const { house, room, bo, eve } = await asked(t)
      const { entry } = await house.write(bo, room)
      await house.write(bo, room, { type: 'edit', ref: entry.id, data: 'hello there' })
      await house.act(bo, { type: 'change', room, data: { topic: 'please' } })
      await house.write(bo, room, { type: 'react', ref: entry.id, data: '🍵', on: true })
      await house.write(bo, room)
      const tries = [
        () => house.write(bo, room),
        () => house.write(bo, room, { type: 'edit', ref: entry.id, data: 'more' }),
        () => house.act(bo, { type: 'change', room, data: { name: 'more' } }),
        () => house.write(bo, room, { type: 'react', ref: entry.id, data: '🍵', on: false }),
      ]
      for (const write of tries) await expect(write()).rejects.toMatchObject(notAccepted)
      await house.write(bo, room, { type: 'delete', ref: entry.id })
      // An account is made in a moment, too.
      await house.claim(bo)
      await expect(house.write(bo, room)).rejects.toMatchObject(notAccepted)
      expect((await house.act(eve, { type: 'accept', room })).effects).toMatchObject([
        { type: 'access-changed', user: eve.id, room, isIn: true },
      ])
      expect((await house.write(bo, room)).isNew).toBe(true)
      expect(await isRequest(house, eve, room)).toBe(false)
    })
    it('accepting twice changes nothing, and neither does accepting what was never asked (SECURITY-REVIEW 19)', async (t) => {
      const { house, room, eve } = await asked(t)
      await house.act(eve, { type: 'accept', room })
      for (const there of [room, tea, 'lobby']) {
        expect(await house.act(eve, { type: 'accept', room: there })).toMatchObject({ action: undefined, effects: [] })
      }
      await expect(house.act(eve, { type: 'accept', room: den })).rejects.toMatchObject(noRoom)
      await expect(house.act(eve, { type: 'accept', room }, { isVerified: false })).rejects.toMatchObject(noRoom)
    })
    it('an answer accepts, whatever it is, and so does beginning the same conversation (SECURITY-REVIEW 19)', async (t) => {
      const house = await open(t)
      const { bo, eve, cai } = house
      const room = async (users: User[]) =>
        (await house.create(bo, { kind: 'direct', users: users.map(({ id }) => id) })).room
      const one = await room([eve])
      const { entry } = await house.write(bo, one)
      const answer = await house.write(eve, one, { type: 'react', ref: entry.id, data: '🍵', on: true })
      expect(answer.effects).toMatchObject([{ type: 'access-changed', user: eve.id, room: one }])
      const other = await room([cai])
      const again = await house.create(cai, { kind: 'direct', users: [bo.id] })
      expect(again).toMatchObject({ room: other, isNew: false, effects: [{ type: 'access-changed', user: cai.id }] })
      const third = await room([eve, cai])
      await house.act(eve, { type: 'change', room: third, data: { topic: 'three' } })
      expect(await isRequest(house, eve, third)).toBe(false)
      expect(await isRequest(house, cai, third), 'each accepts for themselves').toBe(true)
      for (const place of [one, other, third]) expect((await house.write(bo, place)).isNew).toBe(true)
    })
    it('what is declined does not come back, whatever the guest does (SECURITY-REVIEW 19)', async (t) => {
      const { house, room, bo, eve } = await asked(t)
      await house.act(eve, { type: 'leave', room })
      const begin = () => house.create(bo, { kind: 'direct', users: [eve.id] })
      expect((await house.write(bo, room)).effects).toEqual([])
      expect((await begin()).effects).toEqual([])
      await house.claim(bo)
      expect((await house.write(bo, room)).effects).toEqual([])
      expect((await begin()).effects).toEqual([])
      expect(await summary(house, eve, room)).toBeUndefined()
      await expect(house.act(eve, { type: 'accept', room })).rejects.toMatchObject(noRoom)
      // The guest is not told.
      const page = { after: 0, limit: 9, isWithBanned: false }
      expect((await house.store.rooms.members(room, page)).map(({ user }) => user)).toEqual([bo, eve])
      expect((await house.create(eve, { kind: 'direct', users: [bo.id] })).room).toBe(room)
      expect(await isRequest(house, eve, room)).toBe(false)
      expect((await house.write(bo, room)).isNew).toBe(true)
    })
    it('whoever has left a room is not brought back by a guest who moderates it (SECURITY-REVIEW 19)', async (t) => {
      const house = await open(t)
      const { anna, bo, eve } = house
      await house.act(bo, { type: 'leave', room: den })
      const add = (user: User) => house.act(anna, { type: 'add', room: den, users: [user.id] })
      await expect(add(bo)).rejects.toMatchObject(forbidden)
      await add(eve)
      await house.act(eve, { type: 'leave', room: den })
      expect((await add(eve)).effects).toEqual([])
      await house.act(anna, { type: 'kick', room: den, user: eve.id })
      expect((await add(eve)).effects).toEqual([])
      expect(await house.standing(eve, den)).toMatchObject({ isIn: false })
      await house.claim(anna)
      expect((await add(eve)).effects).toMatchObject([{ user: eve.id, isIn: true }])
      expect(await isRequest(house, eve, den)).toBe(false)
    })
    it('a guest asks few people, and nobody is asked by too many (SECURITY-REVIEW 19)', async (t) => {
      const house = await open(t)
      const { bo, eve } = house
      const crowd = await Promise.all(
        Array.from({ length: Math.max(limits.maxRequestsByGuest, limits.maxRequestsTo) }, (_, i) =>
          userNamed(house.store, `Person ${i}`),
        ),
      )
      for (const { id } of crowd) await house.store.rooms.join(id, 'lobby')
      const users = crowd.map(({ id }) => id)
      const begin = (by: User, to: number) => house.create(by, { kind: 'direct', users: [to] })
      await house.create(bo, { kind: 'private', users: users.slice(0, limits.maxRequestsByGuest) })
      await expect(begin(bo, eve.id)).rejects.toMatchObject(forbidden)
      await expect(house.create(bo, { users: [eve.id], address: 'many' })).rejects.toMatchObject(forbidden)
      expect(await house.store.rooms.exists('many'), 'what is refused makes nothing').toBe(false)
      const { room } = await begin(crowd[0] as User, eve.id)
      for (const by of crowd.slice(1, limits.maxRequestsTo)) await begin(by, eve.id)
      await expect(begin(house.cai, eve.id)).rejects.toMatchObject(forbidden)
      await house.act(eve, { type: 'leave', room })
      expect((await begin(house.cai, eve.id)).isNew).toBe(true)
    })
    it('coming by an invitation accepts, and what was declined in public is opened again (SECURITY-REVIEW 19)', async (t) => {
      const house = await open(t)
      const { bo, eve } = house
      const { room } = await house.create(bo, { users: [eve.id], address: 'open to all' })
      await house.act(eve, { type: 'leave', room })
      await house.store.rooms.join(eve.id, room)
      expect(await house.standing(eve, room)).toMatchObject({ isIn: true, isRequest: false })
    })
    it('names nobody in it until it is accepted (SECURITY-REVIEW 19)', async (t) => {
      const { house, room, bo, eve } = await asked(t)
      await house.write(bo, room, { data: '@Eve, read this' })
      expect(await summary(house, eve, room)).toMatchObject({ request: true, unread: 1, mentions: 0 })
      await house.act(eve, { type: 'accept', room })
      await house.write(bo, room, { data: '@Eve, and this' })
      expect(await summary(house, eve, room)).toMatchObject({ unread: 2, mentions: 1 })
    })
    it('a block declines all that the other has asked, and counts no mention of theirs (SECURITY-REVIEW 19)', async (t) => {
      const { house, room, bo, cai } = await asked(t)
      const { eve } = house
      await house.store.rooms.join(eve.id, tea)
      const mentions = async () => (await summary(house, eve, tea))?.mentions
      for (const by of [bo, cai]) await house.write(by, tea, { data: '@Eve' })
      expect(await mentions()).toBe(2)
      const { effects } = await house.act(eve, { type: 'block', user: bo.id, isOn: true })
      expect(effects).toEqual([
        { type: 'blocks', user: eve.id },
        { type: 'access-changed', user: eve.id, room, kind: 'direct', isIn: false, canView: false },
      ])
      expect(await mentions()).toBe(1)
      const { entry } = await house.write(bo, tea, { data: 'hello' })
      await house.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hello @Eve' })
      expect(await mentions()).toBe(1)
      await house.act(eve, { type: 'block', user: bo.id, isOn: false })
      await house.write(bo, tea, { data: '@Eve' })
      expect(await mentions()).toBe(2)
    })
  })
}
