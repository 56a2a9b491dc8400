/** What every store must do with what was taken away to keep order, and with the log of it. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/shared/protocol.ts'
import { den, tea } from '../support/furnish.ts'
import { viewer } from '../support/people.ts'
import type { Backend } from './contract.ts'
import { inAnHour, invitation, TestHouse } from './house.ts'

const forbidden = { code: 'forbidden' }

export function removalContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)

  describe(`${backend.name} store, of removal:`, () => {
    describe('a reaction', () => {
      it('is taken away by those who stand higher, and is written down (SECURITY-REVIEW 12)', async (t) => {
        const house = await open(t)
        await house.write(house.anna, tea)
        for (const user of [house.bo, house.anna]) {
          await house.write(user, tea, { type: 'react', ref: 1, data: '🍵', on: true })
        }
        const unreact = (user: User, data = '🍵') =>
          ({ type: 'unreact', room: tea, ref: 1, user: user.id, data }) as const
        await expect(house.act(house.bo, unreact(house.anna))).rejects.toMatchObject(forbidden)
        await expect(house.act(house.cai, unreact(house.anna))).rejects.toMatchObject(forbidden)
        await expect(house.act(house.cai, unreact(house.bo), { isVerified: false })).rejects.toMatchObject(forbidden)
        await expect(house.act(house.cai, unreact(house.bo, '👍'))).rejects.toMatchObject({ code: 'no-such-message' })
        const { effects } = await house.act(house.cai, unreact(house.bo))
        const entry = { type: 'react', ref: 1, user: house.bo, data: '🍵', on: false }
        expect(effects).toMatchObject([{ type: 'entry', entry }])
        const [message] = (await house.store.log.messages(tea, {}, 1)).messages
        expect(message?.reactions).toEqual({ '🍵': [house.anna.id] })
        const [act] = await house.acts()
        expect(act).toMatchObject({ type: 'unreact', by: house.cai, user: house.bo, undoable: false })
        await expect(house.undo(house.anna, act?.id ?? 0)).rejects.toMatchObject(forbidden)
      })
    })

    describe('a room', () => {
      it('is deleted by those who run the house, with all that is in it, in pieces (SECURITY-REVIEW 8)', async (t) => {
        const house = await open(t)
        await Promise.all(Array.from({ length: 1_100 }, (_, i) => said(house, house.bo, tea, i)))
        await house.write(house.bo, tea, { type: 'react', ref: 1, data: '🍵', on: true })
        const remove = { type: 'delete-room', room: tea } as const
        for (const user of [house.bo, house.anna])
          await expect(house.act(user, remove)).rejects.toMatchObject(forbidden)
        await expect(house.act(house.ada, { ...remove, room: 'lobby' })).rejects.toMatchObject(forbidden)
        await expect(house.act(house.ada, { ...remove, room: den })).rejects.toMatchObject({ code: 'no-such-room' })
        const { action: act = 0, effects } = await house.act(house.ada, remove)
        expect(effects).toMatchObject([{ type: 'room-deleted', room: tea, isPublic: true }])
        expect(await house.store.rooms.membership(house.anna.id, tea)).toBeUndefined()
        expect((await house.store.rooms.list(viewer(house.anna))).map(({ room }) => room)).not.toContain(tea)
        await expect(house.write(house.bo, tea)).rejects.toMatchObject({ code: 'no-such-room' })
        await house.store.moderation.continueAction(act, Date.now())
        await house.reopen()
        expect(await house.store.moderation.unfinishedActions()).toEqual([act])
        expect(await house.pieces(act)).toEqual([1, 1])
        expect((await house.acts())[0]).toMatchObject({ type: 'delete-room', data: { name: tea }, undoable: false })
        await expect(house.undo(house.owen, act)).rejects.toMatchObject(forbidden)
      })
      it('of the same address is another one afterwards', async (t) => {
        const house = await open(t)
        await house.write(house.bo, tea, { data: 'before' })
        await house.pieces(await house.deed(house.ada, { type: 'delete-room', room: tea }))
        expect(await house.store.rooms.open(tea, Date.now(), house.eve)).toBe(0)
        expect(await house.store.log.entriesAfter(tea, 0, 10)).toEqual([])
        expect(await house.store.rooms.membership(house.anna.id, tea)).toMatchObject({
          role: 'member',
          readTo: undefined,
        })
        await expect(house.store.rooms.open('~nobody', 1)).rejects.toMatchObject({ code: 'no-such-room' })
      })
      it('gives nothing to a purge that begins before all in it is erased', async (t) => {
        const house = await open(t)
        await house.write(house.bo, tea, { data: 'secret' })
        const deletion = await house.deed(house.ada, { type: 'delete-room', room: tea })
        const purge = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        const effects = await house.store.moderation.continueAction(purge, Date.now())
        expect(effects.filter(({ type }) => type === 'entry')).toEqual([])
        await house.pieces(deletion)
        await expect(house.undo(house.ada, purge), 'nothing is kept').rejects.toMatchObject(forbidden)
      })
      it('that is archived takes no place in the list (SECURITY-REVIEW 8)', async (t) => {
        const house = await open(t)
        for (let i = 0; i < 60; i++) {
          const { room } = await house.create(house.anna)
          await house.act(house.anna, { type: 'change', room, data: { archived: true } })
        }
        for (let i = 0; i < 196; i++) await house.create(house.anna, { address: `open ${i}` })
        const rooms = await house.store.rooms.list(viewer(house.eve))
        const inUse = rooms.filter(({ archived }) => !archived).map(({ room }) => room)
        expect(inUse).toEqual(
          expect.arrayContaining(['lobby', tea, ...Array.from({ length: 196 }, (_, i) => `open ${i}`)]),
        )
        expect(rooms.length - inUse.length).toBe(50)
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
        expect(await house.pieces(act)).toEqual([100, 100, 40])
        const gone = await stand()
        expect(gone[den]).toEqual(Array(120).fill(''))
        expect(gone[tea].filter(Boolean)).toEqual(['of somebody else'])
        expect(JSON.stringify(await house.store.log.entriesAfter(den, 0, 1_000))).not.toMatch(/message|edited/)
        const undo = await house.deed(house.ada, { type: 'undo', action: act })
        expect(await house.pieces(undo)).toEqual([100, 100, 40])
        expect(await stand()).toEqual(before)
        expect(await house.pieces(act)).toEqual([])
      })
      it('stops where it is undone, and brings back what was taken until then', async (t) => {
        const { house, stand } = await manyMessages(t)
        const before = await stand()
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        expect(await house.store.moderation.continueAction(act, Date.now())).toHaveLength(100)
        const undo = await house.deed(house.ada, { type: 'undo', action: act })
        expect(await house.store.moderation.continueAction(act, Date.now())).toEqual([])
        expect(await house.pieces(undo)).toEqual([100])
        expect(await stand()).toEqual(before)
      })
      it('goes on after a restart', async (t) => {
        const { house, stand } = await manyMessages(t)
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        await house.store.moderation.continueAction(act, Date.now())
        await house.reopen()
        expect(await house.store.moderation.unfinishedActions()).toEqual([act])
        expect(await house.pieces(act)).toEqual([100, 40])
        expect((await stand())[den]).toEqual(Array(120).fill(''))
        const undo = await house.deed(house.ada, { type: 'undo', action: act })
        await house.store.moderation.continueAction(undo, Date.now())
        await house.reopen()
        expect(await house.store.moderation.unfinishedActions()).toEqual([undo])
        // However long it has been away.
        await house.store.moderation.removeExpired(Date.now(), Number.MAX_SAFE_INTEGER)
        expect(await house.pieces(undo)).toEqual([100, 40])
        expect(await house.store.moderation.unfinishedActions()).toEqual([])
      })
      it('takes reactions away too, and an undo does not bring them back (SECURITY-REVIEW 12)', async (t) => {
        const house = await open(t)
        for (let i = 0; i < 120; i++) await said(house, house.anna, i % 2 ? tea : den, i)
        for (let ref = 1; ref <= 60; ref++) {
          for (const room of [tea, den]) await house.write(house.bo, room, { type: 'react', ref, data: '🍵', on: true })
        }
        await house.write(house.cai, tea, { type: 'react', ref: 1, data: '🍵', on: true })
        await house.write(house.bo, tea, { data: 'of Bo' })
        const reactions = async () => {
          const pages = await Promise.all([tea, den].map((room) => house.store.log.messages(room, {}, 1_000)))
          return pages.flatMap(({ messages }) => messages.flatMap((one) => Object.entries(one.reactions ?? {})))
        }
        expect(await reactions()).toHaveLength(120)
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        expect(await house.pieces(act)).toEqual([1, 100, 20])
        expect(await reactions()).toEqual([['🍵', [house.cai.id]]])
        const [taken] = (await house.store.log.entriesAfter(den, 120, 1)).slice(-1)
        expect(taken).toMatchObject({ type: 'react', user: house.bo, on: false, data: '🍵' })
        expect(await house.pieces(await house.deed(house.ada, { type: 'undo', action: act }))).toEqual([1])
        expect(await house.texts(tea)).toContain('of Bo')
        expect(await reactions()).toHaveLength(1)
      })
      it('does not touch what the user writes afterwards', async (t) => {
        const house = await open(t)
        await house.write(house.bo, tea, { data: 'before' })
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        expect(await house.pieces(act)).toEqual([1])
        await house.write(house.bo, tea, { data: 'after' })
        expect(await house.pieces(act)).toEqual([])
        expect(await house.texts(tea)).toEqual(['', 'after'])
      })
      it('that is undone in the middle is over', async (t) => {
        const { house } = await manyMessages(t)
        const act = await house.deed(house.ada, { type: 'purge', user: house.bo.id })
        await house.store.moderation.continueAction(act, Date.now())
        const undo = await house.deed(house.ada, { type: 'undo', action: act })
        expect(await house.store.moderation.unfinishedActions()).toEqual([undo])
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
        const [act] = await house.acts()
        await house.store.moderation.removeExpired(at, at)
        expect((await house.acts())[0]).toMatchObject({ id: act?.id, undoable: true })
        await house.store.moderation.removeExpired(at, at + 1)
        expect((await house.acts())[0]).toMatchObject({ id: act?.id, undoable: false })
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
        await house.store.moderation.removeExpired(until, 0)
        expect(await house.store.moderation.bannedRanges(0)).toEqual([{ range: '203.0.113.0/24', until: until + 1 }])
        expect(await house.store.invitations.find(invite.tokenHash, until)).toBeDefined()
        await house.store.moderation.removeExpired(until + 1, 0)
        expect(await house.store.moderation.bannedRanges(0)).toEqual([])
        expect(await house.store.invitations.find(invite.tokenHash, until)).toBeUndefined()
      })
    })

    describe('the audit log', () => {
      it('has everything, newest first, a page at a time', async (t) => {
        const house = await open(t)
        for (let i = 1; i <= 5; i++) {
          await house.act(house.anna, { type: 'change', room: tea, data: { topic: `${i}` } })
        }
        const topics = async (before: number | undefined, limit: number) =>
          (await house.store.moderation.auditLog(viewer(house.ada), before, limit)).map(({ id, data }) => [
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
        const acts = await house.store.moderation.auditLog(viewer(house.ada), undefined, 2)
        expect(acts).toEqual([
          { ...hidden, id: expect.any(Number), type: 'hidden', user: house.bo },
          { ...hidden, id: expect.any(Number), type: 'hidden' },
        ])
        await house.act(house.anna, { type: 'add', room: den, users: [house.ada.id] })
        const [, mute, change] = await house.store.moderation.auditLog(viewer(house.ada), undefined, 3)
        expect(mute).toMatchObject({ room: den, undoable: true })
        expect(change).toMatchObject({ room: den, data: { after: { name: 'secret' } } })
      })
    })
  })
}

function said(house: TestHouse, user: User, room: string, i: number) {
  return house.write(user, room, { data: `message ${i}` }, { key: `${room} ${i} ${randomUUID()}` })
}
