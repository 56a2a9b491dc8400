/** Which bytes the picture of a user or a room has. */
import { canView } from '../../../shared/rights.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { Picture } from '../contracts/pictures.ts'
import { one, type Rule } from '../transaction.ts'
import { membership } from './membership.ts'

const columns = 'picture as hash, picture_bytes as bytes'

export const pictureSql = {
  ofUser: `select ${columns} from users where id = ? and picture is not null`,
  ofRoom: `select ${columns} from rooms where address = ? and picture is not null`,
}

export function* userPicture(userId: number): Rule<Picture | undefined> {
  return yield* one<Picture>(pictureSql.ofUser, userId)
}

export function* roomPicture(viewer: Viewer, room: string, at: number): Rule<Picture | undefined> {
  const mine = yield* membership(viewer.user.id, room, at)
  return mine && canView(mine, viewer) ? yield* one<Picture>(pictureSql.ofRoom, room) : undefined
}
