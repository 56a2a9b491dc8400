/** What every store must do for those who write: who may, and whose messages one may take away. */
import { describe, expect, it } from 'vitest'
import type { ModerationAction } from '../../src/server/store/store.ts'
import type { User } from '../../src/shared/protocol.ts'
import { den, type Role, tea } from '../support/furnish.ts'
import type { Backend } from './contract.ts'
import { ban, hourMs, inAnHour, TestHouse } from './house.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const readOnly = { code: 'read-only' }

export function writingContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)

  describe(`${backend.name} store, of writing:`, () => {
    describe('writing', () => {
      it('is for those who see the room', async (t) => {
        const house = await open(t)
        expect((await house.write(house.bo, den)).isNew).toBe(true)
        for (const [user, sight] of [
          [house.eve, {}],
          [house.ada, {}],
          [house.bo, { unverified: true }],
        ] as const) {
          await expect(house.write(user, den, {}, sight)).rejects.toMatchObject(noRoom)
          await expect(house.write(user, '~none', {}, sight)).rejects.toMatchObject(noRoom)
        }
        expect(await house.store.log.entriesAfter(den, 0, 10)).toHaveLength(1)
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
        await expect(house.write(house.cai, tea, {}, { unverified: true })).rejects.toMatchObject(readOnly)
        for (const keeper of [house.cai, house.anna, house.ada, house.owen]) {
          await house.store.rooms.join(keeper.id, tea)
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
        const unbelieved = house.write(house.cai, tea, {}, { at, unverified: true })
        await expect(unbelieved).rejects.toMatchObject({ code: 'too-fast' })
        expect((await house.write(house.bo, den, {}, { at })).isNew).toBe(true)
        // The clock is set back by an hour (operation 2).
        const { entry: earlier } = await house.write(house.bo, tea, {}, { at: at - hourMs })
        expect(earlier.at).toBe(at - hourMs)
        await expect(house.write(house.bo, tea, {}, { at: at - hourMs + 1 })).rejects.toMatchObject({
          code: 'too-fast',
        })
      })
      it.for([
        ['is muted', { type: 'mute', until: Date.now() + 24 * hourMs }],
        ['may only read', { type: 'change', data: { readOnly: true } }],
        ['finds the room archived', { type: 'change', data: { archived: true } }],
      ] as const)('does not keep a user who %s from deleting their own message', async ([, content], t) => {
        const house = await open(t)
        const { entry } = await house.write(house.bo, tea)
        const others = await house.write(house.cai, tea)
        await house.act(house.anna, { ...content, room: tea, user: house.bo.id } as ModerationAction)
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
        for (const { id } of [house.owen, house.ada]) await house.store.rooms.join(id, tea)
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
        await expect(house.write(house.anna, tea, deletion, { unverified: true })).rejects.toMatchObject(forbidden)
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
        const [act] = await house.acts()
        expect(act).toMatchObject({ type: 'delete', by: house.cai, user: house.bo, room: tea, undoable: true })
        await undoWholly(house, house.cai, act?.id ?? 0)
        expect(await house.texts(tea)).toEqual(['second'])
        const acts = await house.acts()
        await house.write(house.bo, tea, { type: 'delete', ref: entry.id })
        expect(await house.texts(tea)).toEqual([''])
        expect(await house.acts()).toEqual(acts)
      })
    })
  })
}

/** Everything that changes a room besides leaving it. */
function changesOf(ref: number) {
  return [
    { type: 'chat', data: 'more' },
    { type: 'edit', ref, data: 'better' },
    { type: 'react', ref, data: '🍵', on: true },
  ] as const
}

async function undoWholly(house: TestHouse, by: User, act: number): Promise<void> {
  await house.pieces(await house.deed(by, { type: 'undo', action: act }))
}
