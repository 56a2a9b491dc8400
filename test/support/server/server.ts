/** A real server on a free port with a data folder of its own, and people who use it. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { start, type Teahouse } from '../../../src/server/compose.ts'
import { readConfig } from '../../../src/server/config.ts'
import type { Log } from '../../../src/server/log.ts'
import { configure, migrate } from '../../../src/server/store/sqlite/schema.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { type ChatClient, type ConnectOptions, connect } from '../clients/client.ts'
import { freePort } from '../run/free-ports.ts'

/** What a test hands in: vitest's context. */
export interface Cleanup {
  onTestFinished(cleanup: () => Promise<void> | void): void
}

export interface Person {
  user: User
  /** `session-<port>=…`, ready for a `Cookie` header. */
  cookie: string
  connect(options?: ConnectOptions): Promise<ChatClient>
  signOut(): Promise<void>
}

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly dataDir: string
  /** What makes its user the owner, until there is one. */
  readonly ownerLink: string | undefined
  signIn(name: string): Promise<Person>
  /** Without an identity. */
  connect(path: string, options?: ConnectOptions): Promise<ChatClient>
  stop(): Promise<void>
  /** Starts again, on the same port and with the same data. @param settings over those that it had */
  restart(settings?: Record<string, string>): Promise<void>
}

/** @param settings environment variables over the test's own */
export async function startServer(t: Cleanup, settings: Record<string, string> = {}, log?: Log): Promise<TestServer> {
  const dataDir = settings.DATA_DIR ?? newDataFolder(t)
  const environment = {
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'fatal',
    PRESENCE_GRACE_MS: '50',
    ...settings,
  }
  let teahouse: Teahouse | undefined = await start(readConfig(environment), log)
  const { port, url } = teahouse

  async function stop() {
    await teahouse?.close()
    teahouse = undefined
  }
  t.onTestFinished(stop)

  const server: TestServer = {
    url,
    port,
    dataDir,
    get ownerLink() {
      return teahouse?.ownerLink
    },
    stop,
    async restart(settings = {}) {
      await stop()
      teahouse = await start(readConfig({ ...environment, ...settings, PORT: String(port) }), log)
    },
    connect: (path, options) => connect(`${url.replace('http', 'ws')}${path}`, options),
    async signIn(name) {
      const response = await fetch(`${url}/signin`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ name }),
      })
      if (!response.ok) throw new Error(`${name} could not sign in: ${response.status} ${await response.text()}`)
      const cookie = identityOf(response)
      return {
        user: (await response.json()) as User,
        cookie,
        connect: (options) => server.connect('/ws/chat', { protocol: 'chat.v1', cookie, ...options }),
        async signOut() {
          await fetch(`${url}/signout`, { method: 'POST', headers: { cookie }, redirect: 'manual' })
        },
      }
    },
  }
  return server
}

let emptyDatabase: Buffer | undefined

/** Its migrations take 25 ms, and thousands of servers begin with one. */
function makeEmptyDatabase(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-'))
  const path = join(folder, 'teahouse.db')
  const database = new DatabaseSync(path)
  configure(database)
  migrate(database)
  database.close()
  const bytes = readFileSync(path)
  rmSync(folder, { recursive: true })
  return bytes
}

/** A folder with an empty database, which has an epoch of its own. */
function newDataFolder(t: Cleanup): string {
  const folder = temporaryFolder(t)
  const path = join(folder, 'teahouse.db')
  emptyDatabase ??= makeEmptyDatabase()
  writeFileSync(path, emptyDatabase)
  const database = new DatabaseSync(path)
  database.prepare("update meta set value = ? where key = 'epoch'").run(randomBytes(16).toString('hex'))
  database.close()
  return folder
}

/** Whether the line, of a `Cookie` or a `Set-Cookie`, begins with the cookie of a session. */
export function isSessionCookie(line: string): boolean {
  return /^(__Host-session|session-\d+)=/.test(line)
}

/** The identity cookie that a response sets, as a request sends it. */
export function identityOf(response: Response): string {
  const cookie = response.headers.getSetCookie().find(isSessionCookie)
  if (!cookie) throw new Error('The response sets no identity cookie.')
  return cookie.split(';', 1)[0] as string
}

export function temporaryFolder(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
