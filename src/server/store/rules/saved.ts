/** The messages that users keep for themselves. */
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { SavedChange } from '../contracts/saved.ts'
import { hasSaved } from '../queries/saved.ts'
import { one, type Rule, run } from '../transaction.ts'
import { forbidden, viewableRoom } from './access.ts'

export function* save(viewer: Viewer, { room, message, on, at }: SavedChange): Rule<void> {
  if (!on && viewer.isVerified && (yield* remove(viewer.user.id, room, message))) return
  const { roomId } = yield* viewableRoom(room, { viewer, at })
  if (!viewer.isVerified) throw forbidden('This session is not verified: sign in with the password.')
  const place = [viewer.user.id, roomId, message]
  const isSaved = yield* one('select 1 from saved where user_id = ? and room_id = ? and message_id = ?', ...place)
  if (isSaved || !on) return
  yield* refuseUnlessThere(roomId, message)
  if (yield* hasSaved(viewer, limits.maxSaved, at))
    throw forbidden(`You can save at most ${limits.maxSaved} messages. Remove one first.`)
  yield* run(
    'insert into saved (user_id, room_id, message_id, at) values (?, ?, ?, ?) on conflict do nothing',
    ...place,
    at,
  )
}

/** Also from a room that the user cannot view any more. @returns whether it was saved */
function* remove(userId: number, room: string, message: number): Rule<boolean> {
  const removed = yield* one(
    `delete from saved where user_id = ? and room_id = (select id from rooms where address = ?) and message_id = ?
    returning id`,
    userId,
    room,
    message,
  )
  return removed !== undefined
}

/** The message is deleted for good. */
export function* forgetSaved(roomId: number, message: number | null): Rule<void> {
  yield* run('delete from saved where room_id = ? and message_id = ?', roomId, message)
}

function* refuseUnlessThere(roomId: number, message: number): Rule<void> {
  const isThere = yield* one(
    `select 1 from entries where room_id = ? and id = ? and type = 'chat' and deleted = 0`,
    roomId,
    message,
  )
  if (!isThere) throw new ChatError('no-such-message', 'There is no such message.')
}
