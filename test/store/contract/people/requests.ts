/** What every store must do for message requests of guests and for blocks. */
import { describe, expect, it } from 'vitest'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { userNamed, viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }
const notAccepted = { code: 'not-accepted' }
const noRoom = { code: 'no-such-room' }

export function requestsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)
  const summary = (fixture: StoreFixture, user: User, room: string) => fixture.store.rooms.summary(viewer(user), room)
  const isRequest = async (fixture: StoreFixture, user: User, room: string) =>
    (await summary(fixture, user, room))?.request === true

  /** Bo, a guest, begins a conversation with Eve. */
  async function asked(t: Parameters<Backend['place']>[0]) {
    const fixture = await open(t)
    const { room } = await fixture.create(fixture.bo, { kind: 'direct', users: [fixture.eve.id] })
    return { fixture, room, ...fixture }
  }

  describe(`${backend.name} store, message requests`, () => {
    it('a guest needs a request for a room of any kind, and a user with an account does not (SECURITY-REVIEW 19)', async (t) => {
      const fixture = await open(t)
      const { bo, eve, ada } = fixture
      const users = [eve.id]
      for (const kind of ['public', 'private', 'direct'] as const) {
        const { room } = await fixture.create(bo, { kind, users })
        expect(await isRequest(fixture, eve, room), kind).toBe(true)
        expect(await isRequest(fixture, bo, room), kind).toBe(false)
      }
      await fixture.moderate(fixture.anna, { type: 'add', room: den, users })
      expect(await isRequest(fixture, eve, den)).toBe(true)
      for (const kind of ['public', 'private', 'direct'] as const) {
        expect(await isRequest(fixture, eve, (await fixture.create(ada, { kind, users })).room), kind).toBe(false)
      }
    })
    it('a guest can write 5 messages, edits included, until the request is accepted (SECURITY-REVIEW 19)', async (t) => {
      const { fixture, room, bo, eve } = await asked(t)
      const { entry } = await fixture.write(bo, room)
      await fixture.write(bo, room, { type: 'edit', ref: entry.id, data: 'hello there' })
      await fixture.moderate(bo, { type: 'change', room, data: { topic: 'please' } })
      await fixture.write(bo, room, { type: 'react', ref: entry.id, data: '🍵', on: true })
      await fixture.write(bo, room)
      const tries = [
        () => fixture.write(bo, room),
        () => fixture.write(bo, room, { type: 'edit', ref: entry.id, data: 'more' }),
        () => fixture.moderate(bo, { type: 'change', room, data: { name: 'more' } }),
        () => fixture.write(bo, room, { type: 'react', ref: entry.id, data: '🍵', on: false }),
      ]
      for (const write of tries) await expect(write()).rejects.toMatchObject(notAccepted)
      await fixture.write(bo, room, { type: 'delete', ref: entry.id })
      // An account is made in a moment, too.
      await fixture.claim(bo)
      await expect(fixture.write(bo, room)).rejects.toMatchObject(notAccepted)
      expect((await fixture.moderate(eve, { type: 'accept', room })).effects).toMatchObject([
        { type: 'access-changed', user: eve.id, room, isIn: true },
      ])
      expect((await fixture.write(bo, room)).isNew).toBe(true)
      expect(await isRequest(fixture, eve, room)).toBe(false)
    })
    it('accepting changes nothing the second time or without a request (SECURITY-REVIEW 19)', async (t) => {
      const { fixture, room, eve } = await asked(t)
      await fixture.moderate(eve, { type: 'accept', room })
      for (const there of [room, tea, 'lobby']) {
        expect(await fixture.moderate(eve, { type: 'accept', room: there })).toMatchObject({
          action: undefined,
          isNew: false,
          effects: [],
        })
      }
      await expect(fixture.moderate(eve, { type: 'accept', room: den })).rejects.toMatchObject(noRoom)
      await expect(fixture.moderate(eve, { type: 'accept', room }, { isVerified: false })).rejects.toMatchObject(noRoom)
    })
    it('a request is accepted by any answer, and by starting the same conversation (SECURITY-REVIEW 19)', async (t) => {
      const fixture = await open(t)
      const { bo, eve, cai } = fixture
      const room = async (users: User[]) =>
        (await fixture.create(bo, { kind: 'direct', users: users.map(({ id }) => id) })).room
      const one = await room([eve])
      const { entry } = await fixture.write(bo, one)
      const answer = await fixture.write(eve, one, { type: 'react', ref: entry.id, data: '🍵', on: true })
      expect(answer.effects).toMatchObject([{ type: 'access-changed', user: eve.id, room: one }])
      const other = await room([cai])
      const again = await fixture.create(cai, { kind: 'direct', users: [bo.id] })
      expect(again).toMatchObject({ room: other, isNew: false, effects: [{ type: 'access-changed', user: cai.id }] })
      const third = await room([eve, cai])
      await fixture.moderate(eve, { type: 'change', room: third, data: { topic: 'three' } })
      expect(await isRequest(fixture, eve, third)).toBe(false)
      expect(await isRequest(fixture, cai, third), 'each accepts for themselves').toBe(true)
      for (const place of [one, other, third]) expect((await fixture.write(bo, place)).isNew).toBe(true)
    })
    it('a declined request does not return, whatever the guest does (SECURITY-REVIEW 19)', async (t) => {
      const { fixture, room, bo, eve } = await asked(t)
      await fixture.moderate(eve, { type: 'leave', room })
      const begin = () => fixture.create(bo, { kind: 'direct', users: [eve.id] })
      expect((await fixture.write(bo, room)).effects).toEqual([])
      expect((await begin()).effects).toEqual([])
      await fixture.claim(bo)
      expect((await fixture.write(bo, room)).effects).toEqual([])
      expect((await begin()).effects).toEqual([])
      expect(await summary(fixture, eve, room)).toBeUndefined()
      await expect(fixture.moderate(eve, { type: 'accept', room })).rejects.toMatchObject(noRoom)
      // The guest is not told.
      const page = { after: 0, limit: 9, isWithBanned: false }
      expect((await fixture.store.rooms.members(room, page)).map(({ user }) => user)).toEqual([bo, eve])
      expect((await fixture.create(eve, { kind: 'direct', users: [bo.id] })).room).toBe(room)
      expect(await isRequest(fixture, eve, room)).toBe(false)
      expect((await fixture.write(bo, room)).isNew).toBe(true)
    })
    it('a guest who moderates a room cannot bring back a user who left it (SECURITY-REVIEW 19)', async (t) => {
      const fixture = await open(t)
      const { anna, bo, eve } = fixture
      await fixture.moderate(bo, { type: 'leave', room: den })
      const add = (user: User) => fixture.moderate(anna, { type: 'add', room: den, users: [user.id] })
      await expect(add(bo)).rejects.toMatchObject(forbidden)
      await add(eve)
      await fixture.moderate(eve, { type: 'leave', room: den })
      expect((await add(eve)).effects).toEqual([])
      await fixture.moderate(anna, { type: 'kick', room: den, user: eve.id })
      expect((await add(eve)).effects).toEqual([])
      expect(await fixture.membership(eve, den)).toMatchObject({ isIn: false })
      await fixture.claim(anna)
      expect((await add(eve)).effects).toMatchObject([{ user: eve.id, isIn: true }])
      expect(await isRequest(fixture, eve, den)).toBe(false)
    })
    it('a guest can ask few users, and few guests can ask the same user (SECURITY-REVIEW 19)', async (t) => {
      const fixture = await open(t)
      const { bo, eve } = fixture
      const crowd = await Promise.all(
        Array.from({ length: Math.max(limits.maxRequestsByGuest, limits.maxRequestsTo) }, (_, i) =>
          userNamed(fixture.store, `Person ${i}`),
        ),
      )
      for (const { id } of crowd) await fixture.store.rooms.join(id, 'lobby')
      const users = crowd.map(({ id }) => id)
      const begin = (by: User, to: number) => fixture.create(by, { kind: 'direct', users: [to] })
      await fixture.create(bo, { kind: 'private', users: users.slice(0, limits.maxRequestsByGuest) })
      await expect(begin(bo, eve.id)).rejects.toMatchObject(forbidden)
      await expect(fixture.create(bo, { users: [eve.id], address: 'many' })).rejects.toMatchObject(forbidden)
      expect(await fixture.store.rooms.exists('many'), 'what is refused makes nothing').toBe(false)
      const { room } = await begin(crowd[0] as User, eve.id)
      for (const by of crowd.slice(1, limits.maxRequestsTo)) await begin(by, eve.id)
      await expect(begin(fixture.cai, eve.id)).rejects.toMatchObject(forbidden)
      await fixture.moderate(eve, { type: 'leave', room })
      expect((await begin(fixture.cai, eve.id)).isNew).toBe(true)
    })
    it('joining by an invitation accepts, and opens a declined public room again (SECURITY-REVIEW 19)', async (t) => {
      const fixture = await open(t)
      const { bo, eve } = fixture
      const { room } = await fixture.create(bo, { users: [eve.id], address: 'open to all' })
      await fixture.moderate(eve, { type: 'leave', room })
      await fixture.store.rooms.join(eve.id, room)
      expect(await fixture.membership(eve, room)).toMatchObject({ isIn: true, isRequest: false })
    })
    it('a request shows no members until it is accepted (SECURITY-REVIEW 19)', async (t) => {
      const { fixture, room, bo, eve } = await asked(t)
      await fixture.write(bo, room, { data: '@Eve, read this' })
      expect(await summary(fixture, eve, room)).toMatchObject({ request: true, unread: 1, mentions: 0 })
      await fixture.moderate(eve, { type: 'accept', room })
      await fixture.write(bo, room, { data: '@Eve, and this' })
      expect(await summary(fixture, eve, room)).toMatchObject({ unread: 2, mentions: 1 })
    })
    it('a block declines all requests of the blocked user and counts none of their mentions (SECURITY-REVIEW 19)', async (t) => {
      const { fixture, room, bo, cai } = await asked(t)
      const { eve } = fixture
      await fixture.store.rooms.join(eve.id, tea)
      const mentions = async () => (await summary(fixture, eve, tea))?.mentions
      for (const by of [bo, cai]) await fixture.write(by, tea, { data: '@Eve' })
      expect(await mentions()).toBe(2)
      const { effects } = await fixture.moderate(eve, { type: 'block', user: bo.id, isOn: true })
      expect(effects).toEqual([
        { type: 'blocks', user: eve.id },
        { type: 'access-changed', user: eve.id, room, kind: 'direct', isIn: false, canView: false },
      ])
      expect(await mentions()).toBe(1)
      const { entry } = await fixture.write(bo, tea, { data: 'hello' })
      await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: 'hello @Eve' })
      expect(await mentions()).toBe(1)
      await fixture.moderate(eve, { type: 'block', user: bo.id, isOn: false })
      await fixture.write(bo, tea, { data: '@Eve' })
      expect(await mentions()).toBe(2)
    })
  })
}
