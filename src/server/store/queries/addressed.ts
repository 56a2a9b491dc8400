/** The messages that mention a user or reply to one of theirs, in all rooms that they can view. */
import type { Viewer } from '../contracts/accounts.ts'
import type { ListedPage } from '../contracts/log.ts'
import { each, one, type Rule } from '../transaction.ts'
import { type ListedRow, listedColumns, listedLimit, listedPage } from './listed-messages.ts'
import { isViewable } from './rooms.ts'

/** Most are shown. A user can have very many in rooms that they have lost, or by users whom they have blocked since. */
const maxLookedAt = 10_000

export const addressedSql = {
  /** The last place that a page looks at. */
  floor: `select id as place from addressed where user_id = ? and id < ? order by id desc limit 1 offset ${maxLookedAt - 1}`,
  // Takes the user, the bounds and what `isViewable` takes, and all of these once more. What mentions everybody is chosen by indexes, before texts are read: the user's rooms can have very many such messages.
  addressed: `
    with called as (
      select addressed.id, addressed.room_id, message_id
      from memberships {ordered join} addressed {index:addressed_everyone}
        on addressed.room_id = memberships.room_id and addressed.user_id is null
        {ordered join} rooms on rooms.id = addressed.room_id
        {ordered join} entries {index:entries_chat} on entries.room_id = addressed.room_id and entries.id = message_id
          and entries.type = 'chat' and entries.user_id <> memberships.user_id
      where memberships.user_id = ? and is_member = 1 and is_request = 0
        and addressed.id < ? and addressed.id >= ? and ${isViewable}
        and not exists (select 1 from blocks where blocks.user_id = memberships.user_id and blocked_id = entries.user_id)
        and not exists (
          select 1 from addressed as own
          where own.room_id = addressed.room_id and own.message_id = addressed.message_id
            and own.user_id = memberships.user_id)
      order by addressed.id desc limit ${listedLimit}
    )
    select addressed.id as place, ${listedColumns}
    from addressed {ordered join} entries on entries.room_id = addressed.room_id and entries.id = message_id
      {ordered join} rooms on rooms.id = addressed.room_id {ordered join} users on users.id = entries.user_id
      left join memberships on memberships.room_id = addressed.room_id and memberships.user_id = addressed.user_id
    where addressed.user_id = ? and addressed.id < ? and addressed.id >= ? and ${isViewable}
      and not exists (select 1 from blocks where blocks.user_id = addressed.user_id and blocked_id = entries.user_id)
    union all
    select called.id as place, ${listedColumns}
    from called {ordered join} entries on entries.room_id = called.room_id and entries.id = message_id
      {ordered join} rooms on rooms.id = called.room_id {ordered join} users on users.id = entries.user_id
    order by place desc limit ${listedLimit}`,
}

export function* addressedMessages(
  { user, isVerified, canViewPublic }: Viewer,
  before = Number.MAX_SAFE_INTEGER,
): Rule<ListedPage> {
  const floor = (yield* one<{ place: number }>(addressedSql.floor, user.id, before))?.place
  const chosen = [user.id, before, floor ?? 0, Date.now(), Number(canViewPublic), Number(isVerified)]
  const found = yield* each<ListedRow>(addressedSql.addressed, ...chosen, ...chosen)
  return yield* listedPage(found, user, floor)
}
