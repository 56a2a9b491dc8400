/** The messages that a user keeps for themselves, in all rooms that they can view. */
import type { Viewer } from '../contracts/accounts.ts'
import type { ListedPage } from '../contracts/log.ts'
import { all, each, only, type Rule } from '../transaction.ts'
import { type ListedRow, listedColumns, listedLimit, listedPage } from './listed-messages.ts'
import { isViewable } from './rooms.ts'

const savedMessage = `
  saved {ordered join} entries on entries.room_id = saved.room_id and entries.id = message_id
    {ordered join} rooms on rooms.id = saved.room_id`
const ownMembership = `
  left join memberships on memberships.room_id = saved.room_id and memberships.user_id = saved.user_id`

export const savedSql = {
  savedIn: `
    select message_id as id from saved
    where user_id = ? and room_id = (select id from rooms where address = ?) order by message_id`,
  saved: `
    select saved.id as place, ${listedColumns}
    from ${savedMessage} {ordered join} users on users.id = entries.user_id
      ${ownMembership}
    where saved.user_id = ? and saved.id < ? and deleted = 0 and ${isViewable}
    order by saved.id desc limit ${listedLimit}`,
  storedCount: 'select count(*) as count from saved where user_id = ?',
  /** Those that the list shows. */
  savedCount: `
    select count(*) as count from ${savedMessage} ${ownMembership}
    where saved.user_id = ? and deleted = 0 and ${isViewable}`,
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
  const access = accessOf({ isVerified, canViewPublic }, Date.now())
  return yield* listedPage(yield* each<ListedRow>(savedSql.saved, user.id, before, ...access), user)
}

/** Whether the list has that many messages. */
export function* hasSaved({ user, ...access }: Viewer, least: number, at: number): Rule<boolean> {
  // Those that the list does not show included: this reads no messages, and most users have saved few.
  const { count } = yield* only<{ count: number }>(savedSql.storedCount, user.id)
  if (count < least) return false
  return (yield* only<{ count: number }>(savedSql.savedCount, user.id, ...accessOf(access, at))).count >= least
}

/** What `isViewable` takes. */
function accessOf({ canViewPublic, isVerified }: Omit<Viewer, 'user'>, at: number): number[] {
  return [at, Number(canViewPublic), Number(isVerified)]
}
