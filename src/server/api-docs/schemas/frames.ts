/** The frames that the server sends, as schemas: the list of every field that goes over the wire. */
import * as v from 'valibot'
import { commands } from '../../../shared/protocol/commands.ts'
import type { ErrorCode } from '../../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import {
  auditRecord,
  boolean,
  botCommand,
  entries,
  entry,
  invite,
  limitsObject,
  list,
  listedFile,
  maybe,
  member,
  message,
  notificationFields,
  pushFaults,
  pushSubscriber,
  roomNames,
  serverRole,
  status,
  string,
  summary,
  summaryFields,
  user,
  whole,
  yes,
} from './objects.ts'

function frame<Type extends ServerFrame['type'], Fields extends v.ObjectEntries>(type: Type, fields: Fields) {
  return v.object({ type: v.literal(type), ...fields })
}

/** Messages of several rooms. */
const listed = { before: maybe(whole), data: list(message), rooms: list(roomNames), next: maybe(whole) }
const presence = { room: string, user, online: whole }

export const errorCodes = [
  'bad-frame',
  'unknown-type',
  'bad-field',
  'too-long',
  'too-large',
  'quota',
  'file-refused',
  'too-fast',
  'no-such-room',
  'not-in-room',
  'no-such-message',
  'no-such-user',
  'no-such-file',
  'name-taken',
  'forbidden',
  'not-accepted',
  'muted',
  'read-only',
  'unavailable',
  'internal',
] as const satisfies readonly ErrorCode[]

const commandTypes = Object.keys(commands) as (keyof typeof commands)[]

const frameSchemas = {
  welcome: frame('welcome', {
    user,
    role: serverRole,
    rooms: list(summary),
    blocked: maybe(list(whole)),
    limits: limitsObject,
    heartbeatMs: whole,
    build: string,
  }),
  opened: frame('opened', {
    room: string,
    epoch: string,
    last: whole,
    at: whole,
    reset: boolean,
    messages: maybe(list(message)),
    entries: maybe(list(entry)),
    more: boolean,
    list: list(user),
    online: whole,
    read: whole,
    pins: maybe(list(whole)),
    saved: maybe(list(whole)),
  }),
  closed: frame('closed', { room: string }),
  sent: frame('sent', { room: string, key: string, id: whole, action: maybe(whole) }),
  chat: entries.chat,
  edit: entries.edit,
  react: entries.react,
  pin: entries.pin,
  delete: entries.delete,
  // The entry, the user's view of the room, and the end of that view.
  room: v.union([
    entries.room,
    frame('room', { ...summaryFields, key: maybe(string) }),
    frame('room', { room: string, gone: yes }),
  ]),
  history: frame('history', {
    room: string,
    before: v.optional(whole),
    after: v.optional(whole),
    around: v.optional(whole),
    messages: list(message),
    more: boolean,
  }),
  pins: frame('pins', { room: string, data: list(message) }),
  files: frame('files', { room: string, before: maybe(whole), files: list(listedFile), more: boolean }),
  commands: frame('commands', { room: string, data: list(botCommand) }),
  mentions: frame('mentions', listed),
  save: frame('save', { room: string, ref: whole, on: boolean }),
  saved: frame('saved', listed),
  found: frame('found', {
    query: string,
    room: maybe(string),
    data: list(message),
    rooms: list(roomNames),
    excerpts: maybe(list(v.object({ file: string, text: string }))),
    more: boolean,
    cursor: maybe(whole),
    incomplete: maybe(yes),
  }),
  'next-mention': frame('next-mention', { room: string, after: whole, id: maybe(whole) }),
  notifications: frame('notifications', {
    key: maybe(string),
    ...notificationFields,
    hasMail: boolean,
    push: v.object({ key: string, available: boolean, reason: maybe(v.literal('no-origin')) }),
    subscriptions: list(pushSubscriber),
    tested: maybe(
      v.object({ id: whole, result: v.picklist(['sent', 'gone', ...pushFaults.options]), status: maybe(whole) }),
    ),
  }),
  list: frame('list', { room: string, data: list(user), online: whole }),
  join: frame('join', presence),
  left: frame('left', presence),
  online: frame('online', { room: string, online: whole }),
  typing: frame('typing', { room: string, user }),
  status: frame('status', { room: string, data: list(v.object({ user: whole, status: maybe(status) })) }),
  banned: frame('banned', { room: maybe(string), user, by: user, until: whole }),
  read: v.union([
    frame('read', { room: string, id: whole, last: whole, unread: whole, mentions: whole }),
    frame('read', { room: string, id: whole }),
  ]),
  role: frame('role', { role: serverRole }),
  members: frame('members', {
    room: string,
    find: maybe(string),
    user: maybe(whole),
    data: list(member),
    more: boolean,
  }),
  users: frame('users', { find: string, data: list(user) }),
  invite: frame('invite', { room: string, key: string, token: string, invite }),
  invites: frame('invites', { room: string, data: list(invite) }),
  blocks: frame('blocks', { data: list(user) }),
  audit: frame('audit', { data: list(auditRecord), more: boolean }),
  done: frame('done', { key: string, room: maybe(string), action: maybe(whole) }),
  error: frame('error', {
    code: v.picklist(errorCodes),
    message: string,
    command: maybe(v.picklist(commandTypes)),
    key: maybe(string),
    room: maybe(string),
    retryAfterMs: maybe(whole),
  }),
  bye: frame('bye', { retryAfterMs: whole }),
  pong: frame('pong', {}),
} satisfies { [Type in ServerFrame['type']]: v.GenericSchema<unknown, FrameOf<Type>> }

/** `limits` are literal numbers in the type, and whole numbers to everybody else. */
type FrameOf<Type> =
  Extract<ServerFrame, { type: Type }> extends infer Frame
    ? Frame extends { limits: infer Limits }
      ? Omit<Frame, 'limits'> & { limits: Record<keyof Limits, number> }
      : Frame
    : never

/** The types of the frames that the schemas would refuse: none, which the type checker finds. */
type Refused = {
  [Type in ServerFrame['type']]: FrameOf<Type> extends v.InferInput<(typeof frameSchemas)[Type]> ? never : Type
}[ServerFrame['type']]

export const frames: [Refused] extends [never] ? typeof frameSchemas : Refused = frameSchemas
