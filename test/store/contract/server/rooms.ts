/** What every store must do for rooms: creating and leaving them, who can view them, and which users are known. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { forever } from '../../../../src/shared/durations.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { userNamed, viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { hourMs, inAnHour, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const unusable = { code: 'no-such-user' }
const taken = { code: 'name-taken' }

export function roomsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  const names = (users: readonly User[]) => users.map(({ name }) => name).sort()

  describe(`${backend.name} store, rooms`, () => {
    describe('create', () => {
      it('makes one room for a key, however often and at once it is sent', async (t) => {
        const fixture = await open(t)
        const make = (by: User, address: string) => fixture.create(by, { kind: 'private', address, key: 'k' })
        const [one, other] = await Promise.all([make(fixture.bo, '~one'), make(fixture.bo, '~two')])
        expect(one).toMatchObject({ room: '~one', isNew: true })
        expect(other).toEqual({ room: '~one', isNew: false, effects: [] })
        expect(await fixture.store.rooms.exists('~two')).toBe(false)
        expect(await make(fixture.eve, '~three')).toMatchObject({ room: '~three', isNew: true })
      })
      it('is refused when its key was used for another room', async (t) => {
        const fixture = await open(t)
        for (const kind of ['private', 'direct'] as const) {
          const make = (request: string) =>
            fixture.create(fixture.bo, {
              kind,
              address: `~${kind} ${request}`,
              users: [fixture.eve.id],
              key: kind,
              request,
            })
          const { room } = await make('one')
          expect(await make('one')).toMatchObject({ room, isNew: false })
          await expect(make('another')).rejects.toMatchObject({ code: 'bad-field' })
        }
      })
      it('makes its author a moderator, and adds the users that they name', async (t) => {
        const fixture = await open(t)
        await fixture.create(fixture.bo, { kind: 'private', address: '~new', users: [fixture.eve.id, fixture.eve.id] })
        expect(await fixture.membership(fixture.bo, '~new')).toMatchObject({
          isIn: true,
          role: 'moderator',
          isCreator: true,
        })
        expect(await fixture.membership(fixture.eve, '~new')).toMatchObject({
          isIn: true,
          role: 'member',
          isInvited: true,
        })
        expect(await fixture.membership(fixture.cai, '~new')).toMatchObject({ isIn: false })
      })
      it('refuses a public name that is the name or address of another room', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { name: 'Green tea' } })
        for (const name of ['lobby', tea, 'Green tea']) {
          await expect(fixture.create(fixture.bo, { address: name })).rejects.toMatchObject(taken)
        }
        await expect(fixture.store.rooms.open('Green tea', 1)).rejects.toMatchObject(taken)
        expect(await fixture.create(fixture.bo, { address: 'Black tea' })).toMatchObject({ isNew: true })
      })
      it('allows any name for a private room, also a taken one', async (t) => {
        const fixture = await open(t)
        for (const address of ['~a', '~b']) {
          expect(await fixture.create(fixture.bo, { kind: 'private', address, name: tea })).toMatchObject({
            isNew: true,
          })
        }
      })
      it('returns the existing conversation between the same users, whatever its name and author', async (t) => {
        const { store, bo, eve, cai, create } = await bound(open(t))
        const direct = (by: User, users: User[], address: string) =>
          create(by, { kind: 'direct', address, name: address, users: users.map(({ id }) => id) })
        expect(await direct(bo, [eve], '~1')).toMatchObject({ room: '~1', isNew: true })
        expect(await direct(eve, [bo], '~2')).toMatchObject({ room: '~1', isNew: false })
        expect(await direct(bo, [eve, bo, eve], '~3')).toMatchObject({ room: '~1', isNew: false })
        expect(await direct(bo, [eve, cai], '~4')).toMatchObject({ room: '~4', isNew: true })
        expect(await direct(cai, [bo, eve], '~5')).toMatchObject({ room: '~4', isNew: false })
        expect(await store.rooms.exists('~2')).toBe(false)
        expect(await store.rooms.summary(viewer(bo), '~4')).toMatchObject({ name: '~4', people: [cai, eve] })
      })
      it('refuses a conversation with oneself or with too many users', async (t) => {
        const { store, bo, create } = await bound(open(t))
        await expect(create(bo, { kind: 'direct', users: [bo.id] })).rejects.toMatchObject(unusable)
        const crowd = await Promise.all(
          Array.from({ length: limits.maxDirectPeople }, (_, i) => userNamed(store, `Person ${i}`)),
        )
        for (const { id } of crowd) await store.rooms.join(id, 'lobby')
        const users = crowd.map(({ id }) => id)
        await expect(create(bo, { kind: 'direct', users })).rejects.toMatchObject(forbidden)
        expect(await create(bo, { kind: 'direct', users: users.slice(1) })).toMatchObject({ isNew: true })
      })
      it('ignores users unknown to the creator as if they did not exist', async (t) => {
        const { store, bo, eve, create } = await bound(open(t))
        // Has signed in and has not been anywhere.
        const unknownUser = await userNamed(store, 'Unknown')
        const noSuch = { ...unusable, message: 'There is no such user.' }
        for (const kind of ['public', 'private', 'direct'] as const) {
          for (const id of [unknownUser.id, 999_999]) {
            await expect(create(bo, { kind, users: [eve.id, id] })).rejects.toMatchObject(noSuch)
          }
        }
        await store.rooms.join(unknownUser.id, 'lobby')
        expect(await create(bo, { kind: 'direct', users: [unknownUser.id] })).toMatchObject({ isNew: true })
      })
      it('by an unverified session makes public rooms only, without members or role', async (t) => {
        const fixture = await open(t)
        const { bo, eve } = fixture
        const unverified = { isVerified: false }
        for (const room of [{ kind: 'private' }, { kind: 'direct', users: [eve.id] }, { users: [eve.id] }] as const) {
          await expect(fixture.create(bo, room, unverified)).rejects.toMatchObject(forbidden)
          expect(await fixture.create(bo, room)).toMatchObject({ isNew: true })
        }
        await fixture.create(bo, { address: 'open' }, unverified)
        expect(await fixture.membership(bo, 'open')).toMatchObject({ role: 'member', readTo: undefined })
      })
      it('is refused to restricted guests and banned users', async (t) => {
        const fixture = await open(t)
        await expect(fixture.create(fixture.bo, {}, { canViewPublic: false })).rejects.toMatchObject(forbidden)
        await fixture.moderate(fixture.ada, {
          type: 'ban',
          room: undefined,
          user: fixture.bo.id,
          until: forever,
          ranges: [],
        })
        await expect(fixture.create(fixture.bo)).rejects.toMatchObject(forbidden)
      })
    })

    describe('public room name', () => {
      const taken = { code: 'name-taken' }
      it.for(['Lobby', 'l\u043ebby', 'lobby\u200b', '１obby', 'Tea', 'TEA'])(
        'cannot be imitated by %j (SECURITY-REVIEW 7)',
        async (name, t) => {
          const fixture = await open(t)
          await expect(fixture.create(fixture.bo, { address: name })).rejects.toMatchObject(taken)
          await expect(fixture.store.rooms.open(name, 1)).rejects.toMatchObject(taken)
          const { room } = await fixture.create(fixture.bo, { address: 'other' })
          await expect(fixture.moderate(fixture.bo, { type: 'change', room, data: { name } })).rejects.toMatchObject(
            taken,
          )
          expect(await fixture.create(fixture.bo, { kind: 'private', address: '~own', name })).toMatchObject({
            isNew: true,
          })
        },
      )
      it('is free again after a rename, and may change its case (SECURITY-REVIEW 7)', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { name: 'Tea' } })
        await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { name: 'Oolong' } })
        await expect(fixture.create(fixture.bo, { address: 'oolong' })).rejects.toMatchObject(taken)
        expect(await fixture.create(fixture.bo, { address: 'TEA' })).toMatchObject({ isNew: true })
      })
    })

    describe('leave', () => {
      it('keeps a public room among those that can be opened again, and ends the user’s role', async (t) => {
        const fixture = await open(t)
        expect(await fixture.membership(fixture.cai, tea)).toMatchObject({ isIn: true, role: 'moderator' })
        await fixture.moderate(fixture.cai, { type: 'leave', room: tea })
        expect(await fixture.membership(fixture.cai, tea)).toMatchObject({ isIn: false, role: 'member' })
        expect(await fixture.store.rooms.summary(viewer(fixture.cai), tea)).toMatchObject({ left: true })
        await expect(fixture.write(fixture.cai, tea)).rejects.toMatchObject({ code: 'not-in-room' })
        await fixture.store.rooms.join(fixture.cai.id, tea)
        expect(await fixture.store.rooms.summary(viewer(fixture.cai), tea)).not.toHaveProperty('left')
        expect((await fixture.write(fixture.cai, tea)).isNew).toBe(true)
      })
      it('removes a private room until another user adds them', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.bo, { type: 'leave', room: den })
        expect(await fixture.store.rooms.summary(viewer(fixture.bo), den)).toBeUndefined()
        await fixture.store.rooms.join(fixture.bo.id, den)
        expect(await fixture.membership(fixture.bo, den)).toMatchObject({ isIn: false })
        await expect(fixture.write(fixture.bo, den)).rejects.toMatchObject(noRoom)
        await fixture.claim(fixture.anna)
        await fixture.moderate(fixture.anna, { type: 'add', room: den, users: [fixture.bo.id] })
        expect((await fixture.write(fixture.bo, den)).isNew).toBe(true)
      })
      it('closes a conversation until another user writes in it', async (t) => {
        const fixture = await open(t)
        const { bo, eve } = fixture
        await fixture.claim(bo)
        await fixture.create(bo, { kind: 'direct', address: '~talk', users: [eve.id] })
        await fixture.moderate(eve, { type: 'leave', room: '~talk' })
        expect(await fixture.store.rooms.summary(viewer(eve), '~talk')).toBeUndefined()
        const { effects } = await fixture.write(bo, '~talk', { data: 'are you there?' })
        const isBack = { room: '~talk', kind: 'direct', isIn: true, canView: true }
        expect(effects).toEqual([{ type: 'access-changed', user: eve.id, ...isBack }])
        expect(await fixture.store.rooms.summary(viewer(eve), '~talk')).toMatchObject({ unread: 1 })
      })
      it('of a conversation with a guest is not undone by that guest (SECURITY-REVIEW 19)', async (t) => {
        const fixture = await open(t)
        const { bo, eve } = fixture
        const talk = { kind: 'direct', users: [eve.id] } as const
        const { room } = await fixture.create(bo, { ...talk, address: '~talk' })
        await fixture.moderate(eve, { type: 'leave', room })
        expect((await fixture.write(bo, room, { data: 'come back' })).effects).toEqual([])
        expect((await fixture.create(bo, talk)).effects).toEqual([])
        expect(await fixture.membership(eve, room)).toMatchObject({ isIn: false })
        expect((await fixture.create(eve, { kind: 'direct', users: [bo.id] })).room).toBe(room)
        expect(await fixture.membership(eve, room)).toMatchObject({ isIn: true })
      })
      it('is kept by a block, which ends what the blocked user may start or continue', async (t) => {
        const fixture = await open(t)
        const { bo, eve, cai } = fixture
        const blocked = { code: 'forbidden', message: 'This person does not accept messages from you.' }
        const { room } = await fixture.create(bo, { kind: 'direct', users: [eve.id] })
        const { room: three } = await fixture.create(bo, { kind: 'direct', users: [eve.id, cai.id] })
        const { entry } = await fixture.write(bo, room)
        await fixture.moderate(eve, { type: 'block', user: bo.id, isOn: true })
        expect(await fixture.store.accounts.listBlocked(eve.id)).toEqual([bo])
        await expect(fixture.write(bo, room)).rejects.toMatchObject(blocked)
        await expect(
          fixture.write(bo, room, { type: 'react', ref: entry.id, data: '🍵', on: true }),
        ).rejects.toMatchObject(blocked)
        for (const data of [{ name: 'You' }, { topic: 'Answer me' }]) {
          await expect(fixture.moderate(bo, { type: 'change', room, data })).rejects.toMatchObject(blocked)
        }
        for (const kind of ['direct', 'private'] as const) {
          await expect(fixture.create(bo, { kind, users: [eve.id] })).rejects.toMatchObject(blocked)
        }
        await fixture.write(bo, room, { type: 'delete', ref: entry.id })
        expect((await fixture.write(bo, three)).isNew).toBe(true)
        await fixture.reopen()
        await expect(fixture.write(bo, room)).rejects.toMatchObject(blocked)
        await fixture.moderate(eve, { type: 'block', user: bo.id, isOn: false })
        expect((await fixture.write(bo, room)).isNew).toBe(true)
        await expect(
          fixture.moderate(eve, { type: 'block', user: bo.id, isOn: true }, { isVerified: false }),
        ).rejects.toMatchObject({ code: 'forbidden' })
      })
      it('by a session that only typed a guest’s name does not remove that guest (SECURITY-REVIEW 21)', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.cai, { type: 'leave', room: tea }, { isVerified: false })
        expect(await fixture.membership(fixture.cai, tea)).toMatchObject({ isIn: true, role: 'moderator' })
        await expect(
          fixture.moderate(fixture.cai, { type: 'leave', room: den }, { isVerified: false }),
        ).rejects.toMatchObject(noRoom)
        expect(await fixture.membership(fixture.cai, den)).toMatchObject({ isIn: true, role: 'moderator' })
      })
      it('is not undone by an unverified session, which may still write (SECURITY-REVIEW 21)', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.bo, { type: 'leave', room: tea })
        await fixture.store.rooms.join(fixture.bo.id, tea, false)
        expect((await fixture.write(fixture.bo, tea, {}, { unverified: true })).isNew).toBe(true)
        expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isIn: false })
        await fixture.moderate(fixture.anna, { type: 'mute', room: tea, user: fixture.bo.id, until: inAnHour() })
        await expect(fixture.write(fixture.bo, tea, {}, { unverified: true })).rejects.toMatchObject({ code: 'muted' })
      })
      it('is not caused by opening or reading rooms under a typed name (SECURITY-REVIEW 21)', async (t) => {
        const fixture = await open(t)
        const { store, eve, bo } = fixture
        await store.rooms.join(eve.id, tea, false)
        expect(await fixture.membership(eve, tea)).toMatchObject({ isIn: false, readTo: 0 })
        const { entry } = await fixture.write(fixture.anna, tea)
        expect(await store.rooms.markRead(bo, tea, entry.id, false)).toBe(0)
        expect(await store.rooms.markRead(bo, tea, entry.id)).toBe(entry.id)
        expect(await store.rooms.markRead(eve, tea, entry.id, false), 'where the user does not belong').toBe(entry.id)
      })
      it('writes no audit record', async (t) => {
        const fixture = await open(t)
        const before = await fixture.store.moderation.auditLog(viewer(fixture.ada), {}, 100)
        expect(await fixture.moderate(fixture.bo, { type: 'leave', room: tea })).toMatchObject({ action: undefined })
        expect(await fixture.store.moderation.auditLog(viewer(fixture.ada), {}, 100)).toEqual(before)
      })
    })

    describe('room access', () => {
      /** How Bo gets into or out of a room. */
      const ways = {
        'is in it': async (fixture: StoreFixture, room: string) =>
          fixture.moderate(fixture.anna, { type: 'add', room, users: [fixture.bo.id] }),
        'has left it': async (fixture: StoreFixture, room: string) =>
          fixture.moderate(fixture.bo, { type: 'leave', room }),
        'was removed from it': async (fixture: StoreFixture, room: string) =>
          fixture.moderate(fixture.anna, { type: 'kick', room, user: fixture.bo.id }),
        'is banned from it': async (fixture: StoreFixture, room: string) =>
          fixture.moderate(fixture.anna, {
            type: 'ban',
            room,
            user: fixture.bo.id,
            until: Date.now() + hourMs,
            ranges: [],
          }),
        'was banned from it for a time that is over': async (fixture: StoreFixture, room: string) =>
          fixture.moderate(fixture.anna, { type: 'ban', room, user: fixture.bo.id, until: Date.now() - 1, ranges: [] }),
      }
      const usual = {}
      const unverified = { isVerified: false }
      const onlyInvited = { canViewPublic: false }

      it.for([
        ['is in it', tea, usual, true],
        ['is in it', tea, unverified, true],
        ['is in it', tea, onlyInvited, true],
        ['is in it', tea, { ...unverified, ...onlyInvited }, false],
        ['has left it', tea, usual, true],
        ['has left it', tea, onlyInvited, false],
        ['was removed from it', tea, usual, true],
        ['was removed from it', tea, onlyInvited, false],
        ['is banned from it', tea, usual, false],
        ['was banned from it for a time that is over', tea, usual, true],
        ['is in it', den, usual, true],
        ['is in it', den, unverified, false],
        ['is in it', den, onlyInvited, true],
        ['has left it', den, usual, false],
        ['was removed from it', den, usual, false],
        ['is banned from it', den, usual, false],
        ['was banned from it for a time that is over', den, usual, true],
      ] as const)('of a user who %s, for %s with %o, is %s', async ([way, room, sight, isSeen], t) => {
        const fixture = await open(t)
        expect(await fixture.store.rooms.summary(viewer(fixture.anna), room)).toMatchObject({ room })
        await ways[way](fixture, room)
        const bo = viewer(fixture.bo, sight)
        expect((await fixture.store.rooms.summary(bo, room)) !== undefined).toBe(isSeen)
        expect((await fixture.store.rooms.list(bo)).some((one) => one.room === room)).toBe(isSeen)
      })
      it('is not widened by a server role', async (t) => {
        const fixture = await open(t)
        for (const runner of [fixture.owen, fixture.ada]) {
          expect(await fixture.store.rooms.summary(viewer(runner), den)).toBeUndefined()
          expect((await fixture.store.rooms.list(viewer(runner))).map(({ room }) => room)).toEqual(['lobby', tea])
        }
      })
      it('of a user who was never in a public room shows the room only', async (t) => {
        const fixture = await open(t)
        await fixture.write(fixture.bo, tea, { data: '@Eve' })
        expect(await fixture.store.rooms.summary(viewer(fixture.eve), tea)).toEqual({
          room: tea,
          name: tea,
          topic: '',
          last: 1,
          read: 1,
          unread: 0,
          mentions: 0,
        })
      })
      it('ends for guests without an invitation when GUESTS=off is set', async (t) => {
        const fixture = await open(t)
        const sight = viewer(fixture.eve, { canViewPublic: false })
        expect(await fixture.store.rooms.list(sight)).toEqual([])
        await fixture.moderate(fixture.anna, { type: 'add', room: tea, users: [fixture.eve.id] })
        expect((await fixture.store.rooms.list(sight)).map(({ room }) => room)).toEqual([tea])
      })
    })

    describe('members', () => {
      const page = { after: 0, limit: 100, isWithBanned: false }

      it('are the users in the room, with their roles', async (t) => {
        const fixture = await open(t)
        const members = await fixture.store.rooms.members(den, page)
        expect(members).toEqual([
          { user: fixture.anna, serverRole: 'guest', role: 'moderator' },
          { user: fixture.cai, serverRole: 'guest', role: 'moderator' },
          { user: fixture.bo, serverRole: 'guest', role: 'member' },
        ])
      })
      it('are returned in pages', async (t) => {
        const { store, anna, cai, bo } = await open(t)
        const ids = async (after: number) =>
          (await store.rooms.members(den, { ...page, after, limit: 2 })).map(({ user }) => user.id)
        expect(await ids(0)).toEqual([anna.id, cai.id])
        expect(await ids(cai.id)).toEqual([bo.id])
        expect(await ids(bo.id)).toEqual([])
      })
      it('are found by the beginning of their names in any case', async (t) => {
        const { store, cai } = await open(t)
        const found = async (find: string) =>
          (await store.rooms.members(den, { ...page, find })).map(({ user }) => user.id)
        expect(await found('cA')).toEqual([cai.id])
        expect(await found('ai')).toEqual([])
      })
      it('include banned users only when asked for', async (t) => {
        const fixture = await open(t)
        const until = Date.now() + hourMs
        await fixture.moderate(fixture.anna, { type: 'ban', room: den, user: fixture.cai.id, until, ranges: [] })
        await fixture.moderate(fixture.anna, { type: 'mute', room: den, user: fixture.bo.id, until })
        const isThere = [
          { user: fixture.anna, serverRole: 'guest', role: 'moderator' },
          { user: fixture.bo, serverRole: 'guest', role: 'member', mutedUntil: until },
        ]
        expect(await fixture.store.rooms.members(den, page)).toEqual(isThere)
        const all = await fixture.store.rooms.members(den, { ...page, isWithBanned: true })
        expect(all).toEqual([
          isThere[0],
          { user: fixture.cai, serverRole: 'guest', role: 'member', bannedUntil: until },
          isThere[1],
        ])
      })
      it('do not include users who left or whose ban has ended', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.cai, { type: 'leave', room: den })
        const at = Date.now() - 2 * hourMs
        const ban = { type: 'ban', room: den, user: fixture.bo.id, until: at + hourMs, ranges: [] } as const
        await fixture.moderate(fixture.anna, ban, { at })
        const all = await fixture.store.rooms.members(den, { ...page, isWithBanned: true })
        expect(all.map(({ user }) => user)).toEqual([fixture.anna])
      })
      it('of a missing room are none', async (t) => {
        const { store } = await open(t)
        expect(await store.rooms.members('~none', page)).toEqual([])
      })
    })

    describe('listed accounts', () => {
      it('are found by the beginning of their names in any case, also where a letter depends on its place', async (t) => {
        const { store } = await open(t)
        for (const name of ['ΟΔΥΣΣΕΥΣ', 'Οδυσσέας', 'Other']) await userNamed(store, name)
        const found = async (find: string) => (await store.accounts.list(find, 10)).map(({ user }) => user.name)
        for (const find of ['ΟΔΥΣ', 'οδυσ', 'οδυς']) expect(await found(find), find).toEqual(['Οδυσσέας', 'ΟΔΥΣΣΕΥΣ'])
      })
      it('come in the order in which they were made where their names differ only in case', async (t) => {
        const { store } = await open(t)
        const made: number[] = []
        for (const name of ['mO', 'Mo', 'MO', 'mo']) made.push((await userNamed(store, name)).id)
        expect((await store.accounts.list('mo', 3)).map(({ user }) => user.id)).toEqual(made.slice(0, 3))
      })
    })

    describe('known users', () => {
      /** Sees only the den from inside; Zoe has never been anywhere else. */
      async function withZoe(t: Parameters<Backend['place']>[0]) {
        const fixture = await open(t)
        const zoe = await userNamed(fixture.store, 'Zoe')
        const tokenHash = randomBytes(32)
        const invite = { type: 'invite', room: den, tokenHash, uses: 1, expiresAt: Date.now() + hourMs } as const
        await fixture.moderate(fixture.anna, invite)
        await fixture.store.invitations.join({ tokenHash, userId: zoe.id, at: Date.now() })
        const known = async (user: User, sight = {}, find = '') =>
          names(await fixture.store.accounts.listKnown(viewer(user, sight), find, 100))
        return { fixture, zoe, known }
      }

      it('are those in the rooms that the user can view', async (t) => {
        const { known, fixture } = await withZoe(t)
        expect(await known(fixture.bo)).toContain('Zoe')
        expect(await known(fixture.bo)).toContain('Eve')
        expect(await known(fixture.eve)).toContain('Bo')
        expect(await known(fixture.eve)).not.toContain('Zoe')
        expect(await known(fixture.ada)).not.toContain('Zoe')
      })
      it('do not include those of the guest’s private rooms for a session that only typed the name', async (t) => {
        const { known, fixture } = await withZoe(t)
        expect(await known(fixture.bo)).toContain('Zoe')
        expect(await known(fixture.bo, { isVerified: false })).not.toContain('Zoe')
        expect(await known(fixture.bo, { isVerified: false })).toContain('Eve')
      })
      it('are, for a guest who needs invitations, those in the rooms with an invitation', async (t) => {
        const { known, fixture } = await withZoe(t)
        await fixture.store.rooms.join(fixture.ada.id, tea)
        // A member of the lobby without an invitation, and of tea and the den by one.
        expect(await known(fixture.bo, { canViewPublic: false })).toEqual(['Ada', 'Anna', 'Bo', 'Cai', 'Zoe'])
        expect(await known(fixture.eve, { canViewPublic: false })).toEqual([])
      })
      it('do not include those of rooms that the user left or was removed from', async (t) => {
        const { known, fixture } = await withZoe(t)
        await fixture.moderate(fixture.bo, { type: 'leave', room: den })
        expect(await known(fixture.bo)).not.toContain('Zoe')
        await fixture.moderate(fixture.anna, {
          type: 'ban',
          room: den,
          user: fixture.cai.id,
          until: forever,
          ranges: [],
        })
        expect(await known(fixture.cai)).not.toContain('Zoe')
      })
      it('do not include those of a public room that the user is banned from', async (t) => {
        const { known, fixture, zoe } = await withZoe(t)
        await fixture.moderate(fixture.bo, { type: 'leave', room: den })
        await fixture.store.rooms.join(zoe.id, tea)
        expect(await known(fixture.bo)).toContain('Zoe')
        await fixture.moderate(fixture.anna, {
          type: 'ban',
          room: tea,
          user: fixture.bo.id,
          until: forever,
          ranges: [],
        })
        expect(await known(fixture.bo)).not.toContain('Zoe')
      })
      it('are found by the beginning of their name, in any case', async (t) => {
        const { known, fixture } = await withZoe(t)
        expect(await known(fixture.bo, {}, 'z')).toEqual(['Zoe'])
        expect(await known(fixture.bo, {}, 'ZO')).toEqual(['Zoe'])
        expect(await known(fixture.bo, {}, 'oe')).toEqual([])
        expect(await known(fixture.bo, {}, '%')).toEqual([])
      })
    })
  })
}

/** A fixture whose methods can be used alone. */
async function bound(opening: Promise<StoreFixture>) {
  const fixture = await opening
  const { store, bo, eve, cai } = fixture
  return { store, bo, eve, cai, claim: fixture.claim.bind(fixture), create: fixture.create.bind(fixture) }
}
