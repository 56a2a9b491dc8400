/** The messages that mention a user or reply to one of theirs, in all rooms that they can view. */
import { limits } from '../../../shared/protocol/limits.ts'
import type { Viewer } from '../contracts/accounts.ts'
import { type AddressedPage, pageCharacters } from '../contracts/log.ts'
import { each, type Rule } from '../transaction.ts'
import { changes, entryColumns, type MessageRow, message, upTo } from './pages.ts'
import { isViewable } from './rooms.ts'

export const addressedSql = {
  newest: `
    select addressed.id as place, ${entryColumns}, ${changes}
    from addressed {ordered join} entries on entries.room_id = addressed.room_id and entries.id = message_id
      {ordered join} rooms on rooms.id = addressed.room_id {ordered join} users on users.id = entries.user_id
      left join memberships on memberships.room_id = addressed.room_id and memberships.user_id = addressed.user_id
    where addressed.user_id = ? and addressed.id < ? and ${isViewable}
      and not exists (select 1 from blocks where blocks.user_id = addressed.user_id and blocked_id = entries.user_id)
    order by addressed.id desc limit ${limits.messagesPerPage + 1}`,
}

/** Without reactions: a list shows none, and one message can have ten thousand. */
export function* addressedMessages(
  { user, isVerified, canViewPublic }: Viewer,
  before = Number.MAX_SAFE_INTEGER,
): Rule<AddressedPage> {
  const access = [Date.now(), Number(canViewPublic), Number(isVerified)]
  const places: number[] = []
  const found = yield* each<MessageRow & { place: number }>(addressedSql.newest, user.id, before, ...access)
  const { items, more } = yield* upTo(found, limits.messagesPerPage, pageCharacters, function* ({ place, ...row }) {
    places.push(place)
    return yield* message({ ...row, hasReactions: 0 })
  })
  return { messages: items, next: more ? places[items.length - 1] : undefined }
}
