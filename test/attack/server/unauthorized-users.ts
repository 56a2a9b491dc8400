/** A server with private data, and users who may not access them. */
import { randomBytes, randomUUID } from 'node:crypto'
import { hashOf, newToken } from '../../../src/server/auth/tokens.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import type { ModerationAction, Store } from '../../../src/server/store/store.ts'
import { forever } from '../../../src/shared/durations.ts'
import { lobby } from '../../../src/shared/protocol/limits.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { userNamed, viewer } from '../../support/clients/users.ts'
import { Visitor, visitorNamed } from '../../support/clients/visitor.ts'
import { fileId, uploaded } from '../../support/files.ts'
import { den, populate, tea } from '../../support/server/populate.ts'
import { type Cleanup, startServer, type TestServer, temporaryFolder } from '../../support/server/server.ts'

/** What a command or route can name. */
export interface Things {
  room: string
  message: number
  user: number
  action: number
  invite: number
  session: number
  file: string
  /** The beginning of a name. */
  find: string
}

export const talk = '~talk'
/** What does not exist for any user. */
export const nothing: Things = {
  room: '~nil',
  message: 987_654,
  user: 987_654,
  action: 987_654,
  invite: 987_654,
  session: 987_654,
  file: fileId(987_654),
  find: 'nobody-',
}
const messages = 40

export interface Outsider {
  who: string
  visitor: Visitor
  /** A room that they may view, and those that they may not. */
  own: string
  foreign: readonly string[]
  /** Whether they administer the server, and may moderate all users. */
  isAdmin?: boolean
}

export interface SecretServer {
  server: TestServer
  /** Anna moderates the den and has a conversation with Bo, who is in it. */
  anna: Visitor
  bo: Visitor
  outsiders: Outsider[]
  /** The private ones of each kind, except rooms. */
  things: { [Kind in Exclude<keyof Things, 'room'>]: Things[Kind][] }
  /** Texts that no outsider may read anywhere. */
  secrets: string[]
  /** The name of a user who has only been in the den. Administrators know it. */
  hiddenName: string
}

/** A unique word for each private text. */
const hush = () => `hush-${randomUUID().slice(0, 8)}`

export async function openSecretServer(t: Cleanup): Promise<SecretServer> {
  const folder = temporaryFolder(t)
  const store = openSqliteStore(folder)
  const { cookies, ...private_ } = await hide(store)
  await store.close()
  const server = await startServer(t, { RATE_LIMITS: 'off', DATA_DIR: folder })
  const as = (name: keyof typeof cookies) => {
    const visitor = new Visitor(server)
    visitor.cookie = cookies[name]
    return visitor
  }
  const elsewhere = { own: lobby, foreign: [den, talk] }
  const outsiders = [
    { who: 'an outsider', visitor: as('eve'), ...elsewhere },
    { who: 'a session that typed a member’s name', visitor: await visitorNamed(server, 'Bo'), ...elsewhere },
    { who: 'a removed user', visitor: as('kit'), ...elsewhere },
    { who: 'a user who left', visitor: as('lee'), ...elsewhere },
    { who: 'a user banned from the rooms', visitor: as('ban'), own: lobby, foreign: [den, talk, tea] },
    { who: 'an admin who is not in the rooms', visitor: as('ada'), ...elsewhere, isAdmin: true },
  ]
  return { server, anna: as('anna'), bo: as('bo'), outsiders, ...private_ }
}

/** The same server with GUESTS=off, where guests see only the rooms that they were invited to. */
export async function withoutGuests({ server, outsiders }: SecretServer): Promise<Outsider[]> {
  await server.restart({ GUESTS: 'off' })
  const [outsider, typed, removed] = outsiders
  if (!outsider || !typed || !removed) throw new Error('An outsider is missing.')
  const foreign = [den, talk, lobby]
  return [
    { who: 'a guest who was invited elsewhere', visitor: removed.visitor, own: tea, foreign },
    {
      who: 'a guest who was invited nowhere',
      visitor: outsider.visitor,
      own: nothing.room,
      foreign: [...foreign, tea],
    },
    {
      who: 'a session that typed the name of a guest',
      visitor: typed.visitor,
      own: nothing.room,
      foreign: [...foreign, tea],
    },
  ]
}

async function hide(store: Store) {
  const { anna, bo, ada, eve } = await populate(store)
  const hiddenName = `Zoe-${hush()}`
  const [zoe, kit, lee, ban] = (await Promise.all(
    [hiddenName, 'Kit', 'Lee', 'Ban'].map((name) => userNamed(store, name)),
  )) as [User, User, User, User]
  const secrets = Array.from({ length: messages }, hush)
  const [name, topic, said, renamed, fileName] = [hush(), hush(), hush(), hush(), hush()]
  const at = Date.now()
  const does = (by: User, content: ModerationAction) =>
    store.moderation.moderate({ ...content, viewer: viewer(by), key: randomUUID(), at })
  const writes = (user: User, room: string, data: string) =>
    store.log.append({ type: 'chat', room, user, key: randomUUID(), data, at })
  const invitation = () =>
    ({ type: 'invite', room: den, tokenHash: randomBytes(32), uses: 9, expiresAt: forever }) as const
  const forZoe = invitation()
  await Promise.all([kit, lee, ban].flatMap(({ id }) => store.rooms.join(id, lobby)))
  await store.rooms.create({
    viewer: viewer(anna),
    kind: 'direct',
    address: talk,
    key: randomUUID(),
    name: '',
    topic: '',
    users: [bo.id],
    at,
  })
  await does(anna, { type: 'add', room: tea, users: [kit.id, ban.id] })
  await does(anna, { type: 'add', room: den, users: [kit.id, lee.id, ban.id] })
  await does(anna, forZoe)
  await store.invitations.join({ tokenHash: forZoe.tokenHash, userId: zoe.id, at })
  await does(anna, { type: 'change', room: den, data: { name: renamed, topic } })
  await does(anna, { type: 'change', room: talk, data: { name } })
  for (const text of secrets) await writes(zoe, den, `@Eve @Ada @Kit @Lee @Ban ${text}`)
  await writes(bo, talk, said)
  await writes(bo, lobby, 'for all users')
  const files = await Promise.all([1, 2].map((n) => uploaded(store, n, zoe, den, { name: fileName })))
  await store.log.append({ type: 'chat', room: den, user: zoe, key: randomUUID(), data: '', files: [fileId(1)], at })
  await does(anna, { type: 'kick', room: den, user: kit.id })
  await does(lee, { type: 'leave', room: den })
  for (const room of [den, tea]) await does(anna, { type: 'ban', room, user: ban.id, until: forever, ranges: [] })
  const mute = await does(anna, { type: 'mute', room: den, user: zoe.id, until: forever })
  await does(anna, invitation())
  const invites = await store.invitations.list(den, at)
  const people = { anna, bo, ada, eve, kit, lee, ban }
  const sessions = await Promise.all(
    Object.entries(people).map(async ([name, user]) => {
      const token = newToken(32)
      const { session } = await store.sessions.start({
        tokenHash: hashOf(token),
        user,
        credential: { type: 'store' },
        at,
      })
      return [name, { cookie: `identity=${token}`, id: session.id }] as const
    }),
  )
  const cookies = Object.fromEntries(sessions.map(([name, { cookie }]) => [name, cookie])) as Record<
    keyof typeof people,
    string
  >
  const things = {
    // The lobby has fewer.
    message: Array.from({ length: messages - 10 }, (_, i) => i + 11),
    user: [zoe.id],
    action: [mute.action ?? 0],
    invite: invites.map(({ id }) => id),
    session: sessions.filter(([name]) => name === 'anna' || name === 'bo').map(([, { id }]) => id),
    file: files,
    find: [hiddenName.slice(0, 6)],
  }
  return { cookies, things, secrets: [...secrets, name, topic, said, renamed, fileName], hiddenName }
}
