/** Two servers in this process that share one PostgreSQL and one Redis. */
import { afterAll, beforeAll, vi } from 'vitest'
import type { ChatClient } from '../support/clients/client.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../support/server/server.ts'
import { PostgresServer } from '../support/services/postgres.ts'
import { RedisServer } from '../support/services/redis.ts'

/** With time enough for a busy machine. */
export const waitUntil = (isSo: () => unknown) => vi.waitUntil(isSo, { timeout: 60_000, interval: 50 })

export interface Cluster {
  readonly postgres: PostgresServer
  readonly redis: RedisServer
  /** Two nodes of a new database. */
  start(t: Cleanup, settings?: Record<string, string>): Promise<[TestServer, TestServer]>
  startMany(t: Cleanup, count: number, settings?: Record<string, string>): Promise<TestServer[]>
  /** The database of a node. */
  urlOf(node: TestServer): string
}

/** The services of the tests of one file. */
export function cluster(): Cluster {
  let postgres: PostgresServer
  let redis: RedisServer
  const urls = new Map<TestServer, string>()
  beforeAll(async () => {
    ;[postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()])
  }, 120_000)
  afterAll(async () => {
    await Promise.all([postgres?.stop(), redis?.kill()])
  })
  async function startMany(t: Cleanup, count: number, settings: Record<string, string> = {}) {
    const url = postgres.newDatabase()
    await postgres.create(url)
    const shared = { DATABASE_URL: url, REDIS_URL: redis.url, ...settings }
    const nodes = await Promise.all(Array.from({ length: count }, () => startServer(t, shared)))
    for (const node of nodes) urls.set(node, url)
    return nodes
  }
  return {
    get postgres() {
      return postgres
    },
    get redis() {
      return redis
    },
    start: async (t, settings) => (await startMany(t, 2, settings)) as [TestServer, TestServer],
    startMany,
    urlOf: (node) => urls.get(node) ?? '',
  }
}

/** The person's session at another node: the names of cookies have the port. */
export function cookieAt({ cookie }: Person, { port }: TestServer): string {
  return cookie.replace(/^session-\d+/, `session-${port}`)
}

export function connectAt(person: Person, server: TestServer): Promise<ChatClient> {
  return server.connect('/ws/chat', { protocol: 'chat.v1', cookie: cookieAt(person, server) })
}

export async function healthOf({
  url,
}: Pick<TestServer, 'url'>): Promise<{ status: number; body: { status: string; reason?: string } }> {
  const response = await fetch(`${url}/healthz`)
  return { status: response.status, body: (await response.json()) as { status: string } }
}

/** The messages that the client was given, in the order in which they came. */
export function heardBy({ received }: ChatClient): unknown[] {
  return received.filter(({ type }) => type === 'chat').map(({ data }) => data)
}
