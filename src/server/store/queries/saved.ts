/** The messages that a user keeps for themselves, in all rooms that they can view. */
import type { Viewer } from '../contracts/accounts.ts'
import type { ListedPage } from '../contracts/log.ts'
import { all, each, type Rule } from '../transaction.ts'
import { type ListedRow, listedColumns, listedLimit, listedPage } from './listed-messages.ts'
import { isViewable } from './rooms.ts'

export const savedSql = {
  savedIn: `
    select message_id as id from saved
    where user_id = ? and room_id = (select id from rooms where address = ?) order by message_id`,
  saved: `
    select saved.id as place, ${listedColumns}
    from saved {ordered join} entries on entries.room_id = saved.room_id and entries.id = message_id
      {ordered join} rooms on rooms.id = saved.room_id {ordered join} users on users.id = entries.user_id
      left join memberships on memberships.room_id = saved.room_id and memberships.user_id = saved.user_id
    where saved.user_id = ? and saved.id < ? and deleted = 0 and ${isViewable}
    order by saved.id desc limit ${listedLimit}`,
}

export function* savedIn({ user, isVerified }: Viewer, room: string): Rule<number[]> {
  if (!isVerified) return []
  return (yield* all<{ id: number }>(savedSql.savedIn, user.id, room)).map(({ id }) => id)
}

export function* savedMessages(
  { user, isVerified, canViewPublic }: Viewer,
  before = Number.MAX_SAFE_INTEGER,
): Rule<ListedPage> {
  if (!isVerified) return { messages: [], rooms: [], next: undefined }
  const access = [Date.now(), Number(canViewPublic), Number(isVerified)]
  return yield* listedPage(yield* each<ListedRow>(savedSql.saved, user.id, before, ...access), user)
}
