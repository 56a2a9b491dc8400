/** Which notifications that are shown may have to be taken away or replaced. */
import type { ShownNotice } from '../contracts/notifications.ts'
import { all, type Rule } from '../transaction.ts'

/** Digits of a user before the address of a room. */
const userDigits = 16

const outdatedSql = `
  select notices.user_id as "user", address as room
  from {strings} as asked
    {ordered join} rooms on address = substr(asked.value, ${userDigits + 1})
    {ordered join} notices on notices.user_id = cast(substr(asked.value, 1, ${userDigits}) as bigint)
      and notices.room_id = rooms.id
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

export function* outdatedNotices(shown: readonly ShownNotice[]): Rule<ShownNotice[]> {
  const asked = shown.map(({ user, room }) => String(user).padStart(userDigits, '0') + room)
  return yield* all<ShownNotice>(outdatedSql, JSON.stringify(asked))
}
