/** Mentions: decided in the transaction that stores a text, and kept, so that they are counted without reading any text. */
import { childrenOf, type Node, parseMarkdown } from '../../../shared/markdown/markdown.ts'
import { everyone, type Mentioned, maxMentioned, possibleNames } from '../../../shared/mentions.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { Entry } from '../../../shared/protocol/types.ts'
import { canMentionEveryone } from '../../../shared/rights.ts'
import { foldName } from '../../../shared/text.ts'
import { all, one, only, type Rule, run } from '../transaction.ts'

/** Maximum of names that differ only in case and are mentioned together. */
const maxAlike = 5
/** If very many users could be meant, the oldest count. */
const maxFound = 200

/**
 * Nobody is called by themselves, nor by users whom they have blocked, nor in a room that they have not accepted.
 * Takes the author twice, and the room.
 */
const isCounted = (user: string) => `${user} <> ?
  and not exists (select 1 from blocks where blocks.user_id = ${user} and blocked_id = ?)
  and not exists (
    select 1 from memberships where memberships.user_id = ${user} and memberships.room_id = ? and is_request = 1
  )`

/** Takes what `addressingSql.mention` takes. */
export const whoIsMentioned = `select id as user_id, ? as room_id, ? as message_id from users
  where id = ? and ${isCounted('users.id')}`

/** Takes what `addressingSql.reply` takes. */
export const whoIsAnswered = `select answered.user_id, answered.room_id, ? as message_id, 1 as is_reply from entries as answered
  where answered.room_id = ? and answered.id = ? and ${isCounted('answered.user_id')}`

export const addressingSql = {
  /** Takes names and a room: the users who may be meant. */
  named: `
    select users.id, name, folded from {strings} as names
      {ordered join} users {index:users_folded} on folded = names.value
      {ordered join} memberships on user_id = users.id and room_id = ?
    order by users.id limit ${maxFound}`,
  /** Takes a room, a message, a user, the author twice, and the room. */
  mention: `insert into mentions (user_id, room_id, message_id) ${whoIsMentioned}`,
  /** Takes a user, a room and a message. */
  address: 'insert into addressed (user_id, room_id, message_id) values (?, ?, ?) on conflict do nothing',
  /** Takes a message, a room, the message that it answers, the author twice, and the room. */
  reply: `
    insert into addressed (user_id, room_id, message_id, is_reply) ${whoIsAnswered}
    on conflict (room_id, message_id, user_id) do update set is_reply = 1`,
}

interface NotedEntry {
  type: Entry['type']
  userId: number
  data: string
  ref: number | null
  /** Whether its sender moderates the room. */
  isModerator: boolean
}

export interface KnownUser extends Mentioned {
  folded: string
}

/** Whether an entry can change who is mentioned: most do not. */
export function mayMention(type: Entry['type'], data: string): boolean {
  return type === 'edit' || type === 'delete' || (type === 'chat' && data.includes('@'))
}

/** Keeps what an entry changes of who is mentioned. @returns whom its own text mentions */
export function* noteMentions(roomId: number, id: number, entry: NotedEntry): Rule<Mentioned[]> {
  const { type, userId, data, ref, isModerator } = entry
  if (type === 'edit' || type === 'delete') {
    yield* run('delete from mentions where room_id = ? and message_id = ?', roomId, ref)
  }
  if (type === 'delete') {
    yield* run('delete from addressed where room_id = ? and message_id = ?', roomId, ref)
    return []
  }
  const mentioned = data.includes('@') ? yield* mentionedIn(roomId, data, isModerator) : []
  if (type === 'edit') yield* addressOnly(roomId, ref, mentioned)
  if (!mentioned.length) return []
  const message = type === 'chat' || ref === null ? id : ref
  // A moderator's undo edits a message of another user.
  const author = type === 'chat' ? userId : ((yield* authorOf(roomId, message)) ?? userId)
  for (const { id: user } of mentioned) {
    if (user === everyone.id) yield* mentionEveryone(roomId, message)
    else yield* mention(user, roomId, message, author)
  }
  return mentioned
}

/** A message that addresses the user already keeps its place. */
function* mention(user: number, roomId: number, message: number, author: number): Rule<void> {
  const kept = yield* run(addressingSql.mention, roomId, message, user, author, author, roomId)
  if (!kept) return
  yield* run(addressingSql.address, user, roomId, message)
}

/** Keeps that a message replies to one of another user. */
export function* noteReply(roomId: number, message: number, author: number, ref: number): Rule<void> {
  yield* run(addressingSql.reply, message, roomId, ref, author, author, roomId)
}

/** One row, however many people are in the room. Queries find the members when they read it. */
function* mentionEveryone(roomId: number, message: number): Rule<void> {
  yield* run('insert into addressed (room_id, message_id) values (?, ?) on conflict do nothing', roomId, message)
}

/** An edited message no longer addresses those whom it mentioned before. */
function* addressOnly(roomId: number, message: number | null, mentioned: readonly Mentioned[]): Rule<void> {
  yield* run(
    `delete from addressed where room_id = ? and message_id = ? and is_reply = 0
      and coalesce(user_id, ${everyone.id}) not in (select cast(kept.value as bigint) from {strings} as kept)`,
    roomId,
    message,
    JSON.stringify(mentioned.map(({ id }) => String(id))),
  )
}

export function* keepMention(user: number, roomId: number, message: number): Rule<void> {
  yield* run('insert into mentions values (?, ?, ?) on conflict do nothing', user, roomId, message)
}

/**
 * Only users who have ever been in the room can be mentioned: a name tells nobody of users whom they cannot know.
 * @param isModerator whether the author moderates the room; without it nothing mentions everybody
 */
export function* mentionedIn(roomId: number, text: string, isModerator?: boolean): Rule<Mentioned[]> {
  const names = possibleNames(text, limits.maxNameCharacters)
  if (!names.size) return []
  const known = yield* all<KnownUser>(addressingSql.named, JSON.stringify([...names]), roomId)
  // A user of that name is in the room, or was: they are mentioned besides.
  const hasEveryone = isModerator !== undefined && names.has(everyone.name)
  if (hasEveryone && (yield* mayMentionEveryone(roomId, isModerator))) {
    known.unshift({ ...everyone, folded: everyone.name })
  }
  return known.length ? mentionedOf(text, known) : []
}

function* mayMentionEveryone(roomId: number, isModerator: boolean): Rule<boolean> {
  const { members } = yield* only<{ members: number }>(
    `select count(*) as members from (
      select 1 from memberships where room_id = ? and is_member = 1 limit ${limits.maxMembersForRoomMention + 1}
    ) as counted`,
    roomId,
  )
  return canMentionEveryone(isModerator, members)
}

function* authorOf(roomId: number, message: number): Rule<number | undefined> {
  const sql = 'select user_id as "userId" from entries where room_id = ? and id = ?'
  return (yield* one<{ userId: number }>(sql, roomId, message))?.userId
}

function mentionedOf(text: string, known: readonly KnownUser[]): Mentioned[] {
  const byFolded = Map.groupBy(known, ({ folded }) => folded)
  const names = known.map(({ name }) => name)
  const mentioned = new Map<number, Mentioned>()
  for (const typed of parseMarkdown(text, names).flatMap(mentionsIn)) {
    const alike = byFolded.get(foldName(typed)) ?? []
    const exactFirst = alike.toSorted((a, b) => Number(b.name === typed) - Number(a.name === typed))
    for (const { id, name } of exactFirst.slice(0, maxAlike)) mentioned.set(id, { id, name })
  }
  return [...mentioned.values()].slice(0, maxMentioned)
}

/** As they were typed. */
function mentionsIn(node: Node): string[] {
  return node.type === 'mention' ? [node.text.slice(1)] : childrenOf(node).flatMap(mentionsIn)
}
