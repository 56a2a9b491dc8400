/** What every store must do for the time at which users were last seen. */
import { describe, expect, it } from 'vitest'
import type { Credential } from '../../../../src/server/store/contracts/sessions.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const minute = 60_000
const at = 100 * minute

export function lastSeenContract(backend: Backend): void {
  const open = async (t: Parameters<Backend['place']>[0]) => {
    const fixture = await StoreFixture.open(t, backend)
    const { store, anna, cai, bo } = fixture
    await store.accounts.noteSeen([anna.id, cai.id, bo.id], at + 1)
    /** When the user was last seen, as a member of the room learns it. */
    const seen = async (user: User, by: User | undefined, room = den) => {
      const page = { after: user.id - 1, limit: 1, isWithBanned: true, seenBy: by?.id }
      const [member] = await fixture.store.rooms.members(room, page)
      expect(member?.user, 'must be listed for this test to mean anything').toEqual(user)
      return member?.seenAt
    }
    return { fixture, seen }
  }

  describe(`${backend.name} store, last seen`, () => {
    it('is told to the minute, and to nobody who is not named', async (t) => {
      const { fixture, seen } = await open(t)
      const { store, bo, anna } = fixture
      expect(await seen(bo, anna)).toBe(at)
      expect(await seen(bo, undefined)).toBeUndefined()
      expect(await store.rooms.members(den, { after: 0, limit: 1, isWithBanned: false })).toEqual([
        { user: anna, serverRole: 'guest', role: 'moderator' },
      ])
    })
    it('moves forward only, and survives a restart', async (t) => {
      const { fixture, seen } = await open(t)
      const { bo, anna } = fixture
      await fixture.store.accounts.noteSeen([bo.id], at - minute)
      expect(await seen(bo, anna)).toBe(at)
      await fixture.store.accounts.noteSeen([bo.id], at + 3 * minute)
      await fixture.reopen()
      expect(await seen(bo, anna)).toBe(at + 3 * minute)
    })
    it('is unknown of a user who was never seen', async (t) => {
      const { fixture, seen } = await open(t)
      expect(await seen(fixture.eve, fixture.anna, 'lobby')).toBeUndefined()
    })
    it('is noted when a verified session begins and when it is seen, and outlives the session', async (t) => {
      const { fixture, seen } = await open(t)
      const { store, bo, anna } = fixture
      const start = async (byte: number, at: number, credential: Credential) =>
        (await store.sessions.start({ tokenHash: new Uint8Array(32).fill(byte), user: bo, at, credential })).session
      const typed = await start(1, at + minute, { type: 'name' })
      expect(typed.isVerified, 'must not be verified for this test to mean anything').toBe(false)
      await store.sessions.touch(typed.id, { at: at + minute, agent: '', address: '' })
      expect(await seen(bo, anna)).toBe(at)
      const session = await start(2, at + 2 * minute, { type: 'store' })
      expect(await seen(bo, anna)).toBe(at + 2 * minute)
      await store.sessions.touch(session.id, { at: at + 5 * minute, agent: '', address: '' })
      await store.sessions.end(session)
      expect(await seen(bo, anna)).toBe(at + 5 * minute)
    })
    it('is never in the future, and is corrected when a wrong clock has dated it', async (t) => {
      const { fixture, seen } = await open(t)
      const { store, bo, anna } = fixture
      const now = Date.now()
      await store.accounts.noteSeen([bo.id], now + 60 * minute)
      expect(await seen(bo, anna)).toBeLessThanOrEqual(Date.now())
      await store.sessions.keepAlive([], at)
      expect(await seen(bo, anna)).toBe(at)
    })
    it('is hidden both ways: a user who hides it does not learn it of others', async (t) => {
      const { fixture, seen } = await open(t)
      const { store, bo, anna, cai } = fixture
      await store.accounts.hideSeen(bo.id, true)
      expect(await store.accounts.get(bo.id)).toMatchObject({ hidesSeen: true })
      expect(await seen(bo, anna)).toBeUndefined()
      expect(await seen(anna, bo)).toBeUndefined()
      expect(await seen(anna, cai)).toBe(at)
      await store.accounts.hideSeen(bo.id, false)
      expect(await store.accounts.get(bo.id)).toMatchObject({ hidesSeen: false })
      expect([await seen(bo, anna), await seen(anna, bo)]).toEqual([at, at])
    })
    it('is hidden from users whom one has blocked', async (t) => {
      const { fixture, seen } = await open(t)
      const { bo, anna, cai } = fixture
      await fixture.moderate(bo, { type: 'block', user: anna.id, isOn: true })
      expect(await seen(bo, anna)).toBeUndefined()
      expect([await seen(bo, cai), await seen(anna, bo)]).toEqual([at, at])
    })
    it('is hidden of users who are banned from the room or have not accepted to be in it', async (t) => {
      const { fixture, seen } = await open(t)
      const { store, bo, anna, eve } = fixture
      await store.accounts.noteSeen([eve.id], at)
      await fixture.moderate(anna, ban(tea, bo))
      expect(await seen(bo, anna, tea)).toBeUndefined()
      const { room } = await fixture.create(anna, { kind: 'direct', users: [eve.id] })
      await fixture.write(anna, room)
      expect(await seen(eve, anna, room)).toBeUndefined()
      await fixture.moderate(eve, { type: 'accept', room })
      expect(await seen(eve, anna, room)).toBe(at)
    })
  })
}
