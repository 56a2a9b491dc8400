import { only, type Rule } from '../transaction.ts'

/** Only so many unread messages and mentions are counted, among so many of the newest messages. */
const maxCounted = 1_000
const maxLookedAt = 10_000

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
      select 1 from mentions where room_id = ? and message_id > ? and user_id = ? limit ${maxCounted}
    ) as counted`,
}

export function* unreadAfter(roomId: number, id: number, userId: number): Rule<number> {
  return (yield* only<{ n: number }>(unreadSql.unread, roomId, id, userId)).n
}

export function* mentionsAfter(roomId: number, id: number, userId: number): Rule<number> {
  return (yield* only<{ n: number }>(unreadSql.mentions, roomId, id, userId)).n
}
