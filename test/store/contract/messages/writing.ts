/** What every store must do for writing: who may write, and whose messages a user may delete. */
import { describe, expect, it } from 'vitest'
import type { ModerationAction } from '../../../../src/server/store/store.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { den, type Role, tea } from '../../../support/server/populate.ts'
import { ban, hourMs, inAnHour, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const readOnly = { code: 'read-only' }

export function writingContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  describe(`${backend.name} store, writing`, () => {
    describe('writing', () => {
      it('is allowed to users who can view the room', async (t) => {
        const fixture = await open(t)
        expect((await fixture.write(fixture.bo, den)).isNew).toBe(true)
        for (const [user, sight] of [
          [fixture.eve, {}],
          [fixture.ada, {}],
          [fixture.bo, { unverified: true }],
        ] as const) {
          await expect(fixture.write(user, den, {}, sight)).rejects.toMatchObject(noRoom)
          await expect(fixture.write(user, '~none', {}, sight)).rejects.toMatchObject(noRoom)
        }
        expect(await fixture.store.log.entriesAfter(den, 0, 10)).toHaveLength(1)
      })
      it('is allowed to guests with GUESTS=off only in rooms they were invited to', async (t) => {
        const fixture = await open(t)
        expect((await fixture.write(fixture.bo, tea, {}, { onlyInvited: true })).isNew).toBe(true)
        await expect(fixture.write(fixture.bo, 'lobby', {}, { onlyInvited: true })).rejects.toMatchObject(noRoom)
        expect((await fixture.write(fixture.bo, 'lobby')).isNew).toBe(true)
      })
      it.for(['kick', 'ban'] as const)('ends with a %s, also for messages on their way', async (type, t) => {
        const fixture = await open(t)
        for (const [room, code] of [
          [tea, type === 'kick' ? 'not-in-room' : 'no-such-room'],
          [den, 'no-such-room'],
        ] as const) {
          const before = fixture.write(fixture.bo, room)
          const out = fixture.moderate(fixture.anna, { type, room, user: fixture.bo.id, until: inAnHour(), ranges: [] })
          const after = fixture.write(fixture.bo, room)
          expect((await before).isNew).toBe(true)
          await out
          await expect(after).rejects.toMatchObject({ code })
        }
      })
      it('ends in every room with a server ban', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.ada, ban(undefined, fixture.bo))
        for (const room of [tea, den, 'lobby'])
          await expect(fixture.write(fixture.bo, room)).rejects.toMatchObject(noRoom)
        expect((await fixture.write(fixture.cai, tea)).isNew).toBe(true)
      })
      it('is refused while the user is muted, with the time when the mute ends', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea)
        const at = Date.now()
        await fixture.moderate(fixture.anna, { type: 'mute', room: tea, user: fixture.bo.id, until: at + hourMs })
        for (const content of changesOf(entry.id)) {
          const refusal = { code: 'muted', retryAfterMs: hourMs }
          await expect(fixture.write(fixture.bo, tea, content, { at })).rejects.toMatchObject(refusal)
        }
        expect((await fixture.write(fixture.bo, den)).isNew).toBe(true)
        expect((await fixture.write(fixture.cai, tea)).isNew).toBe(true)
        expect((await fixture.write(fixture.bo, tea, {}, { at: at + hourMs })).isNew).toBe(true)
      })
      it('is allowed in a read-only room to verified moderators only', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea)
        await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { readOnly: true } })
        for (const content of changesOf(entry.id)) {
          await expect(fixture.write(fixture.bo, tea, content)).rejects.toMatchObject(readOnly)
        }
        await expect(fixture.write(fixture.cai, tea, {}, { unverified: true })).rejects.toMatchObject(readOnly)
        for (const keeper of [fixture.cai, fixture.anna, fixture.ada, fixture.owen]) {
          await fixture.store.rooms.join(keeper.id, tea)
          expect((await fixture.write(keeper, tea)).isNew).toBe(true)
        }
      })
      it('is refused to everyone in an archived room', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.anna, tea)
        await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { archived: true } })
        for (const content of changesOf(entry.id)) {
          await expect(fixture.write(fixture.anna, tea, content)).rejects.toMatchObject(readOnly)
        }
        await fixture.moderate(fixture.cai, { type: 'change', room: tea, data: { archived: false } })
        expect((await fixture.write(fixture.bo, tea)).isNew).toBe(true)
      })
      it('in a slow room is refused until the time has passed, except to moderators', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { slowMs: 10_000 } })
        const at = Date.now()
        const { entry } = await fixture.write(fixture.bo, tea, {}, { at })
        const refusal = { code: 'too-fast', retryAfterMs: 6_000 }
        await expect(fixture.write(fixture.bo, tea, {}, { at: at + 4_000 })).rejects.toMatchObject(refusal)
        // What changes what stands there does not count.
        await fixture.write(fixture.bo, tea, { type: 'edit', ref: entry.id, data: 'better' }, { at })
        await fixture.write(fixture.bo, tea, { type: 'react', ref: entry.id, data: '🍵', on: true }, { at })
        expect((await fixture.write(fixture.bo, tea, {}, { at: at + 10_000 })).isNew).toBe(true)
        for (let i = 0; i < 3; i++) expect((await fixture.write(fixture.cai, tea, {}, { at })).isNew).toBe(true)
        const unverified = fixture.write(fixture.cai, tea, {}, { at, unverified: true })
        await expect(unverified).rejects.toMatchObject({ code: 'too-fast' })
        expect((await fixture.write(fixture.bo, den, {}, { at })).isNew).toBe(true)
        // The clock is set back by an hour (operation 2).
        const { entry: earlier } = await fixture.write(fixture.bo, tea, {}, { at: at - hourMs })
        expect(earlier.at).toBe(at - hourMs)
        await expect(fixture.write(fixture.bo, tea, {}, { at: at - hourMs + 1 })).rejects.toMatchObject({
          code: 'too-fast',
        })
      })
      it.for([
        ['is muted', { type: 'mute', until: Date.now() + 24 * hourMs }],
        ['has no right to write', { type: 'change', data: { readOnly: true } }],
        ['is in an archived room', { type: 'change', data: { archived: true } }],
      ] as const)('while the user %s does not keep them from deleting their own message', async ([, content], t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea)
        const others = await fixture.write(fixture.cai, tea)
        await fixture.moderate(fixture.anna, { ...content, room: tea, user: fixture.bo.id } as ModerationAction)
        await expect(fixture.write(fixture.bo, tea)).rejects.toThrow()
        const refusal = fixture.write(fixture.bo, tea, { type: 'delete', ref: others.entry.id })
        await expect(refusal).rejects.toThrow()
        expect((await fixture.write(fixture.bo, tea, { type: 'delete', ref: entry.id })).isNew).toBe(true)
      })
    })

    describe('deleting messages of others', () => {
      const below: [Role, Role][] = [
        ['owen', 'ada'],
        ['ada', 'anna'],
        ['anna', 'cai'],
        ['cai', 'bo'],
      ]

      it.for(below)('is allowed to %s for messages of %s, and the reverse is refused', async ([higher, lower], t) => {
        const fixture = await open(t)
        await fixture.claim(fixture.bo)
        for (const { id } of [fixture.owen, fixture.ada]) await fixture.store.rooms.join(id, tea)
        const [high, low] = [await fixture.write(fixture[higher], tea), await fixture.write(fixture[lower], tea)]
        const remove = (by: Role, { entry }: typeof high) =>
          fixture.write(fixture[by], tea, { type: 'delete', ref: entry.id })
        await expect(remove(lower, high)).rejects.toMatchObject(forbidden)
        expect((await remove(higher, low)).isNew).toBe(true)
        expect(await fixture.texts(tea)).toEqual(['hello', ''])
      })
      it('is refused between equal ranks and to an unverified session', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, { type: 'role', room: tea, user: fixture.bo.id, role: 'moderator' })
        const { entry } = await fixture.write(fixture.bo, tea)
        const deletion = { type: 'delete', ref: entry.id } as const
        await expect(fixture.write(fixture.cai, tea, deletion)).rejects.toMatchObject(forbidden)
        await expect(fixture.write(fixture.anna, tea, deletion, { unverified: true })).rejects.toMatchObject(forbidden)
        expect((await fixture.write(fixture.anna, tea, deletion)).isNew).toBe(true)
      })
      it('is refused to everyone in a conversation', async (t) => {
        const fixture = await open(t)
        await fixture.create(fixture.ada, { kind: 'direct', address: '~talk', users: [fixture.bo.id] })
        const { entry } = await fixture.write(fixture.bo, '~talk')
        const deletion = { type: 'delete', ref: entry.id } as const
        await expect(fixture.write(fixture.ada, '~talk', deletion)).rejects.toMatchObject(forbidden)
      })
      it('writes an audit record and its undo restores the last text; deleting an own message does neither', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea, { data: 'first' })
        await fixture.write(fixture.bo, tea, { type: 'edit', ref: entry.id, data: 'second' })
        await fixture.write(fixture.cai, tea, { type: 'delete', ref: entry.id })
        expect(await fixture.texts(tea)).toEqual([''])
        const [action] = await fixture.actions()
        expect(action).toMatchObject({ type: 'delete', by: fixture.cai, user: fixture.bo, room: tea, undoable: true })
        await undoWholly(fixture, fixture.cai, action?.id ?? 0)
        expect(await fixture.texts(tea)).toEqual(['second'])
        const actions = await fixture.actions()
        await fixture.write(fixture.bo, tea, { type: 'delete', ref: entry.id })
        expect(await fixture.texts(tea)).toEqual([''])
        expect(await fixture.actions()).toEqual(actions)
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

async function undoWholly(fixture: StoreFixture, by: User, action: number): Promise<void> {
  await fixture.pieces(await fixture.moderateForId(by, { type: 'undo', action: action }))
}
