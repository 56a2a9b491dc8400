/** Messages that are stored together, in one transaction of a lane. */
import { describe, expect, it } from 'vitest'
import { openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { parseSearch } from '../../../src/shared/search/query.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import type { Cleanup } from '../../support/server/server.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'

export function batchesOfPostgres(server: () => PostgresServer): void {
  async function open(t: Cleanup) {
    const url = server().newDatabase()
    await server().create(url)
    const store = await openPostgresStore(url)
    t.onTestFinished(() => store.close())
    const [anna, bo] = [await userNamed(store, 'Anna'), await userNamed(store, 'Bo')]
    for (const room of ['tea', 'milk']) {
      await store.rooms.open(room, 1, anna)
      await store.rooms.join(anna.id, room)
      await store.rooms.join(bo.id, room)
    }
    type Written = Partial<Parameters<Store['log']['append']>[0]> & { key: string }
    const write = (written: Written) =>
      store.log.append({ type: 'chat', room: 'tea', user: bo, data: written.key, at: 5, ...written } as never)
    const stored = async (room: string) =>
      (await store.log.entriesAfter(room, 0, 100)).map((entry) => 'data' in entry && entry.data)
    return { store, anna, bo, write, stored }
  }

  describe('PostgreSQL, messages that are stored together', () => {
    it('are in their order, whatever stands between them', async (t) => {
      const { write, stored, store, bo } = await open(t)
      const written = await Promise.all([
        write({ key: 'one' }),
        write({ key: 'two' }),
        store.rooms.markRead(bo, 'tea', 1).then(() => undefined),
        write({ key: 'an answer', ref: 1 }),
        write({ key: 'hello @Anna' }),
        write({ key: 'three' }),
        write({ key: 'four', room: 'milk' }),
      ])
      expect(written.map((one) => one?.entry.id)).toEqual([1, 2, undefined, 3, 4, 5, 1])
      expect(written.every((one) => one?.isNew !== false)).toBe(true)
      expect(await stored('tea')).toEqual(['one', 'two', 'an answer', 'hello @Anna', 'three'])
      expect(await stored('milk')).toEqual(['four'])
    })
    it('are stored once under one key, and not again in another room', async (t) => {
      const { write, stored } = await open(t)
      const [first, again] = await Promise.allSettled([write({ key: 'k' }), write({ key: 'k' })])
      const [elsewhere] = await Promise.allSettled([write({ key: 'k', room: 'milk' })])
      const results = [first, again].map((one) => one?.status === 'fulfilled' && [one.value.entry.id, one.value.isNew])
      expect(results).toEqual([
        [1, true],
        [1, false],
      ])
      expect(elsewhere).toMatchObject({ status: 'rejected', reason: { code: 'bad-field' } })
      expect([await stored('tea'), await stored('milk')]).toEqual([['k'], []])
    })
    it('are refused one by one, without a gap in the ids of the others', async (t) => {
      const { store, anna, write, stored } = await open(t)
      const cai = await userNamed(store, 'Cai')
      await store.rooms.join(cai.id, 'tea')
      const mute = { type: 'mute', room: 'tea', user: cai.id, until: Date.now() + 60_000 } as const
      await store.moderation.moderate({ ...mute, viewer: viewer(anna), key: 'm', at: 6 })
      const written = await Promise.allSettled([
        write({ key: 'a' }),
        write({ key: 'b', user: cai }),
        write({ key: 'c', room: 'nowhere' }),
        write({ key: 'd' }),
        write({ key: 'e\u0000' }),
      ])
      expect(written.map((one) => (one.status === 'fulfilled' ? one.value.entry.id : one.reason.code))).toEqual([
        1,
        'muted',
        'no-such-room',
        2,
        expect.stringMatching(/^22/),
      ])
      expect(await stored('tea')).toEqual(['a', 'd'])
    })
    it('wait for each other in a slow room', async (t) => {
      const { store, anna, bo, write } = await open(t)
      const slow = { type: 'change', room: 'tea', data: { slowMs: 10_000 } } as const
      await store.moderation.moderate({ ...slow, viewer: viewer(anna), key: 's', at: 6 })
      expect((await store.rooms.membership(bo.id, 'tea'))?.slowMs).toBe(10_000)
      const written = await Promise.allSettled([write({ key: 'a', at: 20_000 }), write({ key: 'b', at: 20_001 })])
      expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect(written[1]).toMatchObject({ reason: { code: 'too-fast' } })
    })
    it('are found by the search, and kept apart from what was there before', async (t) => {
      const { write, store, bo } = await open(t)
      await Promise.all(['green tea', 'black tea', 'milk'].map((key) => write({ key })))
      await write({ key: 'more tea' })
      const found = await store.search.find(viewer(bo), parseSearch('tea'), { limit: 10 })
      expect(found.messages.map(({ data }) => data)).toEqual(['more tea', 'black tea', 'green tea'])
    })
  })
}
