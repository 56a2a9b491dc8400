import type { AuditRecord, ModerationActionType, RoomKind } from '../../../shared/protocol/types.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { BannedRange } from '../contracts/moderation.ts'
import { type OptionalUserColumns, optionalUser } from '../rows.ts'
import { all, type Rule } from '../transaction.ts'

export const auditSql = {
  records: `
    select audit_log.id, audit_log.type, at, data, undone_by as "undoneBy", address as room,
      coalesce(deleted_kind, kind) as kind,
      (select is_member from memberships where room_id = audit_log.room_id and user_id = ?) as "isMember",
      case when exists (select 1 from removed_messages where action_id = audit_log.id) then 1 else 0 end as "isKept",
      actors.id as "byId", actors.name as "byName", actors.image as "byImage",
      users.id as "userId", users.name as "userName", users.image as "userImage"
    from audit_log left join users as actors on actors.id = actor_id left join users on users.id = audit_log.user_id
      left join rooms on rooms.id = room_id
    where audit_log.id < ? order by audit_log.id desc limit ?`,
  ranges: 'select range, until from banned_ranges where until > ? order by id',
  unfinished: 'select action_id as id from unfinished_actions order by action_id',
}

interface Row extends OptionalUserColumns<'by'>, OptionalUserColumns<'user'> {
  id: number
  room: string | null
  kind: RoomKind | null
  type: ModerationActionType
  at: number
  data: string
  undoneBy: number | null
  isMember: number | null
  /** Whether the texts that it deleted can be restored. */
  isKept: number
}

/** Each as long as everything is as the action left it, which is checked when it is undone. */
const undoable: readonly ModerationActionType[] = [
  'kick',
  'mute',
  'ban',
  'ban-range',
  'role',
  'change',
  'pin',
  'add',
  'invite',
  'settings',
]
const deleting: readonly ModerationActionType[] = ['delete', 'purge']

export function* auditLog({ user }: Viewer, before: number | undefined, limit: number): Rule<AuditRecord[]> {
  const found = yield* all<Row>(auditSql.records, user.id, before ?? Number.MAX_SAFE_INTEGER, limit)
  return found.map(recordOf)
}

function recordOf({ id, type, at, data, undoneBy, room, kind, isMember, isKept, ...row }: Row): AuditRecord {
  const by = optionalUser(row.byId, row.byName, row.byImage)
  const user = optionalUser(row.userId, row.userName, row.userImage)
  const isHidden = kind !== null && kind !== 'public' && !isMember
  return {
    id,
    type: isHidden ? 'hidden' : type,
    at,
    ...(by && { by }),
    ...(user && { user }),
    ...(room !== null && !isHidden && { room }),
    data: isHidden ? {} : JSON.parse(data),
    undoable: undoneBy === null && !isHidden && (deleting.includes(type) ? isKept === 1 : undoable.includes(type)),
    ...(undoneBy !== null && { undoneBy }),
  }
}

export function* unfinishedActions(): Rule<number[]> {
  return (yield* all<{ id: number }>(auditSql.unfinished)).map(({ id }) => id)
}

export function* bannedRanges(at: number): Rule<BannedRange[]> {
  return yield* all<BannedRange>(auditSql.ranges, at)
}
