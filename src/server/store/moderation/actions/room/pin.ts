import { ChatError } from '../../../../../shared/protocol/errors.ts'
import { limits } from '../../../../../shared/protocol/limits.ts'
import { closedTo } from '../../../../../shared/rights.ts'
import type { Membership } from '../../../contracts/rooms.ts'
import { changeableRoom, forbidden, refuseBlockedIn } from '../../../rules/access.ts'
import { refuseUnlessAccepted } from '../../../rules/requests.ts'
import { one, only, type Rule } from '../../../transaction.ts'
import { type ActionContext, type ActionRule, hasChanged } from '../../action.ts'
import { writeEntryOf } from '../../entry.ts'
import { record } from '../../record.ts'
import { acceptedRequest } from './accept.ts'

/** Pins or unpins a message. In a direct conversation everybody in it can. */
export const pin: ActionRule<'pin', { message: number; on: boolean }> = {
  *apply({ room, ref, on }, context) {
    const { roomId, mine } = yield* changeableRoom(room, context)
    if ((yield* isPinned(roomId, ref)) === on) return { action: undefined, effects: [] }
    yield* refusePin(roomId, mine, context)
    if (on) yield* refuseUnlessPinnable(roomId, ref)
    const effects = mine.isRequest ? yield* acceptedRequest(room, context) : []
    const entry = yield* writeEntryOf(room, context.viewer.user.id, context.at, { type: 'pin', ref, on })
    const action = yield* record(context, { roomId, data: { message: ref, on } })
    return { action, effects: [...effects, entry] }
  },

  *undo({ room, roomId }, { message, on }, { viewer, at }) {
    if (room === null || roomId === null || (yield* isPinned(roomId, message)) !== on) throw hasChanged()
    if (!on) yield* refuseUnlessPinnable(roomId, message)
    return [yield* writeEntryOf(room, viewer.user.id, at, { type: 'pin', ref: message, on: !on })]
  },
}

function* isPinned(roomId: number, message: number): Rule<boolean> {
  return (yield* one('select 1 from pins where room_id = ? and message_id = ?', roomId, message)) !== undefined
}

function* refusePin(roomId: number, mine: Membership, { viewer, at }: ActionContext): Rule<void> {
  const why = closedTo(mine, true, at)
  if (why === 'archived') throw new ChatError('read-only', 'The room is archived.')
  if (why === 'muted') throw new ChatError('muted', 'You are muted in this room.', mine.mutedUntil - at)
  if (mine.kind === 'direct') yield* refuseBlockedIn(roomId, viewer.user.id)
  if (mine.kind !== 'public' && !mine.isRequest) yield* refuseUnlessAccepted(roomId, viewer.user.id)
}

function* refuseUnlessPinnable(roomId: number, message: number): Rule<void> {
  const isThere = yield* one(
    `select 1 from entries where room_id = ? and id = ? and type = 'chat' and deleted = 0`,
    roomId,
    message,
  )
  if (!isThere) throw new ChatError('no-such-message', 'There is no such message.')
  const { pinned } = yield* only<{ pinned: number }>('select count(*) as pinned from pins where room_id = ?', roomId)
  if (pinned >= limits.maxPins) throw forbidden(`A room has at most ${limits.maxPins} pinned messages.`)
}
