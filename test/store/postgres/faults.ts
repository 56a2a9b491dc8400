/** What users and the operator hear when PostgreSQL, or the connection to it, fails. */
import type { Socket } from 'node:net'
import { Client } from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { writerLock } from '../../../src/server/store/postgres/batch.ts'
import { openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import { userNamed } from '../../support/clients/users.ts'
import type { Cleanup } from '../../support/server/server.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'

/** With time enough for a busy machine. */
const waitUntil = (isSo: () => unknown) => vi.waitUntil(isSo, { timeout: 60_000 })

export function faultsOfPostgres(server: () => PostgresServer): void {
  const unavailable = { code: 'unavailable' }

  async function open(t: Cleanup, patience = {}, guard?: () => void) {
    const url = server().newDatabase()
    await server().create(url)
    const watcher = { failing: vi.fn(), recovered: vi.fn() }
    const store = await openPostgresStore(url, { watcher, patience, ...(guard && { guard }) })
    t.onTestFinished(() => store.close())
    const admin = new Client({ connectionString: url })
    admin.on('error', () => {})
    await admin.connect()
    t.onTestFinished(() => admin.end())
    await store.rooms.open('lobby', 1)
    const anna = await userNamed(store, 'Anna')
    await store.rooms.join(anna.id, 'lobby')
    const write = (key: string) => store.log.append({ type: 'chat', room: 'lobby', user: anna, key, data: key, at: 1 })
    const stored = async () => (await store.log.entriesAfter('lobby', 0, 10)).map(({ id }) => id)
    return { url, store, watcher, admin, write, stored, ...operator(admin) }
  }

  function operator(admin: Client) {
    const others = 'pid <> pg_backend_pid() and datname = current_database()'
    return {
      lock: () => admin.query('select pg_advisory_lock($1)', [writerLock]),
      unlock: () => admin.query('select pg_advisory_unlock($1)', [writerLock]),
      /** Waits until a connection is there of which that is true, and ends it. */
      async end(condition: string) {
        await waitUntil(async () => {
          const { rows } = await admin.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where ${others} and ${condition}`,
          )
          return rows.length > 0
        })
      },
    }
  }

  describe('PostgreSQL store, when the database fails', () => {
    it('refuses with a message what its user has written after it, and nothing of others', async (t) => {
      // Nothing but the end of a connection refuses a write here.
      const patience = { lockMs: 300_000, statementMs: 300_000, silenceMs: 300_000 }
      const { store, admin, lock, unlock, end, write } = await open(t, patience)
      const bo = await userNamed(store, 'Bo')
      await store.rooms.join(bo.id, 'lobby')
      const waits = `wait_event_type = 'Lock' and datname = current_database()`
      await lock()
      const first = write('first')
      first.catch(() => {})
      await waitUntil(async () => (await admin.query(`select 1 from pg_stat_activity where ${waits}`)).rows.length)
      const behind = write('behind')
      const other = store.log.append({ type: 'chat', room: 'lobby', user: bo, key: 'other', data: 'other', at: 1 })
      const writing = Promise.allSettled([first, behind, other])
      await end(`wait_event_type = 'Lock'`)
      await unlock()
      expect(await writing).toMatchObject([
        { status: 'rejected', reason: unavailable },
        { status: 'rejected', reason: unavailable },
        { status: 'fulfilled' },
      ])
      await write('first')
      await write('behind')
      const texts = (await store.log.entriesAfter('lobby', 0, 10)).map((entry) => 'data' in entry && entry.data)
      expect(texts).toEqual(['other', 'first', 'behind'])
    })

    it('refuses a write whose connection is ended, stores nothing of it, and goes on', async (t) => {
      const { store, watcher, lock, unlock, end, write, stored } = await open(t)
      await lock()
      const writing = Promise.allSettled([write('ended'), write('with it')])
      await end(`wait_event_type = 'Lock'`)
      await unlock()
      // A new connection takes its place at once.
      const soon = { ...unavailable, retryAfterMs: 1_000 }
      for (const one of await writing) expect(one).toMatchObject({ status: 'rejected', reason: soon })
      expect(await stored()).toEqual([])
      await write('ended')
      expect(await stored()).toEqual([1])
      expect(await store.fault()).toBeUndefined()
      expect(watcher.failing).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/./))
      expect(watcher.recovered).toHaveBeenCalledOnce()
    })
    it('goes on after all of its connections were ended while nobody used them', async (t) => {
      const { end, write, stored } = await open(t)
      await stored()
      await end('true')
      await waitUntil(() =>
        write('again').then(
          () => true,
          () => false,
        ),
      )
      await waitUntil(() =>
        stored().then(
          (ids) => ids.length === 1,
          () => false,
        ),
      )
    })
    async function endDuringCommit({ admin, end, write }: Awaited<ReturnType<typeof open>>) {
      await admin.query(
        `create sequence times;
        create function slow() returns trigger language plpgsql as $$ begin
          if nextval('times') = 1 then perform pg_sleep(60); end if; return null; end $$`,
      )
      await admin.query(
        'create constraint trigger slow after insert on entries deferrable initially deferred for each row execute function slow()',
      )
      const writing = Promise.allSettled([write('k')])
      // A connection at rest shows its last query, which may be a commit too.
      await end(`state = 'active' and query = 'commit'`)
      return writing
    }

    it('stores a write once whose connection is ended during the commit', async (t) => {
      const opened = await open(t)
      const [ended] = await endDuringCommit(opened)
      // So that a failure names its reason.
      if (ended?.status === 'rejected') throw ended.reason
      expect(opened.watcher.failing).toHaveBeenCalledOnce()
      expect(ended).toMatchObject({ status: 'fulfilled', value: { isNew: true, entry: { id: 1 } } })
      expect(await opened.stored()).toEqual([1])
    })
    it('promises nothing of such a write while it cannot know', async (t) => {
      const [ended] = await endDuringCommit(await open(t, { unknownMs: 0 }))
      expect(ended).toMatchObject({ status: 'rejected', reason: expect.any(Error) })
      expect(ended).not.toMatchObject({ reason: unavailable })
    })
    it('finds out whether a write was stored when nothing comes back from its commit for longer than that is looked for', async (t) => {
      const patience = { silenceMs: 8_000, unknownMs: 7_900, lockMs: 300_000, statementMs: 300_000 }
      const { admin, watcher, write, stored } = await open(t, patience)
      await admin.query(
        `create function wait() returns trigger language plpgsql as $$ begin
          perform pg_advisory_xact_lock(1); return null; end $$`,
      )
      await admin.query(
        'create constraint trigger wait after insert on entries deferrable initially deferred for each row execute function wait()',
      )
      await admin.query('select pg_advisory_lock(1)')
      const writing = write('k')
      await waitUntil(() => watcher.failing.mock.calls.length)
      await admin.query('select pg_advisory_unlock(1)')
      expect(await writing).toMatchObject({ isNew: true, entry: { id: 1 } })
      expect(await stored()).toEqual([1])
    })
    it('answers that a transaction was stored whose answer was lost, and does not run it again', async (t) => {
      const { store, stored, write } = await open(t)
      await write('before')
      // The answer to the commit is lost once it is there.
      const { query } = Client.prototype
      const commit = vi.spyOn(Client.prototype, 'query') as unknown as {
        mockImplementation(of: Query): void
        mockRestore(): void
      }
      const lost = Promise.withResolvers<void>()
      commit.mockImplementation(async function (this: Client, ...of) {
        const answer = await (query as Query).call(this, ...of)
        if (of[0] !== 'commit' || !(await isWriter(this))) return answer
        commit.mockRestore()
        lost.resolve()
        await this.end()
        throw new Error('Connection terminated unexpectedly')
      })
      const appended = await write('lost')
      await lost.promise
      expect(appended).toMatchObject({ isNew: true, entry: { id: 2 } })
      expect(await stored()).toEqual([1, 2])
      expect(await store.fault()).toBeUndefined()

      type Query = (this: Client, ...of: unknown[]) => Promise<unknown>
      async function isWriter(client: Client) {
        const { rows } = (await (query as Query).call(client, 'select count(*)::int as n from lanes')) as {
          rows: { n: number }[]
        }
        return (rows[0]?.n ?? 0) > 0
      }
    })
    it('runs the first transaction of a lane once, whose connection broke while it was still committed', async (t) => {
      const { admin, url, stored } = await open(t)
      const store = await openPostgresStore(url)
      t.onTestFinished(() => store.close())
      const anna = await userNamed(store, 'Anna')
      await admin.query(
        `create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$`,
      )
      await admin.query(
        'create constraint trigger slow after insert on entries deferrable initially deferred for each row execute function slow()',
      )
      const { query } = Client.prototype as unknown as { query: (...of: unknown[]) => unknown }
      const cut = vi.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...of: unknown[]) {
        const answer = query.apply(this, of)
        if (of[0] !== 'commit') return answer
        cut.mockRestore()
        // The server has it, and goes on.
        const { stream } = (this as unknown as { connection: { stream: Socket } }).connection
        stream.write('', () => stream.destroy())
        return answer
      } as never)
      t.onTestFinished(() => cut.mockRestore())
      const lost = { type: 'chat', room: 'lobby', user: anna, key: 'first', data: 'first', at: 1 } as const
      expect(await store.log.append(lost)).toMatchObject({ isNew: true, entry: { id: 1 } })
      expect(await stored()).toEqual([1])
    })
    it('acknowledges nothing when the answer to the commit is that it was rolled back', async (t) => {
      const { store, watcher, write, stored } = await open(t)
      const { query } = Client.prototype as unknown as { query: (this: Client, ...of: unknown[]) => Promise<unknown> }
      const tags: unknown[] = []
      const failing = vi.spyOn(Client.prototype, 'query').mockImplementation(async function (
        this: Client,
        ...of: unknown[]
      ) {
        if (of[0] !== 'commit' || tags.length) return await query.apply(this, of)
        // The transaction fails by a statement whose error nobody sees, and so the server rolls it back.
        query.call(this, 'select 1 / 0').catch(() => {})
        const answer = (await query.apply(this, of)) as { command: string }
        tags.push(answer.command)
        return answer
      } as never)
      t.onTestFinished(() => failing.mockRestore())
      const [refused] = await Promise.allSettled([write('k')])
      expect(tags).toEqual(['ROLLBACK'])
      expect(refused).toMatchObject({ status: 'rejected', reason: unavailable })
      expect(watcher.failing).toHaveBeenCalledExactlyOnceWith('The transaction was rolled back.')
      expect(await stored()).toEqual([])
      await write('k')
      expect(await stored()).toEqual([1])
      expect(await store.fault()).toBeUndefined()
    })
    it('reads the server log, and what it tells to read again, though everything else that is looked up hangs', async (t) => {
      const { store, admin } = await open(t, { lookupMs: 3_000 })
      await admin.query('begin; lock table rooms in access exclusive mode')
      const looking = Promise.allSettled(Array.from({ length: 10 }, () => store.rooms.membership(1, 'lobby')))
      await waitUntil(async () => {
        const { rows } = await admin.query(`select count(*)::int as n from pg_locks where not granted`)
        return rows[0].n >= 4
      })
      expect(await store.serverLog.after(0, 10)).toEqual([])
      expect(await store.moderation.bannedRanges(0)).toEqual([])
      expect(await store.settings.get()).toBeDefined()
      await admin.query('commit')
      await looking
    })
    it('gives out nothing that was read when the node does not know any more who may have it', async (t) => {
      const guard = vi.fn()
      const { store, stored } = await open(t, {}, guard)
      expect(await stored()).toEqual([])
      guard.mockImplementation(() => {
        throw new Error('not current')
      })
      await expect(stored()).rejects.toThrow('not current')
      await expect(store.accounts.get(1)).rejects.toThrow('not current')
      expect(await store.serverLog.head()).toBe(0)
    })
    it.for([
      ['the row of a lane is behind', 'update lanes set number = number - 1 where number > 0'],
      ['it was not there yet', 'delete from lanes'],
      ['the log has another epoch', `update meta set value = 'other' where key = 'epoch'`],
    ])('abandons a database that has lost what was acknowledged: %s', async ([, lose], t) => {
      const { store, admin, end, write, stored } = await open(t)
      await write('acknowledged')
      await admin.query(lose ?? '')
      await end('true')
      await waitUntil(async () => {
        const [one] = await Promise.allSettled([write('after')])
        return one?.status === 'rejected' && (await store.fault())?.includes('lost')
      })
      expect((await store.failed).message).toContain('The database has lost what this node knows of')
      const { rows } = await admin.query(`select value from meta where key = 'epoch'`)
      expect(rows[0].value).not.toBe(store.epoch)
      await expect(write('again')).rejects.toMatchObject(unavailable)
      await expect(stored()).rejects.toMatchObject(unavailable)
      const { rows: entries } = await admin.query('select key from entries')
      expect(entries).toEqual([{ key: 'acknowledged' }])
    })
    it('stores nothing under an epoch that another node has ended, and on a connection that was open', async (t) => {
      const { store, admin, write } = await open(t)
      await admin.query(`update meta set value = 'other' where key = 'epoch'`)
      await expect(write('late')).rejects.toMatchObject(unavailable)
      await store.failed
      expect((await admin.query('select key from entries')).rows).toEqual([])
      // Nobody takes it for one that it has lost itself.
      expect((await admin.query(`select value from meta where key = 'epoch'`)).rows).toEqual([{ value: 'other' }])
    })
    it('does not wait for a lock without end, and says that it cannot store', async (t) => {
      const { store, lock, unlock, write, stored } = await open(t, { lockMs: 300 })
      await lock()
      const writes = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => write(`k${i}`)))
      expect(writes.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(Array(20).fill('unavailable'))
      expect(await store.fault()).toMatch(/lock timeout/)
      await unlock()
      expect(await store.fault()).toBeUndefined()
      expect(await stored()).toEqual([])
    })
    it('answers whether it can store while a write hangs', async (t) => {
      const { store, lock, unlock, write } = await open(t, { probeMs: 100 })
      await lock()
      const writing = write('k')
      expect(await store.fault()).toBe('the database does not answer')
      await unlock()
      await writing
    })
    it('says that it cannot store when the database can only be read', async (t) => {
      const { store, admin, end, write, stored } = await open(t)
      const { rows } = await admin.query('select current_database() as name')
      await admin.query(`alter database ${rows[0].name} set default_transaction_read_only = on`)
      await end('true')
      await waitUntil(async () => (await store.fault())?.includes('read-only'))
      await expect(write('k')).rejects.toMatchObject(unavailable)
      expect(await stored()).toEqual([])
    })
    it('calls no fault what is of one write alone', async (t) => {
      const { store, watcher, admin, write } = await open(t)
      await admin.query(`alter table entries add check (key <> 'bad')`)
      const [bad] = await Promise.allSettled([write('bad')])
      expect(bad).toMatchObject({ status: 'rejected', reason: { code: '23514' } })
      await write('good')
      expect(await store.fault()).toBeUndefined()
      expect(watcher.failing).not.toHaveBeenCalled()
    })
  })
}
