import type { Picture } from '../../../contracts/pictures.ts'
import { userPicture } from '../../../queries/files.ts'
import { changeableRoom, forbidden, lowerUser } from '../../../rules/access.ts'
import { setUserPicture } from '../../../rules/accounts.ts'
import { one, type Rule, run } from '../../../transaction.ts'
import type { ActionContext, ActionRule, Applied } from '../../action.ts'
import { writeEntryOf } from '../../entry.ts'
import { record } from '../../record.ts'

const unchanged: Applied = { action: undefined, effects: [] }

/** Sets or removes the picture of a room, or removes that of a user. It cannot be undone: the bytes are gone. */
export const picture: ActionRule<'picture'> = {
  apply(action, context) {
    return 'user' in action ? removeUserPicture(action.user, context) : changeRoomPicture(action, context)
  },
}

function* removeUserPicture(user: number, context: ActionContext): Rule<Applied> {
  yield* lowerUser(user, context)
  if (!(yield* userPicture(user))) return unchanged
  yield* setUserPicture(user, undefined)
  return { action: yield* record(context, { user, data: { removed: true } }), effects: [{ type: 'picture', user }] }
}

function* changeRoomPicture(
  { room, picture }: { room: string; picture?: Picture },
  context: ActionContext,
): Rule<Applied> {
  const { roomId, mine } = yield* changeableRoom(room, context)
  if (mine.kind === 'direct') throw forbidden('A conversation has no picture.')
  const before = yield* one<{ hash: string }>(
    'select picture as hash from rooms where id = ? and picture is not null',
    roomId,
  )
  if (before?.hash === picture?.hash) return unchanged
  yield* run(
    'update rooms set picture = ?, picture_bytes = ? where id = ?',
    picture?.hash ?? null,
    picture?.bytes ?? null,
    roomId,
  )
  const data = { picture: picture?.hash.slice(0, 8) ?? '' }
  const entry = yield* writeEntryOf(room, context.viewer.user.id, context.at, { type: 'room', data })
  const action = yield* record(context, { roomId, data: picture ? {} : { removed: true } })
  return { action, effects: [entry] }
}
