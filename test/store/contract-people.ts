/** What every store must do for people: names, sessions, links, rooms, and who sees what. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { limits, type User } from '../../src/shared/protocol.ts'
import { den, tea } from '../support/furnish.ts'
import { userNamed, viewer } from '../support/people.ts'
import type { Backend } from './contract.ts'
import { hourMs, TestHouse } from './house.ts'

const taken = { code: 'name-taken' }
const unusable = { code: 'no-such-user' }
const noRoom = { code: 'no-such-room' }
const forbidden = { code: 'forbidden' }

export function peopleContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)
  const names = (users: readonly User[]) => users.map(({ name }) => name).sort()

  describe(`${backend.name} store, of people:`, () => {
    describe('a claimed name', () => {
      it('keeps its user, what he wrote and his rooms', async (t) => {
        const house = await open(t)
        await house.write(house.bo, den, { data: 'before' })
        await house.claim(house.bo)
        expect(await house.store.account(house.bo.id)).toMatchObject({ user: house.bo, role: 'member' })
        expect(await house.standing(house.bo, den)).toMatchObject({ isIn: true, house: 'member' })
        expect((await house.write(house.bo, den)).entry.user).toEqual(house.bo)
      })
      it('is given to nobody by typing it, nor is a name that looks like it; others are', async (t) => {
        const { store, bo, claim } = await bound(open(t))
        expect((await store.guestNamed('Bo', 'Bo')).user).toEqual(bo)
        await claim(bo)
        await expect(store.guestNamed('Bo', 'Bo')).rejects.toMatchObject(taken)
        await expect(store.guestNamed('ВО', 'Bo')).rejects.toMatchObject(taken)
        expect(await store.hasUserNamed('ВО')).toBe(false)
        expect((await store.guestNamed('Bob', 'Bob')).user.name).toBe('Bob')
      })
      it('goes to the first of those who claim what looks alike', async (t) => {
        const { store } = await open(t)
        const [one, other] = await Promise.all([store.guestNamed('Mo', 'mo'), store.guestNamed('MO', 'mo')])
        expect(one.user.id).not.toBe(other.user.id)
        const claims = await Promise.allSettled(
          [one, other].map(({ user }) => store.setPassword({ userId: user.id, skeleton: 'mo', hash: 'hash' })),
        )
        expect(claims.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
        expect(claims[1]).toMatchObject({ reason: taken })
        expect(await store.accountLike('mo')).toMatchObject({ user: one.user, role: 'member' })
        expect(await store.account(other.user.id)).toMatchObject({ role: 'guest', passwordHash: undefined })
      })
      it('ends every other session of its user, and those of guests who look like him', async (t) => {
        const { store } = await open(t)
        const [mo, alike, li] = await Promise.all([
          store.guestNamed('Mo', 'mo'),
          store.guestNamed('MO', 'mo'),
          store.guestNamed('Li', 'li'),
        ])
        const start = async ({ user }: { user: User }) => (await session(store, user)).id
        const [kept, other, alikes, lis] = [await start(mo), await start(mo), await start(alike), await start(li)]
        const ended = await store.setPassword({ userId: mo.user.id, skeleton: 'mo', hash: 'hash', keep: kept })
        expect(ended.map((one) => one.session).sort()).toEqual([other, alikes].sort())
        expect((await store.sessionsOf(mo.user.id)).map(({ id }) => id)).toEqual([kept])
        expect(await store.sessionsOf(alike.user.id)).toEqual([])
        expect((await store.sessionsOf(li.user.id)).map(({ id }) => id)).toEqual([lis])
      })
      it('makes the session that claimed it a proven one', async (t) => {
        const { store, bo } = await open(t)
        const { id, tokenHash } = await session(store, bo, { isProven: false })
        expect(await store.findSession(tokenHash)).toMatchObject({ isProven: false, role: 'guest' })
        await store.setPassword({ userId: bo.id, skeleton: 'Bo', hash: 'hash', keep: id })
        expect(await store.findSession(tokenHash)).toMatchObject({ isProven: true, role: 'member' })
      })
      it('leaves whoever has more rights than a member what he has', async (t) => {
        const house = await open(t)
        await house.claim(house.ada)
        expect(await house.store.account(house.ada.id)).toMatchObject({ role: 'admin' })
      })
    })

    describe('a guest’s name that is typed', () => {
      it('proves him when it is new, or when there is nothing to prove', async (t) => {
        const { store } = await open(t)
        expect(await store.guestNamed('Mo', 'Mo')).toMatchObject({ isProven: true })
        expect(await store.guestNamed('Mo', 'Mo')).toMatchObject({ isProven: true })
      })
      it('does not while somebody has proven it', async (t) => {
        const { store } = await open(t)
        const { user } = await store.guestNamed('Mo', 'Mo')
        const { id } = await session(store, user)
        expect(await store.guestNamed('Mo', 'Mo')).toEqual({ user, isProven: false })
        await store.endSession(id)
        expect(await store.guestNamed('Mo', 'Mo')).toEqual({ user, isProven: true })
      })
      it('does not where it would open a private room, or keep order', async (t) => {
        const house = await open(t)
        expect(await house.store.guestNamed('Eve', 'Eve')).toMatchObject({ isProven: true })
        await house.act(house.anna, { type: 'add', room: den, users: [house.eve.id] })
        expect(await house.store.guestNamed('Eve', 'Eve')).toMatchObject({ isProven: false })
        await house.act(house.eve, { type: 'leave', room: den })
        expect(await house.store.guestNamed('Eve', 'Eve')).toMatchObject({ isProven: true })
        await house.create(house.eve, { address: 'Eve’s' })
        expect(await house.store.guestNamed('Eve', 'Eve')).toMatchObject({ isProven: false })
      })
    })

    describe('sessions', () => {
      it('are 20 at most: the one that was seen longest ago has to go', async (t) => {
        const { store, bo } = await open(t)
        const started = []
        for (let at = 1; at <= 20; at++) started.push(await session(store, bo, { at }))
        expect(started.flatMap(({ ended }) => ended)).toEqual([])
        await store.touchSession(started[0]?.id ?? 0, { at: 50, agent: '', address: '' })
        const last = await session(store, bo, { at: 21 })
        expect(last.ended).toEqual([{ user: bo, session: started[1]?.id }])
        expect(await store.findSession(started[1]?.tokenHash as Uint8Array)).toBeUndefined()
        expect(await store.findSession(started[0]?.tokenHash as Uint8Array)).toBeDefined()
        expect(await store.sessionsOf(bo.id)).toHaveLength(20)
      })
      it('that are proven outlive any number of those that are not', async (t) => {
        const { store, bo } = await open(t)
        const proven = await session(store, bo, { at: 1 })
        for (let at = 2; at <= 40; at++) await session(store, bo, { at, isProven: false })
        const sessions = await store.sessionsOf(bo.id)
        expect(sessions).toHaveLength(20)
        expect(sessions.filter(({ isProven }) => isProven).map(({ id }) => id)).toEqual([proven.id])
      })
      it('of others are left alone', async (t) => {
        const { store, bo, eve } = await open(t)
        const eves = await session(store, eve, { at: 1 })
        for (let at = 2; at <= 40; at++) await session(store, bo, { at })
        expect(await store.findSession(eves.tokenHash)).toMatchObject({ id: eves.id })
      })
      it('go on under another token, and no longer under the one before', async (t) => {
        const { store, bo } = await open(t)
        const { id, tokenHash } = await session(store, bo, { isProven: false })
        const other = randomBytes(32)
        await store.renewSession(id, other)
        expect(await store.findSession(tokenHash)).toBeUndefined()
        expect(await store.findSession(other)).toMatchObject({ id, isProven: true })
      })
      it('are listed as they were seen, the last one first', async (t) => {
        const { store, bo } = await open(t)
        const [one, other] = [await session(store, bo, { at: 1 }), await session(store, bo, { at: 2, isProven: false })]
        await store.touchSession(one.id, { at: 9, agent: 'Firefox', address: '192.0.2.1' })
        expect(await store.sessionsOf(bo.id)).toEqual([
          { id: one.id, startedAt: 1, seenAt: 9, isProven: true, agent: 'Firefox', address: '192.0.2.1' },
          { id: other.id, startedAt: 2, seenAt: 2, isProven: false, agent: '', address: '' },
        ])
      })
      it('end that nobody uses, whenever they began', async (t) => {
        const { store, bo } = await open(t)
        const [idle, used] = [await session(store, bo, { at: 10 }), await session(store, bo, { at: 10 })]
        await store.touchSession(used.id, { at: 30, agent: '', address: '' })
        await store.endSessionsBefore(5, 20)
        expect(await store.findSession(idle.tokenHash)).toBeUndefined()
        expect(await store.findSession(used.tokenHash)).toBeDefined()
      })
    })

    describe('links', () => {
      const invitation = async (house: TestHouse, by: User, room: string, uses = 1) => {
        const tokenHash = randomBytes(32)
        const expiresAt = Date.now() + hourMs
        const act = await house.deed(by, { type: 'invite', room, tokenHash, uses, expiresAt })
        const join = (user: User, at = Date.now()) => house.store.joinByLink({ tokenHash, userId: user.id, at })
        const isFound = async () => (await house.store.findLink(tokenHash, Date.now())) !== undefined
        return { act, tokenHash, expiresAt, join, isFound }
      }

      it('let in as many at once as they say, and no one more', async (t) => {
        const house = await open(t)
        const others = await Promise.all(['Li', 'Mo', 'Nan'].map((name) => userNamed(house.store, name)))
        const link = await invitation(house, house.anna, den, 2)
        const joined = await Promise.allSettled(others.map((user) => link.join(user)))
        expect(joined.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
        expect(joined[2]).toMatchObject({ reason: unusable })
        const inside = await Promise.all(others.map(async (user) => (await house.standing(user, den)).isIn))
        expect(inside).toEqual([true, true, false])
      })
      it('end at their time to the millisecond', async (t) => {
        const house = await open(t)
        const link = await invitation(house, house.anna, den)
        await expect(link.join(house.eve, link.expiresAt)).rejects.toMatchObject(unusable)
        expect(await link.join(house.eve, link.expiresAt - 1)).toEqual({ room: den, kind: 'private' })
      })
      it('are gone once they are revoked', async (t) => {
        const house = await open(t)
        const link = await invitation(house, house.anna, den)
        const [invite] = await house.store.invites(den, Date.now())
        expect(invite).toMatchObject({ by: house.anna, usesLeft: 1 })
        await house.act(house.cai, { type: 'revoke', room: den, id: invite?.id ?? 0 })
        await expect(link.join(house.eve)).rejects.toMatchObject(unusable)
        expect(await house.store.invites(den, Date.now())).toEqual([])
      })
      it.for([
        ['is put out', { type: 'kick', room: den }],
        ['is banned from the room', { type: 'ban', room: den, until: 8e15, ranges: [] }],
        ['moderates it no more', { type: 'role', room: den, role: 'member' }],
        ['is banned from the house', { type: 'ban', room: undefined, until: 8e15, ranges: [] }],
      ] as const)(
        'into a room do not count once whoever made them %s, unless that is undone',
        async ([, content], t) => {
          const house = await open(t)
          const link = await invitation(house, house.cai, den)
          expect(await link.isFound()).toBe(true)
          const by = content.room ? house.anna : house.ada
          const act = await house.deed(by, { ...content, user: house.cai.id } as Parameters<TestHouse['act']>[1])
          expect(await link.isFound()).toBe(false)
          expect(await house.store.invites(den, Date.now())).toEqual([])
          await expect(link.join(house.eve)).rejects.toMatchObject(unusable)
          await house.undo(by, act)
          expect(await link.isFound()).toBe(true)
          expect(await link.join(house.eve)).toMatchObject({ room: den })
        },
      )
      it('bring nobody in as a moderator who was one before he was put out', async (t) => {
        const house = await open(t)
        const link = await invitation(house, house.anna, den)
        await house.act(house.anna, { type: 'kick', room: den, user: house.cai.id })
        await link.join(house.cai)
        expect(await house.standing(house.cai, den)).toMatchObject({ isIn: true, role: 'member' })
      })
      it('to an account do not count once whoever made them runs the house no more', async (t) => {
        const house = await open(t)
        await house.claim(house.bo)
        const make = async () => {
          const tokenHash = randomBytes(32)
          await house.act(house.ada, { type: 'link', user: house.bo.id, tokenHash, expiresAt: Date.now() + hourMs })
          return () => house.store.passwordByLink({ tokenHash, skeleton: 'Bo', hash: 'other', at: Date.now() })
        }
        const [first, second] = [await make(), await make()]
        // The newest counts only.
        await expect(first()).rejects.toMatchObject(unusable)
        await house.act(house.owen, { type: 'role', room: undefined, user: house.ada.id, role: 'member' })
        await expect(second()).rejects.toMatchObject(unusable)
        expect(await house.store.account(house.bo.id)).toMatchObject({ passwordHash: 'hash' })
        await house.act(house.owen, { type: 'role', room: undefined, user: house.ada.id, role: 'admin' })
        expect(await second()).toMatchObject({ user: house.bo })
        expect(await house.store.account(house.bo.id)).toMatchObject({ passwordHash: 'other' })
      })
      it('never have the number of one that is gone', async (t) => {
        const house = await open(t)
        const first = await invitation(house, house.anna, den)
        const [{ id = 0 } = {}] = await house.store.invites(den, Date.now())
        await house.act(house.anna, { type: 'revoke', room: den, id })
        const second = await invitation(house, house.anna, den)
        await expect(house.undo(house.anna, first.act)).rejects.toMatchObject(forbidden)
        expect(await second.isFound()).toBe(true)
      })
    })

    describe('making rooms', () => {
      it('is done once for each key of a maker, however often and at once it is asked for', async (t) => {
        const house = await open(t)
        const make = (by: User, address: string) => house.create(by, { kind: 'private', address, key: 'k' })
        const [one, other] = await Promise.all([make(house.bo, '~one'), make(house.bo, '~two')])
        expect(one).toMatchObject({ room: '~one', isNew: true })
        expect(other).toEqual({ room: '~one', isNew: false, effects: [] })
        expect(await house.store.hasRoom('~two')).toBe(false)
        expect(await make(house.eve, '~three')).toMatchObject({ room: '~three', isNew: true })
      })
      it('makes its maker a moderator, and brings in whom he names', async (t) => {
        const house = await open(t)
        await house.create(house.bo, { kind: 'private', address: '~new', users: [house.eve.id, house.eve.id] })
        expect(await house.standing(house.bo, '~new')).toMatchObject({ isIn: true, role: 'moderator', isMaker: true })
        expect(await house.standing(house.eve, '~new')).toMatchObject({ isIn: true, role: 'member', isInvited: true })
        expect(await house.standing(house.cai, '~new')).toMatchObject({ isIn: false })
      })
      it('refuses a public name that is another’s name or address', async (t) => {
        const house = await open(t)
        await house.act(house.anna, { type: 'change', room: tea, data: { name: 'Green tea' } })
        for (const name of ['lobby', tea, 'Green tea']) {
          await expect(house.create(house.bo, { address: name })).rejects.toMatchObject(taken)
        }
        await expect(house.store.openRoom('Green tea', 1)).rejects.toMatchObject(taken)
        expect(await house.create(house.bo, { address: 'Black tea' })).toMatchObject({ isNew: true })
      })
      it('lets what is private be called like anything', async (t) => {
        const house = await open(t)
        for (const address of ['~a', '~b']) {
          expect(await house.create(house.bo, { kind: 'private', address, name: tea })).toMatchObject({ isNew: true })
        }
      })
      it('finds the conversation of the same people again, whoever begins it and whatever he calls it', async (t) => {
        const { store, bo, eve, cai, create } = await bound(open(t))
        const direct = (by: User, users: User[], address: string) =>
          create(by, { kind: 'direct', address, name: address, users: users.map(({ id }) => id) })
        expect(await direct(bo, [eve], '~1')).toMatchObject({ room: '~1', isNew: true })
        expect(await direct(eve, [bo], '~2')).toMatchObject({ room: '~1', isNew: false })
        expect(await direct(bo, [eve, bo, eve], '~3')).toMatchObject({ room: '~1', isNew: false })
        expect(await direct(bo, [eve, cai], '~4')).toMatchObject({ room: '~4', isNew: true })
        expect(await direct(cai, [bo, eve], '~5')).toMatchObject({ room: '~4', isNew: false })
        expect(await store.hasRoom('~2')).toBe(false)
        expect(await store.summary(viewer(bo), '~4')).toMatchObject({ name: '~4', people: [cai, eve] })
      })
      it('makes no conversation with oneself, nor with a crowd', async (t) => {
        const { store, bo, create } = await bound(open(t))
        await expect(create(bo, { kind: 'direct', users: [bo.id] })).rejects.toMatchObject(unusable)
        const crowd = await Promise.all(
          Array.from({ length: limits.directPeople }, (_, i) => userNamed(store, `Person ${i}`)),
        )
        for (const { id } of crowd) await store.enter(id, 'lobby')
        const users = crowd.map(({ id }) => id)
        await expect(create(bo, { kind: 'direct', users })).rejects.toMatchObject(forbidden)
        expect(await create(bo, { kind: 'direct', users: users.slice(1) })).toMatchObject({ isNew: true })
      })
      it('brings in nobody whom its maker cannot know, as if there were none', async (t) => {
        const { store, bo, eve, create } = await bound(open(t))
        // Has signed in and has not been anywhere.
        const stranger = await userNamed(store, 'Stranger')
        const noSuch = { ...unusable, message: 'There is no such user.' }
        for (const kind of ['public', 'private', 'direct'] as const) {
          for (const id of [stranger.id, 999_999]) {
            await expect(create(bo, { kind, users: [eve.id, id] })).rejects.toMatchObject(noSuch)
          }
        }
        await store.enter(stranger.id, 'lobby')
        expect(await create(bo, { kind: 'direct', users: [stranger.id] })).toMatchObject({ isNew: true })
      })
      it('lets one who is not believed make what is public, alone, and without moderating it', async (t) => {
        const house = await open(t)
        const { bo, eve } = house
        const unproven = { isProven: false }
        for (const room of [{ kind: 'private' }, { kind: 'direct', users: [eve.id] }, { users: [eve.id] }] as const) {
          await expect(house.create(bo, room, unproven)).rejects.toMatchObject(forbidden)
          expect(await house.create(bo, room)).toMatchObject({ isNew: true })
        }
        await house.create(bo, { address: 'open' }, unproven)
        expect(await house.standing(bo, 'open')).toMatchObject({ role: 'member', readTo: undefined })
      })
      it('is not for guests who may go only where they are invited, nor for whoever is banned', async (t) => {
        const house = await open(t)
        await expect(house.create(house.bo, {}, { seesPublic: false })).rejects.toMatchObject(forbidden)
        await house.act(house.ada, { type: 'ban', room: undefined, user: house.bo.id, until: 8e15, ranges: [] })
        await expect(house.create(house.bo)).rejects.toMatchObject(forbidden)
      })
    })

    describe('leaving', () => {
      it('leaves a public room among those that can be opened again, and takes what one was there', async (t) => {
        const house = await open(t)
        expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: true, role: 'moderator' })
        await house.act(house.cai, { type: 'leave', room: tea })
        expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: false, role: 'member' })
        expect(await house.store.summary(viewer(house.cai), tea)).toMatchObject({ left: true })
        await expect(house.write(house.cai, tea)).rejects.toMatchObject({ code: 'not-in-room' })
        await house.store.enter(house.cai.id, tea)
        expect(await house.store.summary(viewer(house.cai), tea)).not.toHaveProperty('left')
        expect((await house.write(house.cai, tea)).isNew).toBe(true)
      })
      it('leaves a private room for good, until somebody brings one in', async (t) => {
        const house = await open(t)
        await house.act(house.bo, { type: 'leave', room: den })
        expect(await house.store.summary(viewer(house.bo), den)).toBeUndefined()
        await house.store.enter(house.bo.id, den)
        expect(await house.standing(house.bo, den)).toMatchObject({ isIn: false })
        await expect(house.write(house.bo, den)).rejects.toMatchObject(noRoom)
        await house.act(house.anna, { type: 'add', room: den, users: [house.bo.id] })
        expect((await house.write(house.bo, den)).isNew).toBe(true)
      })
      it('closes a conversation until somebody goes on in it', async (t) => {
        const house = await open(t)
        const { bo, eve } = house
        await house.create(bo, { kind: 'direct', address: '~talk', users: [eve.id] })
        await house.act(eve, { type: 'leave', room: '~talk' })
        expect(await house.store.summary(viewer(eve), '~talk')).toBeUndefined()
        const { effects } = await house.write(bo, '~talk', { data: 'are you there?' })
        const isBack = { room: '~talk', kind: 'direct', isIn: true, sees: true }
        expect(effects).toEqual([{ type: 'standing', user: eve.id, ...isBack }])
        expect(await house.store.summary(viewer(eve), '~talk')).toMatchObject({ unread: 1 })
      })
      it('by one who has only typed a guest’s name gives nothing of that guest’s up', async (t) => {
        const house = await open(t)
        await house.act(house.cai, { type: 'leave', room: tea }, { isProven: false })
        expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: false, role: 'moderator' })
        await expect(house.act(house.cai, { type: 'leave', room: den }, { isProven: false })).rejects.toMatchObject(
          noRoom,
        )
        expect(await house.standing(house.cai, den)).toMatchObject({ isIn: true, role: 'moderator' })
      })
      it('is not written into the audit log', async (t) => {
        const house = await open(t)
        const before = await house.store.acts(viewer(house.ada), undefined, 100)
        expect(await house.act(house.bo, { type: 'leave', room: tea })).toMatchObject({ act: undefined })
        expect(await house.store.acts(viewer(house.ada), undefined, 100)).toEqual(before)
      })
    })

    describe('what one sees', () => {
      /** Bo's standing in a room of the kind, as it is brought about. */
      const ways = {
        'is in it': async (house: TestHouse, room: string) =>
          house.act(house.anna, { type: 'add', room, users: [house.bo.id] }),
        'has left it': async (house: TestHouse, room: string) => house.act(house.bo, { type: 'leave', room }),
        'was put out of it': async (house: TestHouse, room: string) =>
          house.act(house.anna, { type: 'kick', room, user: house.bo.id }),
        'is banned from it': async (house: TestHouse, room: string) =>
          house.act(house.anna, { type: 'ban', room, user: house.bo.id, until: Date.now() + hourMs, ranges: [] }),
        'was banned from it for a time that is over': async (house: TestHouse, room: string) =>
          house.act(house.anna, { type: 'ban', room, user: house.bo.id, until: Date.now() - 1, ranges: [] }),
      }
      const usual = {}
      const unproven = { isProven: false }
      const onlyInvited = { seesPublic: false }

      it.for([
        ['is in it', tea, usual, true],
        ['is in it', tea, unproven, true],
        ['is in it', tea, onlyInvited, true],
        ['is in it', tea, { ...unproven, ...onlyInvited }, false],
        ['has left it', tea, usual, true],
        ['has left it', tea, onlyInvited, false],
        ['was put out of it', tea, usual, true],
        ['was put out of it', tea, onlyInvited, false],
        ['is banned from it', tea, usual, false],
        ['was banned from it for a time that is over', tea, usual, true],
        ['is in it', den, usual, true],
        ['is in it', den, unproven, false],
        ['is in it', den, onlyInvited, true],
        ['has left it', den, usual, false],
        ['was put out of it', den, usual, false],
        ['is banned from it', den, usual, false],
        ['was banned from it for a time that is over', den, usual, true],
      ] as const)('of a room: who %s, of %s, with %o: %s', async ([way, room, sight, isSeen], t) => {
        const house = await open(t)
        expect(await house.store.summary(viewer(house.anna), room)).toMatchObject({ room })
        await ways[way](house, room)
        const bo = viewer(house.bo, sight)
        expect((await house.store.summary(bo, room)) !== undefined).toBe(isSeen)
        expect((await house.store.rooms(bo)).some((one) => one.room === room)).toBe(isSeen)
      })
      it('does not grow with what one is in the house', async (t) => {
        const house = await open(t)
        for (const runner of [house.owen, house.ada]) {
          expect(await house.store.summary(viewer(runner), den)).toBeUndefined()
          expect((await house.store.rooms(viewer(runner))).map(({ room }) => room)).toEqual(['lobby', tea])
        }
      })
      it('of a public room is the same for one who was never there, and nothing but that', async (t) => {
        const house = await open(t)
        await house.write(house.bo, tea, { data: '@Eve' })
        expect(await house.store.summary(viewer(house.eve), tea)).toEqual({
          room: tea,
          name: tea,
          topic: '',
          last: 1,
          read: 1,
          unread: 0,
          mentions: 0,
        })
      })
      it('of guests who were in it before the operator let none in by themselves is nothing', async (t) => {
        const house = await open(t)
        const sight = viewer(house.eve, { seesPublic: false })
        expect(await house.store.rooms(sight)).toEqual([])
        await house.act(house.anna, { type: 'add', room: tea, users: [house.eve.id] })
        expect((await house.store.rooms(sight)).map(({ room }) => room)).toEqual([tea])
      })
    })

    describe('members', () => {
      const page = { after: 0, limit: 100, isWithBanned: false }

      it('are those who are in it, with what they are', async (t) => {
        const house = await open(t)
        const members = await house.store.members(den, page)
        expect(members).toEqual([
          { user: house.anna, house: 'guest', role: 'moderator' },
          { user: house.cai, house: 'guest', role: 'moderator' },
          { user: house.bo, house: 'guest', role: 'member' },
        ])
      })
      it('come a page at a time', async (t) => {
        const { store, anna, cai, bo } = await open(t)
        const ids = async (after: number) =>
          (await store.members(den, { ...page, after, limit: 2 })).map(({ user }) => user.id)
        expect(await ids(0)).toEqual([anna.id, cai.id])
        expect(await ids(cai.id)).toEqual([bo.id])
        expect(await ids(bo.id)).toEqual([])
      })
      it('are shown with those who are banned only if asked for', async (t) => {
        const house = await open(t)
        const until = Date.now() + hourMs
        await house.act(house.anna, { type: 'ban', room: den, user: house.cai.id, until, ranges: [] })
        await house.act(house.anna, { type: 'mute', room: den, user: house.bo.id, until })
        const isThere = [
          { user: house.anna, house: 'guest', role: 'moderator' },
          { user: house.bo, house: 'guest', role: 'member', mutedUntil: until },
        ]
        expect(await house.store.members(den, page)).toEqual(isThere)
        const all = await house.store.members(den, { ...page, isWithBanned: true })
        expect(all).toEqual([
          isThere[0],
          { user: house.cai, house: 'guest', role: 'member', bannedUntil: until },
          isThere[1],
        ])
      })
      it('do not count those who have left, nor whose ban is over', async (t) => {
        const house = await open(t)
        await house.act(house.cai, { type: 'leave', room: den })
        const at = Date.now() - 2 * hourMs
        const ban = { type: 'ban', room: den, user: house.bo.id, until: at + hourMs, ranges: [] } as const
        await house.act(house.anna, ban, { at })
        const all = await house.store.members(den, { ...page, isWithBanned: true })
        expect(all.map(({ user }) => user)).toEqual([house.anna])
      })
      it('of no room are none', async (t) => {
        const { store } = await open(t)
        expect(await store.members('~none', page)).toEqual([])
      })
    })

    describe('whom one knows', () => {
      /** Sees only the den from inside; Zoe has never been anywhere else. */
      async function withZoe(t: Parameters<Backend['place']>[0]) {
        const house = await open(t)
        const zoe = await userNamed(house.store, 'Zoe')
        const tokenHash = randomBytes(32)
        const invite = { type: 'invite', room: den, tokenHash, uses: 1, expiresAt: Date.now() + hourMs } as const
        await house.act(house.anna, invite)
        await house.store.joinByLink({ tokenHash, userId: zoe.id, at: Date.now() })
        const known = async (user: User, sight = {}, find = '') =>
          names(await house.store.usersKnownTo(viewer(user, sight), find, 100))
        return { house, zoe, known }
      }

      it('are those who were in a room that one sees', async (t) => {
        const { known, house } = await withZoe(t)
        expect(await known(house.bo)).toContain('Zoe')
        expect(await known(house.bo)).toContain('Eve')
        expect(await known(house.eve)).toContain('Bo')
        expect(await known(house.eve)).not.toContain('Zoe')
        expect(await known(house.ada)).not.toContain('Zoe')
      })
      it('are not those of the private rooms of a guest whose name one has only typed', async (t) => {
        const { known, house } = await withZoe(t)
        expect(await known(house.bo)).toContain('Zoe')
        expect(await known(house.bo, { isProven: false })).not.toContain('Zoe')
        expect(await known(house.bo, { isProven: false })).toContain('Eve')
      })
      it('are, for a guest who may go only where he is invited, those of such rooms', async (t) => {
        const { known, house } = await withZoe(t)
        await house.store.enter(house.ada.id, tea)
        // In the lobby by himself, before; in the tea and in the den because he was invited.
        expect(await known(house.bo, { seesPublic: false })).toEqual(['Ada', 'Anna', 'Bo', 'Cai', 'Zoe'])
        expect(await known(house.eve, { seesPublic: false })).toEqual([])
      })
      it('are not those of rooms that one has left or was put out of', async (t) => {
        const { known, house } = await withZoe(t)
        await house.act(house.bo, { type: 'leave', room: den })
        expect(await known(house.bo)).not.toContain('Zoe')
        await house.act(house.anna, { type: 'ban', room: den, user: house.cai.id, until: 8e15, ranges: [] })
        expect(await known(house.cai)).not.toContain('Zoe')
      })
      it('are not those of a public room from which one is banned', async (t) => {
        const { known, house, zoe } = await withZoe(t)
        await house.act(house.bo, { type: 'leave', room: den })
        await house.store.enter(zoe.id, tea)
        expect(await known(house.bo)).toContain('Zoe')
        await house.act(house.anna, { type: 'ban', room: tea, user: house.bo.id, until: 8e15, ranges: [] })
        expect(await known(house.bo)).not.toContain('Zoe')
      })
      it('are found by how their names begin, whatever the case', async (t) => {
        const { known, house } = await withZoe(t)
        expect(await known(house.bo, {}, 'z')).toEqual(['Zoe'])
        expect(await known(house.bo, {}, 'ZO')).toEqual(['Zoe'])
        expect(await known(house.bo, {}, 'oe')).toEqual([])
        expect(await known(house.bo, {}, '%')).toEqual([])
      })
    })
  })
}

async function session(
  store: TestHouse['store'],
  user: User,
  more: { at?: number; isProven?: boolean } = {},
): Promise<{ id: number; tokenHash: Uint8Array; ended: unknown[] }> {
  const tokenHash = randomBytes(32)
  const { session, ended } = await store.startSession({ tokenHash, user, at: 1, isProven: true, ...more })
  return { id: session.id, tokenHash, ended }
}

/** A house whose methods stand alone. */
async function bound(opening: Promise<TestHouse>) {
  const house = await opening
  const { store, bo, eve, cai } = house
  return { store, bo, eve, cai, claim: house.claim.bind(house), create: house.create.bind(house) }
}
