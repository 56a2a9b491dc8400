/** Users, as the rules of accounts, sessions and links need them. */
import { noDrawing } from '../../../shared/avatars.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { ServerRole, User } from '../../../shared/protocol/types.ts'
import { foldName } from '../../../shared/text.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { one, only, type Rule, run } from '../transaction.ts'

export interface UserRow {
  role: ServerRole
  bannedUntil: number | null
  passwordHash: string | null
  skeleton: string
}

/** @throws ChatError `no-such-user` */
export function* userWithId(id: number): Rule<User> {
  const row = yield* one<UserColumns>(`select ${userColumns()} from users where id = ?`, id)
  if (!row) throw new ChatError('no-such-user', 'There is no such user.')
  return userOf(row)
}

/** @throws ChatError `no-such-user` */
export function* userRow(id: number): Rule<UserRow> {
  const row = yield* one<UserRow>(
    'select role, banned_until as "bannedUntil", password_hash as "passwordHash", skeleton from users where id = ?',
    id,
  )
  if (!row) throw new ChatError('no-such-user', 'There is no such user.')
  return row
}

/** The user of that name, who is created if there is none. */
export function* openUser(name: string, skeleton: string, at: number): Rule<User> {
  yield* run(
    `insert into users (name, folded, skeleton, image, created_at)
    values (?, ?, ?, ?, ?) on conflict do nothing`,
    name,
    foldName(name),
    skeleton,
    noDrawing,
    at,
  )
  return userOf(yield* only<UserColumns>(`select ${userColumns()} from users where name = ?`, name))
}

/** @throws ChatError `name-taken` when another account has claimed a name that looks so */
export function* refuseClaimed(skeleton: string, userId: number | undefined): Rule<void> {
  const claimed = yield* one<{ id: number }>(`select id from users where skeleton = ? and role <> 'guest'`, skeleton)
  if (claimed && claimed.id !== userId) throw nameTaken()
}

export function nameTaken(): ChatError {
  return new ChatError('name-taken', 'That name, or a look-alike, is taken.')
}
