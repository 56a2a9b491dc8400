import { one, only, type Rule } from '../transaction.ts'

/** Only so many unread messages and mentions are counted, among so many of the newest messages. */
const maxCounted = 1_000
const maxLookedAt = 10_000

/**
 * The messages after an id that mention the user, by name or with everybody in the room. The author is read from an index: no
 * text is read. Takes the room, the id and the user, and all three once more.
 */
const mentioned = `
  select message_id from mentions where room_id = ? and message_id > ? and user_id = ?
  union
  select message_id from (
    select room_id, message_id from addressed {index:addressed_everyone}
    where user_id is null and room_id = ? and message_id > ? order by message_id limit ${maxCounted}
  ) as called
    {ordered join} memberships on memberships.room_id = called.room_id and memberships.user_id = ?
    {ordered join} entries {index:entries_chat} on entries.room_id = called.room_id and entries.id = message_id
      and entries.type = 'chat' and entries.user_id <> memberships.user_id
  where is_member = 1 and is_request = 0
    and not exists (select 1 from blocks where blocks.user_id = memberships.user_id and blocked_id = entries.user_id)`

export const unreadSql = {
  // From the index alone: no text is read, however long it is.
  unread: `
    select count(*) as n from (
      select 1 from (
        select user_id, deleted from entries {index:entries_chat}
        where room_id = ? and id > ? and type = 'chat' order by id desc limit ${maxLookedAt}
      ) as newest where user_id <> ? and deleted = 0 limit ${maxCounted}
    ) as counted`,
  mentions: `
    select count(*) as n from (
      select 1 from (${mentioned}) as mentioning limit ${maxCounted}
    ) as counted`,
  nextMention: `select message_id as id from (${mentioned}) as mentioning order by message_id limit 1`,
}

/** The first of those that are counted. */
export function* nextMention(userId: number, room: string, after: number): Rule<number | undefined> {
  const here = yield* one<{ roomId: number }>('select id as "roomId" from rooms where address = ?', room)
  if (!here) return undefined
  const place = [here.roomId, after, userId]
  return (yield* one<{ id: number }>(unreadSql.nextMention, ...place, ...place))?.id
}

export function* unreadAfter(roomId: number, id: number, userId: number): Rule<number> {
  return (yield* only<{ n: number }>(unreadSql.unread, roomId, id, userId)).n
}

export function* mentionsAfter(roomId: number, id: number, userId: number): Rule<number> {
  return (yield* only<{ n: number }>(unreadSql.mentions, roomId, id, userId, roomId, id, userId)).n
}
