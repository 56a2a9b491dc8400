import { lobby } from '../../../../../shared/protocol/limits.ts'
import type { RoomSettings } from '../../../../../shared/protocol/types.ts'
import type { Membership } from '../../../contracts/rooms.ts'
import { membership } from '../../../queries/membership.ts'
import { changeableRoom, forbidden, refuseBlockedIn, refuseTakenName } from '../../../rules/access.ts'
import { refuseUnlessAccepted } from '../../../rules/requests.ts'
import type { Rule } from '../../../transaction.ts'
import { type ActionContext, type ActionRule, hasChanged } from '../../action.ts'
import { writeEntryOf } from '../../entry.ts'
import { record } from '../../record.ts'
import { acceptedRequest } from './accept.ts'

type Fields = (keyof RoomSettings)[]

/** Changes a room's settings. */
export const changeRoom: ActionRule<'change', { before: RoomSettings; after: RoomSettings }> = {
  *apply({ room, data }, context) {
    const { roomId, mine } = yield* changeableRoom(room, context)
    const after = differenceOf(mine, data)
    const fields = Object.keys(after) as Fields
    if (fields.length === 0) return { action: undefined, effects: [] }
    yield* refuseChange(roomId, mine, after, context)
    const before = Object.fromEntries(fields.map((field) => [field, mine[field]]))
    const effects = mine.isRequest ? yield* acceptedRequest(room, context) : []
    const entry = yield* writeEntryOf(room, context.viewer.user.id, context.at, { type: 'room', data: after })
    const action = yield* record(context, { roomId, data: { after, before } })
    return { action, effects: [...effects, entry] }
  },

  /** Restores the settings that nobody has changed since. */
  *undo({ room, roomId }, { before, after }, { viewer, at }) {
    const now = room === null ? undefined : yield* membership(viewer.user.id, room, at)
    if (room === null || roomId === null || !now) throw hasChanged()
    const unchanged = (Object.keys(after) as Fields).filter((field) => now[field] === after[field])
    if (!unchanged.length) throw hasChanged()
    const settings: RoomSettings = Object.fromEntries(unchanged.map((field) => [field, before[field]]))
    if (settings.name !== undefined && now.kind === 'public') yield* refuseTakenName(roomId, settings.name)
    return [yield* writeEntryOf(room, viewer.user.id, at, { type: 'room', data: settings })]
  },
}

function differenceOf(now: Membership, wanted: RoomSettings): RoomSettings {
  const fields = Object.entries(wanted).filter(
    ([field, value]) => value !== undefined && value !== now[field as keyof RoomSettings],
  )
  return Object.fromEntries(fields)
}

/** Nobody moderates a conversation, and so nobody closes it for the others. */
function* refuseChange(roomId: number, mine: Membership, after: RoomSettings, context: ActionContext): Rule<void> {
  const user = context.viewer.user.id
  const isAllowed = mine.kind !== 'direct' || Object.keys(after).every((field) => field === 'name' || field === 'topic')
  if (!isAllowed) throw forbidden('A conversation has only a name and a topic.')
  if (mine.room === lobby && after.archived) throw forbidden('The lobby cannot be archived.')
  if (after.name !== undefined && mine.kind === 'public') yield* refuseTakenName(roomId, after.name)
  if (mine.kind === 'direct') yield* refuseBlockedIn(roomId, user)
  if (mine.kind !== 'public' && !mine.isRequest) yield* refuseUnlessAccepted(roomId, user)
}
