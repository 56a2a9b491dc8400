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
  newest: `
    select addressed.id as place, ${listedColumns}
    from addressed {ordered join} entries on entries.room_id = addressed.room_id and entries.id = message_id
      {ordered join} rooms on rooms.id = addressed.room_id {ordered join} users on users.id = entries.user_id
      left join memberships on memberships.room_id = addressed.room_id and memberships.user_id = addressed.user_id
    where addressed.user_id = ? and addressed.id < ? and addressed.id >= ? and ${isViewable}
      and not exists (select 1 from blocks where blocks.user_id = addressed.user_id and blocked_id = entries.user_id)
    order by addressed.id desc limit ${listedLimit}`,
}

export function* addressedMessages(
  { user, isVerified, canViewPublic }: Viewer,
  before = Number.MAX_SAFE_INTEGER,
): Rule<ListedPage> {
  const floor = (yield* one<{ place: number }>(addressedSql.floor, user.id, before))?.place
  const access = [Date.now(), Number(canViewPublic), Number(isVerified)]
  const found = yield* each<ListedRow>(addressedSql.newest, user.id, before, floor ?? 0, ...access)
  return yield* listedPage(found, user, floor)
}
