/** Each command of chat.v1 with the target that it names, built from the protocol's own schema. A new command must be added here. */
import { randomUUID } from 'node:crypto'
import { type Command, commands, parseCommand } from '../../../src/shared/protocol/commands.ts'
import type { Things } from '../server/unauthorized-users.ts'
import { fieldsOf } from './commands.ts'

type Type = Command['type']
type Kind = keyof Things
export type Sent = Record<string, unknown> & { type: string }

const whatIdsAre: Partial<Record<Type, Kind>> = { read: 'message', unread: 'message', revoke: 'invite' }

/** What a field names, in a command of that type. */
const named: Readonly<Record<string, (type: Type) => Kind | undefined>> = {
  room: () => 'room',
  rooms: () => 'room',
  ref: () => 'message',
  reply: () => 'message',
  around: () => 'message',
  user: () => 'user',
  users: () => 'user',
  action: () => 'action',
  id: (type) => whatIdsAre[type],
  files: () => 'file',
  data: (type) => (type === 'users' ? 'find' : undefined),
  find: () => 'find',
}

/** The value of a field that names nothing. `undefined` omits the field. */
const usual: Readonly<Record<string, (type: Type) => unknown>> = {
  type: (type) => type,
  key: () => randomUUID(),
  data: (type) => (type === 'react' || type === 'unreact' ? '🍵' : 'hello'),
  on: () => true,
  name: () => 'a name',
  topic: () => 'a topic',
  kind: () => 'private',
  readOnly: () => true,
  slowMs: () => 1_000,
  archived: () => true,
  forMs: () => 3_600_000,
  uses: () => 1,
  addresses: () => true,
  removeMs: () => 3_600_000,
  role: () => 'moderator',
  level: () => 'nothing',
  text: () => 'a status',
  emoji: () => '🍵',
  limit: () => 100,
  // Of a subscription: what is not the user's own is gone for them, like what never was.
  id: (type) => (type.startsWith('push-') ? 404 : undefined),
  quiet: () => null,
  timeZone: () => 'UTC',
  language: () => 'en',
  keywords: () => ['a word'],
  showsText: () => true,
  mail: () => null,
  // Is asked for with an address only.
  password: () => undefined,
  endpoint: () => 'https://fcm.googleapis.com/fcm/send/x',
  keys: () => ({ p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) }),
  replaces: () => undefined,
  epoch: () => undefined,
  query: () => 'hello',
  // Where a page begins, which names nothing.
  before: () => undefined,
  cursor: () => undefined,
  after: (type) => (type === 'next-mention' ? 0 : undefined),
  at: () => undefined,
}

/** Some commands name other targets when a field differs or is missing. */
const variants: Partial<Record<Type, Record<string, unknown>[]>> = {
  // A file of somebody else is refused whatever else is named.
  chat: [{ files: undefined }, { reply: undefined }],
  edit: [{ files: undefined }, {}],
  create: [{}, { kind: 'direct' }],
  ban: [{}, { room: undefined }],
  role: [{}, { room: undefined, role: 'admin' }],
}

export interface Reach {
  /** What the command names. */
  kind: Kind
  /** @param things with a target that belongs to another user or does not exist */
  command(things: Things): Sent
}

export const types = Object.keys(commands) as Type[]

/** Every target that a command of that type can name. @throws Error when it cannot be built */
export function reachesOf(type: Type): Reach[] {
  const unknown = fieldsOf(type).filter((name) => !(name in usual) && named[name]?.(type) === undefined)
  if (unknown.length) throw new Error(`nothing is known of ${unknown.map((name) => `"${name}"`).join()}`)
  return (variants[type] ?? [{}]).flatMap((variant) => {
    const names = fieldsOf(type).filter((name) => !(name in variant) || variant[name] !== undefined)
    const kinds = names.map((name) => named[name]?.(type)).filter((kind) => kind !== undefined)
    return [...new Set(kinds)].map((kind) => ({
      kind,
      command: (things: Things) => build(type, names, variant, things),
    }))
  })
}

function build(type: Type, names: string[], variant: Record<string, unknown>, things: Things): Sent {
  const fields = names.map((name) => [name, name in variant ? variant[name] : fieldOf(type, name, things)])
  const command = Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Sent
  // A frame that the server does not accept as a command would test nothing.
  parseCommand(command)
  return command
}

function fieldOf(type: Type, name: string, things: Things): unknown {
  const kind = named[name]?.(type)
  if (kind === undefined) return usual[name]?.(type)
  return ['users', 'rooms', 'files'].includes(name) ? [things[kind]] : things[kind]
}
