import type { AuditRecord, ModerationActionType } from '../../../shared/protocol/types.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { AuditQuery, BannedRange } from '../contracts/moderation.ts'
import { type OptionalUserColumns, optionalUser, userColumns } from '../rows.ts'
import { all, type Rule, type Value } from '../transaction.ts'

/** Whether the viewer may read what was done; takes their id. Otherwise they learn by whom and to whom. */
const isReadable = `
  (audit_log.room_id is null or coalesce(deleted_kind, kind) = 'public' or exists
    (select 1 from memberships where room_id = audit_log.room_id and memberships.user_id = ? and is_member = 1))`

/** What the log is filtered by. The first of several says which index is read: there are more users than rooms, and few types. */
const filters = [
  { by: 'user', index: 'audit_log_target', condition: 'audit_log.user_id = ?' },
  { by: 'room', index: 'audit_log_room', condition: 'audit_log.room_id = (select id from rooms where address = ?)' },
  { by: 'actor', index: 'audit_log_actor', condition: 'actor_id = ?' },
  { by: 'type', index: 'audit_log_type', condition: 'audit_log.type = ?' },
] as const

export const auditSql = {
  ranges: 'select range, until from banned_ranges where until > ? order by id',
  unfinished: 'select action_id as id from unfinished_actions order by action_id',
}

/** Takes the viewer's id, the id before which records are listed, each filter, perhaps the viewer's id again, and the limit. */
export function auditRecordsSql(query: AuditQuery): string {
  const used = filters.filter(({ by }) => query[by] !== undefined)
  const conditions = ['audit_log.id < ?', ...used.map(({ condition }) => condition)]
  return `
    select audit_log.id, audit_log.type, at, data, undone_by as "undoneBy", address as room,
      case when ${isReadable} then 0 else 1 end as "isHidden",
      case when exists (select 1 from removed_messages where action_id = audit_log.id order by room_id limit 1 offset 0) then 1 else 0 end as "isKept",
      ${userColumns('actors', 'by')},
      ${userColumns()}
    from audit_log ${used[0] ? `{index:${used[0].index}}` : ''}
      left join users as actors on actors.id = actor_id left join users on users.id = audit_log.user_id
      left join rooms on rooms.id = room_id
    where ${[...conditions, ...(tellsMore(query) ? [isReadable] : [])].join(' and ')}
    order by audit_log.id desc limit ?`
}

interface Row extends OptionalUserColumns<'by'>, OptionalUserColumns<'user'> {
  id: number
  room: string | null
  type: ModerationActionType
  at: number
  data: string
  undoneBy: number | null
  /** Whether it was done in a room that the viewer cannot view. */
  isHidden: number
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

export function* auditLog({ user }: Viewer, query: AuditQuery, limit: number): Rule<AuditRecord[]> {
  const asked = filters.flatMap(({ by }): Value[] => (query[by] === undefined ? [] : [query[by]]))
  const values = [query.before ?? Number.MAX_SAFE_INTEGER, ...asked, ...(tellsMore(query) ? [user.id] : [])]
  const found = yield* all<Row>(auditRecordsSql(query), user.id, ...values, limit)
  return found.map(recordOf)
}

/** The room and the type are not to be learned of what is hidden: nothing of it is found by them. */
function tellsMore({ room, type }: AuditQuery): boolean {
  return room !== undefined || type !== undefined
}

function recordOf({ id, type, at, data, undoneBy, room, isHidden: hidden, isKept, ...row }: Row): AuditRecord {
  const by = optionalUser(row.byId, row.byName, row.byImage, row.byIsBot, row.byPicture)
  const user = optionalUser(row.userId, row.userName, row.userImage, row.userIsBot, row.userPicture)
  const isHidden = hidden === 1
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
