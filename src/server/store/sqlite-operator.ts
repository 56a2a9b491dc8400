/**
 * What the operator reads and does at his command line, beside a server that runs or without one. SQLite lets both write, one
 * after the other, and nothing that is written here is kept in the server's memory.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RoomKind, ServerRole, User } from '../../shared/protocol.ts'
import { addLink } from './sqlite-accounts.ts'
import { rows } from './sqlite-rows.ts'
import { configure, refuseOtherSchema } from './sqlite-schema.ts'

export interface ListedUser extends User {
  role: ServerRole
  /** Milliseconds since 1970; null when he is signed in nowhere. */
  seenAt: number | null
}

export interface ListedRoom {
  name: string
  kind: RoomKind
  archived: number
  /** How many belong to it. */
  people: number
  /** The id of its newest entry. */
  last: number
}

export interface OperatorStore {
  users(): ListedUser[]
  rooms(): ListedRoom[]
  /** Those of that name, or of one that looks so. */
  usersLike(name: string, skeleton: string): ListedUser[]
  /** Keeps a link that sets the user's password, and writes down that the operator made it. */
  makePasswordLink(link: { userId: number; tokenHash: Uint8Array; at: number; expiresAt: number }): void
  close(): void
}

/** @throws Error in one line when there is no data, or data of another version */
export function openBeside(dataDir: string): OperatorStore {
  const path = join(dataDir, 'teahouse.db')
  if (!existsSync(path)) throw new Error(`There is no teahouse in ${dataDir}: start it first, or set DATA_DIR.`)
  const database = new DatabaseSync(path)
  try {
    refuseOtherSchema(database)
    configure(database)
  } catch (error) {
    database.close()
    throw new Error(`${path} cannot be used: ${(error as Error).message}`)
  }
  const { run, one, all } = rows(database)
  const userColumns = `
    id, name, image, role, (select max(seen_at) from sessions where user_id = users.id) as "seenAt" from users`

  return {
    users: () => all<ListedUser>(`select ${userColumns} order by name collate nocase`),

    rooms: () =>
      all<ListedRoom>(`
        select name, kind, archived, last,
          (select count(*) from memberships where room_id = rooms.id and is_in = 1) as people
        from rooms order by id`),

    usersLike: (name, skeleton) =>
      all<ListedUser>(`select ${userColumns} where name = ? or skeleton = ? order by id`, name, skeleton),

    makePasswordLink({ userId, tokenHash, at, expiresAt }) {
      database.exec('begin immediate')
      addLink({ run, one }, { type: 'password', userId, tokenHash, uses: 1, at, expiresAt })
      run(
        `insert into acts (type, at, user_id, data) values ('link', ?, ?, ?)`,
        at,
        userId,
        JSON.stringify({ expiresAt }),
      )
      database.exec('commit')
    },

    close: () => database.close(),
  }
}
