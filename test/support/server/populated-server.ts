/** The populated server, with a connection for each user. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashOf, newToken } from '../../../src/server/auth/tokens.ts'
import type { Log } from '../../../src/server/log.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { ServerFrame } from '../../../src/shared/protocol/frames.ts'
import type { ServerRole, User } from '../../../src/shared/protocol/types.ts'
import type { ChatClient, ConnectOptions } from '../clients/client.ts'
import { Visitor } from '../clients/visitor.ts'
import { uploaded } from '../files.ts'
import { den, populate, type Role, tea } from './populate.ts'
import { type Cleanup, startServer, type TestServer, temporaryFolder } from './server.ts'

const roles: readonly Role[] = ['owen', 'ada', 'anna', 'cai', 'bo', 'eve']

type Keyed = Extract<ClientFrame, { key: string }>
/** A command without its key. */
export type KeyedCommand = Keyed extends infer Command ? (Command extends Keyed ? Omit<Command, 'key'> : never) : never
export type Answer = Extract<ServerFrame, { type: 'done' | 'sent' | 'error' | 'invite' }> | RoomFrame
export type RoomFrame = Extract<ServerFrame, { type: 'room'; id?: never }>

/** A user and one of their connections. */
export class ConnectedUser {
  readonly user: User
  readonly role: ServerRole
  readonly visitor: Visitor
  readonly chat: ChatClient

  private constructor(visitor: Visitor, chat: ChatClient, user: User, role: ServerRole) {
    this.visitor = visitor
    this.chat = chat
    this.user = user
    this.role = role
  }

  /** Opens another connection of the same user. */
  static async of(visitor: Visitor, options: ConnectOptions = {}): Promise<ConnectedUser> {
    const chat = await visitor.connect(options)
    const { user, role } = await chat.next('welcome')
    return new ConnectedUser(visitor, chat, user, role)
  }

  get id(): number {
    return this.user.id
  }

  another(): Promise<ConnectedUser> {
    return ConnectedUser.of(this.visitor)
  }

  /** Sends a command under a key of its own. @returns what answers it */
  async does(command: KeyedCommand, key: string = randomUUID()): Promise<Answer> {
    this.chat.send({ ...command, key })
    return (await this.chat.nextWhere((frame) => frame.key === key, JSON.stringify(command))) as unknown as Answer
  }

  /** Like `does`, but fails when the command is refused. @returns the id of the action, if there is one */
  async did(command: KeyedCommand): Promise<number> {
    const answer = await this.does(command)
    if (answer.type === 'error') throw new Error(`${JSON.stringify(command)} was refused: ${answer.message}`)
    return ('action' in answer && answer.action) || 0
  }

  /** The received frames of that type, and of that room when it is given. */
  heard(type: string, room?: string) {
    return this.chat.received.filter((frame) => frame.type === type && (room === undefined || frame.room === room))
  }

  /** Waits until everything has arrived. @returns the texts received in that room */
  async textsHeard(room: string): Promise<unknown[]> {
    await this.chat.settle()
    return this.heard('chat', room).map(({ data }) => data)
  }
}

export interface PopulatedServer extends Record<Role, ConnectedUser> {
  server: TestServer
}

/** The populated server with all users connected. Anna, Cai and Bo have the rooms tea and den open. */
export async function startPopulatedServer(
  t: Cleanup,
  settings: Record<string, string> = {},
  log?: Log,
): Promise<PopulatedServer> {
  const folder = temporaryFolder(t)
  populated ??= populateFolder()
  const { cookies, files } = await populated
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
  const server = await startServer(t, { RATE_LIMITS: 'off', DATA_DIR: folder, ...settings }, log)
  const connect = async (role: Role) => [role, await ConnectedUser.of(visitorWith(server, cookies[role]))] as const
  const users = Object.fromEntries(await Promise.all(roles.map(connect))) as Record<Role, ConnectedUser>
  for (const role of ['anna', 'cai', 'bo'] as const) {
    for (const room of [tea, den]) await users[role].chat.open(room)
  }
  for (const { chat } of Object.values(users)) {
    await chat.settle()
    // What was heard until here is not what a test looks at.
    chat.received.length = 0
  }
  return { server, ...users }
}

/** The numbers of the files that Bo has uploaded to the tea and not sent: see `fileId`. */
export const bosFiles = [1, 2, 3]

interface PopulatedFolder {
  /** Everybody's. */
  cookies: Record<Role, string>
  /** The content of each file. */
  files: [name: string, bytes: Buffer][]
}

/** The same for all servers of this process. */
let populated: Promise<PopulatedFolder> | undefined

/** Populates the folder of a server that is not running yet. */
async function populateFolder(): Promise<PopulatedFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-populated-'))
  const store = openSqliteStore(folder)
  const people = await populate(store)
  for (const n of bosFiles) await uploaded(store, n, people.bo, tea, { alt: 'Tea' })
  const start = async (role: Role) => {
    const token = newToken(32)
    await store.sessions.start({
      tokenHash: hashOf(token),
      user: people[role],
      credential: { type: 'store' },
      at: Date.now(),
    })
    return [role, `identity=${token}`]
  }
  const cookies = Object.fromEntries(await Promise.all(roles.map(start)))
  await store.close()
  const files = readdirSync(folder).map((name): [string, Buffer] => [name, readFileSync(join(folder, name))])
  rmSync(folder, { recursive: true })
  return { cookies, files }
}

function visitorWith(server: TestServer, cookie: string): Visitor {
  const visitor = new Visitor(server)
  visitor.cookie = cookie
  return visitor
}
