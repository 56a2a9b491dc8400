/** Both directions of the wire, its limits and its codes. `docs/protocol.md` says the same in prose. */
import * as v from 'valibot'
import { isEmoji } from './emoji.ts'
import type { Mentioned } from './mentions.ts'
import { faultInNewName, newNameOf } from './new-name.ts'
import { canBeInPath, characters, faultInName, hasInk, normalizeName, withoutControls } from './text.ts'

export const subprotocol = 'chat.v1'
export const lobby = 'lobby'

export const limits = {
  frameBytes: 32 * 1024,
  messageCharacters: 4_000,
  nameCharacters: 32,
  roomCharacters: 64,
  keyCharacters: 64,
  /** Users in a `list`; in a room with more, `online` takes the place of `join` and `left`. */
  listedUsers: 200,
  entriesPerPage: 500,
  messagesPerPage: 50,
  mostPerPage: 1_000,
  connectionsPerUser: 20,
  roomsPerConnection: 200,
  roomsPerUser: 1_000,
  /** The rooms that `welcome` names. */
  listedRooms: 200,
  /** And so many public rooms that are archived, besides. */
  listedArchived: 50,
  /** By one user: those from whom they want no direct messages. */
  blocked: 200,
  /** In a room into which a guest has brought people, until one of them accepts; what is edited counts, too. */
  requestMessages: 5,
  /** People whom one guest has brought into rooms and who have not accepted. */
  requestsByGuest: 30,
  /** Rooms into which guests have brought one user who has not accepted, nor declined. */
  requestsTo: 100,
  /** Different ones on one message. */
  reactionsPerMessage: 20,
  /** On one message, by everybody together: whoever reads the message reads them all. */
  reactionsGiven: 10_000,
  /** A school is one address. */
  connectionsPerAddress: 1_000,
  topicCharacters: 300,
  /** NIST SP 800-63B asks for no fewer. */
  leastPasswordCharacters: 8,
  /** In a direct conversation, whoever began it included. */
  directPeople: 20,
  /** Those named at once, in `add` and `create`. */
  namedUsers: 100,
  /** In one answer of `members`, `users`, `invites` or `acts`. */
  listedMembers: 200,
  /** The longest slow mode: an hour. */
  slowMs: 60 * 60 * 1000,
  /** The longest time for which one can be muted or banned without it being for ever: a year. */
  sanctionMs: 366 * 24 * 60 * 60 * 1000,
  /** The longest life of an invitation, and how many may use it at most. */
  inviteMs: 366 * 24 * 60 * 60 * 1000,
  inviteUses: 10_000,
} as const

/** The last moment that a date can name: until then lasts what has no end. */
export const forever = 8.64e15

/** The addresses of rooms that are not public begin with it: none of them is ever made by opening it. */
export const hiddenPrefix = '~'

export const heartbeatMs = 25_000

export const closeCodes = {
  unsupportedData: 1003,
  internal: 1011,
  restart: 1012,
  /** Registered with IANA as "Try Again Later". */
  gaveWay: 1013,
  invalidUser: 4001,
  banned: 4003,
  unresponsive: 4108,
  flood: 4129,
} as const

export type ErrorCode =
  | 'bad-frame'
  | 'unknown-type'
  | 'bad-field'
  | 'too-long'
  | 'too-fast'
  | 'no-such-room'
  | 'not-in-room'
  | 'no-such-message'
  | 'no-such-user'
  | 'name-taken'
  | 'forbidden'
  | 'not-accepted'
  | 'muted'
  | 'read-only'
  | 'unavailable'
  | 'internal'

/** What an `error` repeats, so that its reader knows which command it answers. */
export interface Reference {
  key?: string
  room?: string
}

/** A command that cannot be obeyed; `message` is written for the one who sent it and says what is allowed. */
export class ChatError extends Error {
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, retryAfterMs?: number) {
    super(message)
    this.name = 'ChatError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

export type { Mentioned } from './mentions.ts'

export interface User {
  id: number
  name: string
  /** Which of the ten avatars: 0 to 9. */
  image: number
}

/** What one may do in the whole house; each may what those before him may. A guest has not claimed his name. */
export const serverRoles = ['guest', 'member', 'admin', 'owner'] as const
export type ServerRole = (typeof serverRoles)[number]

export const roomRoles = ['member', 'moderator'] as const
export type RoomRole = (typeof roomRoles)[number]

/** Public: listed, anyone may open it. Private: for whoever was invited. Direct: for those with whom it was begun. */
export const roomKinds = ['public', 'private', 'direct'] as const
export type RoomKind = (typeof roomKinds)[number]

/** What of a room can be changed. A `room` entry has those that were. */
export interface RoomSettings {
  name?: string | undefined
  topic?: string | undefined
  /** Whether only moderators may write. */
  readOnly?: boolean | undefined
  /** How long each has to wait from one message to the next; 0 when he has not. */
  slowMs?: number | undefined
  /** Whether it is kept as it is: nobody may write in it any more. */
  archived?: boolean | undefined
}

interface EntryBase {
  /** Its place in the room's log: 1, 2, 3 … without holes, in the order of commitment. */
  id: number
  room: string
  user: User
  /** Milliseconds since 1970. For display only: order is by `id`. */
  at: number
}

/** One thing that happened in a room, stored. `ref` is the id of the message that it is about. */
export type Entry =
  | (EntryBase & { type: 'chat'; data: string; reply?: number; mentions?: Mentioned[]; deleted?: true })
  | (EntryBase & { type: 'edit'; ref: number; data: string; mentions?: Mentioned[] })
  | (EntryBase & { type: 'delete'; ref: number })
  | (EntryBase & { type: 'react'; ref: number; data: string; on: boolean })
  | (EntryBase & { type: 'room'; data: RoomSettings })

/** A `chat` entry as it stands now, what followed folded in. */
export interface Message extends EntryBase {
  type: 'chat'
  /** Empty when it was deleted. */
  data: string
  /** The id of the message that this one answers. */
  reply?: number
  /** Whom it mentions, in the order in which they are: people who have been in the room, by the names that it calls them by. */
  mentions?: Mentioned[]
  /** When it was edited last. */
  edited?: number
  /** Who reacted with what: the users' ids, by reaction. */
  reactions?: Record<string, number[]>
  deleted?: true
}

/** A room as it stands for a user. What is left out is false, 0, or as the first of its kind. */
export interface RoomSummary {
  /** Its address, which never changes. */
  room: string
  /** What people call it; empty for a direct conversation that has been given none. */
  name: string
  topic: string
  kind?: Exclude<RoomKind, 'public'>
  /** Those with whom a direct conversation is, himself not included. */
  people?: User[]
  /** Whether he moderates it. */
  role?: Exclude<RoomRole, 'member'>
  /** Whether he made it and moderates it still: the other moderators have it from him. */
  isCreator?: true
  /** A public room that he has left: it can be opened again. */
  left?: true
  /** A guest has brought the user in, who has not accepted yet. */
  request?: true
  readOnly?: true
  slowMs?: number
  archived?: true
  /** Until when he may not write; milliseconds since 1970. */
  mutedUntil?: number
  /** The id of its newest entry; 0 when there is none. */
  last: number
  /** The id up to which the user has read. */
  read: number
  /** How many messages of others follow that, at most 1,000. */
  unread: number
  /** How many of them mention the user, at most 1,000. */
  mentions: number
}

export interface Opened {
  type: 'opened'
  room: string
  /** Names this log. Ids that were seen under another epoch say nothing about it. */
  epoch: string
  last: number
  /** When the entry `last` was stored; 0 when there is none. */
  at: number
  /** `after` was of another log or beyond the end: drop what you have, the answer is as if it had not been given. */
  reset: boolean
  /** Without `after`: the newest messages, oldest first. */
  messages?: Message[]
  /** With `after`: what followed it, oldest first. */
  entries?: Entry[]
  /** Without `after`: there are older messages. With it: there are further entries, and the room is not live yet. */
  more: boolean
  list: User[]
  online: number
  /** The id up to which the user has read. */
  read: number
}

export type PresenceFrame =
  | { type: 'join'; room: string; user: User; online: number }
  | { type: 'left'; room: string; user: User; online: number }
  | { type: 'online'; room: string; online: number }
  | { type: 'list'; room: string; data: User[]; online: number }

/** Somebody who belongs to a room, or who was put out of it. */
export interface RoomMember {
  user: User
  serverRole: ServerRole
  role: RoomRole
  mutedUntil?: number
  /** Told to moderators. */
  bannedUntil?: number
}

/** One link that brings people into a room. Its token is told only to the one who made it, once. */
export interface Invite {
  id: number
  by: User
  at: number
  expiresAt: number
  usesLeft: number
}

export const moderationActionTypes = [
  'kick',
  'mute',
  'ban',
  'ban-range',
  'role',
  'delete',
  'unreact',
  'delete-room',
  'purge',
  'change',
  'undo',
  'invite',
  'revoke',
  'add',
  'link',
] as const
export type ModerationActionType = (typeof moderationActionTypes)[number]

/** One thing that was done to keep order, as the audit log has it. */
export interface AuditRecord {
  id: number
  /** `hidden` for what was done in a room that the reader cannot see. */
  type: ModerationActionType | 'hidden'
  at: number
  /** Who did it; undefined for the server's own operator, at its command line. */
  by?: User
  /** To whom. */
  user?: User
  room?: string
  /** What there is to say of it: until when, which role, what was changed. */
  data: Record<string, unknown>
  /** Whether it can be undone still. */
  undoable: boolean
  /** The act that has undone it. */
  undoneBy?: number
}

/** Where a page of messages lies: before, after or around an id, or, with none of them, at the room's end. */
export interface HistoryPosition {
  before?: number | undefined
  after?: number | undefined
  around?: number | undefined
}

export type ServerFrame =
  | {
      type: 'welcome'
      user: User
      rooms: RoomSummary[]
      limits: typeof limits
      heartbeatMs: number
      /** Names the page that this server serves: one that was built otherwise is older or newer. */
      build: string
      /** What the user may do in the house. */
      role: ServerRole
      /** The ids of those whom the user has blocked; left out when there are none. */
      blocked?: number[]
    }
  | Opened
  | { type: 'closed'; room: string }
  /** With the act that it is in the audit log, when it keeps order. */
  | { type: 'sent'; room: string; key: string; id: number; act?: number }
  | Entry
  /** With the `before`, `after` or `around` that it answers. */
  | ({ type: 'history'; room: string; messages: Message[]; more: boolean } & HistoryPosition)
  | PresenceFrame
  | { type: 'typing'; room: string; user: User }
  | { type: 'read'; room: string; id: number }
  /** A room that the user can see, as it stands for them now: `summary` is answered so, and `create`, whose `key` it has. */
  | ({ type: 'room'; id?: never; gone?: never; key?: string } & RoomSummary)
  /** He cannot see it any more. */
  | { type: 'room'; id?: never; room: string; gone: true }
  /** What he may do in the house has changed. */
  | { type: 'role'; role: ServerRole }
  | { type: 'members'; room: string; data: RoomMember[]; more: boolean }
  /** With the `data` that it answers: those whose names begin so. */
  | { type: 'users'; find: string; data: User[] }
  /** The link is `/link/` and the token, on the server's own origin. */
  | { type: 'invite'; room: string; key: string; token: string; invite: Invite }
  | { type: 'invites'; room: string; data: Invite[] }
  /** Also unasked, when another connection of the user's has changed them. */
  | { type: 'blocks'; data: User[] }
  | { type: 'acts'; data: AuditRecord[]; more: boolean }
  /** It is done; `act` is its place in the audit log, where it has one. */
  | { type: 'done'; key: string; room?: string; act?: number }
  | ({ type: 'error'; code: ErrorCode; message: string; retryAfterMs?: number } & Reference)
  | { type: 'bye'; retryAfterMs: number }
  | { type: 'pong' }

const id = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be a whole number'),
  v.minValue(0, 'must be 0 or more'),
)
const limit = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
  v.transform((n) => Math.min(n, limits.mostPerPage)),
)
/** Said to whoever gives a room a name that it cannot have. */
export const roomNameRule = `must have 1 to ${limits.roomCharacters} characters that can be seen, and none that cannot`

/** Whether a room may be given the name, as `newNameOf` makes it. */
export function mayNameRoom(name: string): boolean {
  return faultInNewName(name, limits.roomCharacters) === undefined
}

const room = v.pipe(
  v.string('must be a text'),
  v.transform(normalizeName),
  v.check(
    (s) => faultInName(s, limits.roomCharacters) === undefined,
    `must have 1 to ${limits.roomCharacters} characters that can be seen`,
  ),
)
const key = v.pipe(
  v.string('must be a text'),
  v.check(
    (s) => s.length > 0 && s.length <= 2 * limits.keyCharacters && characters(s) <= limits.keyCharacters,
    'must have 1 to 64 characters',
  ),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
)
const text = v.pipe(
  v.string('must be a text'),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
  v.transform(withoutControls),
  v.check(hasInk, 'must not be empty'),
)

/** Words that nobody but their author could take back would be one more way to insult. */
const reaction = v.pipe(v.string('must be a text'), v.check(isEmoji, 'must be one emoji'))

/** What is said of a name that no address can have. */
export const unreachableName = 'must not be . or .., nor have either of them beside a slash'

const roomName = v.pipe(
  v.string('must be a text'),
  v.transform(newNameOf),
  v.check(mayNameRoom, roomNameRule),
  v.check((s) => !s.startsWith(hiddenPrefix), `must not begin with ${hiddenPrefix}`),
  v.check(canBeInPath, unreachableName),
)
const topic = v.pipe(
  v.string('must be a text'),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
  v.transform((s) => withoutControls(s).replace(/\s+/g, ' ').trim()),
  v.check((s) => characters(s) <= limits.topicCharacters, `must have at most ${limits.topicCharacters} characters`),
)
const user = v.pipe(id, v.minValue(1, 'must be the id of a user'))
const users = v.pipe(
  v.array(user, 'must be a list of ids of users'),
  v.minLength(1, 'must name somebody'),
  v.maxLength(limits.namedUsers, `must name at most ${limits.namedUsers}`),
)
// Said so that the page, which reads no commands, need not carry what they are checked by.
/* @__NO_SIDE_EFFECTS__ */
function duration(most: number) {
  return v.pipe(id, v.maxValue(most, `must be at most ${most}`))
}
const yesOrNo = v.boolean('must be true or false')

/** The fields of each command, by its type. */
export const commands = {
  open: v.object({
    type: v.literal('open'),
    room,
    after: v.optional(id),
    at: v.optional(id),
    epoch: v.optional(v.string('must be a text')),
    limit: v.optional(limit),
  }),
  close: v.object({ type: v.literal('close'), room }),
  chat: v.object({ type: v.literal('chat'), room, key, data: text, reply: v.optional(id) }),
  edit: v.object({ type: v.literal('edit'), room, key, ref: id, data: text }),
  delete: v.object({ type: v.literal('delete'), room, key, ref: id }),
  react: v.object({
    type: v.literal('react'),
    room,
    key,
    ref: id,
    data: reaction,
    on: yesOrNo,
  }),
  read: v.object({ type: v.literal('read'), room, id }),
  summary: v.object({ type: v.literal('summary'), room }),
  history: v.pipe(
    v.object({
      type: v.literal('history'),
      room,
      before: v.optional(id),
      after: v.optional(id),
      around: v.optional(id),
      limit: v.optional(limit),
    }),
    v.check(
      ({ before, after, around }) => [before, after, around].filter((from) => from !== undefined).length <= 1,
      'takes one of before, after and around',
    ),
  ),
  typing: v.object({ type: v.literal('typing'), room }),
  ping: v.object({ type: v.literal('ping') }),

  create: v.pipe(
    v.object({
      type: v.literal('create'),
      key,
      kind: v.optional(v.picklist(roomKinds, `must be one of ${roomKinds.join(', ')}`), 'public'),
      name: v.optional(roomName),
      topic: v.optional(topic, ''),
      users: v.optional(users),
    }),
    v.check(({ kind, name }) => kind === 'direct' || name !== undefined, 'needs a name unless it is direct'),
    v.check(({ kind, users }) => kind !== 'direct' || users !== undefined, 'needs users when it is direct'),
  ),
  change: v.object({
    type: v.literal('change'),
    room,
    key,
    name: v.optional(roomName),
    topic: v.optional(topic),
    readOnly: v.optional(yesOrNo),
    slowMs: v.optional(duration(limits.slowMs)),
    archived: v.optional(yesOrNo),
  }),
  accept: v.object({ type: v.literal('accept'), room, key }),
  leave: v.object({ type: v.literal('leave'), room, key }),
  members: v.object({ type: v.literal('members'), room, after: v.optional(id) }),
  users: v.object({ type: v.literal('users'), data: v.string('must be a text') }),
  add: v.object({ type: v.literal('add'), room, key, users }),
  invite: v.object({
    type: v.literal('invite'),
    room,
    key,
    forMs: v.optional(v.pipe(duration(limits.inviteMs), v.minValue(60_000, 'must be at least a minute')), 604_800_000),
    uses: v.optional(v.pipe(duration(limits.inviteUses), v.minValue(1, 'must be at least 1')), 1),
  }),
  invites: v.object({ type: v.literal('invites'), room }),
  revoke: v.object({ type: v.literal('revoke'), room, key, id }),

  block: v.object({ type: v.literal('block'), key, user, on: yesOrNo }),
  blocks: v.object({ type: v.literal('blocks') }),

  kick: v.object({ type: v.literal('kick'), room, key, user }),
  mute: v.object({ type: v.literal('mute'), room, key, user, forMs: duration(limits.sanctionMs) }),
  ban: v.object({
    type: v.literal('ban'),
    room: v.optional(room),
    key,
    user,
    forMs: v.optional(duration(limits.sanctionMs)),
    addresses: v.optional(yesOrNo, false),
  }),
  role: v.object({
    type: v.literal('role'),
    room: v.optional(room),
    key,
    user,
    role: v.picklist(['member', 'moderator', 'admin'], 'must be member, moderator or admin'),
  }),
  'delete-room': v.object({ type: v.literal('delete-room'), room, key }),
  unreact: v.object({ type: v.literal('unreact'), room, key, ref: id, user, data: reaction }),
  purge: v.object({ type: v.literal('purge'), key, user }),
  undo: v.object({ type: v.literal('undo'), key, act: id }),
  acts: v.object({ type: v.literal('acts'), before: v.optional(id) }),
}

export type Commands = { [Type in keyof typeof commands]: v.InferOutput<(typeof commands)[Type]> }
export type Command = Commands[keyof Commands]
/** What a client may write: a command before its defaults and normal forms. */
export type ClientFrame = { [Type in keyof typeof commands]: v.InferInput<(typeof commands)[Type]> }[keyof Commands]

/**
 * Reads the JSON of one text frame; the result is what came, not yet a command.
 * @throws ChatError `bad-frame`
 */
export function parseFrame(frame: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    throw new ChatError('bad-frame', 'A frame is one JSON object.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChatError('bad-frame', 'A frame is one JSON object.')
  }
  return value as Record<string, unknown>
}

/**
 * Makes a command of a frame's object: known type, right fields, text in normal form; unknown fields are dropped.
 * @throws ChatError `unknown-type`, `bad-field` or `too-long`
 */
export function parseCommand(frame: Record<string, unknown>): Command {
  const { type, data } = frame
  if (typeof type !== 'string' || !Object.hasOwn(commands, type)) {
    throw new ChatError('unknown-type', `A frame's type is one of ${Object.keys(commands).join(', ')}.`)
  }
  if (typeof data === 'string' && characters(data) > limits.messageCharacters) {
    throw new ChatError('too-long', 'A message has at most 4,000 characters.')
  }
  const result = v.safeParse(commands[type as keyof typeof commands], frame, { abortEarly: true })
  if (result.success) return result.output
  const [{ path, message }] = result.issues
  const field = path?.[0]?.key ?? type
  throw new ChatError('bad-field', `"${String(field)}" ${message.startsWith('Invalid key') ? 'is missing' : message}.`)
}

/** What of a frame an `error` may repeat: its key and room, if they are such. */
export function referenceOf({ key, room }: Record<string, unknown>): Reference {
  return {
    ...(typeof key === 'string' && { key }),
    ...(typeof room === 'string' && { room: normalizeName(room) }),
  }
}
