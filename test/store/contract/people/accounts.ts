/** What every store must do for accounts: names, sessions and links. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { NewSession } from '../../../../src/server/store/store.ts'
import { forever } from '../../../../src/shared/durations.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { provesBy, userNamed } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { hourMs, inAnHour, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }
const unusable = { code: 'no-such-user' }
const taken = { code: 'name-taken' }
const byName = { credential: { type: 'name' } } as const

export function accountsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  describe(`${backend.name} store, accounts`, () => {
    describe('claimed name', () => {
      it('keeps its user, messages and rooms', async (t) => {
        const fixture = await open(t)
        await fixture.write(fixture.bo, den, { data: 'before' })
        await fixture.claim(fixture.bo)
        expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ user: fixture.bo, role: 'member' })
        expect(await fixture.membership(fixture.bo, den)).toMatchObject({ isIn: true, serverRole: 'member' })
        expect((await fixture.write(fixture.bo, den)).entry.user).toEqual(fixture.bo)
      })
      it('and its confusables are refused without the password', async (t) => {
        const { store, bo, claim } = await bound(open(t))
        expect(await store.accounts.openGuest('Bo', 'Bo')).toEqual(bo)
        await claim(bo)
        await expect(store.accounts.openGuest('Bo', 'Bo')).rejects.toMatchObject(taken)
        await expect(store.accounts.openGuest('ВО', 'Bo')).rejects.toMatchObject(taken)
        expect(await store.accounts.hasUser('ВО')).toBe(false)
        expect((await store.accounts.openGuest('Bob', 'Bob')).name).toBe('Bob')
      })
      it('belongs to the first of several simultaneous claims of confusable names', async (t) => {
        const { store } = await open(t)
        const [one, other] = await Promise.all([
          store.accounts.openGuest('Mo', 'mo'),
          store.accounts.openGuest('MO', 'mo'),
        ])
        expect(one.id).not.toBe(other.id)
        const claims = await Promise.allSettled(
          [one, other].map(({ id }) => store.accounts.setPassword({ userId: id, skeleton: 'mo', hash: 'hash' })),
        )
        expect(claims.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
        expect(claims[1]).toMatchObject({ reason: taken })
        expect(await store.accounts.findClaimed('mo')).toMatchObject({ user: one, role: 'member' })
        expect(await store.accounts.get(other.id)).toMatchObject({ role: 'guest', passwordHash: undefined })
      })
      it('ends the user’s other sessions and those of guests with confusable names', async (t) => {
        const { store } = await open(t)
        const [mo, alike, li] = await Promise.all([
          store.accounts.openGuest('Mo', 'mo'),
          store.accounts.openGuest('MO', 'mo'),
          store.accounts.openGuest('Li', 'li'),
        ])
        const start = async (user: User) => (await session(store, user)).id
        const [kept, other, alikes, lis] = [await start(mo), await start(mo), await start(alike), await start(li)]
        const keep = { session: kept, oldHash: undefined }
        const ended = await store.accounts.setPassword({ userId: mo.id, skeleton: 'mo', hash: 'hash', keep })
        expect(ended.map((one) => one.session).sort()).toEqual([other, alikes].sort())
        expect((await store.sessions.list(mo.id)).map(({ id }) => id)).toEqual([kept])
        expect(await store.sessions.list(alike.id)).toEqual([])
        expect((await store.sessions.list(li.id)).map(({ id }) => id)).toEqual([lis])
      })
      it('cannot be claimed by a session that is unverified at commit (SECURITY-REVIEW 5)', async (t) => {
        const { store, bo } = await open(t)
        const { id, tokenHash } = await session(store, bo, byName)
        expect(await store.sessions.find(tokenHash)).toMatchObject({ isVerified: false, role: 'guest' })
        const keep = { session: id, oldHash: undefined }
        await expect(
          store.accounts.setPassword({ userId: bo.id, skeleton: 'Bo', hash: 'hash', keep }),
        ).rejects.toMatchObject(forbidden)
        expect(await store.accounts.get(bo.id)).toMatchObject({ role: 'guest', passwordHash: undefined })
      })
      it('changes its password only for a live session that gave the current password', async (t) => {
        const fixture = await open(t)
        const { store, bo } = fixture
        const { id } = await session(store, bo)
        const change = (hash: string, oldHash?: string) =>
          store.accounts.setPassword({ userId: bo.id, skeleton: 'Bo', hash, keep: { session: id, oldHash } })
        await change('first')
        await expect(change('second')).rejects.toMatchObject(forbidden)
        await expect(change('second', 'another')).rejects.toMatchObject(forbidden)
        await change('second', 'first')
        await store.sessions.end({ id, user: bo })
        await expect(change('third', 'second')).rejects.toMatchObject(forbidden)
        expect(await store.accounts.get(bo.id)).toMatchObject({ passwordHash: 'second' })
      })
      it('refuses a session by name alone, even one requested before the claim', async (t) => {
        const fixture = await open(t)
        const guest = await fixture.store.accounts.openGuest('Bo', 'Bo')
        await fixture.claim(fixture.bo)
        await expect(session(fixture.store, guest, byName)).rejects.toMatchObject(taken)
        expect(await fixture.store.sessions.list(fixture.bo.id)).toEqual([])
        expect((await session(fixture.store, fixture.bo)).id).toBeGreaterThan(0)
      })
      it('keeps the server role of its user when that is higher than member', async (t) => {
        const fixture = await open(t)
        await fixture.claim(fixture.ada)
        expect(await fixture.store.accounts.get(fixture.ada.id)).toMatchObject({ role: 'admin' })
      })
    })

    describe('typed name of a guest', () => {
      it('is verified when the name is new or when nothing needs protection', async (t) => {
        const { store } = await open(t)
        expect(await provesBy(store, 'Mo')).toBe(true)
        expect(await provesBy(store, 'Mo')).toBe(true)
      })
      it('is not verified while a verified session exists', async (t) => {
        const { store } = await open(t)
        const user = await store.accounts.openGuest('Mo', 'Mo')
        const { id } = await session(store, user)
        expect(await provesBy(store, 'Mo')).toBe(false)
        await store.sessions.end({ id, user })
        expect(await provesBy(store, 'Mo')).toBe(true)
      })
      it('is not verified if that opens private rooms or moderation', async (t) => {
        const fixture = await open(t)
        expect(await provesBy(fixture.store, 'Eve')).toBe(true)
        await fixture.moderate(fixture.anna, { type: 'add', room: den, users: [fixture.eve.id] })
        expect(await provesBy(fixture.store, 'Eve')).toBe(false)
      })
      it('is not verified for a guest who was added to a public room, which may be closed to other guests', async (t) => {
        const fixture = await open(t)
        await fixture.store.rooms.join(fixture.eve.id, tea)
        expect(await provesBy(fixture.store, 'Eve')).toBe(true)
        await fixture.moderate(fixture.anna, { type: 'add', room: tea, users: [fixture.eve.id] })
        expect(await provesBy(fixture.store, 'Eve')).toBe(false)
      })
      it('is not verified while a password link is pending', async (t) => {
        const fixture = await open(t)
        const tokenHash = randomBytes(32)
        const expiresAt = Date.now() + hourMs
        await fixture.moderate(fixture.ada, { type: 'link', user: fixture.eve.id, tokenHash, expiresAt })
        expect(await provesBy(fixture.store, 'Eve')).toBe(false)
        await fixture.store.moderation.removeExpired(expiresAt, 0)
        expect(await provesBy(fixture.store, 'Eve')).toBe(true)
      })
    })

    describe('sessions', () => {
      it('are at most 20 for a user: the least recently seen one ends', async (t) => {
        const { store, bo } = await open(t)
        const started = []
        for (let at = 1; at <= 20; at++) started.push(await session(store, bo, { at }))
        expect(started.flatMap(({ ended }) => ended)).toEqual([])
        await store.sessions.touch(started[0]?.id ?? 0, { at: 50, agent: '', address: '' })
        const last = await session(store, bo, { at: 21 })
        expect(last.ended).toEqual([{ user: bo, session: started[1]?.id }])
        expect(await store.sessions.find(started[1]?.tokenHash as Uint8Array)).toBeUndefined()
        expect(await store.sessions.find(started[0]?.tokenHash as Uint8Array)).toBeDefined()
        expect(await store.sessions.list(bo.id)).toHaveLength(20)
      })
      it('that are verified outlast any number of unverified ones', async (t) => {
        const { store, bo } = await open(t)
        const verified = await session(store, bo, { at: 1 })
        for (let at = 2; at <= 40; at++) await session(store, bo, { at, ...byName })
        const sessions = await store.sessions.list(bo.id)
        expect(sessions).toHaveLength(20)
        expect(sessions.filter(({ isVerified }) => isVerified).map(({ id }) => id)).toEqual([verified.id])
      })
      it('cannot be started by a banned user', async (t) => {
        const fixture = await open(t)
        const action = await fixture.moderateForId(fixture.ada, {
          type: 'ban',
          room: undefined,
          user: fixture.bo.id,
          until: inAnHour(),
          ranges: [],
        })
        const at = Date.now()
        await expect(session(fixture.store, fixture.bo, { at })).rejects.toMatchObject(forbidden)
        await fixture.undo(fixture.ada, action)
        expect((await session(fixture.store, fixture.bo, { at })).id).toBeGreaterThan(0)
      })
      it('end when unused, unless they have connections', async (t) => {
        const { store, bo } = await open(t)
        const [idle, used] = [await session(store, bo, { at: 5 }), await session(store, bo, { at: 5 })]
        await store.sessions.keepAlive([used.id], 7)
        expect(await store.sessions.endBefore(0, 6)).toEqual([{ user: bo, session: idle.id }])
        expect(await store.sessions.find(used.tokenHash)).toMatchObject({ seenAt: 7 })
        expect(await store.sessions.endBefore(6, 0)).toEqual([{ user: bo, session: used.id }])
      })
      it('of other users are not ended', async (t) => {
        const { store, bo, eve } = await open(t)
        const eves = await session(store, eve, { at: 1 })
        for (let at = 2; at <= 40; at++) await session(store, bo, { at })
        expect(await store.sessions.find(eves.tokenHash)).toMatchObject({ id: eves.id })
      })
      it('continue with a new token after a password change, and the old token is refused (SECURITY-REVIEW 5)', async (t) => {
        const { store, bo } = await open(t)
        const { id, tokenHash } = await session(store, bo)
        const other = randomBytes(32)
        const keep = { session: id, oldHash: undefined, tokenHash: other }
        await store.accounts.setPassword({ userId: bo.id, skeleton: 'Bo', hash: 'hash', keep })
        expect(await store.sessions.find(tokenHash)).toBeUndefined()
        expect(await store.sessions.find(other)).toMatchObject({ id, isVerified: true })
      })
      it('are listed with the most recently seen first', async (t) => {
        const { store, bo } = await open(t)
        const [one, other] = [await session(store, bo, { at: 1 }), await session(store, bo, { at: 2, ...byName })]
        await store.sessions.touch(one.id, { at: 9, agent: 'Firefox', address: '192.0.2.1' })
        expect(await store.sessions.list(bo.id)).toEqual([
          { id: one.id, startedAt: 1, seenAt: 9, isVerified: true, agent: 'Firefox', address: '192.0.2.1' },
          { id: other.id, startedAt: 2, seenAt: 2, isVerified: false, agent: '', address: '' },
        ])
      })
      it('end when unused, however old they are', async (t) => {
        const { store, bo } = await open(t)
        const [idle, used] = [await session(store, bo, { at: 10 }), await session(store, bo, { at: 10 })]
        await store.sessions.touch(used.id, { at: 30, agent: '', address: '' })
        await store.sessions.endBefore(5, 20)
        expect(await store.sessions.find(idle.tokenHash)).toBeUndefined()
        expect(await store.sessions.find(used.tokenHash)).toBeDefined()
      })
    })

    describe('links', () => {
      const invitation = async (fixture: StoreFixture, by: User, room: string, uses = 1) => {
        const tokenHash = randomBytes(32)
        const expiresAt = Date.now() + hourMs
        const action = await fixture.moderateForId(by, { type: 'invite', room, tokenHash, uses, expiresAt })
        const join = (user: User, at = Date.now()) => fixture.store.invitations.join({ tokenHash, userId: user.id, at })
        const isFound = async () => (await fixture.store.invitations.find(tokenHash, Date.now())) !== undefined
        return { action, tokenHash, expiresAt, join, isFound }
      }

      it('admit exactly as many simultaneous users as they allow', async (t) => {
        const fixture = await open(t)
        const others = await Promise.all(['Li', 'Mo', 'Nan'].map((name) => userNamed(fixture.store, name)))
        const link = await invitation(fixture, fixture.anna, den, 2)
        const joined = await Promise.allSettled(others.map((user) => link.join(user)))
        expect(joined.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
        expect(joined[2]).toMatchObject({ reason: unusable })
        const inside = await Promise.all(others.map(async (user) => (await fixture.membership(user, den)).isIn))
        expect(inside).toEqual([true, true, false])
      })
      it('expire at their time, to the millisecond', async (t) => {
        const fixture = await open(t)
        const link = await invitation(fixture, fixture.anna, den)
        await expect(link.join(fixture.eve, link.expiresAt)).rejects.toMatchObject(unusable)
        expect(await link.join(fixture.eve, link.expiresAt - 1)).toEqual({ room: den, kind: 'private', ended: [] })
      })
      it('are not found after they are revoked', async (t) => {
        const fixture = await open(t)
        const link = await invitation(fixture, fixture.anna, den)
        const [invite] = await fixture.store.invitations.list(den, Date.now())
        expect(invite).toMatchObject({ by: fixture.anna, usesLeft: 1 })
        await fixture.moderate(fixture.cai, { type: 'revoke', room: den, id: invite?.id ?? 0 })
        await expect(link.join(fixture.eve)).rejects.toMatchObject(unusable)
        expect(await fixture.store.invitations.list(den, Date.now())).toEqual([])
      })
      it.for([
        ['is removed from the room', { type: 'kick', room: den }],
        ['is banned from the room', { type: 'ban', room: den, until: forever, ranges: [] }],
        ['no longer moderates it', { type: 'role', room: den, role: 'member' }],
        ['is banned from the server', { type: 'ban', room: undefined, until: forever, ranges: [] }],
      ] as const)(
        'to a room are void while their creator %s, and valid again when that is undone',
        async ([, content], t) => {
          const fixture = await open(t)
          const link = await invitation(fixture, fixture.cai, den)
          expect(await link.isFound()).toBe(true)
          const by = content.room ? fixture.anna : fixture.ada
          const action = await fixture.moderateForId(by, { ...content, user: fixture.cai.id } as Parameters<
            StoreFixture['moderate']
          >[1])
          expect(await link.isFound()).toBe(false)
          expect(await fixture.store.invitations.list(den, Date.now())).toEqual([])
          await expect(link.join(fixture.eve)).rejects.toMatchObject(unusable)
          await fixture.undo(by, action)
          expect(await link.isFound()).toBe(true)
          expect(await link.join(fixture.eve)).toMatchObject({ room: den })
        },
      )
      it('do not restore the moderator role of a removed user', async (t) => {
        const fixture = await open(t)
        const link = await invitation(fixture, fixture.anna, den)
        await fixture.moderate(fixture.anna, { type: 'kick', room: den, user: fixture.cai.id })
        await link.join(fixture.cai)
        expect(await fixture.membership(fixture.cai, den)).toMatchObject({ isIn: true, role: 'member' })
      })
      it('to an account are void once their creator is no longer an admin', async (t) => {
        const fixture = await open(t)
        await fixture.claim(fixture.bo)
        const make = async () => {
          const tokenHash = randomBytes(32)
          await fixture.moderate(fixture.ada, {
            type: 'link',
            user: fixture.bo.id,
            tokenHash,
            expiresAt: Date.now() + hourMs,
          })
          return () =>
            fixture.store.invitations.setPassword({ tokenHash, skeleton: 'Bo', hash: 'other', at: Date.now() })
        }
        const [first, second] = [await make(), await make()]
        // The newest counts only.
        await expect(first()).rejects.toMatchObject(unusable)
        await fixture.moderate(fixture.owen, { type: 'role', room: undefined, user: fixture.ada.id, role: 'member' })
        await expect(second()).rejects.toMatchObject(unusable)
        expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ passwordHash: 'hash' })
        await fixture.moderate(fixture.owen, { type: 'role', room: undefined, user: fixture.ada.id, role: 'admin' })
        expect(await second()).toMatchObject({ user: fixture.bo })
        expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ passwordHash: 'other' })
      })
      it('never reuse the number of a removed link', async (t) => {
        const fixture = await open(t)
        const first = await invitation(fixture, fixture.anna, den)
        const [{ id = 0 } = {}] = await fixture.store.invitations.list(den, Date.now())
        await fixture.moderate(fixture.anna, { type: 'revoke', room: den, id })
        const second = await invitation(fixture, fixture.anna, den)
        await expect(fixture.undo(fixture.anna, first.action)).rejects.toMatchObject(forbidden)
        expect(await second.isFound()).toBe(true)
      })
    })
  })
}

async function session(
  store: StoreFixture['store'],
  user: User,
  more: Partial<NewSession> = {},
): Promise<{ id: number; tokenHash: Uint8Array; ended: unknown[] }> {
  const tokenHash = randomBytes(32)
  const { session, ended } = await store.sessions.start({
    tokenHash,
    user,
    at: 1,
    credential: { type: 'store' },
    ...more,
  })
  return { id: session.id, tokenHash, ended }
}

/** A fixture whose methods can be used alone. */
async function bound(opening: Promise<StoreFixture>) {
  const fixture = await opening
  const { store, bo, eve, cai } = fixture
  return { store, bo, eve, cai, claim: fixture.claim.bind(fixture), create: fixture.create.bind(fixture) }
}
