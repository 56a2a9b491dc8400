/** What every store must do for deletion by moderators, and for the audit log. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { inAnHour, invitation, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }

/** How many messages each part of a removal has. */
function parts(messages: number): number[] {
  return [...Array(Math.floor(messages / 25)).fill(25), messages % 25].filter(Boolean)
}

export function deletionContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  describe(`${backend.name} store, deletion`, () => {
    describe('reaction', () => {
      it('is removed by users of a higher rank, with an audit record (SECURITY-REVIEW 12)', async (t) => {
        const fixture = await open(t)
        await fixture.write(fixture.anna, tea)
        for (const user of [fixture.bo, fixture.anna]) {
          await fixture.write(user, tea, { type: 'react', ref: 1, data: '🍵', on: true })
        }
        const unreact = (user: User, data = '🍵') =>
          ({ type: 'unreact', room: tea, ref: 1, user: user.id, data }) as const
        await expect(fixture.moderate(fixture.bo, unreact(fixture.anna))).rejects.toMatchObject(forbidden)
        await expect(fixture.moderate(fixture.cai, unreact(fixture.anna))).rejects.toMatchObject(forbidden)
        await expect(fixture.moderate(fixture.cai, unreact(fixture.bo), { isVerified: false })).rejects.toMatchObject(
          forbidden,
        )
        await expect(fixture.moderate(fixture.cai, unreact(fixture.bo, '👍'))).rejects.toMatchObject({
          code: 'no-such-message',
        })
        const { effects } = await fixture.moderate(fixture.cai, unreact(fixture.bo))
        const entry = { type: 'react', ref: 1, user: fixture.bo, data: '🍵', on: false }
        expect(effects).toMatchObject([{ type: 'entry', entry }])
        const [message] = (await fixture.store.log.messages(tea, {}, 1)).messages
        expect(message?.reactions).toEqual({ '🍵': [fixture.anna.id] })
        const [action] = await fixture.actions()
        expect(action).toMatchObject({ type: 'unreact', by: fixture.cai, user: fixture.bo, undoable: false })
        await expect(fixture.undo(fixture.anna, action?.id ?? 0)).rejects.toMatchObject(forbidden)
      })
    })

    describe('room', () => {
      it('is deleted by admins with its whole content, in pieces (SECURITY-REVIEW 8)', async (t) => {
        const fixture = await open(t)
        await Promise.all(Array.from({ length: 1_100 }, (_, i) => said(fixture, fixture.bo, tea, i)))
        await fixture.write(fixture.bo, tea, { type: 'react', ref: 1, data: '🍵', on: true })
        const remove = { type: 'delete-room', room: tea } as const
        for (const user of [fixture.bo, fixture.anna])
          await expect(fixture.moderate(user, remove)).rejects.toMatchObject(forbidden)
        await expect(fixture.moderate(fixture.ada, { ...remove, room: 'lobby' })).rejects.toMatchObject(forbidden)
        await expect(fixture.moderate(fixture.ada, { ...remove, room: den })).rejects.toMatchObject({
          code: 'no-such-room',
        })
        const { action = 0, effects } = await fixture.moderate(fixture.ada, remove)
        expect(effects).toMatchObject([{ type: 'room-deleted', room: tea, isPublic: true }])
        expect(await fixture.store.rooms.membership(fixture.anna.id, tea)).toBeUndefined()
        expect((await fixture.store.rooms.list(viewer(fixture.anna))).map(({ room }) => room)).not.toContain(tea)
        await expect(fixture.write(fixture.bo, tea)).rejects.toMatchObject({ code: 'no-such-room' })
        await fixture.store.moderation.continueAction(action, Date.now())
        await fixture.reopen()
        expect(await fixture.store.moderation.unfinishedActions()).toEqual([action])
        expect(await fixture.pieces(action)).toEqual(Array(11).fill(1))
        expect((await fixture.actions())[0]).toMatchObject({
          type: 'delete-room',
          data: { name: tea },
          undoable: false,
        })
        await expect(fixture.undo(fixture.owen, action)).rejects.toMatchObject(forbidden)
      })
      it('with the address of a deleted room starts empty', async (t) => {
        const fixture = await open(t)
        await fixture.write(fixture.bo, tea, { data: 'before' })
        await fixture.pieces(await fixture.moderateForId(fixture.ada, { type: 'delete-room', room: tea }))
        expect(await fixture.store.rooms.open(tea, Date.now(), fixture.eve)).toBe(0)
        expect(await fixture.store.log.entriesAfter(tea, 0, 10)).toEqual([])
        expect(await fixture.store.rooms.membership(fixture.anna.id, tea)).toMatchObject({
          role: 'member',
          readTo: undefined,
        })
        await expect(fixture.store.rooms.open('~nobody', 1)).rejects.toMatchObject({ code: 'no-such-room' })
      })
      it('that is being deleted contributes nothing to a purge', async (t) => {
        const fixture = await open(t)
        await fixture.write(fixture.bo, tea, { data: 'secret' })
        const deletion = await fixture.moderateForId(fixture.ada, { type: 'delete-room', room: tea })
        const purge = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        const effects = await fixture.store.moderation.continueAction(purge, Date.now())
        expect(effects, 'nothing is left to do').toBeUndefined()
        await fixture.pieces(deletion)
        await expect(fixture.undo(fixture.ada, purge), 'nothing is kept').rejects.toMatchObject(forbidden)
      })
      it('that is archived does not count towards the listed rooms (SECURITY-REVIEW 8)', async (t) => {
        const fixture = await open(t)
        for (let i = 0; i < 60; i++) {
          const { room } = await fixture.create(fixture.anna)
          await fixture.moderate(fixture.anna, { type: 'change', room, data: { archived: true } })
        }
        for (let i = 0; i < 196; i++) await fixture.create(fixture.anna, { address: `open ${i}` })
        const rooms = await fixture.store.rooms.list(viewer(fixture.eve))
        const inUse = rooms.filter(({ archived }) => !archived).map(({ room }) => room)
        expect(inUse).toEqual(
          expect.arrayContaining(['lobby', tea, ...Array.from({ length: 196 }, (_, i) => `open ${i}`)]),
        )
        expect(rooms.length - inUse.length).toBe(50)
      })
    })

    describe('purge', () => {
      /** 120 messages in the tea and 120 in the den, every tenth of them edited, and some of others between. */
      async function manyMessages(t: Parameters<Backend['place']>[0]) {
        const fixture = await open(t)
        const rooms = [tea, den]
        await Promise.all(
          rooms.flatMap((room) => Array.from({ length: 120 }, (_, i) => said(fixture, fixture.bo, room, i))),
        )
        await fixture.write(fixture.cai, tea, { data: 'of another user' })
        for (const room of rooms) {
          for (let ref = 10; ref <= 120; ref += 10) {
            await fixture.write(fixture.bo, room, { type: 'edit', ref, data: `edited ${ref}` })
            await fixture.write(fixture.bo, room, { type: 'edit', ref, data: `edited ${ref} again` })
          }
        }
        const current = async () =>
          Object.fromEntries(await Promise.all(rooms.map(async (room) => [room, await fixture.texts(room)])))
        return { fixture, current }
      }

      it('deletes all messages of a user in pieces; undo restores their last texts', async (t) => {
        const { fixture, current } = await manyMessages(t)
        const before = await current()
        expect(before[tea]).toContain('edited 20 again')
        const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        expect(await fixture.pieces(action)).toEqual(parts(240))
        const gone = await current()
        expect(gone[den]).toEqual(Array(120).fill(''))
        expect(gone[tea].filter(Boolean)).toEqual(['of another user'])
        expect(JSON.stringify(await fixture.store.log.entriesAfter(den, 0, 1_000))).not.toMatch(/message|edited/)
        const undo = await fixture.moderateForId(fixture.ada, { type: 'undo', action: action })
        expect(await fixture.pieces(undo)).toEqual(parts(240))
        expect(await current()).toEqual(before)
        expect(await fixture.pieces(action)).toEqual([])
      })
      it('with a ban is of the room only, and is undone with the ban', async (t) => {
        const { fixture, current } = await manyMessages(t)
        const before = await current()
        const content = { type: 'ban', room: tea, user: fixture.bo.id, until: inAnHour(), ranges: [] } as const
        const ban = await fixture.moderateForId(fixture.anna, { ...content, removeSince: 0 })
        expect(await fixture.pieces(ban)).toEqual(parts(120))
        expect(await current()).toEqual({ [tea]: [...Array(120).fill(''), 'of another user'], [den]: before[den] })
        const undo = await fixture.moderateForId(fixture.anna, { type: 'undo', action: ban })
        expect(await fixture.pieces(undo)).toEqual(parts(120))
        expect(await current()).toEqual(before)
        expect((await fixture.store.rooms.membership(fixture.bo.id, tea))?.isBanned).toBe(false)
      })
      it('with a ban from the server is of all rooms, of what was written since a time, and not without being asked', async (t) => {
        const { fixture, current } = await manyMessages(t)
        const before = await current()
        const content = { type: 'ban', room: undefined, user: fixture.bo.id, until: inAnHour(), ranges: [] } as const
        const plain = await fixture.moderateForId(fixture.ada, content)
        const late = await fixture.moderateForId(fixture.ada, { ...content, removeSince: Date.now() + 60_000 })
        expect([await fixture.pieces(plain), await fixture.pieces(late)]).toEqual([[], []])
        expect(await current()).toEqual(before)
        const all = await fixture.moderateForId(fixture.ada, { ...content, removeSince: 0 })
        expect(await fixture.pieces(all)).toEqual(parts(240))
        // The ban was lifted since: the messages come back nevertheless.
        await fixture.moderate(fixture.ada, { ...content, until: 0 })
        const undo = await fixture.moderateForId(fixture.ada, { type: 'undo', action: all })
        expect(await fixture.pieces(undo)).toEqual(parts(240))
        expect(await current()).toEqual(before)
      })
      it('with a ban from a room ends at messages older than asked, and looks at nothing of other rooms', async (t) => {
        const fixture = await open(t)
        const since = Date.now()
        const old = { at: since - 60_000 }
        await fixture.write(fixture.bo, tea, { data: 'old' }, old)
        await fixture.write(fixture.cai, tea, { data: 'old of another user' }, old)
        for (const text of ['new', 'newer']) await fixture.write(fixture.bo, tea, { data: text }, { at: since })
        await Promise.all(Array.from({ length: 1_050 }, (_, i) => said(fixture, fixture.bo, den, i)))
        const content = { type: 'ban', room: tea, user: fixture.bo.id, until: inAnHour(), ranges: [] } as const
        const ban = await fixture.moderateForId(fixture.anna, { ...content, removeSince: since })
        expect(await fixture.pieces(ban)).toEqual([2])
        expect(await fixture.texts(tea)).toEqual(['old', 'old of another user', '', ''])
      })
      it('goes on after a part of a thousand rows in which there was nothing to delete', async (t) => {
        const fixture = await open(t)
        await fixture.write(fixture.bo, tea, { data: 'of Bo' }, { key: '~' })
        await Promise.all(Array.from({ length: 1_050 }, (_, i) => said(fixture, fixture.cai, tea, i)))
        await Promise.all(Array.from({ length: 1_050 }, (_, i) => said(fixture, fixture.bo, den, i)))
        const content = { type: 'ban', room: tea, user: fixture.bo.id, until: inAnHour(), ranges: [] } as const
        const ban = await fixture.moderateForId(fixture.anna, { ...content, removeSince: 0 })
        expect(await fixture.pieces(ban)).toEqual([0, 1])
        const [first] = (await fixture.store.log.messages(tea, { after: 0 }, 1)).messages
        expect(first).toMatchObject({ id: 1, deleted: true })
        const since = Date.now() + 60_000
        await fixture.write(fixture.bo, den, { data: 'late' }, { key: '~~', at: since })
        const everywhere = { ...content, room: undefined, removeSince: since }
        expect(await fixture.pieces(await fixture.moderateForId(fixture.ada, everywhere))).toEqual([0, 1])
      })
      it('stops when it is undone midway, and restores what it deleted until then', async (t) => {
        const { fixture, current } = await manyMessages(t)
        const before = await current()
        const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        expect(await fixture.store.moderation.continueAction(action, Date.now())).toHaveLength(25)
        const undo = await fixture.moderateForId(fixture.ada, { type: 'undo', action: action })
        expect(await fixture.store.moderation.continueAction(action, Date.now())).toBeUndefined()
        expect(await fixture.pieces(undo)).toEqual([25])
        expect(await current()).toEqual(before)
      })
      it('continues after a restart', async (t) => {
        const { fixture, current } = await manyMessages(t)
        const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        await fixture.store.moderation.continueAction(action, Date.now())
        await fixture.reopen()
        expect(await fixture.store.moderation.unfinishedActions()).toEqual([action])
        expect(await fixture.pieces(action)).toEqual(parts(215))
        expect((await current())[den]).toEqual(Array(120).fill(''))
        const undo = await fixture.moderateForId(fixture.ada, { type: 'undo', action: action })
        await fixture.store.moderation.continueAction(undo, Date.now())
        await fixture.reopen()
        expect(await fixture.store.moderation.unfinishedActions()).toEqual([undo])
        // However long it has been away.
        await fixture.store.moderation.removeExpired(Date.now(), Number.MAX_SAFE_INTEGER)
        expect(await fixture.pieces(undo)).toEqual(parts(215))
        expect(await fixture.store.moderation.unfinishedActions()).toEqual([])
      })
      it('removes the user’s reactions; undo does not restore them (SECURITY-REVIEW 12)', async (t) => {
        const fixture = await open(t)
        for (let i = 0; i < 120; i++) await said(fixture, fixture.anna, i % 2 ? tea : den, i)
        for (let ref = 1; ref <= 60; ref++) {
          for (const room of [tea, den])
            await fixture.write(fixture.bo, room, { type: 'react', ref, data: '🍵', on: true })
        }
        await fixture.write(fixture.cai, tea, { type: 'react', ref: 1, data: '🍵', on: true })
        await fixture.write(fixture.bo, tea, { data: 'of Bo' })
        const reactions = async () => {
          const pages = await Promise.all([tea, den].map((room) => fixture.store.log.messages(room, {}, 1_000)))
          return pages.flatMap(({ messages }) => messages.flatMap((one) => Object.entries(one.reactions ?? {})))
        }
        expect(await reactions()).toHaveLength(120)
        const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        expect(await fixture.pieces(action)).toEqual([1, 100, 20])
        expect(await reactions()).toEqual([['🍵', [fixture.cai.id]]])
        const [taken] = (await fixture.store.log.entriesAfter(den, 120, 1)).slice(-1)
        expect(taken).toMatchObject({ type: 'react', user: fixture.bo, on: false, data: '🍵' })
        expect(
          await fixture.pieces(await fixture.moderateForId(fixture.ada, { type: 'undo', action: action })),
        ).toEqual([1])
        expect(await fixture.texts(tea)).toContain('of Bo')
        expect(await reactions()).toHaveLength(1)
      })
      it('does not delete what the user writes afterwards', async (t) => {
        const fixture = await open(t)
        await fixture.write(fixture.bo, tea, { data: 'before' })
        const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        expect(await fixture.pieces(action)).toEqual([1])
        await fixture.write(fixture.bo, tea, { data: 'after' })
        expect(await fixture.pieces(action)).toEqual([])
        expect(await fixture.texts(tea)).toEqual(['', 'after'])
      })
      it('is not unfinished any more once it is undone midway', async (t) => {
        const { fixture } = await manyMessages(t)
        const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        await fixture.store.moderation.continueAction(action, Date.now())
        const undo = await fixture.moderateForId(fixture.ada, { type: 'undo', action: action })
        expect(await fixture.store.moderation.unfinishedActions()).toEqual([undo])
      })
      it('is refused to moderators, and on users of the same rank or above', async (t) => {
        const fixture = await open(t)
        await expect(fixture.moderate(fixture.anna, { type: 'purge', user: fixture.bo.id })).rejects.toMatchObject(
          forbidden,
        )
        await expect(fixture.moderate(fixture.ada, { type: 'purge', user: fixture.ada.id })).rejects.toMatchObject(
          forbidden,
        )
        await expect(fixture.moderate(fixture.ada, { type: 'purge', user: fixture.owen.id })).rejects.toMatchObject(
          forbidden,
        )
      })
    })

    describe('expiry', () => {
      it('erases texts deleted by moderators after their time to undo', async (t) => {
        const fixture = await open(t)
        const { entry } = await fixture.write(fixture.bo, tea, { data: 'rude' })
        const at = Date.now()
        await fixture.write(fixture.cai, tea, { type: 'delete', ref: entry.id }, { at })
        const [action] = await fixture.actions()
        await fixture.store.moderation.removeExpired(at, at)
        expect((await fixture.actions())[0]).toMatchObject({ id: action?.id, undoable: true })
        await fixture.store.moderation.removeExpired(at, at + 1)
        expect((await fixture.actions())[0]).toMatchObject({ id: action?.id, undoable: false })
        await expect(fixture.undo(fixture.cai, action?.id ?? 0)).rejects.toMatchObject(forbidden)
        expect(await fixture.texts(tea)).toEqual([''])
      })
      it('removes expired links and address bans, and no others', async (t) => {
        const fixture = await open(t)
        const until = inAnHour()
        await fixture.moderate(fixture.ada, { type: 'ban-range', range: '192.0.2.0/24', until })
        await fixture.moderate(fixture.ada, { type: 'ban-range', range: '203.0.113.0/24', until: until + 1 })
        const invite = invitation(den)
        await fixture.moderate(fixture.anna, { ...invite, expiresAt: until + 1 })
        await fixture.store.moderation.removeExpired(until, 0)
        expect(await fixture.store.moderation.bannedRanges(0)).toEqual([{ range: '203.0.113.0/24', until: until + 1 }])
        expect(await fixture.store.invitations.find(invite.tokenHash, until)).toBeDefined()
        await fixture.store.moderation.removeExpired(until + 1, 0)
        expect(await fixture.store.moderation.bannedRanges(0)).toEqual([])
        expect(await fixture.store.invitations.find(invite.tokenHash, until)).toBeUndefined()
      })
    })

    describe('audit log', () => {
      it('lists everything in pages, newest first', async (t) => {
        const fixture = await open(t)
        for (let i = 1; i <= 5; i++) {
          await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { topic: `${i}` } })
        }
        const topics = async (before: number | undefined, limit: number) =>
          (await fixture.store.moderation.auditLog(viewer(fixture.ada), { before }, limit)).map(({ id, data }) => [
            id,
            Object(data.after).topic,
          ])
        const first = await topics(undefined, 3)
        expect(first.map(([, topic]) => topic)).toEqual(['5', '4', '3'])
        expect((await topics(Number(first[2]?.[0]), 2)).map(([, topic]) => topic)).toEqual(['2', '1'])
      })
      it('shows of rooms that the reader cannot view only the actor and the target', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, { type: 'change', room: den, data: { name: 'secret', topic: 'secret' } })
        await fixture.moderate(fixture.anna, { type: 'mute', room: den, user: fixture.bo.id, until: inAnHour() })
        const hidden = { at: expect.any(Number), by: fixture.anna, data: {}, undoable: false }
        const actions = await fixture.store.moderation.auditLog(viewer(fixture.ada), {}, 2)
        expect(actions).toEqual([
          { ...hidden, id: expect.any(Number), type: 'hidden', user: fixture.bo },
          { ...hidden, id: expect.any(Number), type: 'hidden' },
        ])
        await fixture.moderate(fixture.anna, { type: 'add', room: den, users: [fixture.ada.id] })
        const [, mute, change] = await fixture.store.moderation.auditLog(viewer(fixture.ada), {}, 3)
        expect(mute).toMatchObject({ room: den, undoable: true })
        expect(change).toMatchObject({ room: den, data: { after: { name: 'secret' } } })
      })
    })
  })
}

function said(fixture: StoreFixture, user: User, room: string, i: number) {
  return fixture.write(user, room, { data: `message ${i}` }, { key: `${room} ${i} ${randomUUID()}` })
}
