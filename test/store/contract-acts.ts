/** What every store must do to keep order: what acts do, and how each of them is taken back. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ModerationAction } from '../../src/server/store/store.ts'
import { forever, type User } from '../../src/shared/protocol.ts'
import { den, type Role, tea } from '../support/furnish.ts'
import { viewer } from '../support/people.ts'
import type { Backend } from './contract.ts'
import { ban, hourMs, inAnHour, invitation, TestHouse } from './house.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const noUser = { code: 'no-such-user' }

export function actsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)

  describe(`${backend.name} store, of acts:`, () => {
    describe('an act', () => {
      /** Each as it is done to Bo by one who may, and something else for it to be undone into. */
      const acts: Record<
        Exclude<ModerationAction['type'], 'leave' | 'accept' | 'block' | 'undo'>,
        (house: TestHouse, room: string) => ModerationAction
      > = {
        kick: ({ bo }, room) => ({ type: 'kick', room, user: bo.id }),
        mute: ({ bo }, room) => ({ type: 'mute', room, user: bo.id, until: inAnHour() }),
        ban: ({ bo }, room) => ban(room, bo, inAnHour()),
        role: ({ bo }, room) => ({ type: 'role', room, user: bo.id, role: 'moderator' }),
        change: (_house, room) => ({ type: 'change', room, data: { topic: 'Pu’er', slowMs: 1_000, readOnly: true } }),
        add: ({ eve }, room) => ({ type: 'add', room, users: [eve.id] }),
        invite: (_house, room) => invitation(room),
        // The first invitation: the owner's link was the first of all.
        revoke: (_house, room) => ({ type: 'revoke', room, id: 2 }),
        'ban-range': () => ({ type: 'ban-range', range: '203.0.113.0/24', until: inAnHour() }),
        unreact: ({ bo }, room) => ({ type: 'unreact', room, ref: 1, user: bo.id, data: '🍵' }),
        'delete-room': (_house, room) => ({ type: 'delete-room', room }),
        purge: ({ bo }) => ({ type: 'purge', user: bo.id }),
        link: ({ bo }) => ({ type: 'link', user: bo.id, tokenHash: randomBytes(32), expiresAt: inAnHour() }),
      }
      const inRooms = ['kick', 'mute', 'ban', 'role', 'change', 'add', 'invite', 'revoke'] as const
      const inHouse = ['ban-range', 'purge', 'link'] as const

      it.for(inRooms)('%s: is for those who keep order where it is done, and for nobody else', async (type, t) => {
        const house = await open(t)
        await house.act(house.anna, invitation(den))
        const content = acts[type](house, den)
        const before = await house.acts()
        const nobody = { ...content, room: '~none' } as ModerationAction
        for (const [by, sight] of [
          [house.eve, {}],
          [house.ada, {}],
          [house.cai, { isVerified: false }],
        ] as const) {
          const refusals = await Promise.allSettled([house.act(by, content, sight), house.act(by, nobody, sight)])
          // A room that the user cannot view is refused word for word like one that does not exist.
          expect(refusals[0]).toEqual(refusals[1])
          expect(refusals[0]).toMatchObject({ status: 'rejected', reason: noRoom })
        }
        await expect(house.act(house.bo, content)).rejects.toMatchObject(forbidden)
        const inTea = { ...content, room: tea } as ModerationAction
        await expect(house.act(house.cai, inTea, { isVerified: false })).rejects.toMatchObject(forbidden)
        expect(await house.acts()).toEqual(before)
        expect(await house.act(house.anna, content)).toMatchObject({ isNew: true })
        const [noted] = await house.store.moderation.auditLog(viewer(house.anna), undefined, 1)
        expect(noted).toMatchObject({ type, by: house.anna, room: den })
      })
      it.for(inHouse)('%s: is for those who run the house, and for nobody else', async (type, t) => {
        const house = await open(t)
        const content = acts[type](house, '')
        const before = await house.acts()
        for (const [by, sight] of [
          [house.anna, {}],
          [house.bo, {}],
          [house.ada, { isVerified: false }],
        ] as const) {
          await expect(house.act(by, content, sight)).rejects.toMatchObject(forbidden)
        }
        expect(await house.acts()).toEqual(before)
        await house.act(house.ada, content)
        expect((await house.acts())[0]).toMatchObject({ type, by: house.ada })
      })
      it.for([...inRooms, ...inHouse])(
        '%s: is refused to one who was banned while it was on its way',
        async (type, t) => {
          const house = await open(t)
          await house.act(house.anna, invitation(tea))
          await house.store.rooms.join(house.ada.id, tea)
          const before = await house.acts()
          const banned = house.act(house.owen, ban(undefined, house.ada))
          const late = house.act(house.ada, acts[type](house, tea))
          await banned
          await expect(late).rejects.toThrow()
          expect(await house.acts()).toHaveLength(before.length + 1)
        },
      )
      it('does nothing the second time that it is asked for under a key', async (t) => {
        const house = await open(t)
        const naming = { key: 'k', request: 'to mute Bo' }
        const [one, other] = await Promise.all([
          house.act(house.anna, acts.mute(house, tea), naming),
          house.act(house.anna, { type: 'mute', room: tea, user: house.bo.id, until: 0 }, naming),
        ])
        expect(one).toMatchObject({ isNew: true })
        expect(other).toEqual({ action: one.action, isNew: false, effects: [] })
        expect(await house.standing(house.bo, tea)).not.toMatchObject({ mutedUntil: 0 })
        expect(await house.act(house.cai, acts.mute(house, tea), naming)).toMatchObject({ isNew: true })
      })
      it('is refused under a key that was used for something else', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea)
        await house.act(house.anna, acts.mute(house, tea), { key: 'k', request: 'to mute Bo' })
        const badField = { code: 'bad-field' }
        for (const request of ['to kick Bo', undefined]) {
          await expect(house.act(house.anna, acts.kick(house, tea), { key: 'k', request })).rejects.toMatchObject(
            badField,
          )
        }
        const deletion = { type: 'delete', ref: entry.id } as const
        await expect(house.write(house.anna, tea, deletion, { key: 'k' })).rejects.toMatchObject(badField)
        await house.write(house.anna, tea, deletion, { key: 'delete' })
        const late = house.act(house.anna, acts.kick(house, tea), { key: 'delete', request: 'to kick Bo' })
        await expect(late).rejects.toMatchObject(badField)
        expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: true })
      })

      const ranks: [Role, Role][] = [
        ['owen', 'ada'],
        ['ada', 'anna'],
        ['anna', 'cai'],
        ['cai', 'bo'],
      ]
      it.for(ranks)('of %s reaches %s, and not the other way round', async ([higher, lower], t) => {
        const house = await open(t)
        for (const { id } of [house.owen, house.ada]) await house.store.rooms.join(id, tea)
        for (const type of ['kick', 'mute', 'ban', 'role'] as const) {
          const on = (user: User) => ({ ...acts[type](house, tea), user: user.id }) as ModerationAction
          await expect(house.act(house[lower], on(house[higher]))).rejects.toMatchObject(forbidden)
          await expect(house.act(house[higher], on(house[higher]))).rejects.toMatchObject(forbidden)
        }
        expect(
          await house.act(house[higher], { ...acts.kick(house, tea), user: house[lower].id } as ModerationAction),
        ).toMatchObject({ isNew: true })
      })
      it('reaches nobody who was never in the room, whether there is such a user or not', async (t) => {
        const house = await open(t)
        for (const type of ['kick', 'mute', 'ban', 'role'] as const) {
          const refusals = await Promise.allSettled(
            [house.eve.id, 999_999].map((user) =>
              house.act(house.anna, { ...acts[type](house, den), user } as ModerationAction),
            ),
          )
          expect(refusals[0]).toEqual(refusals[1])
          expect(refusals[0]).toMatchObject({ reason: noUser })
        }
      })
      it('reaches nobody in a conversation, and its name and topic are everybody’s', async (t) => {
        const house = await open(t)
        const talk = '~talk'
        await house.create(house.owen, { kind: 'direct', address: talk, users: [house.bo.id] })
        for (const type of inRooms) {
          if (type !== 'change')
            await expect(house.act(house.owen, acts[type](house, talk))).rejects.toMatchObject(forbidden)
        }
        await house.act(house.bo, { type: 'change', room: talk, data: { name: 'Us', topic: 'Tea' } })
        expect(await house.store.rooms.summary(viewer(house.owen), talk)).toMatchObject({ name: 'Us', topic: 'Tea' })
        for (const data of [{ archived: true }, { readOnly: true }, { slowMs: 1 }, { name: 'We', archived: true }]) {
          await expect(house.act(house.bo, { type: 'change', room: talk, data })).rejects.toMatchObject(forbidden)
        }
        expect(await house.store.rooms.summary(viewer(house.owen), talk)).toMatchObject({ name: 'Us' })
      })

      describe('kick', () => {
        it('puts out and takes the role, and undone gives both back', async (t) => {
          const house = await open(t)
          const before = await house.standing(house.cai, den)
          const { action: act, effects } = await house.act(house.anna, { type: 'kick', room: den, user: house.cai.id })
          expect(effects).toEqual([standingEffect(house.cai, den, 'private', { isIn: false, canView: false })])
          expect(await house.standing(house.cai, den)).toMatchObject({ isIn: false, role: 'member', isInvited: false })
          const undone = await house.undo(house.anna, act ?? 0)
          expect(undone.effects).toEqual([standingEffect(house.cai, den, 'private', { isIn: true, canView: true })])
          expect(await house.standing(house.cai, den)).toEqual(before)
        })
        it('leaves a public room to be seen', async (t) => {
          const house = await open(t)
          const { effects } = await house.act(house.anna, acts.kick(house, tea))
          expect(effects).toEqual([standingEffect(house.bo, tea, 'public', { isIn: false, canView: true })])
        })
        it('of a user who had left is undone without bringing them back', async (t) => {
          const house = await open(t)
          await house.act(house.bo, { type: 'leave', room: tea })
          const act = await house.deed(house.anna, acts.kick(house, tea))
          await house.undo(house.anna, act)
          expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: false, isInvited: true })
        })
        it('is not undone for one who is back, or banned since', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.anna, acts.kick(house, tea))
          await house.store.rooms.join(house.bo.id, tea)
          await expect(house.undo(house.anna, act)).rejects.toMatchObject(forbidden)
          const other = await house.deed(house.anna, acts.kick(house, tea))
          await house.act(house.anna, acts.ban(house, tea))
          await expect(house.undo(house.anna, other)).rejects.toMatchObject(forbidden)
          expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: false, isBanned: true })
        })
      })

      describe('mute', () => {
        it('lasts until it ends or is taken back, and undone leaves what was before', async (t) => {
          const house = await open(t)
          const [first, second] = [Date.now() + hourMs, Date.now() + 2 * hourMs]
          const mute = (until: number) => ({ type: 'mute', room: tea, user: house.bo.id, until }) as const
          await house.act(house.anna, mute(first))
          const act = await house.deed(house.cai, mute(second))
          expect(await house.standing(house.bo, tea)).toMatchObject({ mutedUntil: second })
          await house.undo(house.cai, act)
          expect(await house.standing(house.bo, tea)).toMatchObject({ mutedUntil: first })
          const lifting = await house.deed(house.cai, mute(0))
          expect(await house.standing(house.bo, tea)).toMatchObject({ mutedUntil: 0 })
          await house.undo(house.cai, lifting)
          expect(await house.standing(house.bo, tea)).toMatchObject({ mutedUntil: first })
        })
        it('is over by itself', async (t) => {
          const house = await open(t)
          const at = Date.now() - 2 * hourMs
          await house.act(house.anna, { type: 'mute', room: tea, user: house.bo.id, until: at + hourMs }, { at })
          expect(await house.standing(house.bo, tea)).toMatchObject({ mutedUntil: 0 })
        })
        it('is not undone where it is no longer what holds', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.anna, acts.mute(house, tea))
          await house.act(house.anna, { type: 'mute', room: tea, user: house.bo.id, until: Date.now() + 2 * hourMs })
          await expect(house.undo(house.anna, act)).rejects.toMatchObject(forbidden)
          expect(await house.standing(house.bo, tea)).not.toMatchObject({ mutedUntil: 0 })
        })
      })

      describe('ban from a room', () => {
        it('puts out, takes the role and hides the room, and undone gives all back', async (t) => {
          const house = await open(t)
          const before = await house.standing(house.cai, tea)
          const act = await house.deed(house.anna, ban(tea, house.cai))
          expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: false, role: 'member', isBanned: true })
          await house.store.rooms.join(house.cai.id, tea)
          expect(await house.standing(house.cai, tea)).toMatchObject({ isIn: false })
          await house.undo(house.anna, act)
          expect(await house.standing(house.cai, tea)).toEqual(before)
        })
        it('keeps anybody from bringing in who is banned', async (t) => {
          const house = await open(t)
          await house.act(house.anna, acts.ban(house, tea))
          const add = { type: 'add', room: tea, users: [house.eve.id, house.bo.id] } as const
          await expect(house.act(house.anna, add)).rejects.toMatchObject(forbidden)
          expect(await house.standing(house.eve, tea)).toMatchObject({ isIn: false })
        })
        it('is lifted for who may come back then, and in force again when that is undone', async (t) => {
          const house = await open(t)
          const until = inAnHour()
          await house.act(house.anna, ban(tea, house.bo, until))
          const lifting = await house.deed(house.cai, ban(tea, house.bo, 0))
          expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: false, isBanned: false })
          await house.store.rooms.join(house.bo.id, tea)
          const { effects } = await house.undo(house.cai, lifting)
          expect(effects).toEqual([standingEffect(house.bo, tea, 'public', { isIn: false, canView: false })])
          expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: false, isBanned: true })
        })
        it('is not undone where another one holds', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.cai, ban(tea, house.bo, inAnHour()))
          await house.act(house.anna, ban(tea, house.bo, forever))
          await expect(house.undo(house.cai, act)).rejects.toMatchObject(forbidden)
          expect(await house.standing(house.bo, tea)).toMatchObject({ isBanned: true })
        })
      })

      describe('ban from the house', () => {
        it('ends all sessions and takes every room, and undone gives the rooms back', async (t) => {
          const house = await open(t)
          const tokenHash = randomBytes(32)
          await house.store.sessions.start({ tokenHash, user: house.bo, at: Date.now() })
          const { action: act, effects } = await house.act(house.ada, ban(undefined, house.bo))
          expect(effects).toEqual([{ type: 'banned', user: house.bo.id }])
          expect(await house.store.sessions.find(tokenHash)).toBeUndefined()
          expect(await house.store.accounts.get(house.bo.id)).toMatchObject({ bannedUntil: forever })
          expect(await house.standing(house.bo, tea)).toMatchObject({ isBanned: true })
          await house.undo(house.ada, act ?? 0)
          expect(await house.store.accounts.get(house.bo.id)).toMatchObject({ bannedUntil: undefined })
          expect(await house.standing(house.bo, den)).toMatchObject({ isBanned: false, isIn: true })
        })
        it('bans the user’s addresses as long as it lasts', async (t) => {
          const house = await open(t)
          const until = inAnHour()
          const ranges = ['203.0.113.7', '2001:db8::/64']
          const { action: act, effects } = await house.act(house.ada, { ...ban(undefined, house.bo, until), ranges })
          expect(effects).toContainEqual({ type: 'ranges' })
          const banned = () => house.store.moderation.bannedRanges(Date.now())
          expect(await banned()).toEqual(ranges.map((range) => ({ range, until })))
          expect(await house.store.moderation.bannedRanges(until)).toEqual([])
          await house.undo(house.ada, act ?? 0)
          expect(await banned()).toEqual([])
        })
        it('is lifted with the user’s addresses, and both are in force again when that is undone', async (t) => {
          const house = await open(t)
          const until = inAnHour()
          const own = { ...ban(undefined, house.bo, until), ranges: ['203.0.113.7'] }
          await house.act(house.ada, own)
          await house.act(house.ada, { ...ban(undefined, house.eve, until), ranges: ['203.0.113.8'] })
          const banned = async () =>
            (await house.store.moderation.bannedRanges(Date.now())).map(({ range }) => range).sort()
          const { action: act, effects } = await house.act(house.ada, ban(undefined, house.bo, 0))
          expect(effects).toContainEqual({ type: 'ranges' })
          expect(await banned()).toEqual(['203.0.113.8'])
          await house.undo(house.ada, act ?? 0)
          expect(await banned()).toEqual(['203.0.113.7', '203.0.113.8'])
          expect(await house.store.accounts.get(house.bo.id)).toMatchObject({ bannedUntil: until })
        })
        it('is in force again when its lifting is undone, also for one who has come in since', async (t) => {
          const house = await open(t)
          await house.act(house.ada, ban(undefined, house.bo))
          const lifting = await house.deed(house.ada, ban(undefined, house.bo, 0))
          expect((await house.write(house.bo, tea)).isNew).toBe(true)
          const tokenHash = randomBytes(32)
          await house.store.sessions.start({ tokenHash, user: house.bo, at: Date.now() })
          const { effects } = await house.undo(house.ada, lifting)
          expect(effects).toContainEqual({ type: 'banned', user: house.bo.id })
          expect(await house.store.sessions.find(tokenHash)).toBeUndefined()
          await expect(house.write(house.bo, tea)).rejects.toMatchObject(noRoom)
        })
        it('reaches no admin but from the owner, and the owner never', async (t) => {
          const house = await open(t)
          await house.claim(house.bo)
          await house.act(house.owen, { type: 'role', room: undefined, user: house.bo.id, role: 'admin' })
          await expect(house.act(house.ada, ban(undefined, house.bo))).rejects.toMatchObject(forbidden)
          await expect(house.act(house.ada, ban(undefined, house.owen))).rejects.toMatchObject(forbidden)
          await expect(house.act(house.owen, ban(undefined, house.owen))).rejects.toMatchObject(forbidden)
          expect(await house.act(house.owen, ban(undefined, house.bo))).toMatchObject({ isNew: true })
        })
      })

      describe('ban of a range', () => {
        it('holds until its end, is lifted by its name, and both are undone', async (t) => {
          const house = await open(t)
          const range = '203.0.113.0/24'
          const until = inAnHour()
          const banned = () => house.store.moderation.bannedRanges(Date.now())
          const act = await house.deed(house.ada, { type: 'ban-range', range, until })
          expect(await banned()).toEqual([{ range, until }])
          const lifting = await house.deed(house.owen, { type: 'ban-range', range, until: 0 })
          expect(await banned()).toEqual([])
          await expect(house.undo(house.ada, act), 'nothing is left of it').rejects.toMatchObject(forbidden)
          await house.undo(house.owen, lifting)
          expect(await banned()).toEqual([{ range, until }])
          await house.undo(house.ada, act)
          expect(await banned()).toEqual([])
        })
      })

      describe('role', () => {
        it('makes a user a moderator and a member again, and restores the role when undone', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.cai, acts.role(house, tea))
          expect(await house.standing(house.bo, tea)).toMatchObject({ role: 'moderator' })
          await house.undo(house.cai, act)
          expect(await house.standing(house.bo, tea)).toMatchObject({ role: 'member' })
          const other = await house.deed(house.anna, { type: 'role', room: tea, user: house.cai.id, role: 'member' })
          expect(await house.standing(house.cai, tea)).toMatchObject({ role: 'member' })
          await house.undo(house.anna, other)
          expect(await house.standing(house.cai, tea)).toMatchObject({ role: 'moderator' })
        })
        it('is not taken by an undo from a moderator by one who stands no higher, whoever gave it', async (t) => {
          const house = await open(t)
          const ofMaker = await house.deed(house.anna, acts.role(house, tea))
          await house.act(house.anna, { type: 'leave', room: tea })
          await expect(house.undo(house.cai, ofMaker)).rejects.toMatchObject(forbidden)
          expect(await house.standing(house.bo, tea)).toMatchObject({ role: 'moderator' })
          await house.store.rooms.join(house.eve.id, tea)
          const ofCai = await house.deed(house.cai, { type: 'role', room: tea, user: house.eve.id, role: 'moderator' })
          await expect(house.undo(house.bo, ofCai)).rejects.toMatchObject(forbidden)
          await house.undo(house.cai, ofCai)
          await house.undo(house.ada, ofMaker)
          expect(await house.standing(house.bo, tea)).toMatchObject({ role: 'member' })
        })
        it('is given up by oneself, and not given to oneself', async (t) => {
          const house = await open(t)
          await house.act(house.cai, { type: 'role', room: tea, user: house.cai.id, role: 'member' })
          expect(await house.standing(house.cai, tea)).toMatchObject({ role: 'member' })
          const again = { type: 'role', room: tea, user: house.cai.id, role: 'moderator' } as const
          await expect(house.act(house.cai, again)).rejects.toMatchObject(forbidden)
        })
        it('is not given to one who is out of the room', async (t) => {
          const house = await open(t)
          await house.act(house.anna, acts.kick(house, tea))
          await expect(house.act(house.anna, acts.role(house, tea))).rejects.toMatchObject(forbidden)
        })
        it('in the house is the owner’s to give, to those who have claimed their names', async (t) => {
          const house = await open(t)
          const admin = { type: 'role', room: undefined, user: house.bo.id, role: 'admin' } as const
          await expect(house.act(house.owen, admin)).rejects.toMatchObject(forbidden)
          await house.claim(house.bo)
          await expect(house.act(house.ada, admin)).rejects.toMatchObject(forbidden)
          const { action: act, effects } = await house.act(house.owen, admin)
          expect(effects).toEqual([{ type: 'role', user: house.bo.id, role: 'admin' }])
          expect(await house.store.accounts.get(house.bo.id)).toMatchObject({ role: 'admin' })
          await expect(house.undo(house.ada, act ?? 0)).rejects.toMatchObject(forbidden)
          await house.undo(house.owen, act ?? 0)
          expect(await house.store.accounts.get(house.bo.id)).toMatchObject({ role: 'member' })
        })
        it('in the house is never the owner’s, and never taken from the owner', async (t) => {
          const house = await open(t)
          const role = (user: User, role: 'member' | 'owner' | 'guest') =>
            house.act(house.owen, { type: 'role', room: undefined, user: user.id, role })
          await expect(role(house.ada, 'owner')).rejects.toMatchObject(forbidden)
          await expect(role(house.ada, 'guest')).rejects.toMatchObject(forbidden)
          await expect(role(house.owen, 'member')).rejects.toMatchObject(forbidden)
          const [first] = (await house.acts()).reverse()
          expect(first).toMatchObject({ type: 'role', user: house.owen })
          await expect(house.undo(house.ada, first?.id ?? 0)).rejects.toMatchObject(forbidden)
          await expect(house.undo(house.owen, first?.id ?? 0)).rejects.toMatchObject(forbidden)
        })
      })

      describe('change', () => {
        it('is an entry of the log with what was changed, and so is its undoing', async (t) => {
          const house = await open(t)
          const before = await house.standing(house.bo, tea)
          const data = { name: 'Black tea', topic: 'Assam', readOnly: true, slowMs: 5_000, archived: true }
          const { action: act, effects } = await house.act(house.anna, { type: 'change', room: tea, data: { ...data } })
          const entry = { type: 'room', room: tea, id: 1, user: house.anna, at: expect.any(Number), data }
          expect(effects).toEqual([{ type: 'entry', entry }])
          expect(await house.store.log.entriesAfter(tea, 0, 10)).toEqual([entry])
          expect(await house.standing(house.bo, tea)).toMatchObject(data)
          await house.undo(house.anna, act ?? 0)
          expect(await house.standing(house.bo, tea)).toEqual({ ...before, last: 2 })
        })
        it('of nothing is nothing, and is not written down', async (t) => {
          const house = await open(t)
          const acts = await house.acts()
          const same = { type: 'change', room: tea, data: { name: tea, topic: '', archived: false } } as const
          expect(await house.act(house.anna, same)).toEqual({ action: undefined, isNew: true, effects: [] })
          expect(await house.acts()).toEqual(acts)
        })
        it('names no two public rooms alike, nor does its undoing', async (t) => {
          const house = await open(t)
          const rename = (name: string) => ({ type: 'change', room: tea, data: { name } }) as const
          await expect(house.act(house.anna, rename('lobby'))).rejects.toMatchObject({ code: 'name-taken' })
          const first = await house.deed(house.anna, rename('Green tea'))
          const second = await house.deed(house.anna, rename('Black tea'))
          await house.create(house.bo, { address: 'Green tea' })
          await expect(house.undo(house.anna, second)).rejects.toMatchObject({ code: 'name-taken' })
          await expect(house.undo(house.anna, first)).rejects.toMatchObject(forbidden)
          expect(await house.standing(house.bo, tea)).toMatchObject({ name: 'Black tea' })
          expect((await house.write(house.bo, tea)).isNew).toBe(true)
        })
        it('is undone as far as nobody has changed the same since', async (t) => {
          const house = await open(t)
          const data = { topic: 'Assam', slowMs: 5_000 }
          const act = await house.deed(house.anna, { type: 'change', room: tea, data })
          await house.act(house.cai, { type: 'change', room: tea, data: { topic: 'Darjeeling' } })
          await house.undo(house.anna, act)
          expect(await house.standing(house.bo, tea)).toMatchObject({ topic: 'Darjeeling', slowMs: 0 })
        })
        it('does not archive the lobby', async (t) => {
          const house = await open(t)
          await house.store.rooms.join(house.owen.id, 'lobby')
          const archive = { type: 'change', room: 'lobby', data: { archived: true } } as const
          await expect(house.act(house.owen, archive)).rejects.toMatchObject(forbidden)
        })
      })

      describe('add', () => {
        it('brings in whom one knows, tells them, and undone puts out those whom it brought in', async (t) => {
          const house = await open(t)
          const add = { type: 'add', room: den, users: [house.eve.id, house.bo.id, house.eve.id] } as const
          const { action: act, effects } = await house.act(house.cai, add)
          expect(effects).toEqual([standingEffect(house.eve, den, 'private', { isIn: true, canView: true })])
          expect(await house.standing(house.eve, den)).toMatchObject({ isIn: true, isInvited: true, role: 'member' })
          await house.undo(house.cai, act ?? 0)
          expect(await house.standing(house.eve, den)).toMatchObject({ isIn: false, isInvited: false })
          expect(await house.standing(house.bo, den)).toMatchObject({ isIn: true })
        })
        it('is not undone by one who stands no higher than those it brought in', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.cai, { type: 'add', room: den, users: [house.eve.id, house.ada.id] })
          await expect(house.undo(house.cai, act)).rejects.toMatchObject(forbidden)
          for (const user of [house.eve, house.ada]) {
            expect(await house.standing(user, den)).toMatchObject({ isIn: true })
          }
        })
        it('is not undone once they have gone', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.cai, acts.add(house, den))
          await house.act(house.eve, { type: 'leave', room: den })
          await expect(house.undo(house.cai, act)).rejects.toMatchObject(forbidden)
        })
      })

      describe('invite', () => {
        it('is undone by revoking it', async (t) => {
          const house = await open(t)
          const content = invitation(den)
          const act = await house.deed(house.anna, content)
          expect(await house.store.invitations.find(content.tokenHash, Date.now())).toMatchObject({ type: 'invite' })
          await house.undo(house.anna, act)
          expect(await house.store.invitations.find(content.tokenHash, Date.now())).toBeUndefined()
        })
      })

      describe('undoing', () => {
        it('is written down as an act, once, and is not undone itself', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.anna, acts.kick(house, tea))
          const undo = await house.deed(house.anna, { type: 'undo', action: act })
          const [noted, undone] = await house.acts()
          expect(noted).toMatchObject({
            id: undo,
            type: 'undo',
            user: house.bo,
            room: tea,
            data: { action: act },
            undoable: false,
          })
          expect(undone).toMatchObject({ id: act, undoneBy: undo, undoable: false })
          await expect(house.undo(house.anna, act)).rejects.toMatchObject(forbidden)
          await expect(house.undo(house.anna, undo)).rejects.toMatchObject(forbidden)
        })
        it.for(['revoke', 'link'] as const)('does not reach a %s, whose effect ends by itself', async (type, t) => {
          const house = await open(t)
          await house.act(house.anna, invitation(tea))
          const act = await house.deed(house.ada, acts[type](house, tea))
          expect((await house.acts())[0]).toMatchObject({ id: act, undoable: false })
          await expect(house.undo(house.ada, act)).rejects.toMatchObject(forbidden)
        })
        it('is for those who keep order there and stand no lower than whoever did it', async (t) => {
          const house = await open(t)
          await house.act(house.anna, { type: 'add', room: den, users: [house.eve.id] })
          const byAnna = await house.deed(house.anna, acts.mute(house, den))
          const byCai = await house.deed(house.cai, { type: 'mute', room: den, user: house.eve.id, until: inAnHour() })
          await expect(house.undo(house.cai, byAnna)).rejects.toMatchObject(forbidden)
          await expect(house.undo(house.eve, byAnna)).rejects.toMatchObject(forbidden)
          expect(await house.undo(house.anna, byCai)).toMatchObject({ isNew: true })
        })
        it('is not for whom it was done to', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.anna, { type: 'mute', room: tea, user: house.cai.id, until: inAnHour() })
          await expect(house.undo(house.cai, act)).rejects.toMatchObject(forbidden)
        })
        it('of what was done where one may not see is refused word for word like what was never done', async (t) => {
          const house = await open(t)
          const inDen = await house.deed(house.anna, acts.mute(house, den))
          const inTheHouse = await house.deed(house.owen, acts['ban-range'](house, ''))
          await house.act(house.anna, { type: 'kick', room: den, user: house.cai.id })
          for (const [by, act, sight] of [
            [house.eve, inDen, {}],
            [house.eve, inTheHouse, {}],
            [house.ada, inDen, {}],
            [house.owen, inDen, {}],
            [house.cai, inDen, {}],
            [house.anna, inDen, { isVerified: false }],
            [house.anna, inTheHouse, {}],
          ] as const) {
            const refusals = await Promise.allSettled([house.undo(by, act, sight), house.undo(by, 999_999, sight)])
            expect(refusals[0]).toEqual(refusals[1])
            expect(refusals[0]).toMatchObject({ reason: forbidden })
          }
          expect(await house.undo(house.anna, inDen)).toMatchObject({ isNew: true })
        })
      })
    })
  })
}

function standingEffect({ id }: User, room: string, kind: string, how: { isIn: boolean; canView: boolean }) {
  return { type: 'access-changed', user: id, room, kind, ...how }
}
