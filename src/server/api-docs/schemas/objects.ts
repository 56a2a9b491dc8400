/** The objects in frames, as schemas. Other fields are allowed: both sides ignore those that they do not know. */
import * as v from 'valibot'
import { type Accent, accents } from '../../../shared/appearance/accents.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import {
  type AuditRecord,
  type Entry,
  type FileInfo,
  type Invite,
  type ListedFile,
  type Message,
  moderationActionTypes,
  notificationLevels,
  type RoomMember,
  type RoomNames,
  type RoomSummary,
  roomRoles,
  type Status,
  serverRoles,
  type User,
} from '../../../shared/protocol/types.ts'

export const string = v.string()
export const boolean = v.boolean()
export const yes = v.literal(true)
/** An id, a count, a time or a duration: a whole number, 0 or more. */
export const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
export const { exactOptional: maybe, array: list } = v

export const serverRole = v.picklist(serverRoles)

export const user = v.object({
  id: whole,
  name: string,
  image: v.pipe(v.number(), v.integer()),
  picture: maybe(string),
  bot: maybe(yes),
})
export const status = v.object({ text: string, emoji: maybe(string), until: maybe(whole) })
const mentioned = v.object({ id: whole, name: string })

export const file = v.object({
  id: string,
  name: string,
  type: string,
  bytes: whole,
  width: maybe(whole),
  height: maybe(whole),
  color: maybe(string),
  alt: maybe(string),
})
export const listedFile = v.object({ ...file.entries, message: whole, user, at: whole })

const entryFields = { id: whole, room: string, user, at: whole }
const chatFields = {
  ...entryFields,
  type: v.literal('chat'),
  data: string,
  reply: maybe(whole),
  mentions: maybe(list(mentioned)),
  files: maybe(list(file)),
  deleted: maybe(yes),
}

/** What can be changed of a room. */
const roomSettings = v.object({
  name: v.optional(string),
  topic: v.optional(string),
  readOnly: v.optional(boolean),
  slowMs: v.optional(whole),
  archived: v.optional(boolean),
  picture: maybe(string),
})

/** The entries of a log by their types. */
export const entries = {
  chat: v.object(chatFields),
  edit: v.object({
    ...entryFields,
    type: v.literal('edit'),
    ref: whole,
    data: string,
    mentions: maybe(list(mentioned)),
    files: maybe(list(file)),
  }),
  delete: v.object({ ...entryFields, type: v.literal('delete'), ref: whole }),
  react: v.object({ ...entryFields, type: v.literal('react'), ref: whole, data: string, on: boolean }),
  pin: v.object({ ...entryFields, type: v.literal('pin'), ref: whole, on: boolean }),
  room: v.object({ ...entryFields, type: v.literal('room'), data: roomSettings }),
} satisfies { [Type in Entry['type']]: v.GenericSchema<unknown, Extract<Entry, { type: Type }>> }

export const entry = v.variant('type', [
  entries.chat,
  entries.edit,
  entries.delete,
  entries.react,
  entries.pin,
  entries.room,
])

export const message = v.object({
  ...chatFields,
  edited: maybe(whole),
  reactions: maybe(v.record(string, list(whole))),
})

const roomNameFields = { room: string, name: string, kind: maybe(v.picklist(['private', 'direct'])) }
/** Lists of messages tell no status. */
export const roomNames = v.object({ ...roomNameFields, people: maybe(list(user)) })

export const summaryFields = {
  ...roomNameFields,
  people: maybe(list(v.object({ ...user.entries, status: maybe(status) }))),
  topic: string,
  picture: maybe(string),
  role: maybe(v.literal('moderator')),
  isCreator: maybe(yes),
  left: maybe(yes),
  request: maybe(yes),
  readOnly: maybe(yes),
  slowMs: maybe(whole),
  archived: maybe(yes),
  mutedUntil: maybe(whole),
  notify: maybe(v.picklist(notificationLevels)),
  last: whole,
  read: whole,
  unread: whole,
  mentions: whole,
}
export const summary = v.object(summaryFields)

export const notificationFields = {
  level: v.picklist(notificationLevels),
  quiet: maybe(v.object({ from: string, to: string })),
  timeZone: string,
  language: v.picklist(['en', 'zh']),
  keywords: list(string),
  showsText: boolean,
  mail: maybe(
    v.object({
      address: string,
      verified: boolean,
      delayMinutes: whole,
      stopped: maybe(v.literal(true)),
      refused: maybe(v.literal(true)),
    }),
  ),
}

export const pushFaults = v.picklist(['refused', 'timeout', 'unreachable', 'forbidden-address', 'too-large'])

export const pushSubscriber = v.object({
  id: whole,
  browser: string,
  current: maybe(yes),
  created: whole,
  lastUsed: maybe(whole),
  lastError: maybe(v.object({ at: whole, reason: pushFaults, status: maybe(whole) })),
})

export const member = v.object({
  user,
  serverRole,
  role: v.picklist(roomRoles),
  mutedUntil: maybe(whole),
  bannedUntil: maybe(whole),
  status: maybe(status),
  seenAt: maybe(whole),
  serverBannedUntil: maybe(whole),
  left: maybe(yes),
})

export const botCommand = v.object({ name: string, description: string, user })

export const invite = v.object({ id: whole, by: user, at: whole, expiresAt: whole, usesLeft: whole })

const serverSettings = v.object({
  name: maybe(string),
  welcome: maybe(string),
  guests: maybe(boolean),
  guestRooms: maybe(boolean),
  language: maybe(v.picklist(['en', 'zh', ''])),
  accent: maybe(v.picklist(Object.keys(accents) as Accent[])),
  icon: maybe(string),
  maxFileBytes: maybe(whole),
  fileBytesPerDay: maybe(whole),
  maxStorageBytes: maybe(whole),
})
const range = v.object({ range: string, until: whole, action: whole })
/** What a user was in a room. */
const membership = v.object({
  isIn: maybe(whole),
  isInvited: maybe(whole),
  role: maybe(v.picklist(roomRoles)),
  bannedUntil: maybe(v.nullable(whole)),
})
const changed = v.union([roomSettings, serverSettings])

/** Which fields there are depends on the type of the action. */
const actionData = v.object({
  until: maybe(whole),
  before: maybe(v.union([v.null(), whole, string, list(range), membership, roomSettings, serverSettings])),
  after: maybe(changed),
  removedSince: maybe(whole),
  ranges: maybe(list(string)),
  lifted: maybe(list(range)),
  range: maybe(string),
  role: maybe(string),
  message: maybe(whole),
  reaction: maybe(string),
  on: maybe(boolean),
  name: maybe(string),
  action: maybe(whole),
  invite: maybe(whole),
  uses: maybe(whole),
  expiresAt: maybe(whole),
  users: maybe(list(whole)),
  canWrite: maybe(boolean),
  canViewPublic: maybe(boolean),
  revoked: maybe(boolean),
  hook: maybe(whole),
  kind: maybe(string),
  command: maybe(string),
  to: maybe(string),
})
export const auditRecord = v.object({
  id: whole,
  type: v.picklist([...moderationActionTypes, 'hidden']),
  at: whole,
  by: maybe(user),
  user: maybe(user),
  room: maybe(string),
  data: actionData,
  undoable: boolean,
  undoneBy: maybe(whole),
})

export const limitsObject = v.object(
  Object.fromEntries(Object.keys(limits).map((name) => [name, whole])) as Record<keyof typeof limits, typeof whole>,
)

/** By the names that the documents give them. The type checker compares them with the types of the protocol. */
export const objects = {
  User: user,
  Status: status,
  File: file,
  ListedFile: listedFile,
  Message: message,
  Entry: entry,
  RoomSummary: summary,
  RoomNames: roomNames,
  Member: member,
  Invitation: invite,
  AuditRecord: auditRecord,
  Limits: limitsObject,
} satisfies {
  User: v.GenericSchema<unknown, User>
  Status: v.GenericSchema<unknown, Status>
  File: v.GenericSchema<unknown, FileInfo>
  ListedFile: v.GenericSchema<unknown, ListedFile>
  Message: v.GenericSchema<unknown, Message>
  Entry: v.GenericSchema<unknown, Entry>
  RoomSummary: v.GenericSchema<unknown, RoomSummary>
  RoomNames: v.GenericSchema<unknown, RoomNames>
  Member: v.GenericSchema<unknown, RoomMember>
  Invitation: v.GenericSchema<unknown, Invite>
  AuditRecord: v.GenericSchema<unknown, AuditRecord>
  Limits: v.GenericSchema<unknown, Record<keyof typeof limits, number>>
}
