/** Work that one of three nodes does for all: another one goes on with it when that node is killed in the middle. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { indexAgain } from '../../../src/server/move/index-again.ts'
import { leaseLock } from '../../../src/server/store/postgres/lease.ts'
import { openPostgresStore } from '../../../src/server/store/postgres/open.ts'
import { cluster } from '../../cluster/nodes.ts'
import { uploaded } from '../../support/clients/uploads.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import { ownerNamed } from '../../support/clients/visitor.ts'
import { run } from '../../support/server/program.ts'
import { startServer, temporaryFolder } from '../../support/server/server.ts'
import { startReceiver, status } from '../../support/services/webhook-receiver.ts'

const services = cluster()
/** More than a node indexes while this test runs. */
const olderMessages = 50_000
/** As the store has it. */
const maxInPiece = 100
const beforeKill = ['one', 'two', 'three', 'four', 'five', 'six']
/** Its delivery is under way when the node is killed. */
const held = 'three'
const afterKill = ['seven', 'eight']

function query(database: string, sql: string) {
  return services.postgres.query<Record<string, unknown>>(database, sql)
}

/** A database with messages that are not indexed. */
async function newDatabase(): Promise<string> {
  const database = services.postgres.newDatabase()
  await services.postgres.create(database)
  const store = await openPostgresStore(database)
  const { id } = await userNamed(store, 'Old Li')
  await store.rooms.open('old', 1)
  await store.close()
  await query(
    database,
    `with room as (update rooms set last = ${olderMessages}, last_at = 1 where address = 'old' returning id)
      insert into entries (room_id, id, type, user_id, key, at, data)
      select room.id, n, 'chat', ${id}, 'older ' || n, 1, 'older tea ' || n from room, generate_series(1, ${olderMessages}) as n`,
  )
  await indexAgain({ run: async (sql) => void (await query(database, sql)) })
  return database
}

/** As a node that was killed leaves it: the action is stored, and nothing of it is carried out. */
async function beginPurge(database: string, by: string, of: string): Promise<void> {
  const store = await openPostgresStore(database, { isBeside: true })
  const users = await store.accounts.list('', 99)
  const named = (name: string) => users.find(({ user }) => user.name === name)?.user ?? { id: 0, name, image: 0 }
  const action = { type: 'purge', user: named(of).id } as const
  await store.moderation.moderate({ ...action, viewer: viewer(named(by)), key: 'purge', at: Date.now() })
  await store.close()
}

it('work of three nodes › goes on at another node when the node that does it is killed: webhooks, the removal of what has expired, the index of older messages, and moderation', async (t) => {
  const receiver = await startReceiver(t)
  const database = await newDatabase()
  const FILES_DIR = temporaryFolder(t)
  const own = { RATE_LIMITS: 'off', WEBHOOK_HOSTS: receiver.host, MIN_FREE_BYTES: '0', FILES_DIR }
  const shared = { DATABASE_URL: database, REDIS_URL: services.redis.url, ...own }
  const count = async (sql: string) => Number((await query(database, `select count(*) from ${sql}`))[0]?.count)
  const left = async () => Number((await query(database, 'select next from search_state'))[0]?.next)

  const leader = run(t, { ...shared, PORT: '0', DATA_DIR: temporaryFolder(t), LOG_LEVEL: 'fatal' })
  await leader.url()
  await expect.poll(() => count(`pg_locks where locktype = 'advisory' and objid = ${leaseLock}`)).toBe(1)
  const [b, c] = [await startServer(t, shared), await startServer(t, shared)]
  // The link of the node that started last is the one that holds.
  const li = await ownerNamed(c, 'Li')
  const hook = { name: 'Relay', url: receiver.url, kind: 'messages', room: 'lobby' }
  expect((await li.post('/admin/webhooks', hook)).status).toBe(200)
  const [anna, bo] = [await b.signIn('Anna'), await c.signIn('Bo')]
  const chats = [await anna.connect(), await bo.connect()]
  for (const chat of chats) await chat.open('lobby')

  // What will have expired: a message that was removed long ago, and a file that was never sent.
  const moderator = await li.connect()
  for (const chat of [moderator, chats[0]]) await chat?.open('tea')
  const ref = (await chats[0]?.say('tea', 'nobody wants this')) ?? 0
  await moderator.ask({ type: 'delete', room: 'tea', key: 'delete', ref }, 'sent')
  await uploaded(b, { cookie: anna.cookie }, { name: 'leaves.txt', bytes: 'green tea' })
  const hash = createHash('sha256').update('green tea').digest('hex')
  const hasBytes = () => existsSync(join(FILES_DIR, hash.slice(0, 2), hash))
  await query(database, 'update removed_messages set at = 1')
  const expired = 'removed_messages where at = 1'
  await query(database, 'update files set created_at = 1')

  // What will be left unfinished.
  const mei = await (await b.signIn('Mei')).connect()
  await mei.open('tea')
  for (const data of ['buy', 'this']) await mei.say('tea', data)
  const hers = `entries where data in ('buy', 'this')`

  receiver.respond = (response, { body }) => {
    if (body.data.message.data !== held) response.writeHead(204).end()
  }
  for (const [i, data] of beforeKill.entries()) await chats[i % 2]?.say('lobby', data)
  const texts = () => receiver.received.map(({ body }) => body.data.message.data as string)
  while (texts().at(-1) !== held) await receiver.next()
  await expect.poll(left).toBeLessThan(olderMessages)
  expect(await count(hers)).toBe(2)
  // The leader would finish it, if it looked just now.
  leader.kill('SIGSTOP')
  await beginPurge(database, 'Li', 'Mei')
  // Premise: there is still much to be done.
  expect([await count(expired), await count('files'), hasBytes()]).toEqual([1, 1, true])
  expect(await count('unfinished_actions')).toBe(1)
  expect(texts().at(-1)).toBe(held)
  // For requests that come from now on: the held one has no answer.
  receiver.respond = status(204)
  leader.kill('SIGKILL')
  await leader.ended
  const leftAtKill = await left()
  expect(leftAtKill).toBeGreaterThan(2 * maxInPiece)

  for (const [i, data] of afterKill.entries()) await chats[i % 2]?.say('lobby', data)
  while (texts().at(-1) !== afterKill.at(-1)) await receiver.next()
  const taken = texts()
  const all = [...beforeKill, ...afterKill]
  expect(taken.filter((text, i) => text !== taken[i - 1])).toEqual(all)
  expect(taken.filter((text) => text === held).length).toBeGreaterThan(1)
  const ids = all.map((text) => {
    const sent = receiver.received.filter(({ body }) => body.data.message.data === text)
    return new Set(sent.map(({ headers }) => headers['webhook-id']))
  })
  for (const [i, { size }] of ids.entries()) expect(size, all[i]).toBe(1)
  expect(ids.reduce((some, one) => some.union(one)).size).toBe(all.length)

  await expect.poll(() => count(expired)).toBe(0)
  await expect.poll(() => count('files')).toBe(0)
  await expect.poll(hasBytes).toBe(false)
  await expect.poll(() => count(hers)).toBe(0)
  await expect.poll(() => count('unfinished_actions')).toBe(0)
  // The database may still have carried out the last piece of the node that was killed.
  await expect.poll(left).toBeLessThan(leftAtKill - maxInPiece)
})
