/** Users whom new messages of a room may concern, out of those who can be reached at all. */

import type { RoomKind } from '../../../shared/protocol/types.ts'
import { spacedTermsOf } from '../../../shared/search/fast-terms.ts'
import type { Concerned } from '../contracts/notifications.ts'
import { changes } from '../queries/pages.ts'
import { all, one, type Rule } from '../transaction.ts'
import { textNow } from './wanted.ts'

/** Messages of a room looked at in one read. */
const maxLookedAt = 200

const isReachable = (user: string) => `(
  exists (select 1 from push_subscriptions where push_subscriptions.user_id = ${user})
  or exists (
    select 1 from notification_settings as reached where reached.user_id = ${user} and reached.mail_verified = 1
      and reached.mail_digests = 1
  ))`

export const concernedSql = {
  reachable: `
    select user_id as id from push_subscriptions
    union select user_id from notification_settings where mail_verified = 1 and mail_digests = 1
    order by id`,
  isReachable: `select 1 from users where id = ? and ${isReachable('users.id')}`,
  pendingRooms: `
    select room, "isPush", "isMail" from (
      select address as room, last_at,
        case when exists (select 1 from push_subscriptions where push_subscriptions.user_id = memberships.user_id)
          and (last > {greatest}(read_to, coalesce(pushed_to, 0)) or coalesce(is_shown, 0) > 0 or exists (
            select 1 from push_subscriptions
              join push_retries on subscription_id = push_subscriptions.id and push_retries.room_id = rooms.id
            where push_subscriptions.user_id = memberships.user_id
          )) then 1 else 0 end as "isPush",
        case when exists (
            select 1 from notification_settings
            where notification_settings.user_id = memberships.user_id and mail_verified = 1 and mail_digests = 1
          ) and is_member = 1 and is_request = 0 and last > {greatest}(read_to, coalesce(mailed_to, 0)) then 1 else 0 end as "isMail"
      from memberships join rooms on rooms.id = memberships.room_id
        left join notices on notices.user_id = memberships.user_id and notices.room_id = memberships.room_id
      where memberships.user_id = ? and ((is_member = 1 and is_request = 0) or is_shown > 0)
    ) as untold where "isPush" = 1 or "isMail" = 1
    order by last_at desc limit 1000`,
  writtenSince: `select address as room, last from rooms where last_at >= ? and deleted_kind is null`,
  room: 'select id, kind, last from rooms where address = ?',
  chats: `
    select id, data, ${changes} from entries {index:entries_chat}
    where room_id = ? and id > ? and type = 'chat' order by id limit ${maxLookedAt}`,
  edited: `
    select id, data, ${changes} from entries {index:entries_chat} where room_id = ? and id = ? and type = 'chat'`,
  // By name or by a reply. Takes the room, the bounds and the edited messages.
  addressed: `
    select distinct user_id as id from addressed
    where room_id = ? and user_id is not null and ${isReachable('addressed.user_id')} and (
      (message_id > ? and message_id <= ?) or message_id in (select cast(value as bigint) from {strings} as edited))`,
  everyone: `
    select 1 from addressed {index:addressed_everyone} where room_id = ? and user_id is null and (
      (message_id > ? and message_id <= ?) or message_id in (select cast(value as bigint) from {strings} as edited))
    limit 1`,
  // Takes the room, and whether everybody is meant.
  members: `
    select memberships.user_id as id from memberships
      left join notification_settings on notification_settings.user_id = memberships.user_id
    where room_id = ? and is_member = 1 and is_request = 0
      and case coalesce(memberships.level, notification_settings.level, 'mentions')
        when 'all' then 1 when 'nothing' then 0 else ? end = 1
      and ${isReachable('memberships.user_id')}`,
  hasKeywords: 'select 1 from keywords limit 1',
  keywords: `
    select keywords.user_id as id, keyword
    from {strings} as words {ordered join} keywords on term = words.value
      {ordered join} memberships on memberships.user_id = keywords.user_id and room_id = ?
    where is_member = 1 and is_request = 0 and ${isReachable('keywords.user_id')}`,
}

interface TextRow {
  id: number
  data: string
  editId: number | null
}

export function* reachableUsers(): Rule<number[]> {
  return (yield* all<{ id: number }>(concernedSql.reachable)).map(({ id }) => id)
}

export function* isReachableUser(userId: number): Rule<boolean> {
  return (yield* one(concernedSql.isReachable, userId)) !== undefined
}

export function* pendingRooms(userId: number): Rule<{ pushes: string[]; mails: string[] }> {
  const found = yield* all<{ room: string; isPush: number; isMail: number }>(concernedSql.pendingRooms, userId)
  const roomsWith = (column: 'isPush' | 'isMail') => found.flatMap((row) => (row[column] ? row.room : []))
  return { pushes: roomsWith('isPush'), mails: roomsWith('isMail') }
}

export function* writtenSince(at: number): Rule<{ room: string; last: number }[]> {
  return yield* all<{ room: string; last: number }>(concernedSql.writtenSince, at)
}

export function* concerned(room: string, after: number, edits: readonly number[]): Rule<Concerned> {
  const here = yield* one<{ id: number; kind: RoomKind; last: number }>(concernedSql.room, room)
  if (!here) return { users: [], to: after, more: false }
  const chats = yield* all<TextRow>(concernedSql.chats, here.id, after)
  const more = chats.length === maxLookedAt
  const to = more ? (chats.at(-1)?.id ?? here.last) : here.last
  if (!chats.length && !edits.length) return { users: [], to, more }
  const bounds = [here.id, after, to, JSON.stringify(edits.map(String))]
  const isForAll = here.kind === 'direct' || (yield* one(concernedSql.everyone, ...bounds)) !== undefined
  const users = new Set<number>()
  for (const { id } of yield* all<{ id: number }>(concernedSql.addressed, ...bounds)) users.add(id)
  for (const { id } of yield* all<{ id: number }>(concernedSql.members, here.id, Number(isForAll))) users.add(id)
  if (yield* one(concernedSql.hasKeywords)) {
    for (const edit of edits) chats.push(...(yield* all<TextRow>(concernedSql.edited, here.id, edit)))
    for (const id of yield* byKeywords(here.id, chats)) users.add(id)
  }
  return { users: [...users].sort((a, b) => a - b), to, more }
}

function* byKeywords(roomId: number, texts: readonly TextRow[]): Rule<Set<number>> {
  const read: string[] = []
  for (const { data, editId } of texts) read.push(spacedTermsOf(yield* textNow(roomId, data, editId)))
  const terms = JSON.stringify([...new Set(read.flatMap((text) => text.trim().split(' ')))])
  const users = new Set<number>()
  // Many users have the same keyword: it is looked for once.
  const isThere = new Map<string, boolean>()
  for (const { id, keyword } of yield* all<{ id: number; keyword: string }>(concernedSql.keywords, terms, roomId)) {
    if (!isThere.has(keyword)) {
      const wanted = spacedTermsOf(keyword)
      isThere.set(
        keyword,
        read.some((text) => text.includes(wanted)),
      )
    }
    if (isThere.get(keyword)) users.add(id)
  }
  return users
}
