import { limits } from '../../../shared/protocol/limits.ts'
import type { Invite, RoomKind } from '../../../shared/protocol/types.ts'
import type { Link, LinkType } from '../contracts/invitations.ts'
import { type OptionalUserColumns, optionalUser, type UserColumns, userColumns, userOf } from '../rows.ts'
import { isStillValid } from '../rules/links.ts'
import { all, one, type Rule } from '../transaction.ts'

export const linkSql = {
  link: `
    select links.id, type, ${userColumns()},
      address as room, rooms.name as "roomName", kind,
      ${userColumns('creator', 'by')}
    from links left join users on users.id = user_id left join rooms on rooms.id = room_id
      left join users as creator on creator.id = links.created_by
    where token_hash = ? and uses_left > 0 and expires_at > ?`,
  invitations: `
    select links.id, ${userColumns()},
      links.created_at as at, expires_at as "expiresAt", uses_left as "usesLeft"
    from links join users on users.id = links.created_by
    where type = 'invite' and room_id = (select id from rooms where address = ?) and uses_left > 0 and expires_at > ?
    order by links.id desc limit ${limits.maxListedMembers}`,
}

interface LinkRow extends OptionalUserColumns<'by'>, OptionalUserColumns<'user'> {
  id: number
  type: LinkType
  room: string | null
  roomName: string | null
  kind: RoomKind | null
}

export function* link(tokenHash: Uint8Array, at: number): Rule<Link | undefined> {
  const found = yield* one<LinkRow>(linkSql.link, tokenHash, at)
  if (!found || !(yield* isStillValid(found, at))) return undefined
  const { id, type, room, roomName, kind } = found
  return {
    id,
    type,
    user: optionalUser(found.userId, found.userName, found.userImage, found.userIsBot, found.userPicture),
    room: room === null ? undefined : { room, name: roomName ?? '', kind: kind ?? 'public' },
    by: optionalUser(found.byId, found.byName, found.byImage, found.byIsBot, found.byPicture),
  }
}

export function* invitations(room: string, at: number): Rule<Invite[]> {
  const found = yield* all<Omit<Invite, 'by'> & UserColumns>(linkSql.invitations, room, at)
  const valid: Invite[] = []
  for (const { id, at: createdAt, expiresAt, usesLeft, ...user } of found) {
    const by = userOf(user)
    const isValid = yield* isStillValid({ type: 'invite', byId: by.id, userId: null, room }, at)
    if (isValid) valid.push({ id, by, at: createdAt, expiresAt, usesLeft })
  }
  return valid
}
