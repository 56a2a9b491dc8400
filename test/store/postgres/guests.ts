/** Guests who come at once: what they write is carried out side by side, in transactions that exclude all others. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { userNamed } from '../../support/clients/users.ts'
import type { Cleanup } from '../../support/server/server.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'

export function guestsOnPostgres(server: () => PostgresServer): void {
  async function openNodes(t: Cleanup, count: number): Promise<[Store, ...Store[]]> {
    const url = server().newDatabase()
    await server().create(url)
    const stores: Store[] = []
    for (let i = 0; i < count; i++) {
      const store = await openPostgresStore(url)
      t.onTestFinished(() => store.close())
      stores.push(store)
    }
    return stores as [Store, ...Store[]]
  }

  const skeletonOf = (name: string) => name.toLowerCase()

  async function come(store: Store, name: string, room: string) {
    const user = await store.accounts.openGuest(name, skeletonOf(name))
    const deviceHash = randomBytes(32)
    const { session } = await store.sessions.start({ tokenHash: randomBytes(32), user, at: Date.now(), deviceHash })
    await store.rooms.open(room, Date.now(), user)
    await store.rooms.join(user.id, room)
    return { user, session }
  }

  describe('PostgreSQL, guests who come at once', () => {
    it.for([1, 3])('are all let in, a thousand of them on %i nodes', { timeout: 600_000 }, async (count, t) => {
      const stores = await openNodes(t, count)
      const names = Array.from({ length: 1_000 }, (_, i) => `Guest ${i}`)
      const came = await Promise.allSettled(names.map((name, i) => come(stores[i % count] as Store, name, 'lobby')))
      const refused = came.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
      expect(refused).toEqual([])
      const guests = came.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      expect(new Set(guests.map(({ user }) => user.id)).size).toBe(1_000)
      expect(new Set(guests.map(({ session }) => session.id)).size).toBe(1_000)
      expect(guests.every(({ session }) => session.isVerified)).toBe(true)
      const [store] = stores
      const members = await Promise.all(guests.map(({ user }) => store.rooms.membership(user.id, 'lobby')))
      expect(members.every((member) => member?.readTo !== undefined)).toBe(true)
    })
    it('are one user under one name, whichever of them is verified', async (t) => {
      const [store] = await openNodes(t, 1)
      const came = await Promise.all(['Anna', 'Anna', 'Bo', 'Anna'].map((name) => come(store, name, 'lobby')))
      const [anna, again, bo, third] = came.map(({ user }) => user.id)
      expect([again, third]).toEqual([anna, anna])
      expect(bo).not.toBe(anna)
      // The name belongs to the first of them: nobody else shows that they are her.
      expect(came.map(({ session }) => session.isVerified)).toEqual([true, false, true, false])
    })
    it('are refused alone, where one takes the name of an account', async (t) => {
      const [store] = await openNodes(t, 1)
      const owner = await userNamed(store, 'Anna')
      await store.accounts.setPassword({ userId: owner.id, skeleton: skeletonOf('Anna'), hash: 'a hash' })
      const came = await Promise.allSettled(['Bo', 'ANNA', 'Cleo'].map((name) => come(store, name, 'lobby')))
      expect(came.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(came[1]).toMatchObject({ reason: { code: 'name-taken' } })
    })
    it('end the oldest session of one who has too many, and the server log has no gap', async (t) => {
      const [store] = await openNodes(t, 1)
      const users = [await userNamed(store, 'Anna'), await userNamed(store, 'Bo')]
      const start = (user: (typeof users)[number]) =>
        store.sessions.start({ tokenHash: randomBytes(32), user, at: Date.now() })
      const started = await Promise.all(Array.from({ length: 50 }, (_, i) => start(users[i % 2] as (typeof users)[0])))
      // Each may have 20.
      const ended = started.flatMap(({ ended }) => ended.map(({ session }) => session))
      expect(new Set(ended).size).toBe(10)
      const changes = await store.serverLog.after(0, 100)
      expect(changes.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
    })
  })
}
