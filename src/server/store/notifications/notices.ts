/** How far users were told of their rooms. */
import { one, type Rule, run } from '../transaction.ts'

/** Whether something of a room is shown; 2 while it was taken away, but some push services did not accept that yet. */
export type Shown = 0 | 1 | 2

export interface NoticeRow {
  pushedTo: number
  mailedTo: number
  isShown: Shown
  /** The message that is shown, and when it had been edited. */
  shownId: number
  shownEdited: number
}

export const noticeSql = `
  select pushed_to as "pushedTo", mailed_to as "mailedTo", is_shown as "isShown",
    shown_id as "shownId", shown_edited as "shownEdited"
  from notices where user_id = ? and room_id = ?`

export function* noticeOf(userId: number, roomId: number): Rule<NoticeRow> {
  return (
    (yield* one<NoticeRow>(noticeSql, userId, roomId)) ?? {
      pushedTo: 0,
      mailedTo: 0,
      isShown: 0,
      shownId: 0,
      shownEdited: 0,
    }
  )
}

/** What was written until now in the user's rooms is not pushed. */
export function* passPushed(userId: number): Rule<void> {
  yield* run(
    `insert into notices (user_id, room_id, pushed_to)
    select user_id, room_id, last from memberships join rooms on rooms.id = room_id where user_id = ?
    on conflict (user_id, room_id) do update set pushed_to = {greatest}(notices.pushed_to, excluded.pushed_to)`,
    userId,
  )
}

export function* passMailed(userId: number): Rule<void> {
  yield* run(
    `insert into notices (user_id, room_id, mailed_to)
    select user_id, room_id, last from memberships join rooms on rooms.id = room_id where user_id = ?
    on conflict (user_id, room_id) do update set mailed_to = {greatest}(notices.mailed_to, excluded.mailed_to)`,
    userId,
  )
}

/** A user who marks messages as unread knows them. */
export function* passRead(userId: number, room: string): Rule<void> {
  yield* run(
    `insert into notices (user_id, room_id, pushed_to, mailed_to)
    select memberships.user_id, room_id, read_to, read_to from memberships
      join notification_settings on notification_settings.user_id = memberships.user_id
    where memberships.user_id = ? and room_id = (select id from rooms where address = ?)
    on conflict (user_id, room_id) do update set pushed_to = {greatest}(notices.pushed_to, excluded.pushed_to),
      mailed_to = {greatest}(notices.mailed_to, excluded.mailed_to)`,
    userId,
    room,
  )
}

/** A room that is deleted meanwhile has none. */
export function* tellUpTo(
  { userId, roomId, to }: { userId: number; roomId: number; to: number },
  column: 'pushed_to' | 'mailed_to',
): Rule<void> {
  yield* run(
    `insert into notices (user_id, room_id, ${column})
    select users.id, rooms.id, cast(? as bigint) from users, rooms
    where users.id = ? and rooms.id = ? and deleted_kind is null
    on conflict (user_id, room_id) do update set ${column} = {greatest}(notices.${column}, excluded.${column})`,
    to,
    userId,
    roomId,
  )
}
