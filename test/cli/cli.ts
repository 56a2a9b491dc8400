/** `npx teahouse` beside servers of one kind of database. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { afterAll, beforeAll, expect } from 'vitest'
import { runCommand } from '../../src/server/cli/run.ts'
import { openPostgresStore } from '../../src/server/store/postgres/open.ts'
import { openBeside } from '../../src/server/store/sqlite/open-beside.ts'
import type { Store } from '../../src/server/store/store.ts'
import { patienceMs } from '../support/run/timeouts.ts'
import { type Cleanup, startServer, type TestServer, temporaryFolder } from '../support/server/server.ts'
import type { PostgresServer } from '../support/services/postgres.ts'
import type { RedisServer } from '../support/services/redis.ts'

export type Settings = Record<string, string>

export interface Ending {
  code: number
  stdout: string
  stderr: string
}

/** Runs it with these settings and no others, in this process: each start of the program takes a second. */
export async function run(words: string[], settings: Settings): Promise<Ending> {
  const code = process.exitCode
  process.exitCode = 0
  const printed = { stdout: '', stderr: '' }
  const output = {
    result(text: string) {
      printed.stdout += text
    },
    progress(text: string) {
      printed.stderr += text
    },
    patienceMs,
  }
  try {
    const result = await runCommand(words, settings, output)
    return { code: Number(process.exitCode), ...printed, stdout: printed.stdout + result }
  } catch (error) {
    return { code: 1, ...printed, stderr: `${printed.stderr}${(error as Error).message}\n` }
  } finally {
    process.exitCode = code
  }
}

/** Makes something once for all tests of a `describe`: a server takes a second of the processor on PostgreSQL. */
export function shared<Made>(make: (t: Cleanup) => Promise<Made>): () => Made {
  const ends: (() => Promise<void> | void)[] = []
  let made: Made
  beforeAll(async () => {
    made = await make({ onTestFinished: (end) => void ends.push(end) })
  })
  afterAll(async () => {
    for (const end of ends.toReversed()) await end()
  })
  return () => made
}

/** Where servers keep their data. */
interface Backend {
  name: string
  /** The settings of a new server. */
  prepare(t: Cleanup): Promise<Settings>
  /** One statement, beside the server. */
  query(settings: Settings, sql: string): Promise<Record<string, unknown>[]>
  openStore(settings: Settings): Promise<Store>
  /** The statement after which a version of the program that does not exist has written the data. */
  newerSchema: string
}

export class Cli {
  /** Commands that have done their work. */
  readonly done: string[][] = []
  readonly #backend: Backend
  readonly #settings = new Map<TestServer, Settings>()

  constructor(backend: Backend) {
    this.#backend = backend
  }

  get name(): string {
    return this.#backend.name
  }

  async start(t: Cleanup, settings: Settings = {}): Promise<TestServer> {
    const own = await this.#backend.prepare(t)
    const server = await startServer(t, { ...own, ...settings })
    this.#settings.set(server, { ...own, DATA_DIR: server.dataDir })
    return server
  }

  /** Those that say where the data of a server are. */
  settingsOf(server: TestServer): Settings {
    return this.#settings.get(server) ?? {}
  }

  async run(server: TestServer, words: string[], settings: Settings = { PORT: String(server.port) }): Promise<Ending> {
    const ending = await run(words, { ...this.settingsOf(server), ...settings })
    if (ending.code === 0) this.done.push(words)
    return ending
  }

  /** What it prints when all goes well. */
  async told(server: TestServer, ...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(server, words)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  /** The one line with which it says that it cannot. */
  async refusal(server: TestServer, words: string[], settings?: Settings): Promise<string> {
    const { code, stdout, stderr } = await this.run(server, words, settings)
    expect([code, stdout], stderr).toEqual([1, ''])
    expect(stderr).toMatch(/^[^\n]+\n$/)
    return stderr.trimEnd()
  }

  makeNewer(server: TestServer): Promise<unknown> {
    return this.query(server, this.#backend.newerSchema)
  }

  query(server: TestServer, sql: string): Promise<Record<string, unknown>[]> {
    return this.#backend.query(this.settingsOf(server), sql)
  }

  openStore(server: TestServer): Promise<Store> {
    return this.#backend.openStore(this.settingsOf(server))
  }
}

export function cliOnSqlite(): Cli {
  return new Cli({
    name: 'SQLite',
    prepare: async () => ({}),
    async query({ DATA_DIR = '' }, sql) {
      const database = new DatabaseSync(join(DATA_DIR, 'teahouse.db'))
      const rows = database.prepare(sql).all()
      database.close()
      return rows
    },
    openStore: async ({ DATA_DIR = '' }) => openBeside(DATA_DIR),
    newerSchema: 'pragma user_version = 99',
  })
}

/** @param services once they run */
export function cliOnPostgres(services: () => { postgres: PostgresServer; redis: RedisServer }): Cli {
  /** A database with the tables: a copy of it takes a fraction of the time. */
  let original: Promise<string> | undefined

  async function makeOriginal(): Promise<string> {
    const { postgres } = services()
    const url = postgres.newDatabase()
    await postgres.create(url)
    await (await openPostgresStore(url)).close()
    return url
  }

  async function query(DATABASE_URL: string, sql: string, values: unknown[] = []) {
    const client = new Client({ connectionString: DATABASE_URL })
    await client.connect()
    const { rows } = await client.query(sql, values).finally(() => client.end())
    return rows
  }

  return new Cli({
    name: 'PostgreSQL',
    async prepare(t) {
      const { postgres, redis } = services()
      original ??= makeOriginal()
      const url = postgres.newDatabase()
      await postgres.create(url, await original)
      // It names the channel of its nodes.
      await query(url, `update meta set value = $1 where key = 'epoch'`, [randomBytes(16).toString('hex')])
      return { DATABASE_URL: url, REDIS_URL: redis.url, DATA_DIR: temporaryFolder(t) }
    },
    query: ({ DATABASE_URL = '' }, sql) => query(DATABASE_URL, sql),
    openStore: ({ DATABASE_URL = '' }) => openPostgresStore(DATABASE_URL, { isBeside: true }),
    newerSchema: `update meta set value = '99' where key = 'schema'`,
  })
}
