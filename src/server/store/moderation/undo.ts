/** Undoes an action where everything is still as it left it, by an actor who could have done it. */
import { canModerate, canView, type Roles, rankOf } from '../../../shared/rights.ts'
import type { Effect } from '../contracts/effects.ts'
import { membership } from '../queries/membership.ts'
import { type Acting, adminRole, forbidden, serverRoleOf } from '../rules/access.ts'
import { restoreFiles } from '../rules/files/files.ts'
import { noteReply } from '../rules/mentions.ts'
import { changeIndex } from '../search/index.ts'
import { all, type Rule, run } from '../transaction.ts'
import { type ActionRule, type AuditRow, messagesInPart } from './action.ts'
import { writeEntryOf } from './entry.ts'
import { record, recordWithId } from './record.ts'
import { recordedActions } from './registry.ts'

interface Removed {
  roomId: number
  room: string
  id: number
  data: string
  files: string | null
  author: number
  /** The message that it replies to. */
  ref: number | null
}

export const undo: ActionRule<'undo'> = {
  *apply({ action: id }, context) {
    const undone = yield* recordWithId(id)
    if (!undone) throw notYours()
    yield* refuseUnlessMayUndo(undone, context)
    if (undone.undoneBy !== null) throw forbidden('This has been undone already.')
    const undoing = undone.type === 'undo' ? undefined : recordedActions[undone.type].undo
    if (!undoing) throw forbidden('This cannot be undone.')
    const effects = yield* undoing(undone, JSON.parse(undone.data), context)
    const { user, roomId } = undone
    const action = yield* record(context, {
      ...(user !== null && { user }),
      ...(roomId !== null && { roomId }),
      data: { action: id },
    })
    yield* run('update audit_log set undone_by = ? where id = ?', action, id)
    yield* run('delete from unfinished_actions where action_id = ?', id)
    return { action, effects }
  },

  /** Restores messages that the undone action had deleted. */
  *proceed({ actor, data }, position, at) {
    const { action } = JSON.parse(data)
    const messages = yield* all<Removed>(
      `select removed.room_id as "roomId", address as room, message_id as id, removed.data, removed.files, user_id as author, ref
      from removed_messages as removed join rooms on rooms.id = removed.room_id
        join entries on entries.room_id = removed.room_id and entries.id = message_id
      where action_id = ?
      order by removed.room_id, message_id limit ${messagesInPart}`,
      action,
    )
    if (!messages.length) return undefined
    const effects: Effect[] = []
    for (const { roomId, room, id, data, files, author, ref } of messages) {
      const key = [action, roomId, id]
      yield* run('delete from removed_messages where action_id = ? and room_id = ? and message_id = ?', ...key)
      if (files !== null) yield* restoreFiles(files)
      yield* run(
        'update entries set data = ?, files = ?, deleted = 0 where room_id = ? and id = ?',
        data,
        files,
        roomId,
        id,
      )
      // Before the edit, which changes what is in the index.
      yield* changeIndex(undefined, roomId, id)
      effects.push(yield* writeEntryOf(room, actor ?? 0, at, { type: 'edit', ref: id, data, files }))
      if (ref !== null) yield* noteReply(roomId, id, author, ref)
    }
    return { position, effects }
  },
}

/**
 * A moderator of the room may, unless somebody with a higher role did it, or it was done to the moderator. What was done in a room that
 * the actor cannot view is not theirs to undo.
 */
function* refuseUnlessMayUndo(undone: AuditRow, context: Acting): Rule<void> {
  const mine = yield* undone.room === null ? rolesOnServer(context) : rolesIn(undone.room, context)
  const user = context.viewer.user.id
  const mayUndo = mine && (undone.actor === user || rankOf(mine) >= rankOf(yield* rolesOfActor(undone, context)))
  if (!mayUndo || undone.user === user) throw notYours()
}

function* rolesOnServer(context: Acting): Rule<Roles | undefined> {
  const serverRole = yield* adminRole(context)
  return serverRole && { serverRole }
}

function* rolesIn(room: string, { viewer, at }: Acting): Rule<Roles | undefined> {
  const mine = yield* membership(viewer.user.id, room, at)
  const isModerator = mine && viewer.isVerified && canView(mine, viewer) && canModerate(mine)
  return isModerator ? mine : undefined
}

function* rolesOfActor({ actor, room }: AuditRow, { at }: Acting): Rule<Roles> {
  if (actor === null) return { serverRole: 'owner' }
  const theirs = room === null ? undefined : yield* membership(actor, room, at)
  return theirs ?? { serverRole: yield* serverRoleOf(actor) }
}

function notYours() {
  return forbidden('You may not undo this.')
}
