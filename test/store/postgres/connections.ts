/** How many connections a node has, and how few round trips its statements take. */
import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { openLease, openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import { userNamed } from '../../support/clients/users.ts'
import type { Cleanup } from '../../support/server/server.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'
import { ServiceProxy } from '../../support/services/service-proxy.ts'

/** With time enough for a busy machine. */
const patienceMs = 100_000
const waitUntil = (isSo: () => unknown) => vi.waitUntil(isSo, { timeout: patienceMs })
const patient = {
  connectMs: patienceMs,
  lockMs: patienceMs,
  statementMs: patienceMs,
  silenceMs: patienceMs,
  lookupMs: patienceMs,
  serverLogMs: patienceMs,
}

export function connectionsOfPostgres(server: () => PostgresServer): void {
  async function newDatabase(t: Cleanup) {
    const url = server().newDatabase()
    await server().create(url)
    const admin = new Client({ connectionString: url })
    await admin.connect()
    t.onTestFinished(() => admin.end())
    return { url, admin }
  }

  describe('PostgreSQL, connections of a node', () => {
    it('are no more than the manual says, however much is asked at once', async (t) => {
      const manual = readFileSync(new URL('../../../docs/scale.md', import.meta.url), 'utf8')
      const most = Number(/Each node has at most (\d+) connections/.exec(manual)?.[1])
      const { url, admin } = await newDatabase(t)
      const store = await openPostgresStore(url, { patience: patient })
      t.onTestFinished(() => store.close())
      const lease = await openLease(url, () => {})
      t.onTestFinished(() => lease.close())
      const anna = await userNamed(store, 'Anna')
      await store.rooms.open('lobby', 1)
      let max = 0
      const count = async () => {
        // A transaction sees what it saw first.
        await admin.query('select pg_stat_clear_snapshot()')
        const { rows } = await admin.query(
          `select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        )
        max = Math.max(max, rows[0].n)
        return rows[0].n
      }
      // What is asked waits for these tables, and keeps its connection.
      await admin.query('begin; lock table rooms, users, entries in access exclusive mode')
      const many = (ask: (i: number) => Promise<unknown>) => Array.from({ length: 100 }, (_, i) => ask(i))
      const asking = Promise.allSettled([
        ...many((i) => store.log.append({ type: 'chat', room: 'lobby', user: anna, key: `${i}`, data: 'x', at: 1 })),
        ...many((i) => userNamed(store, `Guest ${i}`)),
        ...many(() => store.log.messages('lobby', {}, 10)),
        ...many(() => store.rooms.membership(anna.id, 'lobby')),
        ...many(() => store.serverLog.head()),
        ...many((i) => store.files.exclusively(`hash ${i}`, async () => {})),
      ])
      await waitUntil(async () => (await count()) >= most)
      await admin.query('commit')
      expect((await asking).filter(({ status }) => status === 'rejected')).toEqual([])
      // Those of a pool stay open for 10 seconds, so that these are all that were opened.
      await count()
      expect(max).toBe(most)
    })
  })

  describe('PostgreSQL, statements of a batch', () => {
    it('go out before the first of them is answered', async (t) => {
      const { url } = await newDatabase(t)
      const sent: string[] = []
      const connected = () => statementReader((name) => void sent.push(name))
      const proxy = await ServiceProxy.start(t, { path: server().socket }, { connected })
      const store = await openPostgresStore(`postgres://postgres@127.0.0.1:${proxy.port}${new URL(url).pathname}`)
      t.onTestFinished(() => store.close())
      const [anna, bo] = [await userNamed(store, 'Anna'), await userNamed(store, 'Bo')]
      for (const room of ['tea', 'milk']) await store.rooms.open(room, 1)
      const write = (room: string, user: typeof anna, key: string) =>
        store.log.append({ type: 'chat', room, user, key, data: key, at: 1 })
      await write('tea', anna, 'first')
      sent.length = 0
      proxy.keepAnswers()
      const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`)
      const writing = Promise.all(keys.map((key, i) => write(i % 2 ? 'tea' : 'milk', i % 3 ? anna : bo, key)))
      // The transaction, its locks and what is read for all messages: nothing is answered meanwhile.
      await waitUntil(() => sent.length >= 5)
      expect(sent[0]).toBe('begin')
      proxy.letGo()
      const ids = (await writing).map(({ entry }) => entry.id)
      expect(Math.max(...ids)).toBe(26)
      // As many for fifty messages as for one, in one transaction.
      expect(sent.filter((text) => text === 'commit')).toHaveLength(1)
      expect(sent.length).toBeLessThan(keys.length / 2)
    })
  })
}

/** Reads what a client sends on one connection: a message without a type, and then messages with one. @param found is told the statement's name, or its text where it has none */
function statementReader(found: (statement: string) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0)
  let typeBytes = 0
  let bound = ''
  return (data) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= typeBytes + 4 && rest.length >= typeBytes + rest.readInt32BE(typeBytes)) {
      const end = typeBytes + rest.readInt32BE(typeBytes)
      const [message, type] = [rest.toString('utf8', typeBytes + 4, end), typeBytes ? rest.toString('utf8', 0, 1) : '']
      const [first = '', second = ''] = message.split('\0')
      // A simple query; the portal and the statement that are bound; the end of what belongs together.
      if (type === 'Q') found(first)
      if (type === 'B') bound = second
      if (type === 'S') found(bound)
      rest = rest.subarray(end)
      typeBytes = 1
    }
  }
}
