/** Several nodes with one database. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { DiskBytes } from '../../../src/server/files/bytes/disk-bytes.ts'
import { KeptFiles } from '../../../src/server/files/kept-files.ts'
import { openLease, openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'
import type { PostgresServer } from '../../support/services/postgres.ts'
import { ServiceProxy } from '../../support/services/service-proxy.ts'

export function nodesOnPostgres(server: () => PostgresServer): void {
  async function newDatabase() {
    const url = server().newDatabase()
    await server().create(url)
    return url
  }

  async function openNodes(t: Cleanup, count: number) {
    const url = await newDatabase()
    const stores = await Promise.all(Array.from({ length: count }, () => openPostgresStore(url)))
    for (const store of stores) t.onTestFinished(() => store.close())
    return { url, stores }
  }

  async function ask(url: string, sql: string) {
    const client = new Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query(sql)
    await client.end()
    return rows
  }

  describe('PostgreSQL, nodes that share a database', () => {
    it('make its tables once when they start together', async (t) => {
      const { url, stores } = await openNodes(t, 4)
      expect(new Set(stores.map(({ epoch }) => epoch)).size).toBe(1)
      expect(await ask(url, `select value from meta where key = 'schema'`)).toEqual([{ value: '1' }])
    })
    it('hold bytes one after the other, and know when they do not any more', async (t) => {
      const { url, stores } = await openNodes(t, 2)
      const [first, second] = stores
      if (!first || !second) return
      const told: string[] = []
      const { promise: isTaken, resolve: taken } = Promise.withResolvers<void>()
      const { promise: isOver, resolve: end } = Promise.withResolvers<void>()
      const before = first.files.exclusively('a hash', async () => {
        taken()
        await isOver
        told.push('first')
      })
      await isTaken
      const after = second.files.exclusively('a hash', async () => void told.push('second'))
      // Another one is free meanwhile, for both.
      for (const store of stores) await store.files.exclusively('another hash', async () => void told.push('other'))
      expect(told).toEqual(['other', 'other'])
      end()
      await Promise.all([before, after])
      expect(told).toEqual(['other', 'other', 'first', 'second'])
      await first.files.exclusively('a hash', async (isHeld) => {
        expect(await isHeld()).toBe(true)
        await ask(
          url,
          `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 8325003`,
        )
        await expect.poll(isHeld).toBe(false)
      })
      // On a new connection.
      expect(await first.files.exclusively('a hash', async (isHeld) => isHeld())).toBe(true)
    })
    it('do not take a lock of bytes for held whose server says nothing any more', async (t) => {
      const { url } = await openNodes(t, 1)
      const proxy = await ServiceProxy.start(t, { path: server().socket })
      const cutOff = await openPostgresStore(`postgres://postgres@127.0.0.1:${proxy.port}${new URL(url).pathname}`)
      t.onTestFinished(() => cutOff.close())
      await cutOff.files.exclusively('a hash', async (isHeld) => {
        expect(await isHeld()).toBe(true)
        proxy.silence()
        expect(await isHeld()).toBe(false)
        proxy.restore()
      })
    })
    it('do not remove bytes that another one is about to refer to', async (t) => {
      const { stores } = await openNodes(t, 2)
      const [first, second] = stores
      if (!first || !second) return
      const folder = temporaryFolder(t)
      const bytes = new DiskBytes(join(folder, 'files'))
      const [one, other] = stores.map((store) => new KeptFiles({ store, bytes }))
      const path = join(folder, 'picture')
      writeFileSync(path, 'green tea')
      const anna = await userNamed(first, 'Anna')
      let removing: Promise<boolean> | undefined
      const hash = await one?.keepFor(path, 'anna', async (kept) => {
        expect(await second.files.hashesInUse([kept.hash]), 'nothing refers to them yet').toEqual([])
        removing = other?.removeUnused([kept.hash])
        // It either removes them now, or waits.
        await Promise.race([removing, setTimeout(500)])
        await first.pictures.setOfUser(anna.id, kept)
        return kept.hash
      })
      await removing
      expect(await bytes.size(hash ?? '')).toBe(9)
      await first.pictures.setOfUser(anna.id, undefined)
      await other?.removeUnused([hash ?? ''])
      expect(await bytes.size(hash ?? '')).toBeUndefined()
    })
    it('give ids without gaps, doubles and deadlocks when they write to the same rooms with the same users', async (t) => {
      const { stores } = await openNodes(t, 2)
      const [store] = stores
      if (!store) return
      const rooms = Array.from({ length: 10 }, (_, i) => `room ${i}`)
      for (const room of rooms) await store.rooms.open(room, 1)
      const users = await Promise.all(Array.from({ length: 10 }, (_, i) => userNamed(store, `user ${i}`)))
      const writing = stores.flatMap((store, node) =>
        Array.from({ length: 400 }, (_, i) => {
          const room = rooms[(i * 7) % 10] ?? ''
          const user = users[(i * 3) % 10] as (typeof users)[number]
          return store.log.append({ type: 'chat', room, user, key: `${node} ${i}`, data: `${i}`, at: i + 1 })
        }),
      )
      const marks = stores.flatMap((store) =>
        users.flatMap((user) => rooms.map((room) => store.rooms.markRead(user, room, 1))),
      )
      const others = stores.flatMap((store) => [userNamed(store, 'Eve'), store.accounts.setImage(users[0]?.id ?? 0, 1)])
      await Promise.all([...writing, ...marks, ...others])
      for (const room of rooms) {
        const ids = (await store.log.entriesAfter(room, 0, 1_000)).map(({ id }) => id)
        expect(ids).toEqual(Array.from({ length: 80 }, (_, i) => i + 1))
      }
    })
    it('store an entry once that is sent to both of them at once', async (t) => {
      const { stores } = await openNodes(t, 2)
      const [store] = stores
      if (!store) return
      await store.rooms.open('lobby', 1)
      const anna = await userNamed(store, 'Anna')
      const sent = Array.from({ length: 20 }, (_, i) => `key ${i}`).map((key) =>
        Promise.all(
          stores.map((one) => one.log.append({ type: 'chat', room: 'lobby', user: anna, key, data: key, at: 1 })),
        ),
      )
      for (const [one, other] of await Promise.all(sent)) {
        expect(one?.entry.id).toBe(other?.entry.id)
        expect([one?.isNew, other?.isNew].sort()).toEqual([false, true])
      }
    })
    it('let nobody write any more whom another of them has kicked', async (t) => {
      const { stores } = await openNodes(t, 2)
      const [here, there] = stores
      if (!here || !there) return
      const anna = await userNamed(here, 'Anna')
      const bo = await userNamed(here, 'Bo')
      await here.rooms.open('tea', 1, anna)
      await here.rooms.join(bo.id, 'tea')
      const write = (key: string) => there.log.append({ type: 'chat', room: 'tea', user: bo, key, data: key, at: 1 })
      await write('before')
      await here.moderation.moderate({ type: 'kick', room: 'tea', user: bo.id, viewer: viewer(anna), key: 'k', at: 2 })
      await expect(write('after')).rejects.toMatchObject({ code: 'not-in-room' })
    })
  })

  describe('PostgreSQL, work for all nodes', () => {
    it('is done by one of them, and by another one once that has gone or has lost its connection', async (t) => {
      const { url } = await openNodes(t, 1)
      const held: string[] = []
      const open = async (name: string) => {
        const lease = await openLease(url, (isHeld) => held.push(`${name} ${isHeld}`))
        t.onTestFinished(() => lease.close())
        return lease
      }
      const first = await open('first')
      await expect.poll(() => held).toEqual(['first true'])
      await open('second')
      await ask(url, 'select pg_sleep(3)')
      expect(held).toEqual(['first true'])
      await first.close()
      await expect.poll(() => held).toEqual(['first true', 'first false', 'second true'])
      await ask(url, `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 8325002`)
      await expect.poll(() => held.slice(3)).toEqual(['second false', 'second true'])
    })
  })

  describe('PostgreSQL, at the start', () => {
    it('is refused when it was written by a newer version, or by another program', async () => {
      const newer = await newDatabase()
      await (await openPostgresStore(newer)).close()
      await ask(newer, `update meta set value = '1000' where key = 'schema'`)
      await expect(openPostgresStore(newer)).rejects.toThrow(
        /written by a newer version \(schema 1000, this program knows \d+\)/,
      )
      const foreign = await newDatabase()
      await ask(foreign, 'create table users (id int)')
      await expect(openPostgresStore(foreign)).rejects.toThrow('the database has tables of another program')
    })
    it('is not made by the command line, which says what to do', async (t) => {
      const url = await newDatabase()
      await expect(openPostgresStore(url, { isBeside: true })).rejects.toThrow(
        'there is no teahouse: start the server first',
      )
      await (await openPostgresStore(url)).close()
      const store = await openPostgresStore(url, { isBeside: true })
      t.onTestFinished(() => store.close())
    })
  })
}
