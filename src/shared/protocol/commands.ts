/** What a client sends, and how it is checked. */
import * as v from 'valibot'
import { dayMs, minuteMs } from '../durations.ts'
import { characters, normalizeName } from '../text.ts'
import {
  duration,
  files,
  id,
  key,
  limit,
  reaction,
  room,
  roomName,
  rooms,
  saysSomething,
  statusText,
  text,
  topic,
  user,
  users,
  yesOrNo,
} from './command-fields.ts'
import { ChatError } from './errors.ts'
import { limits } from './limits.ts'
import { notificationCommands } from './notification-commands.ts'
import { roomKinds, roomLevels } from './types.ts'

/** The fields of each command, by its type. */
export const commands = {
  open: v.object({
    type: v.literal('open'),
    room,
    after: v.optional(id),
    at: v.optional(id),
    epoch: v.optional(v.string('must be a string')),
    limit: v.optional(limit),
  }),
  close: v.object({ type: v.literal('close'), room }),
  chat: v.pipe(
    v.object({
      type: v.literal('chat'),
      room,
      key,
      data: text,
      reply: v.optional(id),
      files: v.optional(v.pipe(files, v.minLength(1, 'must not be empty'))),
    }),
    v.forward(
      v.check((said) => saysSomething(said), 'must not be empty'),
      ['data'],
    ),
  ),
  edit: v.pipe(
    v.object({ type: v.literal('edit'), room, key, ref: id, data: text, files: v.optional(files) }),
    v.forward(
      v.check((said) => saysSomething(said), 'must not be empty'),
      ['data'],
    ),
  ),
  delete: v.object({ type: v.literal('delete'), room, key, ref: id }),
  react: v.object({ type: v.literal('react'), room, key, ref: id, data: reaction, on: yesOrNo }),
  pin: v.object({ type: v.literal('pin'), room, key, ref: id, on: yesOrNo }),
  pins: v.object({ type: v.literal('pins'), room }),
  files: v.object({ type: v.literal('files'), room, before: v.optional(id), limit: v.optional(limit) }),
  commands: v.object({ type: v.literal('commands'), room }),
  read: v.object({ type: v.literal('read'), room, id }),
  'next-mention': v.object({ type: v.literal('next-mention'), room, after: id }),
  mentions: v.object({ type: v.literal('mentions'), before: v.optional(id) }),
  save: v.object({ type: v.literal('save'), room, key, ref: id, on: yesOrNo }),
  saved: v.object({ type: v.literal('saved'), before: v.optional(id) }),
  search: v.object({
    type: v.literal('search'),
    query: v.string('must be a string'),
    room: v.optional(room),
    cursor: v.optional(id),
    limit: v.optional(limit),
  }),
  'read-all': v.object({ type: v.literal('read-all'), rooms: v.optional(rooms) }),
  unread: v.object({ type: v.literal('unread'), room, id }),
  notify: v.object({
    type: v.literal('notify'),
    room,
    key,
    level: v.picklist(roomLevels, `must be one of ${roomLevels.join(', ')}`),
  }),
  ...notificationCommands,
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
    slowMs: v.optional(duration(limits.maxSlowMs)),
    archived: v.optional(yesOrNo),
  }),
  accept: v.object({ type: v.literal('accept'), room, key }),
  leave: v.object({ type: v.literal('leave'), room, key }),
  members: v.object({
    type: v.literal('members'),
    room,
    after: v.optional(id),
    find: v.optional(v.string('must be a string')),
    user: v.optional(user),
  }),
  users: v.object({ type: v.literal('users'), data: v.string('must be a string') }),
  add: v.object({ type: v.literal('add'), room, key, users }),
  invite: v.object({
    type: v.literal('invite'),
    room,
    key,
    forMs: v.optional(
      v.pipe(duration(limits.maxInviteMs), v.minValue(minuteMs, 'must be at least a minute')),
      7 * dayMs,
    ),
    uses: v.optional(v.pipe(duration(limits.maxInviteUses), v.minValue(1, 'must be at least 1')), 1),
  }),
  invites: v.object({ type: v.literal('invites'), room }),
  revoke: v.object({ type: v.literal('revoke'), room, key, id }),

  status: v.object({
    type: v.literal('status'),
    key,
    text: v.optional(statusText, ''),
    emoji: v.optional(reaction),
    forMs: v.optional(v.pipe(duration(limits.maxStatusMs), v.minValue(1, 'must be at least 1'))),
  }),
  block: v.object({ type: v.literal('block'), key, user, on: yesOrNo }),
  blocks: v.object({ type: v.literal('blocks') }),

  kick: v.object({ type: v.literal('kick'), room, key, user }),
  mute: v.object({ type: v.literal('mute'), room, key, user, forMs: duration(limits.maxSanctionMs) }),
  ban: v.object({
    type: v.literal('ban'),
    room: v.optional(room),
    key,
    user,
    forMs: v.optional(duration(limits.maxSanctionMs)),
    addresses: v.optional(yesOrNo, false),
    removeMs: v.optional(id),
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
  undo: v.object({ type: v.literal('undo'), key, action: id }),
  audit: v.object({ type: v.literal('audit'), before: v.optional(id) }),
}

export type Commands = { [Type in keyof typeof commands]: v.InferOutput<(typeof commands)[Type]> }
export type Command = Commands[keyof Commands]
/** Commands about a connection and its rooms. All others can come in a request too. */
export type ConnectionCommand = 'open' | 'close' | 'ping'
export type RequestCommand = Exclude<Command['type'], ConnectionCommand>
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
  if (!isCommandType(type)) {
    throw new ChatError('unknown-type', `A frame's type is one of ${Object.keys(commands).join(', ')}.`)
  }
  if (typeof data === 'string' && characters(data) > limits.maxMessageCharacters) {
    throw new ChatError('too-long', 'A message has at most 4,000 characters.')
  }
  const result = v.safeParse(commands[type], frame, { abortEarly: true })
  if (result.success) return result.output
  const [{ path, message }] = result.issues
  const field = path?.[0]?.key ?? type
  throw new ChatError('bad-field', `"${String(field)}" ${message.startsWith('Invalid key') ? 'is missing' : message}.`)
}

/**
 * The command that a request names in its path.
 * @throws ChatError `unknown-type`, also for commands about a connection
 */
export function requestCommandOf(type: unknown): RequestCommand {
  if (isCommandType(type) && isRequestCommand(type)) return type
  const types = (Object.keys(commands) as Command['type'][]).filter(isRequestCommand)
  throw new ChatError('unknown-type', `A request's command is one of ${types.join(', ')}.`)
}

function isRequestCommand(type: Command['type']): type is RequestCommand {
  const connection: readonly string[] = ['open', 'close', 'ping'] satisfies ConnectionCommand[]
  return !connection.includes(type)
}

function isCommandType(type: unknown): type is Command['type'] {
  return typeof type === 'string' && Object.hasOwn(commands, type)
}

/** What an `error` repeats, so that its reader knows which command it answers. */
export interface Reference {
  command?: Command['type']
  key?: string
  room?: string
}

/** What of a frame an `error` may repeat: its type, key and room, if they are such. */
export function referenceOf({ type, key, room }: Record<string, unknown>): Reference {
  return {
    ...(isCommandType(type) && { command: type }),
    ...(typeof key === 'string' && { key }),
    ...(typeof room === 'string' && { room: normalizeName(room) }),
  }
}
