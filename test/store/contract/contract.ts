/** What every store must do, whatever its database. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EntryContent, NewEntry, NewLink, Store } from '../../../src/server/store/store.ts'
import { drawings, noDrawing } from '../../../src/shared/avatars.ts'
import { forever } from '../../../src/shared/durations.ts'
import type { Entry, Message, User } from '../../../src/shared/protocol/types.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import type { Cleanup } from '../../support/server/server.ts'

export interface Backend {
  name: string
  /** A new, empty place for data. */
  place(t: Cleanup): string
  open(place: string): Store | Promise<Store>
  /** A new place with the data of one whose store is closed. */
  copy(place: string, t: Cleanup): string
}

export function storeContract(backend: Backend): void {
  async function newStore(t: Cleanup) {
    const place = backend.place(t)
    let store = await backend.open(place)
    t.onTestFinished(() => store.close())
    const anna = await userNamed(store, 'Anna')
    await store.rooms.open('lobby', 1)
    return {
      get store() {
        return store
      },
      anna,
      async reopen() {
        await store.close()
        store = await backend.open(place)
      },
    }
  }

  let keys = 0
  const newKey = () => `key ${++keys}`
  function chat(user: User, more: Partial<Extract<NewEntry, { type: 'chat' }>> = {}): NewEntry {
    return { type: 'chat', room: 'lobby', user, key: newKey(), data: 'hello', at: 1000, ...more }
  }
  /** An entry of whatever type in the lobby. */
  function entry(user: User, content: EntryContent, key = newKey()): NewEntry {
    return { ...content, room: 'lobby', user, key, at: 1000 }
  }

  describe(`${backend.name} store`, () => {
    describe('users', () => {
      it('are created without a drawing', async (t) => {
        const { store } = await newStore(t)
        const bo = await userNamed(store, 'Bo')
        expect(bo).toEqual({ id: expect.any(Number), name: 'Bo', image: expect.any(Number) })
        expect(bo.image).toBe(noDrawing)
      })
      it('have the drawing that they choose, and their initials again', async (t) => {
        const { store } = await newStore(t)
        const bo = await userNamed(store, 'Bo')
        for (const image of [9, noDrawing]) {
          await store.accounts.setImage(bo.id, image)
          expect((await store.accounts.get(bo.id))?.user).toEqual({ ...bo, image })
        }
        await expect(store.accounts.setImage(bo.id, drawings)).rejects.toThrow()
      })
      it('are found by the exact letters of their name', async (t) => {
        const { store, anna } = await newStore(t)
        expect(await userNamed(store, 'Anna')).toEqual(anna)
        expect((await userNamed(store, 'anna')).id).not.toBe(anna.id)
      })
      it('are created once for a name that is requested twice at once', async (t) => {
        const { store } = await newStore(t)
        const [one, other] = await Promise.all([userNamed(store, 'Bo'), userNamed(store, 'Bo')])
        expect(one).toEqual(other)
      })
      it('exist or not for a name', async (t) => {
        const { store } = await newStore(t)
        expect(await store.accounts.hasUser('Anna')).toBe(true)
        expect(await store.accounts.hasUser('Bo')).toBe(false)
      })
    })

    describe('sessions', () => {
      const tokenHash = new Uint8Array(32).fill(7)

      it('are found by the hash of their token, and by no other', async (t) => {
        const { store, anna } = await newStore(t)
        const { session } = await store.sessions.start({ tokenHash, user: anna, at: 5 })
        expect(await store.sessions.find(tokenHash)).toMatchObject({ id: session.id, user: anna, startedAt: 5 })
        expect(await store.sessions.find(new Uint8Array(32).fill(8))).toBeUndefined()
      })
      it('are not found after they end, and may be ended twice', async (t) => {
        const { store, anna } = await newStore(t)
        const { session } = await store.sessions.start({ tokenHash, user: anna, at: 5 })
        await store.sessions.end(session)
        await store.sessions.end(session)
        expect(await store.sessions.find(tokenHash)).toBeUndefined()
      })
      it('that started before a time are ended, and no others', async (t) => {
        const { store, anna } = await newStore(t)
        const other = new Uint8Array(32).fill(8)
        await store.sessions.start({ tokenHash, user: anna, at: 5 })
        await store.sessions.start({ tokenHash: other, user: anna, at: 6 })
        await store.sessions.endBefore(6)
        expect(await store.sessions.find(tokenHash)).toBeUndefined()
        expect(await store.sessions.find(other)).toBeDefined()
      })
      it('never share a token', async (t) => {
        const { store, anna } = await newStore(t)
        await store.sessions.start({ tokenHash, user: anna, at: 5 })
        await expect(store.sessions.start({ tokenHash, user: anna, at: 6 })).rejects.toThrow()
      })
    })

    describe('links', () => {
      const hash = 'a hash'
      const tokenHash = new Uint8Array(32).fill(9)
      const use = { tokenHash, at: 1000 }
      const unusable = { code: 'no-such-user' }

      async function withLink(t: Cleanup, link: Partial<NewLink>) {
        const { store, anna } = await newStore(t)
        await store.invitations.create({ tokenHash, type: 'invite', uses: 1, at: 1, expiresAt: 2000, ...link })
        return { store, anna }
      }
      const owning = (name: string) => ({ ...use, name, skeleton: name, hash })

      it('are found by their own token until they expire', async (t) => {
        const { store, anna } = await withLink(t, { type: 'password', userId: 1 })
        expect(await store.invitations.find(tokenHash, 1999)).toMatchObject({ type: 'password', user: anna })
        expect(await store.invitations.find(tokenHash, 2000)).toBeUndefined()
        expect(await store.invitations.find(new Uint8Array(32).fill(8), 1999)).toBeUndefined()
      })
      it('make exactly one of several simultaneous users the owner', async (t) => {
        const { store } = await withLink(t, { type: 'owner' })
        const asked = await Promise.allSettled(
          ['Bo', 'Li', 'Mo'].map((name) => store.invitations.becomeOwner(owning(name))),
        )
        expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
        expect(await store.accounts.hasOwner()).toBe(true)
        expect(await store.accounts.hasUser('Li')).toBe(false)
      })
      it('end the guest sessions of the new owner, whose name anyone could have typed', async (t) => {
        const { store, anna } = await withLink(t, { type: 'owner' })
        const { session } = await store.sessions.start({ tokenHash, user: anna, at: 1 })
        const ended = [{ user: anna, session: session.id }]
        expect(await store.invitations.becomeOwner(owning('Anna'))).toEqual({ user: anna, ended })
        expect(await store.sessions.find(tokenHash)).toBeUndefined()
      })
      it('are not used up by a claimed name', async (t) => {
        const { store, anna } = await withLink(t, { type: 'owner' })
        await store.accounts.setPassword({ userId: anna.id, skeleton: 'Anna', hash })
        await expect(store.invitations.becomeOwner({ ...owning('ANNA'), skeleton: 'Anna' })).rejects.toMatchObject({
          code: 'name-taken',
        })
        expect(await store.accounts.hasUser('ANNA')).toBe(false)
        expect((await store.invitations.becomeOwner(owning('Bo'))).user.name).toBe('Bo')
      })
      it('are not used up by a use for another kind of link', async (t) => {
        const { store, anna } = await withLink(t, { room: 'lobby' })
        await expect(store.invitations.becomeOwner(owning('Bo'))).rejects.toMatchObject(unusable)
        await expect(store.invitations.setPassword({ ...use, skeleton: 'Anna', hash })).rejects.toMatchObject(unusable)
        expect(await store.invitations.join({ ...use, userId: anna.id })).toEqual({
          room: 'lobby',
          kind: 'public',
          ended: [],
        })
      })
      it('admit as many users to a room as they allow', async (t) => {
        const { store, anna } = await withLink(t, { room: 'lobby', uses: 2 })
        const [bo, li] = [await userNamed(store, 'Bo'), await userNamed(store, 'Li')]
        await store.invitations.join({ ...use, userId: bo.id })
        await store.invitations.join({ ...use, userId: li.id })
        await expect(store.invitations.join({ ...use, userId: anna.id })).rejects.toMatchObject(unusable)
        expect(await store.rooms.membership(li.id, 'lobby')).toMatchObject({ isIn: true, isInvited: true })
        expect(await store.rooms.membership(anna.id, 'lobby')).toMatchObject({ isIn: false, isInvited: false })
      })
      it('do not admit a user banned from the room, and are not used up by trying', async (t) => {
        const { store, anna } = await withLink(t, { room: 'lobby' })
        const bo = await userNamed(store, 'Bo')
        await store.invitations.create({
          tokenHash: new Uint8Array(32),
          type: 'owner',
          uses: 1,
          at: 1,
          expiresAt: 2000,
        })
        await store.invitations.becomeOwner({ ...owning('Anna'), tokenHash: new Uint8Array(32) })
        await store.rooms.join(bo.id, 'lobby')
        const banned = { type: 'ban', room: 'lobby', user: bo.id, until: forever, ranges: [] } as const
        await store.moderation.moderate({ ...banned, viewer: viewer(anna), key: newKey(), at: 1 })
        await expect(store.invitations.join({ ...use, userId: bo.id })).rejects.toMatchObject(unusable)
        expect(await store.rooms.membership(bo.id, 'lobby')).toMatchObject({ isIn: false, isInvited: false })
        expect(await store.invitations.join({ ...use, userId: anna.id })).toMatchObject({ room: 'lobby' })
      })
      it('set one password, once, and end every session', async (t) => {
        const { store, anna } = await withLink(t, { type: 'password', userId: 1 })
        const { session } = await store.sessions.start({ tokenHash, user: anna, at: 1 })
        const setting = { ...use, skeleton: 'Anna', hash }
        const ended = [{ user: anna, session: session.id }]
        expect(await store.invitations.setPassword(setting)).toEqual({ user: anna, ended })
        expect(await store.accounts.get(anna.id)).toMatchObject({ role: 'member', passwordHash: hash })
        await expect(store.invitations.setPassword(setting)).rejects.toMatchObject(unusable)
      })
      it('set no password while another user has claimed a confusable name, and are not used up by trying', async (t) => {
        const { store } = await withLink(t, { type: 'password', userId: 1 })
        const other = await userNamed(store, 'ANNA')
        await store.accounts.setPassword({ userId: other.id, skeleton: 'anna', hash })
        const setting = { ...use, skeleton: 'anna', hash }
        await expect(store.invitations.setPassword(setting)).rejects.toMatchObject({ code: 'name-taken' })
        expect(await store.invitations.find(tokenHash, 1999)).toBeDefined()
      })
    })

    describe('rooms', () => {
      it('are created when they are first opened, and found again', async (t) => {
        const { store, anna } = await newStore(t)
        expect(await store.rooms.open('tea', 1)).toBe(0)
        await store.log.append(chat(anna, { room: 'tea' }))
        expect(await store.rooms.open('tea', 2)).toBe(1)
        expect(await store.rooms.list(viewer(anna))).toEqual([
          { room: 'lobby', name: 'lobby', topic: '', last: 0, read: 0, unread: 0, mentions: 0 },
          { room: 'tea', name: 'tea', topic: '', last: 1, read: 1, unread: 0, mentions: 0 },
        ])
      })
    })

    describe('notification level', () => {
      it('is kept for each user and room, and is in the summaries', async (t) => {
        const { store, anna } = await newStore(t)
        const bo = await userNamed(store, 'Bo')
        for (const { id } of [anna, bo]) await store.rooms.join(id, 'lobby')
        for (const level of ['all', 'mentions', 'nothing'] as const) {
          expect(await store.rooms.setNotificationLevel(anna, 'lobby', level)).toBe(true)
          expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ notify: level })
          expect(await store.rooms.summary(viewer(anna), 'lobby')).toMatchObject({ notify: level })
        }
        expect(await store.rooms.summary(viewer(bo), 'lobby')).not.toHaveProperty('notify')
        expect(await store.rooms.setNotificationLevel(anna, 'lobby', 'default')).toBe(true)
        expect(await store.rooms.summary(viewer(anna), 'lobby')).not.toHaveProperty('notify')
      })
      it('is not set by an unverified session of a member, nor in a room that the user has never opened', async (t) => {
        const { store, anna } = await newStore(t)
        expect(await store.rooms.setNotificationLevel(anna, 'lobby', 'nothing')).toBe(false)
        await store.rooms.join(anna.id, 'lobby', false)
        expect(await store.rooms.setNotificationLevel(anna, 'lobby', 'mentions', false)).toBe(true)
        await store.rooms.join(anna.id, 'lobby')
        expect(await store.rooms.setNotificationLevel(anna, 'lobby', 'nothing', false)).toBe(false)
        expect(await store.rooms.setNotificationLevel(anna, 'nowhere', 'nothing')).toBe(false)
        expect(await store.rooms.summary(viewer(anna), 'lobby')).toMatchObject({ notify: 'mentions' })
      })
    })

    describe('read mark', () => {
      async function fiveMessages(t: Cleanup, entered = true) {
        const fixture = await newStore(t)
        const bo = await userNamed(fixture.store, 'Bo')
        await fixture.store.rooms.join(bo.id, 'lobby')
        if (entered) await fixture.store.rooms.join(fixture.anna.id, 'lobby')
        const texts = ['one', '@Anna two', 'three', 'hello @anna, four', 'five @Annabel']
        for (const data of texts) await fixture.store.log.append(chat(bo, { data }))
        return { ...fixture, store: fixture.store, bo }
      }

      it('is at the end of a room in which the user has none', async (t) => {
        const { store, anna } = await fiveMessages(t, false)
        expect(await store.rooms.readMark(anna, 'lobby')).toBeUndefined()
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ last: 5, read: 5, unread: 0, mentions: 0 })
      })
      it('moves forward only, and not beyond the end', async (t) => {
        const { store, anna, bo } = await fiveMessages(t)
        expect(await store.rooms.markRead(anna, 'lobby', 2)).toBe(2)
        expect(await store.rooms.markRead(anna, 'lobby', 1)).toBe(2)
        expect(await store.rooms.readMark(anna, 'lobby')).toBe(2)
        expect(await store.rooms.markRead(anna, 'lobby', 99)).toBe(5)
        await store.log.append(chat(bo))
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ last: 6, read: 5 })
      })
      it('is set back to before a message, never forward, and the counts follow', async (t) => {
        const { store, anna, bo } = await fiveMessages(t)
        await store.rooms.markRead(anna, 'lobby', 4)
        await store.rooms.markUnread(anna, 'lobby', 9)
        expect(await store.rooms.readMark(anna, 'lobby'), 'not forward').toBe(4)
        await store.rooms.markUnread(anna, 'lobby', 2)
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ read: 1, unread: 4, mentions: 2 })
        await store.rooms.markUnread(anna, 'lobby', 0)
        expect(await store.rooms.readMark(anna, 'lobby')).toBe(0)
        await store.rooms.markRead(anna, 'lobby', 5)
        await store.rooms.markUnread(anna, 'lobby', 2, false)
        expect(await store.rooms.readMark(anna, 'lobby'), 'not by an unverified session').toBe(5)
        await store.rooms.markUnread(bo, 'nowhere', 2)
      })
      it('moves to the ends of all rooms at once, or of those that are named', async (t) => {
        const { store, anna, bo } = await fiveMessages(t)
        await store.rooms.open('tea', 1)
        await store.rooms.join(anna.id, 'tea')
        await store.log.append(chat(bo, { room: 'tea' }))
        const [lobby, tea] = [
          { room: 'lobby', kind: 'public', last: 5 },
          { room: 'tea', kind: 'public', last: 1 },
        ] as const
        expect(await store.rooms.unreadRooms(viewer(anna))).toEqual([lobby, tea])
        expect(await store.rooms.unreadRooms(viewer(anna), ['tea', 'tea'])).toEqual([tea])
        expect(await store.rooms.unreadRooms(viewer(anna), ['tea', 'nowhere'])).toBeUndefined()
        await store.log.append(chat(bo, { room: 'tea' }))
        await store.rooms.markAllRead(anna, [lobby, tea])
        expect(await store.rooms.unreadRooms(viewer(anna))).toEqual([{ ...tea, last: 2 }])
        await store.rooms.markAllRead(anna, [tea, { ...tea, last: 99 }])
        expect(await store.rooms.readMark(anna, 'tea'), 'not beyond the end').toBe(2)
        expect(await store.rooms.unreadRooms(viewer(anna), ['lobby', 'tea'])).toEqual([])
        await store.rooms.markAllRead(anna, [{ ...lobby, last: 1 }])
        expect(await store.rooms.readMark(anna, 'lobby'), 'not back').toBe(5)
      })
      it('is made by nobody who marks all rooms as read, and is not moved by an unverified session', async (t) => {
        const { store, anna, bo } = await fiveMessages(t)
        const eve = await userNamed(store, 'Eve')
        const lobby = { room: 'lobby', kind: 'public', last: 5 } as const
        expect(await store.rooms.unreadRooms(viewer(eve), ['lobby'])).toEqual([])
        await store.rooms.markAllRead(eve, [lobby, { ...lobby, room: 'nowhere' }])
        expect(await store.rooms.readMark(eve, 'lobby')).toBeUndefined()
        const unverified = { ...viewer(anna), isVerified: false }
        expect(await store.rooms.unreadRooms(unverified)).toEqual([])
        expect(await store.rooms.unreadRooms(unverified, ['lobby'])).toEqual([])
        await store.rooms.markAllRead(anna, [lobby], false)
        expect(await store.rooms.readMark(anna, 'lobby')).toBe(0)
        const den = { kind: 'private', address: '~den', name: 'den', topic: '', users: [] } as const
        await store.rooms.create({ viewer: viewer(bo), key: 'den', ...den, at: 1 })
        expect(await store.rooms.unreadRooms(viewer(anna), ['~den']), 'a room of others').toBeUndefined()
      })
      it('determines how many unread messages mention the user', async (t) => {
        const { store, anna, bo } = await fiveMessages(t)
        await store.rooms.markRead(anna, 'lobby', 1)
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ read: 1, mentions: 2 })
        await store.rooms.markRead(anna, 'lobby', 2)
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ read: 2, mentions: 1 })
        await store.rooms.markRead(bo, 'lobby', 1)
        expect((await store.rooms.list(viewer(bo)))[0]).toMatchObject({ read: 1, mentions: 0 })
      })
      it('determines how many unread messages of others are not deleted', async (t) => {
        const { store, anna, bo } = await fiveMessages(t)
        await store.rooms.markRead(anna, 'lobby', 1)
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ unread: 4 })
        await store.log.append(chat(anna))
        await store.log.append({
          type: 'edit',
          room: 'lobby',
          user: bo,
          key: 'edit',
          ref: 2,
          data: 'two, and more',
          at: 1,
        })
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ last: 7, unread: 4 })
        await store.log.append({ type: 'delete', room: 'lobby', user: bo, key: 'delete', ref: 4, at: 1 })
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ unread: 3, mentions: 0 })
        await store.rooms.markRead(anna, 'lobby', 8)
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ unread: 0, mentions: 0 })
      })
      it('counts at most a thousand unread messages', async (t) => {
        const { store, anna, bo } = await fiveMessages(t)
        await store.rooms.markRead(anna, 'lobby', 1)
        await Promise.all(Array.from({ length: 1_000 }, () => store.log.append(chat(bo))))
        expect((await store.rooms.list(viewer(anna)))[0]).toMatchObject({ last: 1_005, unread: 1_000, mentions: 2 })
      })
      it('is not stored for a missing room', async (t) => {
        const { store, anna } = await newStore(t)
        expect(await store.rooms.markRead(anna, 'nowhere', 1)).toBe(0)
        expect(await store.rooms.readMark(anna, 'nowhere')).toBeUndefined()
      })
    })

    describe('log', () => {
      it('numbers the entries of each room 1, 2, 3 … separately', async (t) => {
        const { store, anna } = await newStore(t)
        await store.rooms.open('tea', 1)
        const ids = []
        for (const room of ['lobby', 'tea', 'lobby', 'lobby', 'tea']) {
          ids.push((await store.log.append(chat(anna, { room }))).entry.id)
        }
        expect(ids).toEqual([1, 1, 2, 3, 2])
      })
      it('commits calls in the order in which they were made, without gaps', async (t) => {
        const { store, anna } = await newStore(t)
        const calls = Array.from({ length: 3_000 }, (_, i) => store.log.append(chat(anna, { data: `${i}` })))
        const appended = await Promise.all(calls)
        expect(appended.map(({ entry }) => entry.id)).toEqual(appended.map((_, i) => i + 1))
        const stored = await store.log.entriesAfter('lobby', 0, 5_000)
        expect(stored).toEqual(appended.map(({ entry }) => entry))
        expect(stored).toMatchObject(appended.map((_, i) => ({ data: `${i}` })))
      })
      it('returns what was stored', async (t) => {
        const { store, anna } = await newStore(t)
        const { entry, isNew } = await store.log.append(chat(anna, { data: '你好 👋', at: 1234 }))
        expect(isNew).toBe(true)
        expect(entry).toEqual({ id: 1, room: 'lobby', type: 'chat', user: anna, at: 1234, data: '你好 👋' })
        expect(await store.log.entriesAfter('lobby', 0, 10)).toEqual([entry])
      })
      it('dates each entry by the clock, and orders entries by id (operation 2)', async (t) => {
        const { store, anna } = await newStore(t)
        for (const at of [2000, 1000, 3000]) {
          expect((await store.log.append(chat(anna, { at }))).entry.at).toBe(at)
        }
        const entries = await store.log.entriesAfter('lobby', 0, 10)
        expect(entries.map(({ id, at }) => [id, at])).toEqual([
          [1, 2000],
          [2, 1000],
          [3, 3000],
        ])
      })
      it('refuses an entry for a missing room', async (t) => {
        const { store, anna } = await newStore(t)
        await expect(store.log.append(chat(anna, { room: 'nowhere' }))).rejects.toMatchObject({ code: 'no-such-room' })
        expect(await store.log.entriesAfter('nowhere', 0, 10)).toEqual([])
      })
      it('stores a reply to a message, and refuses a reply to a missing message', async (t) => {
        const { store, anna } = await newStore(t)
        await store.rooms.open('tea', 1)
        await store.log.append(chat(anna))
        expect((await store.log.append(chat(anna, { reply: 1 }))).entry).toMatchObject({ reply: 1 })
        for (const [room, reply] of [
          ['lobby', 0],
          ['lobby', 3],
          ['tea', 1],
        ] as const) {
          await expect(store.log.append(chat(anna, { room, reply }))).rejects.toMatchObject({ code: 'no-such-message' })
        }
        expect(await store.log.entriesAfter('tea', 0, 10)).toEqual([])
      })
      it('leaves no gap where an entry was refused', async (t) => {
        const { store, anna } = await newStore(t)
        const outcomes = await Promise.allSettled([
          store.log.append(chat(anna)),
          store.log.append(chat(anna, { reply: 99 })),
          store.log.append(chat(anna, { room: 'nowhere' })),
          store.log.append(chat(anna)),
        ])
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
        expect((await store.log.entriesAfter('lobby', 0, 10)).map(({ id }) => id)).toEqual([1, 2])
      })
    })

    describe('keys', () => {
      it('store a repeated entry once and return the first id', async (t) => {
        const { store, anna } = await newStore(t)
        const first = await store.log.append(chat(anna, { key: 'k', at: 1000 }))
        await store.log.append(chat(anna))
        const again = await store.log.append(chat(anna, { key: 'k', at: 9000 }))
        expect(again).toEqual({ isNew: false, entry: first.entry, effects: [] })
        expect(await store.log.entriesAfter('lobby', 0, 10)).toHaveLength(2)
      })
      it('store a repeated entry once also when it is sent at once or after a restart', async (t) => {
        const fixture = await newStore(t)
        const entry = chat(fixture.anna, { key: 'k' })
        const both = await Promise.all([fixture.store.log.append(entry), fixture.store.log.append(entry)])
        expect(both.map(({ entry: { id }, isNew }) => [id, isNew])).toEqual([
          [1, true],
          [1, false],
        ])
        await fixture.reopen()
        expect((await fixture.store.log.append(entry)).isNew).toBe(false)
        expect(await fixture.store.log.entriesAfter('lobby', 0, 10)).toHaveLength(1)
      })
      it('may be used by several users', async (t) => {
        const { store, anna } = await newStore(t)
        const bo = await userNamed(store, 'Bo')
        await store.log.append(chat(anna, { key: 'k' }))
        expect((await store.log.append(chat(bo, { key: 'k' }))).entry.id).toBe(2)
      })
      it('are refused when they were used with other content, whatever differs', async (t) => {
        const { store, anna } = await newStore(t)
        await store.rooms.open('tea', 1)
        await store.log.append(chat(anna))
        await store.log.append(chat(anna, { key: 'k' }))
        for (const other of [{ data: 'else' }, { room: 'tea' }, { reply: 1 }]) {
          await expect(store.log.append(chat(anna, { key: 'k', ...other }))).rejects.toMatchObject({
            code: 'bad-field',
          })
        }
        expect(await store.log.entriesAfter('lobby', 0, 10)).toHaveLength(2)
      })
    })

    describe('changes to messages', () => {
      /** Message 1 is Anna's, message 2 is Bo's. */
      async function twoMessages(t: Cleanup) {
        const fixture = await newStore(t)
        const bo = await userNamed(fixture.store, 'Bo')
        await fixture.store.log.append(chat(fixture.anna, { data: 'first' }))
        await fixture.store.log.append(chat(bo, { data: 'second' }))
        const messages = async () => (await fixture.store.log.messages('lobby', {}, 10)).messages
        return { store: fixture.store, anna: fixture.anna, bo, messages }
      }

      it('are entries of the same log, and messages are the result of them', async (t) => {
        const { store, anna, bo, messages } = await twoMessages(t)
        const changes = [
          entry(anna, { type: 'edit', ref: 1, data: 'first, better' }),
          entry(bo, { type: 'react', ref: 1, data: '👍', on: true }),
          entry(anna, { type: 'react', ref: 1, data: '👍', on: true }),
          entry(anna, { type: 'react', ref: 2, data: '🍵', on: true }),
          entry(anna, { type: 'react', ref: 2, data: '🍵', on: false }),
          entry(bo, { type: 'room', data: { topic: 'Tea' } }),
        ]
        const appended = []
        for (const change of changes) appended.push((await store.log.append(change)).entry)
        expect(appended.map(({ id }) => id)).toEqual([3, 4, 5, 6, 7, 8])
        expect(await store.log.entriesAfter('lobby', 2, 10)).toEqual(appended)
        expect(await messages()).toEqual([
          {
            id: 1,
            room: 'lobby',
            type: 'chat',
            user: anna,
            at: 1000,
            data: 'first, better',
            edited: 1000,
            reactions: { '👍': [bo.id, anna.id] },
          },
          { id: 2, room: 'lobby', type: 'chat', user: bo, at: 1000, data: 'second' },
        ])
        expect((await store.rooms.list(viewer(anna)))[0]?.topic).toBe('Tea')
      })
      it('apply on every page that includes the message', async (t) => {
        const { store, anna } = await twoMessages(t)
        await store.log.append(entry(anna, { type: 'edit', ref: 1, data: 'better' }))
        for (const place of [{}, { before: 2 }, { after: 0 }, { around: 1 }]) {
          expect((await store.log.messages('lobby', place, 2)).messages[0]).toMatchObject({ id: 1, data: 'better' })
        }
      })
      it('do not count as messages, however many there are', async (t) => {
        const { store, anna } = await twoMessages(t)
        for (let i = 0; i < 50; i++) {
          await store.log.append(entry(anna, { type: 'react', ref: 1, data: '👍', on: i % 2 === 0 }))
        }
        const page = await store.log.messages('lobby', {}, 2)
        expect(page.messages.map(({ id }) => id)).toEqual([1, 2])
        expect(page).toMatchObject({ more: false, last: 52 })
      })
      it('erase a deleted text and its edits from the log, and keep its position', async (t) => {
        const { store, anna, messages } = await twoMessages(t)
        await store.log.append(entry(anna, { type: 'edit', ref: 1, data: 'first, again' }))
        await store.log.append(entry(anna, { type: 'delete', ref: 1 }))
        const tombstone = { id: 1, room: 'lobby', type: 'chat', user: anna, at: 1000, data: '', deleted: true }
        expect((await messages())[0]).toEqual(tombstone)
        const log = await store.log.entriesAfter('lobby', 0, 10)
        expect(log.map(({ id }) => id)).toEqual([1, 2, 3, 4])
        expect(log[0]).toEqual(tombstone)
        expect(JSON.stringify(log)).not.toContain('first')
        expect(JSON.stringify(log)).toContain('second')
      })
      it('are refused for a missing message', async (t) => {
        const { store, anna } = await twoMessages(t)
        await store.log.append(entry(anna, { type: 'edit', ref: 1, data: 'better' }))
        await store.log.append(entry(anna, { type: 'delete', ref: 1 }))
        const contents = (ref: number): EntryContent[] => [
          { type: 'edit', ref, data: 'x' },
          { type: 'delete', ref },
          { type: 'react', ref, data: '👍', on: true },
        ]
        // Deleted, not a message, not there.
        for (const ref of [1, 3, 0, 99]) {
          for (const content of contents(ref)) {
            await expect(store.log.append(entry(anna, content))).rejects.toMatchObject({ code: 'no-such-message' })
          }
        }
        expect((await store.log.append(chat(anna, { reply: 1 }))).entry.id).toBe(5)
      })
      it('are allowed on own messages only, except reactions', async (t) => {
        const { store, anna, bo } = await twoMessages(t)
        for (const content of [
          { type: 'edit', ref: 1, data: 'x' },
          { type: 'delete', ref: 1 },
        ] as const) {
          await expect(store.log.append(entry(bo, content))).rejects.toMatchObject({ code: 'forbidden' })
          expect((await store.log.append(entry(anna, content))).isNew).toBe(true)
        }
        expect((await store.log.append(entry(anna, { type: 'react', ref: 2, data: '👍', on: true }))).isNew).toBe(true)
      })
      it('can be repeated, even when their text is erased', async (t) => {
        const { store, anna } = await newStore(t)
        const first = chat(anna, { key: 'first' })
        const edit = entry(anna, { type: 'edit', ref: 1, data: 'better' }, 'edit')
        const react = entry(anna, { type: 'react', ref: 1, data: '👍', on: true }, 'react')
        const remove = entry(anna, { type: 'delete', ref: 1 }, 'delete')
        for (const once of [first, edit, react, remove]) expect((await store.log.append(once)).isNew).toBe(true)
        for (const [i, again] of [first, edit, react, remove].entries()) {
          expect(await store.log.append(again)).toMatchObject({ isNew: false, entry: { id: i + 1 } })
        }
        await expect(store.log.append({ ...react, on: false } as NewEntry)).rejects.toMatchObject({ code: 'bad-field' })
      })
      it('have the same result as folding the log by hand, for any sequence', async (t) => {
        const contents = fc.oneof(
          fc.record({ type: fc.constant('chat' as const), data: fc.constantFrom('a', 'b') }),
          fc.record({
            type: fc.constant('edit' as const),
            ref: fc.integer({ min: 1, max: 8 }),
            data: fc.constantFrom('c', 'd'),
          }),
          fc.record({ type: fc.constant('delete' as const), ref: fc.integer({ min: 1, max: 8 }) }),
          fc.record({
            type: fc.constant('react' as const),
            ref: fc.integer({ min: 1, max: 8 }),
            data: fc.constantFrom('👍', '🍵'),
            on: fc.boolean(),
          }),
        )
        const { store, anna } = await newStore(t)
        const users = [anna, await userNamed(store, 'Bo')] as const
        let rooms = 0
        await fc.assert(
          fc.asyncProperty(fc.array(fc.tuple(contents, fc.nat(1)), { maxLength: 30 }), async (steps) => {
            const room = `room ${++rooms}`
            await store.rooms.open(room, 1)
            const stored = await Promise.allSettled(
              steps.map(([content, who]) =>
                store.log.append({ ...content, room, user: users[who] as User, key: newKey(), at: 1000 }),
              ),
            )
            const accepted = stored.flatMap((one) => (one.status === 'fulfilled' ? [one.value.entry] : []))
            expect(accepted.map(({ id }) => id)).toEqual(accepted.map((_, i) => i + 1))
            const { messages, last } = await store.log.messages(room, {}, 100)
            expect(last).toBe(accepted.length)
            expect(messages).toEqual(foldByHand(accepted))
            expect(foldByHand(await store.log.entriesAfter(room, 0, 100))).toEqual(messages)
          }),
          { numRuns: 100 },
        )
      })
    })

    describe('reading', () => {
      async function tenMessages(t: Cleanup) {
        const fixture = await newStore(t)
        await Promise.all(Array.from({ length: 10 }, () => fixture.store.log.append(chat(fixture.anna))))
        return fixture
      }

      it('returns entries after an id, up to the requested number', async (t) => {
        const { store } = await tenMessages(t)
        const ids = async (after: number, limit: number) =>
          (await store.log.entriesAfter('lobby', after, limit)).map(({ id }) => id)
        expect(await ids(7, 10)).toEqual([8, 9, 10])
        expect(await ids(0, 3)).toEqual([1, 2, 3])
        expect(await ids(10, 3)).toEqual([])
        expect(await ids(99, 3)).toEqual([])
      })
      it.for([
        [{}, 3, [8, 9, 10], true],
        [{}, 10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false],
        [{ before: 8 }, 3, [5, 6, 7], true],
        [{ before: 3 }, 3, [1, 2], false],
        [{ before: 1 }, 3, [], false],
        [{ after: 2 }, 3, [3, 4, 5], true],
        [{ after: 8 }, 3, [9, 10], false],
        [{ around: 5 }, 4, [3, 4, 5, 6], true],
        [{ around: 1 }, 4, [1, 2, 3, 4], false],
        [{ around: 10 }, 4, [8, 9, 10], true],
      ] as const)('returns a page of messages at %o, at most %i', async ([place, limit, ids, more], t) => {
        const { store } = await tenMessages(t)
        const page = await store.log.messages('lobby', place, limit)
        expect(page.messages.map(({ id }) => id)).toEqual(ids)
        expect(page.more).toBe(more)
        expect(page.last).toBe(10)
      })
      it('returns nothing for a missing room', async (t) => {
        const { store } = await newStore(t)
        expect(await store.log.messages('nowhere', {}, 10)).toEqual({ messages: [], more: false, last: 0 })
      })
    })

    describe('restart', () => {
      it('keeps entries, users and sessions, and continues the ids', async (t) => {
        const fixture = await newStore(t)
        const tokenHash = new Uint8Array(32).fill(1)
        const { entry } = await fixture.store.log.append(chat(fixture.anna))
        const { session } = await fixture.store.sessions.start({ tokenHash, user: fixture.anna, at: 1 })
        const { epoch } = fixture.store
        expect(epoch).toMatch(/^[0-9a-f]{32}$/)
        await fixture.reopen()
        expect(fixture.store.epoch).toBe(epoch)
        expect(await fixture.store.log.entriesAfter('lobby', 0, 10)).toEqual([entry])
        expect(await userNamed(fixture.store, 'Anna')).toEqual(fixture.anna)
        expect(await fixture.store.sessions.find(tokenHash)).toEqual(session)
        expect((await fixture.store.log.append(chat(fixture.anna))).entry.id).toBe(2)
      })
      it('waits for what was started before it closes', async (t) => {
        const fixture = await newStore(t)
        // More than go in one transaction.
        const appended = Promise.all(Array.from({ length: 900 }, () => fixture.store.log.append(chat(fixture.anna))))
        await fixture.reopen()
        expect(await appended).toHaveLength(900)
        expect(await fixture.store.log.entriesAfter('lobby', 0, 1_000)).toHaveLength(900)
      })
    })
  })
}

/** What the messages must be, told as plainly as can be. */
function foldByHand(log: Entry[]): Message[] {
  return log
    .filter((entry) => entry.type === 'chat')
    .map(({ deleted: _, ...chat }) => {
      const about = log.filter((entry) => 'ref' in entry && entry.ref === chat.id)
      if (about.some(({ type }) => type === 'delete')) return { ...chat, data: '', deleted: true as const }
      const edit = about.filter((entry) => entry.type === 'edit').at(-1)
      const reactions: Record<string, number[]> = {}
      for (const { data, user, on } of about.filter((entry) => entry.type === 'react')) {
        const others = (reactions[data] ?? []).filter((id) => id !== user.id)
        reactions[data] = on ? [...others, user.id] : others
      }
      const given = Object.entries(reactions).filter(([, users]) => users.length)
      return {
        ...chat,
        ...(edit && { data: edit.data, edited: edit.at }),
        ...(given.length && { reactions: Object.fromEntries(given) }),
      }
    })
}
