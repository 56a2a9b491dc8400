/** A user who may have to be told something, and their rooms. */
import type { NotificationLevel, RoomNames, ServerRole } from '../../../shared/protocol/types.ts'
import { canView } from '../../../shared/rights.ts'
import type { Moment, Notice } from '../contracts/notifications.ts'
import { namesOf } from '../queries/listed-messages.ts'
import { type MembershipRow, membershipOf, membershipSql } from '../queries/membership.ts'
import { messages } from '../queries/pages.ts'
import { unreadAfter } from '../queries/unread.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, only, type Rule } from '../transaction.ts'
import type { Asking, Wanted } from './wanted.ts'

export const readerSql = {
  reader: `
    select ${userColumns()}, role, level, quiet_from as "quietFrom", quiet_to as "quietTo", time_zone as "timeZone",
      notification_settings.language, shows_text as "showsText", mail_address as "mailAddress",
      mail_verified as "mailVerified", mail_digests as "mailDigests", mail_delay_minutes as "mailDelayMinutes", mail_token as "mailToken",
      mail_failures as "mailFailures", mail_next_at as "mailNextAt"
    from notification_settings join users on users.id = user_id where user_id = ? and coalesce(banned_until, 0) <= ?`,
  level: 'select level from memberships where user_id = ? and room_id = ?',
  participants: 'select participants from rooms where id = ?',
  at: 'select at from entries where room_id = ? and id = ?',
  mentions: `
    select count(*) as n from (
      select 1 from memberships
        {ordered join} mentions on mentions.user_id = memberships.user_id and mentions.room_id = memberships.room_id
      where memberships.user_id = ? and is_member = 1 and is_request = 0 and coalesce(level, 'all') <> 'nothing'
        and message_id > read_to limit 1000
    ) as counted`,
  direct: `
    select rooms.id, read_to as "readTo" from memberships join rooms on rooms.id = room_id
    where user_id = ? and kind = 'direct' and is_member = 1 and is_request = 0 and last > read_to
      and coalesce(level, 'all') = 'all' limit 50`,
}

export interface ReaderRow extends UserColumns {
  role: ServerRole
  level: NotificationLevel
  quietFrom: number | null
  quietTo: number | null
  timeZone: string
  language: 'en' | 'zh'
  showsText: number
  mailAddress: string | null
  mailVerified: number
  mailDigests: number
  mailDelayMinutes: number
  mailToken: string | null
  mailFailures: number
  mailNextAt: number
}

/** A room of which the user may be told now. */
export interface ReadRoom extends Asking {
  room: string
  name: string
  /** Up to where they have read. */
  readTo: number
}

/** Undefined for a user without settings, and for one who is banned. */
export function* readerOf(userId: number, at: number): Rule<ReaderRow | undefined> {
  return yield* one<ReaderRow>(readerSql.reader, userId, at)
}

/** Undefined for a room that they cannot view, do not belong to, or have not accepted. */
export function* readRoom(reader: ReaderRow, room: string, moment: Moment): Rule<ReadRoom | undefined> {
  const { userId } = reader
  const row = yield* one<MembershipRow>(membershipSql, userId, room)
  const mine = row && membershipOf(row, moment.at)
  const canViewPublic = moment.canGuestsView || reader.role !== 'guest'
  const isViewable = mine?.isIn && !mine.isRequest && canView(mine, { isVerified: true, canViewPublic })
  if (!row || !isViewable) return undefined
  const { roomId, kind, name, last } = row
  const own = (yield* one<{ level: NotificationLevel | null }>(readerSql.level, userId, roomId))?.level ?? null
  return { userId, roomId, kind, own, usual: reader.level, room, name, readTo: mine.readTo ?? last }
}

/** @param wanted oldest first */
export function* noticeIn(reader: ReaderRow, here: ReadRoom, wanted: readonly Wanted[]): Rule<Notice | undefined> {
  const newest = wanted.at(-1)
  if (!newest) return undefined
  const { messages: found } = yield* messages(here.room, { after: newest.id - 1 }, 1)
  const message = found.find(({ id, deleted }) => id === newest.id && !deleted)
  if (!message) return undefined
  const isDirected = wanted.some((one) => one.isDirected)
  return { room: yield* roomNames(reader, here), message, count: wanted.length, isDirected }
}

function* roomNames(reader: ReaderRow, { room, roomId, name, kind }: ReadRoom): Rule<RoomNames> {
  const { participants } = yield* only<{ participants: string | null }>(readerSql.participants, roomId)
  return yield* namesOf({ roomId, roomName: name, kind, participants }, room, userOf(reader))
}

/** When the oldest of them was written. */
export function* timeOfFirst({ roomId }: ReadRoom, [first]: readonly Wanted[]): Rule<number> {
  if (!first) return 0
  return (yield* one<{ at: number }>(readerSql.at, roomId, first.id))?.at ?? 0
}

/** Time until a message that was written then may be told; 0 if it was written in the future: the clock was set back. */
export function waitMs(writtenAt: number, delayMs: number, at: number): number {
  const age = at - writtenAt
  return age < 0 ? 0 : Math.max(0, delayMs - age)
}

/** Unread mentions, and unread messages of conversations. */
export function* unreadCount(userId: number): Rule<number> {
  let { n } = yield* only<{ n: number }>(readerSql.mentions, userId)
  for (const { id, readTo } of yield* all<{ id: number; readTo: number }>(readerSql.direct, userId)) {
    n += yield* unreadAfter(id, readTo, userId)
  }
  return Math.min(n, 1_000)
}
