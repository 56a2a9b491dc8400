/** What every store must do for moderation: what each action does, and how it is undone. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ModerationAction } from '../../../../src/server/store/store.ts'
import { forever } from '../../../../src/shared/durations.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, type Role, tea } from '../../../support/server/populate.ts'
import { ban, hourMs, inAnHour, invitation, newBot, newOutgoingHook, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const noUser = { code: 'no-such-user' }

export function moderationContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  describe(`${backend.name} store, moderation`, () => {
    describe('moderation action', () => {
      /** Each action on Bo by a user who may do it. */
      const actions: Record<
        Exclude<
          ModerationAction['type'],
          'leave' | 'accept' | 'block' | 'settings' | 'undo' | 'bot-token' | 'revoke-hook' | 'change-outgoing-hook'
        >,
        (fixture: StoreFixture, room: string) => ModerationAction
      > = {
        kick: ({ bo }, room) => ({ type: 'kick', room, user: bo.id }),
        mute: ({ bo }, room) => ({ type: 'mute', room, user: bo.id, until: inAnHour() }),
        ban: ({ bo }, room) => ban(room, bo, inAnHour()),
        role: ({ bo }, room) => ({ type: 'role', room, user: bo.id, role: 'moderator' }),
        change: (_fixture, room) => ({ type: 'change', room, data: { topic: 'Pu’er', slowMs: 1_000, readOnly: true } }),
        add: ({ eve }, room) => ({ type: 'add', room, users: [eve.id] }),
        invite: (_fixture, room) => invitation(room),
        // The first invitation: the owner's link was the first of all.
        revoke: (_fixture, room) => ({ type: 'revoke', room, id: 2 }),
        'ban-range': () => ({ type: 'ban-range', range: '203.0.113.0/24', until: inAnHour() }),
        unreact: ({ bo }, room) => ({ type: 'unreact', room, ref: 1, user: bo.id, data: '🍵' }),
        pin: (_fixture, room) => ({ type: 'pin', room, ref: 1, on: true }),
        picture: (_fixture, room) => ({ type: 'picture', room, picture: { hash: 'a'.repeat(64), bytes: 7 } }),
        'delete-room': (_fixture, room) => ({ type: 'delete-room', room }),
        purge: ({ bo }) => ({ type: 'purge', user: bo.id }),
        'forget-devices': ({ bo }) => ({ type: 'forget-devices', user: bo.id }),
        'add-bot': () => ({ type: 'add-bot', bot: newBot({ name: 'Relay' }) }),
        'add-hook': () => ({ type: 'add-hook', hook: { name: 'Relay', room: tea, tokenHash: randomBytes(32) } }),
        'add-outgoing-hook': () => ({ type: 'add-outgoing-hook', hook: newOutgoingHook({ rooms: [tea] }) }),
        link: ({ bo }) => ({ type: 'link', user: bo.id, tokenHash: randomBytes(32), expiresAt: inAnHour() }),
      }
      const inRooms = ['kick', 'mute', 'ban', 'role', 'change', 'add', 'invite', 'revoke'] as const
      const onServer = [
        'ban-range',
        'purge',
        'link',
        'forget-devices',
        'add-bot',
        'add-hook',
        'add-outgoing-hook',
      ] as const

      it.for(inRooms)('%s is allowed to moderators of the room and refused to everyone else', async (type, t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, invitation(den))
        const content = actions[type](fixture, den)
        const before = await fixture.actions()
        const nobody = { ...content, room: '~none' } as ModerationAction
        for (const [by, sight] of [
          [fixture.eve, {}],
          [fixture.ada, {}],
          [fixture.cai, { isVerified: false }],
        ] as const) {
          const refusals = await Promise.allSettled([
            fixture.moderate(by, content, sight),
            fixture.moderate(by, nobody, sight),
          ])
          // A room that the user cannot view is refused word for word like one that does not exist.
          expect(refusals[0]).toEqual(refusals[1])
          expect(refusals[0]).toMatchObject({ status: 'rejected', reason: noRoom })
        }
        await expect(fixture.moderate(fixture.bo, content)).rejects.toMatchObject(forbidden)
        const inTea = { ...content, room: tea } as ModerationAction
        await expect(fixture.moderate(fixture.cai, inTea, { isVerified: false })).rejects.toMatchObject(forbidden)
        expect(await fixture.actions()).toEqual(before)
        expect(await fixture.moderate(fixture.anna, content)).toMatchObject({ isNew: true })
        const [noted] = await fixture.store.moderation.auditLog(viewer(fixture.anna), {}, 1)
        expect(noted).toMatchObject({ type, by: fixture.anna, room: den })
      })
      it.for(onServer)('%s is allowed to admins and refused to everyone else', async (type, t) => {
        const fixture = await open(t)
        const content = actions[type](fixture, '')
        const before = await fixture.actions()
        for (const [by, sight] of [
          [fixture.anna, {}],
          [fixture.bo, {}],
          [fixture.ada, { isVerified: false }],
        ] as const) {
          await expect(fixture.moderate(by, content, sight)).rejects.toMatchObject(forbidden)
        }
        expect(await fixture.actions()).toEqual(before)
        await fixture.moderate(fixture.ada, content)
        expect((await fixture.actions())[0]).toMatchObject({ type, by: fixture.ada })
      })
      it.for([...inRooms, ...onServer])('%s is refused when its author was banned just before', async (type, t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, invitation(tea))
        await fixture.store.rooms.join(fixture.ada.id, tea)
        const before = await fixture.actions()
        const banned = fixture.moderate(fixture.owen, ban(undefined, fixture.ada))
        const late = fixture.moderate(fixture.ada, actions[type](fixture, tea))
        await banned
        await expect(late).rejects.toThrow()
        expect(await fixture.actions()).toHaveLength(before.length + 1)
      })
      it('with a repeated key runs once and returns the same answer', async (t) => {
        const fixture = await open(t)
        const naming = { key: 'k', request: 'to mute Bo' }
        const [one, other] = await Promise.all([
          fixture.moderate(fixture.anna, actions.mute(fixture, tea), naming),
          fixture.moderate(fixture.anna, { type: 'mute', room: tea, user: fixture.bo.id, until: 0 }, naming),
        ])
        expect(one).toMatchObject({ isNew: true })
        expect(other).toEqual({ action: one.action, isNew: false, effects: [] })
        expect(await fixture.membership(fixture.bo, tea)).not.toMatchObject({ mutedUntil: 0 })
        expect(await fixture.moderate(fixture.cai, actions.mute(fixture, tea), naming)).toMatchObject({ isNew: true })
      })
      it('is refused when its key was used for another action', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea)
        await fixture.moderate(fixture.anna, actions.mute(fixture, tea), { key: 'k', request: 'to mute Bo' })
        const badField = { code: 'bad-field' }
        for (const request of ['to kick Bo', undefined]) {
          await expect(
            fixture.moderate(fixture.anna, actions.kick(fixture, tea), { key: 'k', request }),
          ).rejects.toMatchObject(badField)
        }
        const deletion = { type: 'delete', ref: entry.id } as const
        await expect(fixture.write(fixture.anna, tea, deletion, { key: 'k' })).rejects.toMatchObject(badField)
        await fixture.write(fixture.anna, tea, deletion, { key: 'delete' })
        const late = fixture.moderate(fixture.anna, actions.kick(fixture, tea), {
          key: 'delete',
          request: 'to kick Bo',
        })
        await expect(late).rejects.toMatchObject(badField)
        expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isIn: true })
      })

      const ranks: [Role, Role][] = [
        ['owen', 'ada'],
        ['ada', 'anna'],
        ['anna', 'cai'],
        ['cai', 'bo'],
      ]
      it.for(ranks)('by %s on %s succeeds, and the reverse is refused', async ([higher, lower], t) => {
        const fixture = await open(t)
        for (const { id } of [fixture.owen, fixture.ada]) await fixture.store.rooms.join(id, tea)
        for (const type of ['kick', 'mute', 'ban', 'role'] as const) {
          const on = (user: User) => ({ ...actions[type](fixture, tea), user: user.id }) as ModerationAction
          await expect(fixture.moderate(fixture[lower], on(fixture[higher]))).rejects.toMatchObject(forbidden)
          await expect(fixture.moderate(fixture[higher], on(fixture[higher]))).rejects.toMatchObject(forbidden)
        }
        expect(
          await fixture.moderate(fixture[higher], {
            ...actions.kick(fixture, tea),
            user: fixture[lower].id,
          } as ModerationAction),
        ).toMatchObject({ isNew: true })
      })
      it('refuses a target who was never in the room like a user who does not exist', async (t) => {
        const fixture = await open(t)
        for (const type of ['kick', 'mute', 'ban', 'role'] as const) {
          const refusals = await Promise.allSettled(
            [fixture.eve.id, 999_999].map((user) =>
              fixture.moderate(fixture.anna, { ...actions[type](fixture, den), user } as ModerationAction),
            ),
          )
          expect(refusals[0]).toEqual(refusals[1])
          expect(refusals[0]).toMatchObject({ reason: noUser })
        }
      })
      it('is refused in a direct conversation; every member may change its name and topic', async (t) => {
        const fixture = await open(t)
        const talk = '~talk'
        await fixture.create(fixture.owen, { kind: 'direct', address: talk, users: [fixture.bo.id] })
        for (const type of inRooms) {
          if (type !== 'change')
            await expect(fixture.moderate(fixture.owen, actions[type](fixture, talk))).rejects.toMatchObject(forbidden)
        }
        await fixture.moderate(fixture.bo, { type: 'change', room: talk, data: { name: 'Us', topic: 'Tea' } })
        expect(await fixture.store.rooms.summary(viewer(fixture.owen), talk)).toMatchObject({
          name: 'Us',
          topic: 'Tea',
        })
        for (const data of [{ archived: true }, { readOnly: true }, { slowMs: 1 }, { name: 'We', archived: true }]) {
          await expect(fixture.moderate(fixture.bo, { type: 'change', room: talk, data })).rejects.toMatchObject(
            forbidden,
          )
        }
        expect(await fixture.store.rooms.summary(viewer(fixture.owen), talk)).toMatchObject({ name: 'Us' })
      })

      describe('kick', () => {
        it('removes membership and role; undo restores both', async (t) => {
          const fixture = await open(t)
          const before = await fixture.membership(fixture.cai, den)
          const { action, effects } = await fixture.moderate(fixture.anna, {
            type: 'kick',
            room: den,
            user: fixture.cai.id,
          })
          expect(effects).toEqual([accessEffect(fixture.cai, den, 'private', { isIn: false, canView: false })])
          expect(await fixture.membership(fixture.cai, den)).toMatchObject({
            isIn: false,
            role: 'member',
            isInvited: false,
          })
          const undone = await fixture.undo(fixture.anna, action ?? 0)
          expect(undone.effects).toEqual([accessEffect(fixture.cai, den, 'private', { isIn: true, canView: true })])
          expect(await fixture.membership(fixture.cai, den)).toEqual(before)
        })
        it('of a user in a public room still lets them view it', async (t) => {
          const fixture = await open(t)
          const { effects } = await fixture.moderate(fixture.anna, actions.kick(fixture, tea))
          expect(effects).toEqual([accessEffect(fixture.bo, tea, 'public', { isIn: false, canView: true })])
        })
        it('of a user who had left does not bring them back when it is undone', async (t) => {
          const fixture = await open(t)
          await fixture.moderate(fixture.bo, { type: 'leave', room: tea })
          const action = await fixture.moderateForId(fixture.anna, actions.kick(fixture, tea))
          await fixture.undo(fixture.anna, action)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isIn: false, isInvited: true })
        })
        it('cannot be undone once the user has returned or was banned', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.anna, actions.kick(fixture, tea))
          await fixture.store.rooms.join(fixture.bo.id, tea)
          await expect(fixture.undo(fixture.anna, action)).rejects.toMatchObject(forbidden)
          const other = await fixture.moderateForId(fixture.anna, actions.kick(fixture, tea))
          await fixture.moderate(fixture.anna, actions.ban(fixture, tea))
          await expect(fixture.undo(fixture.anna, other)).rejects.toMatchObject(forbidden)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isIn: false, isBanned: true })
        })
      })

      describe('mute', () => {
        it('ends at its time or when lifted; undo restores the earlier mute', async (t) => {
          const fixture = await open(t)
          const [first, second] = [Date.now() + hourMs, Date.now() + 2 * hourMs]
          const mute = (until: number) => ({ type: 'mute', room: tea, user: fixture.bo.id, until }) as const
          await fixture.moderate(fixture.anna, mute(first))
          const action = await fixture.moderateForId(fixture.cai, mute(second))
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ mutedUntil: second })
          await fixture.undo(fixture.cai, action)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ mutedUntil: first })
          const lifting = await fixture.moderateForId(fixture.cai, mute(0))
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ mutedUntil: 0 })
          await fixture.undo(fixture.cai, lifting)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ mutedUntil: first })
        })
        it('ends by itself at its time', async (t) => {
          const fixture = await open(t)
          const at = Date.now() - 2 * hourMs
          await fixture.moderate(
            fixture.anna,
            { type: 'mute', room: tea, user: fixture.bo.id, until: at + hourMs },
            { at },
          )
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ mutedUntil: 0 })
        })
        it('cannot be undone once a later mute replaced it', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.anna, actions.mute(fixture, tea))
          await fixture.moderate(fixture.anna, {
            type: 'mute',
            room: tea,
            user: fixture.bo.id,
            until: Date.now() + 2 * hourMs,
          })
          await expect(fixture.undo(fixture.anna, action)).rejects.toMatchObject(forbidden)
          expect(await fixture.membership(fixture.bo, tea)).not.toMatchObject({ mutedUntil: 0 })
        })
      })

      describe('room ban', () => {
        it('removes the user and role and hides the room; undo restores all', async (t) => {
          const fixture = await open(t)
          const before = await fixture.membership(fixture.cai, tea)
          const action = await fixture.moderateForId(fixture.anna, ban(tea, fixture.cai))
          expect(await fixture.membership(fixture.cai, tea)).toMatchObject({
            isIn: false,
            role: 'member',
            isBanned: true,
          })
          await fixture.store.rooms.join(fixture.cai.id, tea)
          expect(await fixture.membership(fixture.cai, tea)).toMatchObject({ isIn: false })
          await fixture.undo(fixture.anna, action)
          expect(await fixture.membership(fixture.cai, tea)).toEqual(before)
        })
        it('refuses to add a banned user to the room', async (t) => {
          const fixture = await open(t)
          await fixture.moderate(fixture.anna, actions.ban(fixture, tea))
          const add = { type: 'add', room: tea, users: [fixture.eve.id, fixture.bo.id] } as const
          await expect(fixture.moderate(fixture.anna, add)).rejects.toMatchObject(forbidden)
          expect(await fixture.membership(fixture.eve, tea)).toMatchObject({ isIn: false })
        })
        it('can be lifted, so that the user may return; undo bans them again', async (t) => {
          const fixture = await open(t)
          const until = inAnHour()
          await fixture.moderate(fixture.anna, ban(tea, fixture.bo, until))
          const lifting = await fixture.moderateForId(fixture.cai, ban(tea, fixture.bo, 0))
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isIn: false, isBanned: false })
          await fixture.store.rooms.join(fixture.bo.id, tea)
          const { effects } = await fixture.undo(fixture.cai, lifting)
          expect(effects).toEqual([accessEffect(fixture.bo, tea, 'public', { isIn: false, canView: false })])
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isIn: false, isBanned: true })
        })
        it('cannot be undone once a later ban replaced it', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.cai, ban(tea, fixture.bo, inAnHour()))
          await fixture.moderate(fixture.anna, ban(tea, fixture.bo, forever))
          await expect(fixture.undo(fixture.cai, action)).rejects.toMatchObject(forbidden)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isBanned: true })
        })
      })

      describe('server ban', () => {
        it('ends all sessions and hides every room; undo restores the rooms', async (t) => {
          const fixture = await open(t)
          const tokenHash = randomBytes(32)
          await fixture.store.sessions.start({ tokenHash, user: fixture.bo, at: Date.now() })
          const { action, effects } = await fixture.moderate(fixture.ada, ban(undefined, fixture.bo))
          expect(effects).toEqual([
            { type: 'ban-notice', user: fixture.bo, by: fixture.ada, until: expect.any(Number), moderators: [] },
            { type: 'banned', user: fixture.bo.id, until: forever },
          ])
          expect(await fixture.store.sessions.find(tokenHash)).toBeUndefined()
          expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ bannedUntil: forever })
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ isBanned: true })
          await fixture.undo(fixture.ada, action ?? 0)
          expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ bannedUntil: undefined })
          expect(await fixture.membership(fixture.bo, den)).toMatchObject({ isBanned: false, isIn: true })
        })
        it('bans the user’s addresses for as long as it lasts', async (t) => {
          const fixture = await open(t)
          const until = inAnHour()
          const ranges = ['203.0.113.7', '2001:db8::/64']
          const { action, effects } = await fixture.moderate(fixture.ada, {
            ...ban(undefined, fixture.bo, until),
            ranges,
          })
          expect(effects).toContainEqual({ type: 'ranges' })
          const banned = () => fixture.store.moderation.bannedRanges(Date.now())
          expect(await banned()).toEqual(ranges.map((range) => ({ range, until })))
          expect(await fixture.store.moderation.bannedRanges(until)).toEqual([])
          await fixture.undo(fixture.ada, action ?? 0)
          expect(await banned()).toEqual([])
        })
        it('is lifted together with the user’s addresses; undo bans both again', async (t) => {
          const fixture = await open(t)
          const until = inAnHour()
          const own = { ...ban(undefined, fixture.bo, until), ranges: ['203.0.113.7'] }
          await fixture.moderate(fixture.ada, own)
          await fixture.moderate(fixture.ada, { ...ban(undefined, fixture.eve, until), ranges: ['203.0.113.8'] })
          const banned = async () =>
            (await fixture.store.moderation.bannedRanges(Date.now())).map(({ range }) => range).sort()
          const { action, effects } = await fixture.moderate(fixture.ada, ban(undefined, fixture.bo, 0))
          expect(effects).toContainEqual({ type: 'ranges' })
          expect(await banned()).toEqual(['203.0.113.8'])
          await fixture.undo(fixture.ada, action ?? 0)
          expect(await banned()).toEqual(['203.0.113.7', '203.0.113.8'])
          expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ bannedUntil: until })
        })
        it('applies again when its lifting is undone, also to a user who signed in since', async (t) => {
          const fixture = await open(t)
          await fixture.moderate(fixture.ada, ban(undefined, fixture.bo))
          const lifting = await fixture.moderateForId(fixture.ada, ban(undefined, fixture.bo, 0))
          expect((await fixture.write(fixture.bo, tea)).isNew).toBe(true)
          const tokenHash = randomBytes(32)
          await fixture.store.sessions.start({ tokenHash, user: fixture.bo, at: Date.now() })
          const { effects } = await fixture.undo(fixture.ada, lifting)
          expect(effects).toContainEqual({ type: 'banned', user: fixture.bo.id, until: forever })
          expect(await fixture.store.sessions.find(tokenHash)).toBeUndefined()
          await expect(fixture.write(fixture.bo, tea)).rejects.toMatchObject(noRoom)
        })
        it('of an admin is allowed to the owner only; nobody can ban the owner', async (t) => {
          const fixture = await open(t)
          await fixture.claim(fixture.bo)
          await fixture.moderate(fixture.owen, { type: 'role', room: undefined, user: fixture.bo.id, role: 'admin' })
          await expect(fixture.moderate(fixture.ada, ban(undefined, fixture.bo))).rejects.toMatchObject(forbidden)
          await expect(fixture.moderate(fixture.ada, ban(undefined, fixture.owen))).rejects.toMatchObject(forbidden)
          await expect(fixture.moderate(fixture.owen, ban(undefined, fixture.owen))).rejects.toMatchObject(forbidden)
          expect(await fixture.moderate(fixture.owen, ban(undefined, fixture.bo))).toMatchObject({ isNew: true })
        })
      })

      describe('address ban', () => {
        it('lasts until its end or until lifted; both can be undone', async (t) => {
          const fixture = await open(t)
          const range = '203.0.113.0/24'
          const until = inAnHour()
          const banned = () => fixture.store.moderation.bannedRanges(Date.now())
          const action = await fixture.moderateForId(fixture.ada, { type: 'ban-range', range, until })
          expect(await banned()).toEqual([{ range, until }])
          const lifting = await fixture.moderateForId(fixture.owen, { type: 'ban-range', range, until: 0 })
          expect(await banned()).toEqual([])
          await expect(fixture.undo(fixture.ada, action), 'nothing is left of it').rejects.toMatchObject(forbidden)
          await fixture.undo(fixture.owen, lifting)
          expect(await banned()).toEqual([{ range, until }])
          await fixture.undo(fixture.ada, action)
          expect(await banned()).toEqual([])
        })
      })

      describe('role change', () => {
        it('makes a user a moderator and a member again; undo restores the role', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.cai, actions.role(fixture, tea))
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ role: 'moderator' })
          await fixture.undo(fixture.cai, action)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ role: 'member' })
          const other = await fixture.moderateForId(fixture.anna, {
            type: 'role',
            room: tea,
            user: fixture.cai.id,
            role: 'member',
          })
          expect(await fixture.membership(fixture.cai, tea)).toMatchObject({ role: 'member' })
          await fixture.undo(fixture.anna, other)
          expect(await fixture.membership(fixture.cai, tea)).toMatchObject({ role: 'moderator' })
        })
        it('cannot be undone by a user who does not outrank the moderator, unless they made the change', async (t) => {
          const fixture = await open(t)
          const ofMaker = await fixture.moderateForId(fixture.anna, actions.role(fixture, tea))
          await fixture.moderate(fixture.anna, { type: 'leave', room: tea })
          await expect(fixture.undo(fixture.cai, ofMaker)).rejects.toMatchObject(forbidden)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ role: 'moderator' })
          await fixture.store.rooms.join(fixture.eve.id, tea)
          const ofCai = await fixture.moderateForId(fixture.cai, {
            type: 'role',
            room: tea,
            user: fixture.eve.id,
            role: 'moderator',
          })
          await expect(fixture.undo(fixture.bo, ofCai)).rejects.toMatchObject(forbidden)
          await fixture.undo(fixture.cai, ofCai)
          await fixture.undo(fixture.ada, ofMaker)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ role: 'member' })
        })
        it('lets a moderator resign; nobody can promote themselves', async (t) => {
          const fixture = await open(t)
          await fixture.moderate(fixture.cai, { type: 'role', room: tea, user: fixture.cai.id, role: 'member' })
          expect(await fixture.membership(fixture.cai, tea)).toMatchObject({ role: 'member' })
          const again = { type: 'role', room: tea, user: fixture.cai.id, role: 'moderator' } as const
          await expect(fixture.moderate(fixture.cai, again)).rejects.toMatchObject(forbidden)
        })
        it('is refused for a user who is not in the room', async (t) => {
          const fixture = await open(t)
          await fixture.moderate(fixture.anna, actions.kick(fixture, tea))
          await expect(fixture.moderate(fixture.anna, actions.role(fixture, tea))).rejects.toMatchObject(forbidden)
        })
        it('to a server role is allowed to the owner only, and only for claimed names', async (t) => {
          const fixture = await open(t)
          const admin = { type: 'role', room: undefined, user: fixture.bo.id, role: 'admin' } as const
          await expect(fixture.moderate(fixture.owen, admin)).rejects.toMatchObject(forbidden)
          await fixture.claim(fixture.bo)
          await expect(fixture.moderate(fixture.ada, admin)).rejects.toMatchObject(forbidden)
          const { action, effects } = await fixture.moderate(fixture.owen, admin)
          expect(effects).toEqual([{ type: 'role', user: fixture.bo.id, role: 'admin' }])
          expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ role: 'admin' })
          await expect(fixture.undo(fixture.ada, action ?? 0)).rejects.toMatchObject(forbidden)
          await fixture.undo(fixture.owen, action ?? 0)
          expect(await fixture.store.accounts.get(fixture.bo.id)).toMatchObject({ role: 'member' })
        })
        it('never makes a user the owner, and never changes the role of the owner', async (t) => {
          const fixture = await open(t)
          const role = (user: User, role: 'member' | 'owner' | 'guest') =>
            fixture.moderate(fixture.owen, { type: 'role', room: undefined, user: user.id, role })
          await expect(role(fixture.ada, 'owner')).rejects.toMatchObject(forbidden)
          await expect(role(fixture.ada, 'guest')).rejects.toMatchObject(forbidden)
          await expect(role(fixture.owen, 'member')).rejects.toMatchObject(forbidden)
          const [first] = (await fixture.actions()).reverse()
          expect(first).toMatchObject({ type: 'role', user: fixture.owen })
          await expect(fixture.undo(fixture.ada, first?.id ?? 0)).rejects.toMatchObject(forbidden)
          await expect(fixture.undo(fixture.owen, first?.id ?? 0)).rejects.toMatchObject(forbidden)
        })
      })

      describe('room change', () => {
        it('writes an entry with the changed fields, and so does its undo', async (t) => {
          const fixture = await open(t)
          const before = await fixture.membership(fixture.bo, tea)
          const data = { name: 'Black tea', topic: 'Assam', readOnly: true, slowMs: 5_000, archived: true }
          const { action, effects } = await fixture.moderate(fixture.anna, {
            type: 'change',
            room: tea,
            data: { ...data },
          })
          const entry = { type: 'room', room: tea, id: 1, user: fixture.anna, at: expect.any(Number), data }
          expect(effects).toEqual([{ type: 'entry', entry }])
          expect(await fixture.store.log.entriesAfter(tea, 0, 10)).toEqual([entry])
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject(data)
          await fixture.undo(fixture.anna, action ?? 0)
          expect(await fixture.membership(fixture.bo, tea)).toEqual({ ...before, last: 2 })
        })
        it('without changes writes no entry and no audit record', async (t) => {
          const fixture = await open(t)
          const actions = await fixture.actions()
          const same = { type: 'change', room: tea, data: { name: tea, topic: '', archived: false } } as const
          expect(await fixture.moderate(fixture.anna, same)).toEqual({ action: undefined, isNew: false, effects: [] })
          expect(await fixture.actions()).toEqual(actions)
        })
        it('never gives two public rooms the same name, and neither does its undo', async (t) => {
          const fixture = await open(t)
          const rename = (name: string) => ({ type: 'change', room: tea, data: { name } }) as const
          await expect(fixture.moderate(fixture.anna, rename('lobby'))).rejects.toMatchObject({ code: 'name-taken' })
          const first = await fixture.moderateForId(fixture.anna, rename('Green tea'))
          const second = await fixture.moderateForId(fixture.anna, rename('Black tea'))
          await fixture.create(fixture.bo, { address: 'Green tea' })
          await expect(fixture.undo(fixture.anna, second)).rejects.toMatchObject({ code: 'name-taken' })
          await expect(fixture.undo(fixture.anna, first)).rejects.toMatchObject(forbidden)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ name: 'Black tea' })
          expect((await fixture.write(fixture.bo, tea)).isNew).toBe(true)
        })
        it('undo restores only the fields that nobody changed since', async (t) => {
          const fixture = await open(t)
          const data = { topic: 'Assam', slowMs: 5_000 }
          const action = await fixture.moderateForId(fixture.anna, { type: 'change', room: tea, data })
          await fixture.moderate(fixture.cai, { type: 'change', room: tea, data: { topic: 'Darjeeling' } })
          await fixture.undo(fixture.anna, action)
          expect(await fixture.membership(fixture.bo, tea)).toMatchObject({ topic: 'Darjeeling', slowMs: 0 })
        })
        it('does not archive the lobby', async (t) => {
          const fixture = await open(t)
          await fixture.store.rooms.join(fixture.owen.id, 'lobby')
          const archive = { type: 'change', room: 'lobby', data: { archived: true } } as const
          await expect(fixture.moderate(fixture.owen, archive)).rejects.toMatchObject(forbidden)
        })
      })

      describe('adding users', () => {
        it('adds known users and notifies them; undo removes those it added', async (t) => {
          const fixture = await open(t)
          const add = { type: 'add', room: den, users: [fixture.eve.id, fixture.bo.id, fixture.eve.id] } as const
          const { action, effects } = await fixture.moderate(fixture.cai, add)
          expect(effects).toEqual([accessEffect(fixture.eve, den, 'private', { isIn: true, canView: true })])
          expect(await fixture.membership(fixture.eve, den)).toMatchObject({
            isIn: true,
            isInvited: true,
            role: 'member',
          })
          await fixture.undo(fixture.cai, action ?? 0)
          expect(await fixture.membership(fixture.eve, den)).toMatchObject({ isIn: false, isInvited: false })
          expect(await fixture.membership(fixture.bo, den)).toMatchObject({ isIn: true })
        })
        it('cannot be undone by a user who does not outrank the added users', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.cai, {
            type: 'add',
            room: den,
            users: [fixture.eve.id, fixture.ada.id],
          })
          await expect(fixture.undo(fixture.cai, action)).rejects.toMatchObject(forbidden)
          for (const user of [fixture.eve, fixture.ada]) {
            expect(await fixture.membership(user, den)).toMatchObject({ isIn: true })
          }
        })
        it('cannot be undone once the added users have left', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.cai, actions.add(fixture, den))
          await fixture.moderate(fixture.eve, { type: 'leave', room: den })
          await expect(fixture.undo(fixture.cai, action)).rejects.toMatchObject(forbidden)
        })
      })

      describe('invitation', () => {
        it('is revoked by its undo', async (t) => {
          const fixture = await open(t)
          const content = invitation(den)
          const action = await fixture.moderateForId(fixture.anna, content)
          expect(await fixture.store.invitations.find(content.tokenHash, Date.now())).toMatchObject({ type: 'invite' })
          await fixture.undo(fixture.anna, action)
          expect(await fixture.store.invitations.find(content.tokenHash, Date.now())).toBeUndefined()
        })
      })

      describe('undo', () => {
        it('writes an audit record, applies once, and cannot be undone itself', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.anna, actions.kick(fixture, tea))
          const undo = await fixture.moderateForId(fixture.anna, { type: 'undo', action: action })
          const [noted, undone] = await fixture.actions()
          expect(noted).toMatchObject({
            id: undo,
            type: 'undo',
            user: fixture.bo,
            room: tea,
            data: { action: action },
            undoable: false,
          })
          expect(undone).toMatchObject({ id: action, undoneBy: undo, undoable: false })
          await expect(fixture.undo(fixture.anna, action)).rejects.toMatchObject(forbidden)
          await expect(fixture.undo(fixture.anna, undo)).rejects.toMatchObject(forbidden)
        })
        it.for(['revoke', 'link'] as const)('is refused for %s, whose effect ends by itself', async (type, t) => {
          const fixture = await open(t)
          await fixture.moderate(fixture.anna, invitation(tea))
          const action = await fixture.moderateForId(fixture.ada, actions[type](fixture, tea))
          expect((await fixture.actions())[0]).toMatchObject({ id: action, undoable: false })
          await expect(fixture.undo(fixture.ada, action)).rejects.toMatchObject(forbidden)
        })
        it('is allowed to moderators of the room who do not rank below the author of the action', async (t) => {
          const fixture = await open(t)
          await fixture.moderate(fixture.anna, { type: 'add', room: den, users: [fixture.eve.id] })
          const byAnna = await fixture.moderateForId(fixture.anna, actions.mute(fixture, den))
          const byCai = await fixture.moderateForId(fixture.cai, {
            type: 'mute',
            room: den,
            user: fixture.eve.id,
            until: inAnHour(),
          })
          await expect(fixture.undo(fixture.cai, byAnna)).rejects.toMatchObject(forbidden)
          await expect(fixture.undo(fixture.eve, byAnna)).rejects.toMatchObject(forbidden)
          expect(await fixture.undo(fixture.anna, byCai)).toMatchObject({ isNew: true })
        })
        it('is refused to the user whom the action concerned', async (t) => {
          const fixture = await open(t)
          const action = await fixture.moderateForId(fixture.anna, {
            type: 'mute',
            room: tea,
            user: fixture.cai.id,
            until: inAnHour(),
          })
          await expect(fixture.undo(fixture.cai, action)).rejects.toMatchObject(forbidden)
        })
        it('in a room that cannot be viewed is refused like undo of a missing action', async (t) => {
          const fixture = await open(t)
          const inDen = await fixture.moderateForId(fixture.anna, actions.mute(fixture, den))
          const onServer = await fixture.moderateForId(fixture.owen, actions['ban-range'](fixture, ''))
          await fixture.moderate(fixture.anna, { type: 'kick', room: den, user: fixture.cai.id })
          for (const [by, action, sight] of [
            [fixture.eve, inDen, {}],
            [fixture.eve, onServer, {}],
            [fixture.ada, inDen, {}],
            [fixture.owen, inDen, {}],
            [fixture.cai, inDen, {}],
            [fixture.anna, inDen, { isVerified: false }],
            [fixture.anna, onServer, {}],
          ] as const) {
            const refusals = await Promise.allSettled([
              fixture.undo(by, action, sight),
              fixture.undo(by, 999_999, sight),
            ])
            expect(refusals[0]).toEqual(refusals[1])
            expect(refusals[0]).toMatchObject({ reason: forbidden })
          }
          expect(await fixture.undo(fixture.anna, inDen)).toMatchObject({ isNew: true })
        })
      })
    })
  })
}

function accessEffect({ id }: User, room: string, kind: string, how: { isIn: boolean; canView: boolean }) {
  return { type: 'access-changed', user: id, room, kind, ...how }
}
