import { Client } from 'pg'
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest'
import { PostgresServer } from '../../support/services/postgres.ts'
import { DatabaseProxy } from './database-proxy.ts'

const insert = { name: 'plain entries', text: 'insert into entries (id) select $1::int' }
const note = { name: 'note transaction', text: 'update lanes set number = $1::int' }

let server: PostgresServer
let url: string

beforeAll(async () => {
  server = await PostgresServer.start()
  url = server.newDatabase()
  await server.create(url)
  await server.query(url, 'create table entries (id int)')
  await server.query(url, 'create table lanes (number int)')
})

afterAll(async () => {
  await server?.stop()
})

/** A connection through a proxy that cuts each commit of messages. */
async function connected(t: Pick<TestContext, 'onTestFinished'>): Promise<{ proxy: DatabaseProxy; client: Client }> {
  const proxy = await DatabaseProxy.start(() => server.socket)
  t.onTestFinished(() => proxy[Symbol.asyncDispose]())
  const client = new Client({ connectionString: proxy.urlOf(url), pipeline: true } as { connectionString: string })
  client.on('error', () => {})
  await client.connect()
  return { proxy, client }
}

function cutAll(proxy: DatabaseProxy): void {
  Object.assign(proxy, { cutsLeft: Number.POSITIVE_INFINITY, cutRate: 1 })
}

async function transact(client: Client, statements: { name: string; text: string }[], end = 'commit'): Promise<string> {
  const answers = [client.query('begin'), ...statements.map((one) => client.query({ ...one, values: [1] }))]
  await Promise.all(answers)
  return (await client.query(end)).command
}

it('cuts the commit of a transaction that inserts entries, prepared in an earlier one too', async (t) => {
  const { proxy, client } = await connected(t)
  expect(await transact(client, [note, insert])).toBe('COMMIT')
  const before = await count()
  cutAll(proxy)
  await expect(transact(client, [note, insert])).rejects.toThrow()
  expect(proxy.cuts).toBe(1)
  await expect.poll(count).toBe(before + proxy.arrived)
})
it('leaves commits of transactions that read, that write something else, and that come after a rollback', async (t) => {
  const { proxy, client } = await connected(t)
  cutAll(proxy)
  expect(await transact(client, [])).toBe('COMMIT')
  expect(await transact(client, [note])).toBe('COMMIT')
  expect(await transact(client, [insert], 'rollback')).toBe('ROLLBACK')
  expect(await transact(client, [note])).toBe('COMMIT')
  expect(proxy.cuts).toBe(0)
  await client.end()
})

async function count(): Promise<number> {
  const [row] = await server.query<{ count: string }>(url, 'select count(*) from entries')
  return Number(row?.count)
}
