/** When the row of a lane says that the database has lost something, and when it does not. */
import { Client } from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import { dayMs, hourMs } from '../../../src/shared/durations.ts'
import { userNamed } from '../../support/clients/users.ts'
import type { Cleanup } from '../../support/server/server.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'

const monthMs = 31 * dayMs

export function lanesOfPostgres(server: () => PostgresServer): void {
  async function open(t: Cleanup) {
    const url = server().newDatabase()
    await server().create(url)
    const admin = new Client({ connectionString: url })
    await admin.connect()
    t.onTestFinished(() => admin.end())
    const openNode = async () => {
      const store = await openPostgresStore(url)
      t.onTestFinished(() => store.close())
      const anna = await userNamed(store, 'Anna')
      await store.rooms.open('tea', 1)
      const write = (key: string) => store.log.append({ type: 'chat', room: 'tea', user: anna, key, data: key, at: 1 })
      return { store, write, anna }
    }
    const ask = async (sql: string) => (await admin.query(sql)).rows
    const epoch = async () => (await ask(`select value from meta where key = 'epoch'`))[0].value
    const keys = async () => (await ask('select key from entries order by id')).map(({ key }) => key)
    return { ...(await openNode()), openNode, ask, epoch, keys }
  }

  describe('PostgreSQL, lanes', () => {
    it.for([
      ['ahead', monthMs],
      ['behind', -monthMs],
    ] as const)('are not disturbed by a node whose clock is a month %s', async ([, wrongMs], t) => {
      const { write, openNode, keys } = await open(t)
      await write('one')
      const { now } = Date
      const wrong = vi.spyOn(Date, 'now').mockImplementation(() => now() + wrongMs)
      t.onTestFinished(() => wrong.mockRestore())
      const other = await openNode()
      await other.write('two')
      wrong.mockRestore()
      const third = await openNode()
      await third.write('three')
      await write('four')
      await other.write('five')
      expect(await keys()).toEqual(['one', 'two', 'three', 'four', 'five'])
    })
    it('are kept by nodes that write nothing there, also after their connections have ended', async (t) => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
      t.onTestFinished(() => void vi.useRealTimers())
      const { write, openNode, ask, keys } = await open(t)
      await write('one')
      await ask(`select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and datname = current_database()`)
      await ask(`update lanes set at = at - ${monthMs}`)
      const old = `select 1 from lanes where number > 0 and at < extract(epoch from now()) * 1000 - ${dayMs}`
      expect((await ask(old)).length).toBeGreaterThan(0)
      await vi.waitUntil(
        async () => {
          vi.advanceTimersByTime(hourMs)
          return (await ask(old)).length === 0
        },
        { timeout: 60_000, interval: 200 },
      )
      await (await openNode()).write('two')
      await write('three')
      expect(await keys()).toEqual(['one', 'two', 'three'])
    })
    it('that were forgotten while their node was away end that node only', async (t) => {
      const { store, write, openNode, ask, epoch, keys } = await open(t)
      await ask(`create function past() returns trigger language plpgsql as $$ begin
        new.at = new.at - ${monthMs}; return new; end $$`)
      await ask('create trigger past before update on lanes for each row execute function past()')
      await write('a month ago')
      await ask('drop trigger past on lanes')
      const other = await openNode()
      await expect(write('late')).rejects.toMatchObject({ code: 'unavailable' })
      expect((await store.failed).message).toContain('away for too long')
      expect(await store.fault()).toContain('away for too long')
      expect(await epoch()).toBe(store.epoch)
      await other.write('of the other')
      expect(await keys()).toEqual(['a month ago', 'of the other'])
    })
    it('store nothing more once the database has lost something, whatever waits or is on its way', async (t) => {
      const { store, write, anna, ask, epoch, keys } = await open(t)
      await write('one')
      await ask('begin')
      await ask(`select 1 from users where id = ${anna.id} for update`)
      const onItsWay = Promise.allSettled([write('on its way')])
      // It has noted its transaction under the old epoch, and waits for the lock of its user.
      await vi.waitUntil(
        async () => {
          // A transaction sees what it saw first.
          await ask('select pg_stat_clear_snapshot()')
          return (await ask(`select 1 from pg_stat_activity where query like '%from users%no key update'`)).length
        },
        { timeout: 60_000 },
      )
      const waiting = Promise.allSettled([write('waits')])
      store.abandon()
      expect(await waiting).toMatchObject([{ status: 'rejected', reason: { code: 'unavailable' } }])
      await store.failed
      expect(await epoch()).not.toBe(store.epoch)
      await ask('commit')
      expect(await onItsWay).toMatchObject([{ status: 'rejected', reason: { code: 'unavailable' } }])
      expect(await keys()).toEqual(['one'])
    })
  })
}
