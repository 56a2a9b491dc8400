/** What every store must do to keep order: who may write, what acts do, and how each of them is taken back. */
import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ActContent } from '../../src/server/store/store.ts'
import { type ActType, forEver, type User } from '../../src/shared/protocol.ts'
import { den, type Role, tea } from '../support/furnish.ts'
import { viewer } from '../support/people.ts'
import type { Backend } from './contract.ts'
import { hourMs, TestHouse } from './house.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const noUser = { code: 'no-such-user' }
const readOnly = { code: 'read-only' }

export function orderContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)
  const inAnHour = () => Date.now() + hourMs
  const everyAct = (house: TestHouse) => house.store.acts(viewer(house.owen), undefined, 1_000)

  describe(`${backend.name} store, of order:`, () => {
    describe('writing', () => {
      it('is for those who see the room', async (t) => {
        const house = await open(t)
        expect((await house.write(house.bo, den)).isNew).toBe(true)
        for (const [user, sight] of [
          [house.eve, {}],
          [house.ada, {}],
          [house.bo, { unproven: true }],
        ] as const) {
          await expect(house.write(user, den, {}, sight)).rejects.toMatchObject(noRoom)
          await expect(house.write(user, '~none', {}, sight)).rejects.toMatchObject(noRoom)
        }
        expect(await house.store.entriesAfter(den, 0, 10)).toHaveLength(1)
      })
      it('is for guests only where they were invited, if the operator lets none in by themselves', async (t) => {
        const house = await open(t)
        expect((await house.write(house.bo, tea, {}, { onlyInvited: true })).isNew).toBe(true)
        await expect(house.write(house.bo, 'lobby', {}, { onlyInvited: true })).rejects.toMatchObject(noRoom)
        expect((await house.write(house.bo, 'lobby')).isNew).toBe(true)
      })
      it.for(['kick', 'ban'] as const)('is over with a %s, also for what is on its way', async (type, t) => {
        const house = await open(t)
        for (const [room, code] of [
          [tea, type === 'kick' ? 'not-in-room' : 'no-such-room'],
          [den, 'no-such-room'],
        ] as const) {
          const before = house.write(house.bo, room)
          const out = house.act(house.anna, { type, room, user: house.bo.id, until: inAnHour(), ranges: [] })
          const after = house.write(house.bo, room)
          expect((await before).isNew).toBe(true)
          await out
          await expect(after).rejects.toMatchObject({ code })
        }
      })
      it('is over with a ban from the house, in every room', async (t) => {
        const house = await open(t)
        await house.act(house.ada, ban(undefined, house.bo))
        for (const room of [tea, den, 'lobby']) await expect(house.write(house.bo, room)).rejects.toMatchObject(noRoom)
        expect((await house.write(house.cai, tea)).isNew).toBe(true)
      })
      it('waits for those who are muted, who are told how long', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea)
        const at = Date.now()
        await house.act(house.anna, { type: 'mute', room: tea, user: house.bo.id, until: at + hourMs })
        for (const content of changesOf(entry.id)) {
          const refusal = { code: 'muted', retryAfterMs: hourMs }
          await expect(house.write(house.bo, tea, content, { at })).rejects.toMatchObject(refusal)
        }
        expect((await house.write(house.bo, den)).isNew).toBe(true)
        expect((await house.write(house.cai, tea)).isNew).toBe(true)
        expect((await house.write(house.bo, tea, {}, { at: at + hourMs })).isNew).toBe(true)
      })
      it('is for moderators where the room is read-only, if they are believed', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea)
        await house.act(house.anna, { type: 'change', room: tea, data: { readOnly: true } })
        for (const content of changesOf(entry.id)) {
          await expect(house.write(house.bo, tea, content)).rejects.toMatchObject(readOnly)
        }
        await expect(house.write(house.cai, tea, {}, { unproven: true })).rejects.toMatchObject(readOnly)
        for (const keeper of [house.cai, house.anna, house.ada, house.owen]) {
          await house.store.enter(keeper.id, tea)
          expect((await house.write(keeper, tea)).isNew).toBe(true)
        }
      })
      it('is for nobody where the room is archived', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.anna, tea)
        await house.act(house.anna, { type: 'change', room: tea, data: { archived: true } })
        for (const content of changesOf(entry.id)) {
          await expect(house.write(house.anna, tea, content)).rejects.toMatchObject(readOnly)
        }
        await house.act(house.cai, { type: 'change', room: tea, data: { archived: false } })
        expect((await house.write(house.bo, tea)).isNew).toBe(true)
      })
      it('in a slow room waits from one message to the next, but not for those who keep order', async (t) => {
        const house = await open(t)
        await house.act(house.anna, { type: 'change', room: tea, data: { slowMs: 10_000 } })
        const at = Date.now()
        const { entry } = await house.write(house.bo, tea, {}, { at })
        const refusal = { code: 'too-fast', retryAfterMs: 6_000 }
        await expect(house.write(house.bo, tea, {}, { at: at + 4_000 })).rejects.toMatchObject(refusal)
        // What changes what stands there does not count.
        await house.write(house.bo, tea, { type: 'edit', ref: entry.id, data: 'better' }, { at })
        await house.write(house.bo, tea, { type: 'react', ref: entry.id, data: '🍵', on: true }, { at })
        expect((await house.write(house.bo, tea, {}, { at: at + 10_000 })).isNew).toBe(true)
        for (let i = 0; i < 3; i++) expect((await house.write(house.cai, tea, {}, { at })).isNew).toBe(true)
        const unbelieved = house.write(house.cai, tea, {}, { at, unproven: true })
        await expect(unbelieved).rejects.toMatchObject({ code: 'too-fast' })
        expect((await house.write(house.bo, den, {}, { at })).isNew).toBe(true)
      })
      it.for([
        ['is muted', { type: 'mute', until: Date.now() + 24 * hourMs }],
        ['may only read', { type: 'change', data: { readOnly: true } }],
        ['finds the room archived', { type: 'change', data: { archived: true } }],
      ] as const)('does not keep one who %s from taking away what he wrote', async ([, content], t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea)
        const others = await house.write(house.cai, tea)
        await house.act(house.anna, { ...content, room: tea, user: house.bo.id } as ActContent)
        await expect(house.write(house.bo, tea)).rejects.toThrow()
        const refusal = house.write(house.bo, tea, { type: 'delete', ref: others.entry.id })
        await expect(refusal).rejects.toThrow()
        expect((await house.write(house.bo, tea, { type: 'delete', ref: entry.id })).isNew).toBe(true)
      })
    })

    describe('deleting what others wrote', () => {
      const below: [Role, Role][] = [
        ['owen', 'ada'],
        ['ada', 'anna'],
        ['anna', 'cai'],
        ['cai', 'bo'],
      ]

      it.for(below)('%s may, of %s, and not the other way round', async ([higher, lower], t) => {
        const house = await open(t)
        await house.claim(house.bo)
        for (const { id } of [house.owen, house.ada]) await house.store.enter(id, tea)
        const [high, low] = [await house.write(house[higher], tea), await house.write(house[lower], tea)]
        const remove = (by: Role, { entry }: typeof high) =>
          house.write(house[by], tea, { type: 'delete', ref: entry.id })
        await expect(remove(lower, high)).rejects.toMatchObject(forbidden)
        expect((await remove(higher, low)).isNew).toBe(true)
        expect(await house.texts(tea)).toEqual(['hello', ''])
      })
      it('is for nobody of the same rank, nor for one who is not believed', async (t) => {
        const house = await open(t)
        await house.act(house.anna, { type: 'role', room: tea, user: house.bo.id, role: 'moderator' })
        const { entry } = await house.write(house.bo, tea)
        const deletion = { type: 'delete', ref: entry.id } as const
        await expect(house.write(house.cai, tea, deletion)).rejects.toMatchObject(forbidden)
        await expect(house.write(house.anna, tea, deletion, { unproven: true })).rejects.toMatchObject(forbidden)
        expect((await house.write(house.anna, tea, deletion)).isNew).toBe(true)
      })
      it('is for nobody in a conversation', async (t) => {
        const house = await open(t)
        await house.create(house.ada, { kind: 'direct', address: '~talk', users: [house.bo.id] })
        const { entry } = await house.write(house.bo, '~talk')
        const deletion = { type: 'delete', ref: entry.id } as const
        await expect(house.write(house.ada, '~talk', deletion)).rejects.toMatchObject(forbidden)
      })
      it('is written down and can be taken back, with the text as it stood; one’s own is neither', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea, { data: 'first' })
        await house.write(house.bo, tea, { type: 'edit', ref: entry.id, data: 'second' })
        await house.write(house.cai, tea, { type: 'delete', ref: entry.id })
        expect(await house.texts(tea)).toEqual([''])
        const [act] = await everyAct(house)
        expect(act).toMatchObject({ type: 'delete', by: house.cai, user: house.bo, room: tea, undoable: true })
        await undoWholly(house, house.cai, act?.id ?? 0)
        expect(await house.texts(tea)).toEqual(['second'])
        const acts = await everyAct(house)
        await house.write(house.bo, tea, { type: 'delete', ref: entry.id })
        expect(await house.texts(tea)).toEqual([''])
        expect(await everyAct(house)).toEqual(acts)
      })
    })

    describe('an act', () => {
      /** Each as it is done to Bo by one who may, and something else for it to be undone into. */
      const acts: Record<
        Exclude<ActContent['type'], 'leave' | 'undo'>,
        (house: TestHouse, room: string) => ActContent
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
        purge: ({ bo }) => ({ type: 'purge', user: bo.id }),
        link: ({ bo }) => ({ type: 'link', user: bo.id, tokenHash: randomBytes(32), expiresAt: inAnHour() }),
      }
      const inRooms = ['kick', 'mute', 'ban', 'role', 'change', 'add', 'invite', 'revoke'] as const
      const inHouse = ['ban-range', 'purge', 'link'] as const

      it.for(inRooms)('%s: is for those who keep order where it is done, and for nobody else', async (type, t) => {
        const house = await open(t)
        await house.act(house.anna, invitation(den))
        const content = acts[type](house, den)
        const before = await everyAct(house)
        const nobody = { ...content, room: '~none' } as ActContent
        for (const [by, sight] of [
          [house.eve, {}],
          [house.ada, {}],
          [house.cai, { isProven: false }],
        ] as const) {
          const refusals = await Promise.allSettled([house.act(by, content, sight), house.act(by, nobody, sight)])
          // What he may not see is refused word for word like what is not there.
          expect(refusals[0]).toEqual(refusals[1])
          expect(refusals[0]).toMatchObject({ status: 'rejected', reason: noRoom })
        }
        await expect(house.act(house.bo, content)).rejects.toMatchObject(forbidden)
        const inTea = { ...content, room: tea } as ActContent
        await expect(house.act(house.cai, inTea, { isProven: false })).rejects.toMatchObject(forbidden)
        expect(await everyAct(house)).toEqual(before)
        expect(await house.act(house.anna, content)).toMatchObject({ isNew: true })
        const [noted] = await house.store.acts(viewer(house.anna), undefined, 1)
        expect(noted).toMatchObject({ type, by: house.anna, room: den })
      })
      it.for(inHouse)('%s: is for those who run the house, and for nobody else', async (type, t) => {
        const house = await open(t)
        const content = acts[type](house, '')
        const before = await everyAct(house)
        for (const [by, sight] of [
          [house.anna, {}],
          [house.bo, {}],
          [house.ada, { isProven: false }],
        ] as const) {
          await expect(house.act(by, content, sight)).rejects.toMatchObject(forbidden)
        }
        expect(await everyAct(house)).toEqual(before)
        await house.act(house.ada, content)
        expect((await everyAct(house))[0]).toMatchObject({ type, by: house.ada })
      })
      it.for([...inRooms, ...inHouse])(
        '%s: is refused to one who was banned while it was on its way',
        async (type, t) => {
          const house = await open(t)
          await house.act(house.anna, invitation(tea))
          await house.store.enter(house.ada.id, tea)
          const before = await everyAct(house)
          const banned = house.act(house.owen, ban(undefined, house.ada))
          const late = house.act(house.ada, acts[type](house, tea))
          await banned
          await expect(late).rejects.toThrow()
          expect(await everyAct(house)).toHaveLength(before.length + 1)
        },
      )
      it('does nothing the second time under a key, whatever it is then', async (t) => {
        const house = await open(t)
        const kick = acts.kick(house, tea)
        const [one, other] = await Promise.all([
          house.act(house.anna, kick, { key: 'k' }),
          house.act(house.anna, acts.mute(house, tea), { key: 'k' }),
        ])
        expect(one).toMatchObject({ isNew: true })
        expect(other).toEqual({ act: one.act, isNew: false, effects: [] })
        expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: false, mutedUntil: 0 })
        expect(await house.act(house.cai, acts.mute(house, tea), { key: 'k' })).toMatchObject({ isNew: true })
      })

      const ranks: [Role, Role][] = [
        ['owen', 'ada'],
        ['ada', 'anna'],
        ['anna', 'cai'],
        ['cai', 'bo'],
      ]
      it.for(ranks)('of %s reaches %s, and not the other way round', async ([higher, lower], t) => {
        const house = await open(t)
        for (const { id } of [house.owen, house.ada]) await house.store.enter(id, tea)
        for (const type of ['kick', 'mute', 'ban', 'role'] as const) {
          const on = (user: User) => ({ ...acts[type](house, tea), user: user.id }) as ActContent
          await expect(house.act(house[lower], on(house[higher]))).rejects.toMatchObject(forbidden)
          await expect(house.act(house[higher], on(house[higher]))).rejects.toMatchObject(forbidden)
        }
        expect(
          await house.act(house[higher], { ...acts.kick(house, tea), user: house[lower].id } as ActContent),
        ).toMatchObject({ isNew: true })
      })
      it('reaches nobody who was never in the room, whether there is such a user or not', async (t) => {
        const house = await open(t)
        for (const type of ['kick', 'mute', 'ban', 'role'] as const) {
          const refusals = await Promise.allSettled(
            [house.eve.id, 999_999].map((user) =>
              house.act(house.anna, { ...acts[type](house, den), user } as ActContent),
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
        expect(await house.store.summary(viewer(house.owen), talk)).toMatchObject({ name: 'Us', topic: 'Tea' })
        for (const data of [{ archived: true }, { readOnly: true }, { slowMs: 1 }, { name: 'We', archived: true }]) {
          await expect(house.act(house.bo, { type: 'change', room: talk, data })).rejects.toMatchObject(forbidden)
        }
        expect(await house.store.summary(viewer(house.owen), talk)).toMatchObject({ name: 'Us' })
      })

      describe('kick', () => {
        it('puts out and takes the role, and undone gives both back', async (t) => {
          const house = await open(t)
          const before = await house.standing(house.cai, den)
          const { act, effects } = await house.act(house.anna, { type: 'kick', room: den, user: house.cai.id })
          expect(effects).toEqual([standingEffect(house.cai, den, 'private', { isIn: false, sees: false })])
          expect(await house.standing(house.cai, den)).toMatchObject({ isIn: false, role: 'member', isInvited: false })
          const undone = await house.undo(house.anna, act ?? 0)
          expect(undone.effects).toEqual([standingEffect(house.cai, den, 'private', { isIn: true, sees: true })])
          expect(await house.standing(house.cai, den)).toEqual(before)
        })
        it('leaves a public room to be seen', async (t) => {
          const house = await open(t)
          const { effects } = await house.act(house.anna, acts.kick(house, tea))
          expect(effects).toEqual([standingEffect(house.bo, tea, 'public', { isIn: false, sees: true })])
        })
        it('is not undone for one who is back, or banned since', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.anna, acts.kick(house, tea))
          await house.store.enter(house.bo.id, tea)
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
          await house.store.enter(house.cai.id, tea)
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
          await house.store.enter(house.bo.id, tea)
          const { effects } = await house.undo(house.cai, lifting)
          expect(effects).toEqual([standingEffect(house.bo, tea, 'public', { isIn: false, sees: false })])
          expect(await house.standing(house.bo, tea)).toMatchObject({ isIn: false, isBanned: true })
        })
        it('is not undone where another one holds', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.cai, ban(tea, house.bo, inAnHour()))
          await house.act(house.anna, ban(tea, house.bo, forEver))
          await expect(house.undo(house.cai, act)).rejects.toMatchObject(forbidden)
          expect(await house.standing(house.bo, tea)).toMatchObject({ isBanned: true })
        })
      })

      describe('ban from the house', () => {
        it('ends all sessions and takes every room, and undone gives the rooms back', async (t) => {
          const house = await open(t)
          const tokenHash = randomBytes(32)
          await house.store.startSession({ tokenHash, user: house.bo, at: Date.now() })
          const { act, effects } = await house.act(house.ada, ban(undefined, house.bo))
          expect(effects).toEqual([{ type: 'banned', user: house.bo.id }])
          expect(await house.store.findSession(tokenHash)).toBeUndefined()
          expect(await house.store.account(house.bo.id)).toMatchObject({ bannedUntil: forEver })
          expect(await house.standing(house.bo, tea)).toMatchObject({ isBanned: true })
          await house.undo(house.ada, act ?? 0)
          expect(await house.store.account(house.bo.id)).toMatchObject({ bannedUntil: undefined })
          expect(await house.standing(house.bo, den)).toMatchObject({ isBanned: false, isIn: true })
        })
        it('bans his addresses with it, as long as it lasts', async (t) => {
          const house = await open(t)
          const until = inAnHour()
          const ranges = ['203.0.113.7', '2001:db8::/64']
          const { act, effects } = await house.act(house.ada, { ...ban(undefined, house.bo, until), ranges })
          expect(effects).toContainEqual({ type: 'ranges' })
          const banned = () => house.store.bannedRanges(Date.now())
          expect(await banned()).toEqual(ranges.map((range) => ({ range, until })))
          expect(await house.store.bannedRanges(until)).toEqual([])
          await house.undo(house.ada, act ?? 0)
          expect(await banned()).toEqual([])
        })
        it('is in force again when its lifting is undone, also for one who has come in since', async (t) => {
          const house = await open(t)
          await house.act(house.ada, ban(undefined, house.bo))
          const lifting = await house.deed(house.ada, ban(undefined, house.bo, 0))
          expect((await house.write(house.bo, tea)).isNew).toBe(true)
          const tokenHash = randomBytes(32)
          await house.store.startSession({ tokenHash, user: house.bo, at: Date.now() })
          const { effects } = await house.undo(house.ada, lifting)
          expect(effects).toContainEqual({ type: 'banned', user: house.bo.id })
          expect(await house.store.findSession(tokenHash)).toBeUndefined()
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
          const banned = () => house.store.bannedRanges(Date.now())
          const act = await house.deed(house.ada, { type: 'ban-range', range, until })
          expect(await banned()).toEqual([{ range, until }])
          const lifting = await house.deed(house.owen, { type: 'ban-range', range, until: 0 })
          expect(await banned()).toEqual([])
          await house.undo(house.owen, lifting)
          expect(await banned()).toEqual([{ range, until }])
          await house.undo(house.ada, act)
          expect(await banned()).toEqual([])
        })
      })

      describe('role', () => {
        it('makes a moderator and a member again, and undone leaves what he was', async (t) => {
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
          const { act, effects } = await house.act(house.owen, admin)
          expect(effects).toEqual([{ type: 'role', user: house.bo.id, role: 'admin' }])
          expect(await house.store.account(house.bo.id)).toMatchObject({ role: 'admin' })
          await expect(house.undo(house.ada, act ?? 0)).rejects.toMatchObject(forbidden)
          await house.undo(house.owen, act ?? 0)
          expect(await house.store.account(house.bo.id)).toMatchObject({ role: 'member' })
        })
        it('in the house is never the owner’s, and never taken from the owner', async (t) => {
          const house = await open(t)
          const role = (user: User, role: 'member' | 'owner' | 'guest') =>
            house.act(house.owen, { type: 'role', room: undefined, user: user.id, role })
          await expect(role(house.ada, 'owner')).rejects.toMatchObject(forbidden)
          await expect(role(house.ada, 'guest')).rejects.toMatchObject(forbidden)
          await expect(role(house.owen, 'member')).rejects.toMatchObject(forbidden)
          const [first] = (await everyAct(house)).reverse()
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
          const { act, effects } = await house.act(house.anna, { type: 'change', room: tea, data: { ...data } })
          const entry = { type: 'room', room: tea, id: 1, user: house.anna, at: expect.any(Number), data }
          expect(effects).toEqual([{ type: 'entry', entry }])
          expect(await house.store.entriesAfter(tea, 0, 10)).toEqual([entry])
          expect(await house.standing(house.bo, tea)).toMatchObject(data)
          await house.undo(house.anna, act ?? 0)
          expect(await house.standing(house.bo, tea)).toEqual({ ...before, last: 2 })
        })
        it('of nothing is nothing, and is not written down', async (t) => {
          const house = await open(t)
          const acts = await everyAct(house)
          const same = { type: 'change', room: tea, data: { name: tea, topic: '', archived: false } } as const
          expect(await house.act(house.anna, same)).toEqual({ act: undefined, isNew: true, effects: [] })
          expect(await everyAct(house)).toEqual(acts)
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
          await house.store.enter(house.owen.id, 'lobby')
          const archive = { type: 'change', room: 'lobby', data: { archived: true } } as const
          await expect(house.act(house.owen, archive)).rejects.toMatchObject(forbidden)
        })
      })

      describe('add', () => {
        it('brings in whom one knows, tells them, and undone puts out those whom it brought in', async (t) => {
          const house = await open(t)
          const add = { type: 'add', room: den, users: [house.eve.id, house.bo.id, house.eve.id] } as const
          const { act, effects } = await house.act(house.cai, add)
          expect(effects).toEqual([standingEffect(house.eve, den, 'private', { isIn: true, sees: true })])
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
          expect(await house.store.findLink(content.tokenHash, Date.now())).toMatchObject({ type: 'invite' })
          await house.undo(house.anna, act)
          expect(await house.store.findLink(content.tokenHash, Date.now())).toBeUndefined()
        })
      })

      describe('undoing', () => {
        it('is written down as an act, once, and is not undone itself', async (t) => {
          const house = await open(t)
          const act = await house.deed(house.anna, acts.kick(house, tea))
          const undo = await house.deed(house.anna, { type: 'undo', act })
          const [noted, undone] = await everyAct(house)
          expect(noted).toMatchObject({
            id: undo,
            type: 'undo',
            user: house.bo,
            room: tea,
            data: { act },
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
          expect((await everyAct(house))[0]).toMatchObject({ id: act, undoable: false })
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
            [house.anna, inDen, { isProven: false }],
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

    describe('purging', () => {
      /** 120 messages in the tea and 120 in the den, every tenth of them edited, and some of others between. */
      async function manyMessages(t: Parameters<Backend['place']>[0]) {
        const house = await open(t)
        const rooms = [tea, den]
        await Promise.all(
          rooms.flatMap((room) => Array.from({ length: 120 }, (_, i) => said(house, house.bo, room, i))),
        )
        await house.write(house.cai, tea, { data: 'of somebody else' })
        for (const room of rooms) {
          for (let ref = 10; ref <= 120; ref += 10) {
            await house.write(house.bo, room, { type: 'edit', ref, data: `edited ${ref}` })
            await house.write(house.bo, room, { type: 'edit', ref, data: `edited ${ref} again` })
          }
        }
        const stand = async () =>
          Object.fromEntries(await Promise.all(rooms.map(async (room) => [room, await house.texts(room)])))
        return { house, stand }
      }

      it('takes all away that somebody wrote, in pieces, and brings it back as it stood', async (t) => {
        const { house, stand } = await manyMessages(t)
        const before = await stand()
        expect(before[tea]).toContain('edited 20 again')
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        expect(await pieces(house, act)).toEqual([100, 100, 40])
        const gone = await stand()
        expect(gone[den]).toEqual(Array(120).fill(''))
        expect(gone[tea].filter(Boolean)).toEqual(['of somebody else'])
        expect(JSON.stringify(await house.store.entriesAfter(den, 0, 1_000))).not.toMatch(/message|edited/)
        const undo = await house.deed(house.ada, { type: 'undo', act })
        expect(await pieces(house, undo)).toEqual([100, 100, 40])
        expect(await stand()).toEqual(before)
        expect(await pieces(house, act)).toEqual([])
      })
      it('stops where it is undone, and brings back what was taken until then', async (t) => {
        const { house, stand } = await manyMessages(t)
        const before = await stand()
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        expect(await house.store.proceed(act, Date.now())).toHaveLength(100)
        const undo = await house.deed(house.ada, { type: 'undo', act })
        expect(await house.store.proceed(act, Date.now())).toEqual([])
        expect(await pieces(house, undo)).toEqual([100])
        expect(await stand()).toEqual(before)
      })
      it('goes on after a restart', async (t) => {
        const { house, stand } = await manyMessages(t)
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        await house.store.proceed(act, Date.now())
        await house.reopen()
        expect(await pieces(house, act)).toEqual([100, 40])
        expect((await stand())[den]).toEqual(Array(120).fill(''))
      })
      it('is not for moderators, nor of those who stand as high', async (t) => {
        const house = await open(t)
        await expect(house.act(house.anna, { type: 'purge', user: house.bo.id })).rejects.toMatchObject(forbidden)
        await expect(house.act(house.ada, { type: 'purge', user: house.ada.id })).rejects.toMatchObject(forbidden)
        await expect(house.act(house.ada, { type: 'purge', user: house.owen.id })).rejects.toMatchObject(forbidden)
      })
    })

    describe('forgetting', () => {
      it('makes what was deleted to keep order gone for good, after its time', async (t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea, { data: 'rude' })
        const at = Date.now()
        await house.write(house.cai, tea, { type: 'delete', ref: entry.id }, { at })
        const [act] = await everyAct(house)
        await house.store.forget(at, at)
        expect((await everyAct(house))[0]).toMatchObject({ id: act?.id, undoable: true })
        await house.store.forget(at, at + 1)
        expect((await everyAct(house))[0]).toMatchObject({ id: act?.id, undoable: false })
        await expect(house.undo(house.cai, act?.id ?? 0)).rejects.toMatchObject(forbidden)
        expect(await house.texts(tea)).toEqual([''])
      })
      it('lets go of links and ranges whose time is over, and of no others', async (t) => {
        const house = await open(t)
        const until = inAnHour()
        await house.act(house.ada, { type: 'ban-range', range: '192.0.2.0/24', until })
        await house.act(house.ada, { type: 'ban-range', range: '203.0.113.0/24', until: until + 1 })
        const invite = invitation(den)
        await house.act(house.anna, { ...invite, expiresAt: until + 1 })
        await house.store.forget(until, 0)
        expect(await house.store.bannedRanges(0)).toEqual([{ range: '203.0.113.0/24', until: until + 1 }])
        expect(await house.store.findLink(invite.tokenHash, until)).toBeDefined()
        await house.store.forget(until + 1, 0)
        expect(await house.store.bannedRanges(0)).toEqual([])
        expect(await house.store.findLink(invite.tokenHash, until)).toBeUndefined()
      })
    })

    describe('the audit log', () => {
      it('has everything, newest first, a page at a time', async (t) => {
        const house = await open(t)
        for (let i = 1; i <= 5; i++) {
          await house.act(house.anna, { type: 'change', room: tea, data: { topic: `${i}` } })
        }
        const topics = async (before: number | undefined, limit: number) =>
          (await house.store.acts(viewer(house.ada), before, limit)).map(({ id, data }) => [
            id,
            Object(data.after).topic,
          ])
        const first = await topics(undefined, 3)
        expect(first.map(([, topic]) => topic)).toEqual(['5', '4', '3'])
        expect((await topics(Number(first[2]?.[0]), 2)).map(([, topic]) => topic)).toEqual(['2', '1'])
      })
      it('tells of rooms that one may not see only that something was done, by whom and to whom', async (t) => {
        const house = await open(t)
        await house.act(house.anna, { type: 'change', room: den, data: { name: 'secret', topic: 'secret' } })
        await house.act(house.anna, { type: 'mute', room: den, user: house.bo.id, until: inAnHour() })
        const hidden = { at: expect.any(Number), by: house.anna, data: {}, undoable: false }
        const acts = await house.store.acts(viewer(house.ada), undefined, 2)
        expect(acts).toEqual([
          { ...hidden, id: expect.any(Number), type: 'mute' satisfies ActType, user: house.bo },
          { ...hidden, id: expect.any(Number), type: 'change' satisfies ActType },
        ])
        await house.act(house.anna, { type: 'add', room: den, users: [house.ada.id] })
        const [, mute, change] = await house.store.acts(viewer(house.ada), undefined, 3)
        expect(mute).toMatchObject({ room: den, undoable: true })
        expect(change).toMatchObject({ room: den, data: { after: { name: 'secret' } } })
      })
    })
  })

  function ban(room: string | undefined, { id }: User, until = forEver) {
    return { type: 'ban', room, user: id, until, ranges: [] as string[] } as const
  }

  function invitation(room: string) {
    return { type: 'invite', room, tokenHash: randomBytes(32), uses: 1, expiresAt: inAnHour() } as const
  }
}

/** Everything that changes a room besides leaving it. */
function changesOf(ref: number) {
  return [
    { type: 'chat', data: 'more' },
    { type: 'edit', ref, data: 'better' },
    { type: 'react', ref, data: '🍵', on: true },
  ] as const
}

function standingEffect({ id }: User, room: string, kind: string, how: { isIn: boolean; sees: boolean }) {
  return { type: 'standing', user: id, room, kind, ...how }
}

function said(house: TestHouse, user: User, room: string, i: number) {
  return house.write(user, room, { data: `message ${i}` }, { key: `${room} ${i} ${randomUUID()}` })
}

/** Carries an act to its end. @returns how much each piece took away or brought back */
async function pieces(house: TestHouse, act: number): Promise<number[]> {
  const sizes: number[] = []
  for (;;) {
    const effects = await house.store.proceed(act, Date.now())
    if (!effects.length) return sizes
    expect(effects.every(({ type }) => type === 'entry')).toBe(true)
    sizes.push(effects.length)
  }
}

async function undoWholly(house: TestHouse, by: User, act: number): Promise<void> {
  await pieces(house, await house.deed(by, { type: 'undo', act }))
}
