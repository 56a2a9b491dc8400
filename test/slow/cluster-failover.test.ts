/** A database takes over that has lost what was acknowledged. */
import { Client } from 'pg'
import { expect, it } from 'vitest'
import { start } from '../../src/server/compose.ts'
import { readConfig } from '../../src/server/config.ts'
import { cluster, cookieAt, waitUntil } from '../cluster/nodes.ts'
import { type ChatClient, connect } from '../support/client.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { type Cleanup, type Person, type TestServer, temporaryFolder } from '../support/server.ts'

const services = cluster()

/** A node whose end is awaited. */
async function startNode(t: Cleanup, url: string) {
  const config = readConfig({
    PORT: '0',
    DATA_DIR: temporaryFolder(t),
    DATABASE_URL: url,
    REDIS_URL: services.redis.url,
    RATE_LIMITS: 'off',
  })
  const teahouse = await start(config, recordedLog().log)
  let isClosed = false
  const stop = async () => {
    if (!isClosed) await teahouse.close()
    isClosed = true
  }
  t.onTestFinished(stop)
  return { ...teahouse, stop }
}

type Node = Awaited<ReturnType<typeof startNode>>

function connectTo(person: Person, { url, port }: Node): Promise<ChatClient> {
  const cookie = cookieAt(person, { port } as TestServer)
  return connect(`${url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie })
}

it('the epoch changes, the nodes begin anew, and nobody sees an id with two meanings', async (t) => {
  const [made] = await services.start(t)
  const [anna, bo] = [await made.signIn('Anna'), await made.signIn('Bo')]
  const url = services.urlOf(made)
  // They are members in what is kept, too.
  for (const person of [anna, bo]) await (await person.connect()).open('lobby')
  await made.stop()
  await services.postgres.keepData()
  const nodes = [await startNode(t, url), await startNode(t, url)] as const
  const here = await connectTo(anna, nodes[0])
  const there = await connectTo(bo, nodes[1])
  const { epoch } = await here.open('lobby')
  await there.open('lobby')
  for (let i = 0; i < 20; i++) await here.say('lobby', `lost ${i}`, `lost ${i}`)
  await waitUntil(() => there.received.some(({ data }) => data === 'lost 19'))

  await services.postgres.restoreData()
  // Both write as soon as they can, the one whose own entries were not lost too.
  let isOver = false
  const writing = [here, there].map(async (client, who) => {
    for (let i = 0; !isOver; i++) {
      client.send({ type: 'chat', room: 'lobby', key: `late ${who} ${i}`, data: `late ${who} ${i}` })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
  for (const node of nodes) expect((await node.failed).message).toContain('lost what this node knows of')
  isOver = true
  await Promise.all(writing)
  await Promise.all(nodes.map((node) => node.stop()))

  const again = await startNode(t, url)
  const back = await connectTo(anna, again)
  const opened = await back.open('lobby', { after: 20, epoch })
  expect(opened.epoch).not.toBe(epoch)
  expect(opened.reset).toBe(true)
  await back.say('lobby', 'of the new log')
  await waitUntil(() => back.received.some(({ data }) => data === 'of the new log'))
  const meanings = new Map<string, Set<unknown>>()
  for (const { received } of [here, there])
    for (const frame of received) {
      if (frame.type === 'chat') add(`${epoch} ${frame.id}`, frame.data)
      if (frame.type === 'sent') add(`${epoch} ${frame.id}`, String(frame.key))
    }
  function add(id: string, meaning: unknown) {
    meanings.set(id, (meanings.get(id) ?? new Set()).add(meaning))
  }
  expect(meanings.size).toBeGreaterThanOrEqual(20)
  for (const [id, texts] of meanings) expect([id, texts.size]).toEqual([id, 1])
  const client = new Client({ connectionString: url })
  await client.connect()
  t.onTestFinished(() => client.end())
  const { rows } = await client.query(`select value from meta where key = 'epoch'`)
  expect(rows[0].value).toBe(opened.epoch)
})
