/** What every store must do for rooms: making and leaving them, who sees what, and who knows whom. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { limits, type User } from '../../src/shared/protocol.ts'
import { den, tea } from '../support/furnish.ts'
import { userNamed, viewer } from '../support/people.ts'
import type { Backend } from './contract.ts'
import { hourMs, inAnHour, TestHouse } from './house.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const unusable = { code: 'no-such-user' }
const taken = { code: 'name-taken' }

export function roomsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)

  const names = (users: readonly User[]) => users.map(({ name }) => name).sort()

  describe(`${backend.name} store, of rooms:`, () => {
    describe('making rooms', () => {
      it('is done once for each key of a maker, however often and at once it is asked for', async (t) => {
        const house = await open(t)
        const make = (by: User, address: string) => house.create(by, { kind: 'private', address, key: 'k' })
        const [one, other] = await Promise.all([make(house.bo, '~one'), make(house.bo, '~two')])
        expect(one).toMatchObject({ room: '~one', isNew: true })
        expect(other).toEqual({ room: '~one', isNew: false, effects: [] })
        expect(await house.store.rooms.exists('~two')).toBe(false)
        expect(await make(house.eve, '~three')).toMatchObject({ room: '~three', isNew: true })
      })
      it('is refused under a key that was used for another', async (t) => {
        const house = await open(t)
        for (const kind of ['private', 'direct'] as const) {
          const make = (request: string) =>
            house.create(house.bo, { kind, address: `~${kind} ${request}`, users: [house.eve.id], key: kind, request })
          const { room } = await make('one')
          expect(await make('one')).toMatchObject({ room, isNew: false })
          await expect(make('another')).rejects.toMatchObject({ code: 'bad-field' })
        }
      })
      it('makes its creator a moderator, and adds the users that the creator names', async (t) => {
        const house = await open(t)
        await house.create(house.bo, { kind: 'private', address: '~new', users: [house.eve.id, house.eve.id] })
        expect(await house.standing(house.bo, '~new')).toMatchObject({ isIn: true, role: 'moderator', isCreator: true })
        expect(await house.standing(house.eve, '~new')).toMatchObject({ isIn: true, role: 'member', isInvited: true })
        expect(await house.standing(house.cai, '~new')).toMatchObject({ isIn: false })
      })
      it('refuses a public name that is another’s name or address', async (t) => {
        const house = await open(t)
        await house.act(house.anna, { type: 'change', room: tea, data: { name: 'Green tea' } })
        for (const name of ['lobby', tea, 'Green tea']) {
          await expect(house.create(house.bo, { address: name })).rejects.toMatchObject(taken)
        }
        await expect(house.store.rooms.open('Green tea', 1)).rejects.toMatchObject(taken)
        expect(await house.create(house.bo, { address: 'Black tea' })).toMatchObject({ isNew: true })
      })
      it('lets what is private be called like anything', async (t) => {
        const house = await open(t)
        for (const address of ['~a', '~b']) {
          expect(await house.create(house.bo, { kind: 'private', address, name: tea })).toMatchObject({ isNew: true })
        }
      })
      it('finds the conversation between the same users again, whatever its name and whoever begins it', async (t) => {
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
      it('makes no conversation with oneself, nor with a crowd', async (t) => {
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
        await store.rooms.join(stranger.id, 'lobby')
        expect(await create(bo, { kind: 'direct', users: [stranger.id] })).toMatchObject({ isNew: true })
      })
      it('lets one who is not believed make what is public, alone, and without moderating it', async (t) => {
        const house = await open(t)
        const { bo, eve } = house
        const unverified = { isVerified: false }
        for (const room of [{ kind: 'private' }, { kind: 'direct', users: [eve.id] }, { users: [eve.id] }] as const) {
          await expect(house.create(bo, room, unverified)).rejects.toMatchObject(forbidden)
          expect(await house.create(bo, room)).toMatchObject({ isNew: true })
        }
        await house.create(bo, { address: 'open' }, unverified)
        expect(await house.standing(bo, 'open')).toMatchObject({ role: 'member', readTo: undefined })
      })
      it('is not for guests who may go only where they are invited, nor for whoever is banned', async (t) => {
        const house = await open(t)
        await expect(house.create(house.bo, {}, { canViewPublic: false })).rejects.toMatchObject(forbidden)
        await house.act(house.ada, { type: 'ban', room: undefined, user: house.bo.id, until: 8e15, ranges: [] })
        await expect(house.create(house.bo)).rejects.toMatchObject(forbidden)
      })
    })

    describe('the names of public rooms', () => {
      const taken = { code: 'name-taken' }
      it.for(['Lobby', 'l\u043ebby', 'lobby\u200b', '１obby', 'Tea', 'TEA'])(
        'are not imitated: %j (SECURITY-REVIEW 7)',
        async (name, t) => {
          const house = await open(t)
          await expect(house.create(house.bo, { address: name })).rejects.toMatchObject(taken)
          await expect(house.store.rooms.open(name, 1)).rejects.toMatchObject(taken)
          const { room } = await house.create(house.bo, { address: 'other' })
          await expect(house.act(house.bo, { type: 'change', room, data: { name } })).rejects.toMatchObject(taken)
          expect(await house.create(house.bo, { kind: 'private', address: '~own', name })).toMatchObject({
            isNew: true,
          })
        },
      )
      it('are free again when a room has another, and may change their case (SECURITY-REVIEW 7)', async (t) => {
        const house = await open(t)
        await house.act(house.anna, { type: 'change', room: tea, data: { name: 'Tea' } })
        await house.act(house.anna, { type: 'change', room: tea, data: { name: 'Oolong' } })
        await expect(house.create(house.bo, { address: 'oolong' })).rejects.toMatchObject(taken)
        expect(await house.create(house.bo, { address: 'TEA' })).toMatchObject({ isNew: true })
      })
    })

    describe('leaving', () => {
      it('leaves a public room among those that can be opened again, and takes what one was there', async (t) => {
        const house = await open(t)
        expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: true, role: 'moderator' })
        await house.act(house.cai, { type: 'leave', room: tea })
        expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: false, role: 'member' })
        expect(await house.store.rooms.summary(viewer(house.cai), tea)).toMatchObject({ left: true })
        await expect(house.write(house.cai, tea)).rejects.toMatchObject({ code: 'not-in-room' })
        await house.store.rooms.join(house.cai.id, tea)
        expect(await house.store.rooms.summary(viewer(house.cai), tea)).not.toHaveProperty('left')
        expect((await house.write(house.cai, tea)).isNew).toBe(true)
      })
      it('leaves a private room for good, until somebody brings one in', async (t) => {
        const house = await open(t)
        await house.act(house.bo, { type: 'leave', room: den })
        expect(await house.store.rooms.summary(viewer(house.bo), den)).toBeUndefined()
        await house.store.rooms.join(house.bo.id, den)
        expect(await house.standing(house.bo, den)).toMatchObject({ isIn: false })
        await expect(house.write(house.bo, den)).rejects.toMatchObject(noRoom)
        await house.claim(house.anna)
        await house.act(house.anna, { type: 'add', room: den, users: [house.bo.id] })
        expect((await house.write(house.bo, den)).isNew).toBe(true)
      })
      it('closes a conversation until somebody goes on in it', async (t) => {
        const house = await open(t)
        const { bo, eve } = house
        await house.claim(bo)
        await house.create(bo, { kind: 'direct', address: '~talk', users: [eve.id] })
        await house.act(eve, { type: 'leave', room: '~talk' })
        expect(await house.store.rooms.summary(viewer(eve), '~talk')).toBeUndefined()
        const { effects } = await house.write(bo, '~talk', { data: 'are you there?' })
        const isBack = { room: '~talk', kind: 'direct', isIn: true, canView: true }
        expect(effects).toEqual([{ type: 'access-changed', user: eve.id, ...isBack }])
        expect(await house.store.rooms.summary(viewer(eve), '~talk')).toMatchObject({ unread: 1 })
      })
      it('of a conversation with a guest is not undone by that guest (SECURITY-REVIEW 19)', async (t) => {
        const house = await open(t)
        const { bo, eve } = house
        const talk = { kind: 'direct', users: [eve.id] } as const
        const { room } = await house.create(bo, { ...talk, address: '~talk' })
        await house.act(eve, { type: 'leave', room })
        expect((await house.write(bo, room, { data: 'come back' })).effects).toEqual([])
        expect((await house.create(bo, talk)).effects).toEqual([])
        expect(await house.standing(eve, room)).toMatchObject({ isIn: false })
        expect((await house.create(eve, { kind: 'direct', users: [bo.id] })).room).toBe(room)
        expect(await house.standing(eve, room)).toMatchObject({ isIn: true })
      })
      it('is kept up by a block, which ends what the blocked one can begin or go on with (SECURITY-REVIEW 19)', async (t) => {
        const house = await open(t)
        const { bo, eve, cai } = house
        const blocked = { code: 'forbidden', message: 'This person does not accept messages from you.' }
        const { room } = await house.create(bo, { kind: 'direct', users: [eve.id] })
        const { room: three } = await house.create(bo, { kind: 'direct', users: [eve.id, cai.id] })
        const { entry } = await house.write(bo, room)
        await house.act(eve, { type: 'block', user: bo.id, isOn: true })
        expect(await house.store.accounts.listBlocked(eve.id)).toEqual([bo])
        await expect(house.write(bo, room)).rejects.toMatchObject(blocked)
        await expect(
          house.write(bo, room, { type: 'react', ref: entry.id, data: '🍵', on: true }),
        ).rejects.toMatchObject(blocked)
        for (const data of [{ name: 'You' }, { topic: 'Answer me' }]) {
          await expect(house.act(bo, { type: 'change', room, data })).rejects.toMatchObject(blocked)
        }
        for (const kind of ['direct', 'private'] as const) {
          await expect(house.create(bo, { kind, users: [eve.id] })).rejects.toMatchObject(blocked)
        }
        await house.write(bo, room, { type: 'delete', ref: entry.id })
        expect((await house.write(bo, three)).isNew).toBe(true)
        await house.reopen()
        await expect(house.write(bo, room)).rejects.toMatchObject(blocked)
        await house.act(eve, { type: 'block', user: bo.id, isOn: false })
        expect((await house.write(bo, room)).isNew).toBe(true)
        await expect(
          house.act(eve, { type: 'block', user: bo.id, isOn: true }, { isVerified: false }),
        ).rejects.toMatchObject({ code: 'forbidden' })
      })
      it('by one who has only typed a guest’s name takes that guest out of nothing (SECURITY-REVIEW 21)', async (t) => {
        const house = await open(t)
        await house.act(house.cai, { type: 'leave', room: tea }, { isVerified: false })
        expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: true, role: 'moderator' })
        await expect(house.act(house.cai, { type: 'leave', room: den }, { isVerified: false })).rejects.toMatchObject(
          noRoom,
        )
        expect(await house.standing(house.cai, den)).toMatchObject({ isIn: true, role: 'moderator' })
      })
      it('is not undone by one who has only typed the name, who can write all the same (SECURITY-REVIEW 21)', async (t) => {
        const house = await open(t)
        await house.act(house.bo, { type: 'leave', room: tea })
        await house.store.rooms.join(house.bo.id, tea, false)
        expect((await house.write(house.bo, tea, {}, { unverified: true })).isNew).toBe(true)
        expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: false })
        await house.act(house.anna, { type: 'mute', room: tea, user: house.bo.id, until: inAnHour() })
        await expect(house.write(house.bo, tea, {}, { unverified: true })).rejects.toMatchObject({ code: 'muted' })
      })
      it('does not follow from opening rooms under a typed name, nor from reading there (SECURITY-REVIEW 21)', async (t) => {
        const house = await open(t)
        const { store, eve, bo } = house
        await store.rooms.join(eve.id, tea, false)
        expect(await house.standing(eve, tea)).toMatchObject({ isIn: false, readTo: 0 })
        const { entry } = await house.write(house.anna, tea)
        expect(await store.rooms.markRead(bo, tea, entry.id, false)).toBe(0)
        expect(await store.rooms.markRead(bo, tea, entry.id)).toBe(entry.id)
        expect(await store.rooms.markRead(eve, tea, entry.id, false), 'where the user does not belong').toBe(entry.id)
      })
      it('is not written into the audit log', async (t) => {
        const house = await open(t)
        const before = await house.store.moderation.auditLog(viewer(house.ada), undefined, 100)
        expect(await house.act(house.bo, { type: 'leave', room: tea })).toMatchObject({ action: undefined })
        expect(await house.store.moderation.auditLog(viewer(house.ada), undefined, 100)).toEqual(before)
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
      const unverified = { isVerified: false }
      const onlyInvited = { canViewPublic: false }

      it.for([
        ['is in it', tea, usual, true],
        ['is in it', tea, unverified, true],
        ['is in it', tea, onlyInvited, true],
        ['is in it', tea, { ...unverified, ...onlyInvited }, false],
        ['has left it', tea, usual, true],
        ['has left it', tea, onlyInvited, false],
        ['was put out of it', tea, usual, true],
        ['was put out of it', tea, onlyInvited, false],
        ['is banned from it', tea, usual, false],
        ['was banned from it for a time that is over', tea, usual, true],
        ['is in it', den, usual, true],
        ['is in it', den, unverified, false],
        ['is in it', den, onlyInvited, true],
        ['has left it', den, usual, false],
        ['was put out of it', den, usual, false],
        ['is banned from it', den, usual, false],
        ['was banned from it for a time that is over', den, usual, true],
      ] as const)('of a room: who %s, of %s, with %o: %s', async ([way, room, sight, isSeen], t) => {
        const house = await open(t)
        expect(await house.store.rooms.summary(viewer(house.anna), room)).toMatchObject({ room })
        await ways[way](house, room)
        const bo = viewer(house.bo, sight)
        expect((await house.store.rooms.summary(bo, room)) !== undefined).toBe(isSeen)
        expect((await house.store.rooms.list(bo)).some((one) => one.room === room)).toBe(isSeen)
      })
      it('does not grow with what one is in the house', async (t) => {
        const house = await open(t)
        for (const runner of [house.owen, house.ada]) {
          expect(await house.store.rooms.summary(viewer(runner), den)).toBeUndefined()
          expect((await house.store.rooms.list(viewer(runner))).map(({ room }) => room)).toEqual(['lobby', tea])
        }
      })
      it('of a public room is the same for one who was never there, and nothing but that', async (t) => {
        const house = await open(t)
        await house.write(house.bo, tea, { data: '@Eve' })
        expect(await house.store.rooms.summary(viewer(house.eve), tea)).toEqual({
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
        const sight = viewer(house.eve, { canViewPublic: false })
        expect(await house.store.rooms.list(sight)).toEqual([])
        await house.act(house.anna, { type: 'add', room: tea, users: [house.eve.id] })
        expect((await house.store.rooms.list(sight)).map(({ room }) => room)).toEqual([tea])
      })
    })

    describe('members', () => {
      const page = { after: 0, limit: 100, isWithBanned: false }

      it('are those who are in it, with what they are', async (t) => {
        const house = await open(t)
        const members = await house.store.rooms.members(den, page)
        expect(members).toEqual([
          { user: house.anna, serverRole: 'guest', role: 'moderator' },
          { user: house.cai, serverRole: 'guest', role: 'moderator' },
          { user: house.bo, serverRole: 'guest', role: 'member' },
        ])
      })
      it('come a page at a time', async (t) => {
        const { store, anna, cai, bo } = await open(t)
        const ids = async (after: number) =>
          (await store.rooms.members(den, { ...page, after, limit: 2 })).map(({ user }) => user.id)
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
          { user: house.anna, serverRole: 'guest', role: 'moderator' },
          { user: house.bo, serverRole: 'guest', role: 'member', mutedUntil: until },
        ]
        expect(await house.store.rooms.members(den, page)).toEqual(isThere)
        const all = await house.store.rooms.members(den, { ...page, isWithBanned: true })
        expect(all).toEqual([
          isThere[0],
          { user: house.cai, serverRole: 'guest', role: 'member', bannedUntil: until },
          isThere[1],
        ])
      })
      it('do not count those who have left, nor whose ban is over', async (t) => {
        const house = await open(t)
        await house.act(house.cai, { type: 'leave', room: den })
        const at = Date.now() - 2 * hourMs
        const ban = { type: 'ban', room: den, user: house.bo.id, until: at + hourMs, ranges: [] } as const
        await house.act(house.anna, ban, { at })
        const all = await house.store.rooms.members(den, { ...page, isWithBanned: true })
        expect(all.map(({ user }) => user)).toEqual([house.anna])
      })
      it('of no room are none', async (t) => {
        const { store } = await open(t)
        expect(await store.rooms.members('~none', page)).toEqual([])
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
        await house.store.invitations.join({ tokenHash, userId: zoe.id, at: Date.now() })
        const known = async (user: User, sight = {}, find = '') =>
          names(await house.store.accounts.listKnown(viewer(user, sight), find, 100))
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
        expect(await known(house.bo, { isVerified: false })).not.toContain('Zoe')
        expect(await known(house.bo, { isVerified: false })).toContain('Eve')
      })
      it('are, for a guest who needs invitations, the rooms with an invitation', async (t) => {
        const { known, house } = await withZoe(t)
        await house.store.rooms.join(house.ada.id, tea)
        // A member of the lobby without an invitation, and of tea and the den by one.
        expect(await known(house.bo, { canViewPublic: false })).toEqual(['Ada', 'Anna', 'Bo', 'Cai', 'Zoe'])
        expect(await known(house.eve, { canViewPublic: false })).toEqual([])
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
        await house.store.rooms.join(zoe.id, tea)
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

/** A house whose methods stand alone. */
async function bound(opening: Promise<TestHouse>) {
  const house = await opening
  const { store, bo, eve, cai } = house
  return { store, bo, eve, cai, claim: house.claim.bind(house), create: house.create.bind(house) }
}
