/** Which notifications that are shown may have to be taken away or replaced. */
import { all, type Rule } from '../transaction.ts'

const outdatedSql = `
  select notices.user_id as "user", address as room
  from {strings} as asked
    {ordered join} notices on notices.user_id = cast(asked.value as bigint)
    {ordered join} rooms on rooms.id = notices.room_id
    left join memberships on memberships.user_id = notices.user_id and memberships.room_id = notices.room_id
    left join entries on entries.room_id = notices.room_id and entries.id = shown_id
  where is_shown = 1 and (
    coalesce(is_member, 0) = 0 or read_to >= shown_id or coalesce(entries.deleted, 1) = 1
    or shown_edited <> coalesce((
      select edits.at from entries as edits {index:entries_edit}
      where edits.room_id = notices.room_id and edits.ref = shown_id and edits.type = 'edit'
      order by edits.id desc limit 1
    ), 0)
    or exists (select 1 from blocks where blocks.user_id = notices.user_id and blocked_id = entries.user_id))`

export function* outdatedNotices(users: readonly number[]): Rule<{ user: number; room: string }[]> {
  return yield* all<{ user: number; room: string }>(outdatedSql, JSON.stringify(users.map(String)))
}
