/** What every store must do with the changes that all nodes have to know. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { tea } from '../../../support/server/populate.ts'
import type { Cleanup } from '../../../support/server/server.ts'
import { ban, inAnHour, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

export function serverLogContract(backend: Backend): void {
  describe(`${backend.name} store, server log`, () => {
    async function open(t: Cleanup) {
      const fixture = await StoreFixture.open(t, backend)
      const { serverLog } = fixture.store
      const from = await serverLog.head()
      return { fixture, serverLog, from, changes: () => serverLog.after(from, 100) }
    }

    it('has every session that ends, by whatever it ends, and each only once', async (t) => {
      const { fixture, from, changes } = await open(t)
      const { store, bo, ada } = fixture
      const start = async () =>
        (
          await store.sessions.start({
            tokenHash: randomBytes(32),
            user: bo,
            at: Date.now(),
            credential: { type: 'store' },
          })
        ).session
      const [one, other] = [await start(), await start()]
      await store.sessions.end(one)
      await store.sessions.end(one)
      await fixture.moderate(ada, ban(undefined, bo))
      const found = await changes()
      expect(found.map(({ id }) => id)).toEqual(found.map((_, i) => from + 1 + i))
      expect(found.map(({ change }) => change)).toEqual([
        { type: 'session-ended', user: { id: bo.id }, session: one.id },
        // It ends all of the user's sessions, the other one too.
        { type: 'banned', user: bo.id, until: expect.any(Number) },
      ])
      expect(await store.sessions.list(bo.id)).not.toContainEqual(expect.objectContaining({ id: other.id }))
    })
    it('says of sessions that expired that nobody ended them', async (t) => {
      const { fixture, changes } = await open(t)
      const { store, bo } = fixture
      await store.sessions.start({ tokenHash: randomBytes(32), user: bo, at: 5, credential: { type: 'store' } })
      await store.sessions.endBefore(6)
      expect((await changes()).map(({ change }) => change)).toEqual([
        { type: 'session-ended', user: { id: bo.id }, session: expect.any(Number), isOver: true },
      ])
    })
    it('has who was removed from a room, and nothing of an action that was refused', async (t) => {
      const { fixture, changes } = await open(t)
      const { anna, bo } = fixture
      const kick = { type: 'kick', room: tea, user: anna.id } as const
      await expect(fixture.moderate(bo, kick)).rejects.toThrow()
      expect(await changes()).toEqual([])
      await fixture.moderate(anna, { ...kick, user: bo.id })
      expect((await changes()).map(({ change }) => change)).toEqual([
        { type: 'access-changed', user: bo.id, room: tea, kind: 'public', isIn: false, canView: true },
      ])
    })
    it('has who lets a session go on under another token', async (t) => {
      const { fixture, changes } = await open(t)
      const { store, bo } = fixture
      const started = await store.sessions.start({
        tokenHash: randomBytes(32),
        user: bo,
        at: 1,
        credential: { type: 'store' },
      })
      const keep = { session: started.session.id, oldHash: undefined, tokenHash: randomBytes(32) }
      await store.accounts.setPassword({ userId: bo.id, skeleton: 'bo', hash: 'hash', keep })
      expect((await changes()).map(({ change }) => change)).toContainEqual({
        type: 'session-renewed',
        user: { id: bo.id },
        session: started.session.id,
      })
    })
    it('forgets what is old, but for the newest, which the next id follows', async (t) => {
      const { fixture, serverLog, from } = await open(t)
      const { anna, bo, cai } = fixture
      await fixture.moderate(anna, { type: 'kick', room: tea, user: bo.id })
      await fixture.moderate(anna, { type: 'mute', room: tea, user: cai.id, until: inAnHour() })
      const head = await serverLog.head()
      expect(head).toBeGreaterThan(from)
      await serverLog.forgetBefore(0)
      expect(await serverLog.after(from, 100)).not.toEqual([])
      await serverLog.forgetBefore(Date.now() + 1)
      expect((await serverLog.after(0, 100)).map(({ id }) => id)).toEqual([head])
      await fixture.moderate(anna, { type: 'mute', room: tea, user: cai.id, until: 0 })
      expect(await serverLog.head()).toBeGreaterThan(head)
      // A node that stands at the old one finds it there, with what is new.
      const old = await serverLog.head()
      const before = Date.now()
      await expect.poll(() => Date.now()).toBeGreaterThan(before + 1)
      await fixture.moderate(anna, { type: 'mute', room: tea, user: cai.id, until: inAnHour() })
      await serverLog.forgetBefore(before + 1)
      expect((await serverLog.after(0, 1)).map(({ id }) => id)).toEqual([old])
    })
  })

  describe(`${backend.name} store, heads of rooms`, () => {
    it('are the newest ids of those that are there, and the times of entries that a node knows', async (t) => {
      const fixture = await StoreFixture.open(t, backend)
      const first = (await fixture.write(fixture.bo, tea)).entry
      const { entry } = await fixture.write(fixture.bo, tea)
      const known = [tea, 'lobby', 'nowhere'].map((room) => ({ room, last: room === tea ? first.id : 0 }))
      expect(await fixture.store.log.heads(known)).toEqual(
        new Map([
          [tea, { last: entry.id, at: first.at }],
          ['lobby', { last: 0, at: 0 }],
        ]),
      )
      expect(await fixture.store.log.heads([{ room: tea, last: entry.id + 1 }])).toEqual(
        new Map([[tea, { last: entry.id, at: 0 }]]),
      )
      expect(await fixture.store.log.heads([])).toEqual(new Map())
    })
    it('have the epoch of their log', async (t) => {
      const { store } = await StoreFixture.open(t, backend)
      expect(await store.serverLog.epoch()).toBe(store.epoch)
    })
  })
}
