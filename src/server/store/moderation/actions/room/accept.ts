import type { Effect } from '../../../contracts/effects.ts'
import { type Acting, accessChanged, viewableRoom } from '../../../rules/access.ts'
import { acceptRequest } from '../../../rules/requests.ts'
import type { Rule } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'

/** Accepts that a guest has added the user. Not recorded: it concerns only the user. */
export const accept: ActionRule<'accept'> = {
  *apply({ room }, context) {
    return { action: undefined, effects: yield* acceptedRequest(room, context) }
  },
}

/** Accepting twice, or without a request, changes nothing. */
export function* acceptedRequest(room: string, acting: Acting): Rule<Effect[]> {
  const { viewer, at } = acting
  const { roomId } = yield* viewableRoom(room, acting)
  const hasAccepted = viewer.isVerified && (yield* acceptRequest(roomId, viewer.user.id))
  return hasAccepted ? [yield* accessChanged(viewer.user.id, room, at)] : []
}
