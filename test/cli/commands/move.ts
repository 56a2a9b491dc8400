/** `npx teahouse move`, between SQLite and a real PostgreSQL. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openLease, openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { uploaded } from '../../support/clients/uploads.ts'
import { viewer } from '../../support/clients/users.ts'
import { ownerNamed } from '../../support/clients/visitor.ts'
import { type Cleanup, startServer, temporaryFolder } from '../../support/server/server.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'
import { type Cli, run, type Settings } from '../cli.ts'

/** A data folder with people, an action that was undone, messages of every kind and a file. */
async function usedFolder(t: Cleanup) {
  const server = await startServer(t)
  const li = await ownerNamed(server, 'Li')
  const anna = await server.signIn("Anna O'Hara, 王")
  const chat = await anna.connect()
  await chat.open('tea')
  const first = await chat.say('tea', 'A quote " and a brace } and {a,b} and \\ and NULL and 🍵')
  await chat.ask({ type: 'react', room: 'tea', key: 'react', ref: first, data: '🍵', on: true }, 'sent')
  await chat.ask({ type: 'edit', room: 'tea', key: 'edit', ref: first, data: 'line\nline\ttab' }, 'sent')
  const file = await uploaded(server, { cookie: anna.cookie }, { room: 'tea', name: 'a,"b".txt', bytes: 'Some text.' })
  await chat.ask({ type: 'chat', room: 'tea', key: 'file', data: '', files: [file] }, 'sent')
  const admin = await li.connect()
  const muted = { type: 'mute', room: 'tea', user: anna.user.id, forMs: 60_000, key: 'mute' } as const
  await admin.ask(muted, 'done')
  await server.stop()
  return { dataDir: server.dataDir, anna, first }
}

function dumpOf(dataDir: string): Record<string, unknown[]> {
  const database = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
  const tables = database.prepare(`select name from pragma_table_list where type = 'table' and name not like 'sqlite%'`)
  const dump = Object.fromEntries(
    tables
      .all()
      .map(({ name }) => String(name))
      // The index of the search is made again.
      .filter((name) => !name.startsWith('search'))
      .map((name) => [name, database.prepare(`select * from ${name} order by 1, 2`).all().map(withoutPlace)]),
  )
  database.close()
  return dump
}

function withoutPlace({ place: _, ...row }: Record<string, unknown>) {
  return row
}

export function moveCommand(cli: Cli, postgres: () => PostgresServer): void {
  async function move(t: Cleanup, words: string[], settings: Settings = {}) {
    const ending = await run(['move', ...words], { DATA_DIR: temporaryFolder(t), ...settings })
    if (ending.code === 0) cli.done.push(['move'])
    return ending
  }

  async function emptyDatabase(): Promise<string> {
    const url = postgres().newDatabase()
    await postgres().create(url)
    return url
  }

  describe('command line › move', () => {
    it('copies a folder into a database and back, with the same rows, ids, sessions and files', async (t) => {
      const { dataDir, anna, first } = await usedFolder(t)
      const before = dumpOf(dataDir)
      expect(before.files).toHaveLength(1)
      expect(before.audit_log?.length).toBeGreaterThan(0)
      const url = await emptyDatabase()
      const DATA_DIR = temporaryFolder(t)
      const there = await move(t, [dataDir, url], { DATA_DIR })
      expect([there.code, there.stderr]).toEqual([0, ''])
      expect(there.stdout).toMatch(/^ *\d+ +entries$/m)
      expect(there.stdout).toMatch(/^ *1 +file contents$/m)
      expect(dumpOf(dataDir)).toEqual(before)

      const store = await openPostgresStore(url)
      const by = viewer(anna.user)
      const { messages } = await store.log.messages('tea', {}, 10)
      expect(messages[0]).toMatchObject({ id: first, data: 'line\nline\ttab' })
      // A new row does not take the id of one that was moved.
      const room = {
        viewer: by,
        kind: 'public',
        address: 'new',
        name: 'new',
        topic: '',
        users: [],
        key: 'new',
        at: 1,
      } as const
      await store.rooms.create(room)
      await store.close()

      const back = join(temporaryFolder(t), 'data')
      const url2 = await emptyDatabase()
      expect((await move(t, [dataDir, url2], { DATA_DIR })).code).toBe(0)
      expect(await move(t, [url2, back], { DATA_DIR })).toMatchObject({ code: 0, stderr: '' })
      expect(dumpOf(back)).toEqual(before)
      const [{ hash } = {}] = before.files as { hash: string }[]
      expect(readFileSync(join(back, 'files', String(hash).slice(0, 2), String(hash)), 'utf8')).toBe('Some text.')
      await openSqliteStore(back).close()
    })

    it('refuses a folder that a server uses, a database with data, and what is no pair', async (t) => {
      const server = await startServer(t)
      const url = await emptyDatabase()
      const inUse = await move(t, [server.dataDir, url])
      expect(inUse).toMatchObject({ code: 1, stderr: `${server.dataDir} is in use by another Teahouse.\n` })
      await server.stop()
      expect((await move(t, [server.dataDir, url])).code).toBe(0)
      const twice = await move(t, [server.dataDir, url])
      expect(twice.code).toBe(1)
      expect(twice.stderr).toMatch(/^There is data in \w+ already: [^\n]+\n$/)
      for (const words of [[server.dataDir], [server.dataDir, temporaryFolder(t)], [url, url], ['a', url, 'b']]) {
        const { code, stderr } = await move(t, words)
        expect([code, stderr]).toEqual([1, expect.stringMatching(/^Name [^\n]+\n$/)])
      }
    })

    it('leaves the database empty when a file is missing or damaged, and says which', async (t) => {
      const { dataDir } = await usedFolder(t)
      const [{ hash } = {}] = dumpOf(dataDir).files as { hash: string }[]
      const path = join(dataDir, 'files', String(hash).slice(0, 2), String(hash))
      writeFileSync(path, 'Other text')
      const url = await emptyDatabase()
      const DATA_DIR = temporaryFolder(t)
      const { code, stderr } = await move(t, [dataDir, url], { DATA_DIR })
      expect(code).toBe(1)
      expect(stderr).toMatch(new RegExp(`${hash} has other bytes than its name says`))
      expect(await postgres().query(url, 'select 1 from users')).toEqual([])
      writeFileSync(path, 'Some text.')
      expect((await move(t, [dataDir, url], { DATA_DIR })).code).toBe(0)
    })

    it('refuses a database that a server uses, as the source and as the target, and the server goes on', async (t) => {
      const server = await cli.start(t)
      const { DATABASE_URL = '' } = cli.settingsOf(server)
      const chat = await (await server.signIn('Anna')).connect()
      await chat.open('lobby')
      const inUse = {
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^DATABASE_URL \(\S+\): a server uses it: stop all nodes before\.\n$/),
      }
      const { dataDir } = await usedFolder(t)
      const before = dumpOf(dataDir)
      expect(await move(t, [dataDir, DATABASE_URL])).toEqual(inUse)
      const target = join(temporaryFolder(t), 'data')
      expect(await move(t, [DATABASE_URL, target])).toEqual(inUse)
      expect(dumpOf(dataDir)).toEqual(before)
      expect(dumpOf(target).users).toEqual([])
      expect(await chat.say('lobby', 'still here')).toBe(1)
      await server.stop()
      expect((await move(t, [DATABASE_URL, target])).code).toBe(0)
      expect(dumpOf(target).entries).toMatchObject([{ data: 'still here' }])
    })

    it('refuses a database that nodes use of which none leads', async (t) => {
      const url = await emptyDatabase()
      await (await openPostgresStore(url)).close()
      let hasBegun = false
      const leader = await openLease(url, () => (hasBegun = true))
      t.onTestFinished(() => leader.close())
      await expect.poll(() => hasBegun).toBe(true)
      const other = await openLease(url, () => {})
      t.onTestFinished(() => other.close())
      await leader.close()
      const { code, stderr } = await move(t, [url, join(temporaryFolder(t), 'data')])
      expect([code, stderr]).toEqual([1, expect.stringContaining('a server uses it')])
    })

    it('refuses a folder that a server uses or that has data, as the target, and leaves it as it was', async (t) => {
      const { dataDir } = await usedFolder(t)
      const url = await emptyDatabase()
      expect((await move(t, [dataDir, url])).code).toBe(0)
      const server = await startServer(t)
      const chat = await (await server.signIn('Bo')).connect()
      await chat.open('lobby')
      await chat.say('lobby', 'mine')
      const inUse = await move(t, [url, server.dataDir])
      expect(inUse).toEqual({ code: 1, stdout: '', stderr: `${server.dataDir} is in use by another Teahouse.\n` })
      await server.stop()
      const before = dumpOf(server.dataDir)
      expect(before.users).toMatchObject([{ name: 'Bo' }])
      const { code, stderr } = await move(t, [url, server.dataDir])
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^There is data in \w+ already: [^\n]+\n$/)])
      expect(dumpOf(server.dataDir)).toEqual(before)
    })

    it('prints how many rows it has copied, each 100,000', async (t) => {
      const { dataDir } = await usedFolder(t)
      const database = new DatabaseSync(join(dataDir, 'teahouse.db'))
      database.exec(`
      with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 101000)
      insert into known_devices select (select min(id) from users), cast(printf('%032d', n) as blob), n from numbers`)
      database.close()
      const { code, stdout, stderr } = await move(t, [dataDir, await emptyDatabase()])
      expect([code, stderr]).toEqual([0, 'known_devices: 100000 so far\n'])
      expect(stdout).toMatch(/^ *10\d{4} +known_devices$/m)
    })
  })
}
