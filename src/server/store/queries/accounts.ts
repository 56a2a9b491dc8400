import type { ServerRole, User } from '../../../shared/protocol/types.ts'
import { foldName } from '../../../shared/text.ts'
import type { Account, ListedAccount, Viewer } from '../contracts/accounts.ts'
import { statusOf, type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, type Rule } from '../transaction.ts'
import { knownSql, knownValues } from './known-users.ts'

const accountColumns = `
  ${userColumns()}, role, password_hash as "passwordHash", banned_until as "bannedUntil", hides_seen as "hidesSeen", status`
/** Names that begin so, in any case; takes `beginning`. */
export const beginsWith = 'folded >= ? and folded < ?'

export const accountSql = {
  user: 'select 1 from users where name = ?',
  owner: `select 1 from users where role = 'owner'`,
  account: `select ${accountColumns} from users where id = ?`,
  claimedLike: `select ${accountColumns} from users where skeleton = ? and role <> 'guest'`,
  claimedNamed: `select ${accountColumns} from users where name = ? and role <> 'guest'`,
  blocked: `
    select ${userColumns()} from blocks join users on users.id = blocked_id where blocks.user_id = ?
    order by blocked_id`,
  list: `
    select ${userColumns()}, role, banned_until as "bannedUntil",
      (select max(seen_at) from sessions where user_id = users.id) as "seenAt"
    from users {index:users_folded} where ${beginsWith} order by folded, id limit ?`,
  like: `
    select ${userColumns()}, role, banned_until as "bannedUntil",
      (select max(seen_at) from sessions where user_id = users.id) as "seenAt"
    from users where name = ? or skeleton = ? order by id`,
  known: `
    select ${userColumns()} from users {index:users_folded} where ${beginsWith} and ${knownSql} order by folded, id limit ?`,
}

interface AccountRow extends UserColumns {
  role: ServerRole
  passwordHash: string | null
  bannedUntil: number | null
  hidesSeen: number
  status: string | null
}

interface ListedRow extends Omit<AccountRow, 'passwordHash' | 'hidesSeen' | 'status'> {
  seenAt: number | null
}

export function* hasUser(name: string): Rule<boolean> {
  return (yield* one(accountSql.user, name)) !== undefined
}

export function* hasOwner(): Rule<boolean> {
  return (yield* one(accountSql.owner)) !== undefined
}

export function* account(userId: number): Rule<Account | undefined> {
  return accountOf(yield* one<AccountRow>(accountSql.account, userId))
}

export function* claimedAccount(skeleton: string, name?: string): Rule<Account | undefined> {
  const exact = name === undefined ? undefined : yield* one<AccountRow>(accountSql.claimedNamed, name)
  return accountOf(exact ?? (yield* one<AccountRow>(accountSql.claimedLike, skeleton)))
}

export function* blockedUsers(userId: number): Rule<User[]> {
  return (yield* all<UserColumns>(accountSql.blocked, userId)).map(userOf)
}

export function* accounts(find: string, limit: number): Rule<ListedAccount[]> {
  return (yield* all<ListedRow>(accountSql.list, ...beginning(find), limit)).map(listedAccount)
}

export function* accountsLike(name: string, skeleton: string): Rule<ListedAccount[]> {
  return (yield* all<ListedRow>(accountSql.like, name, skeleton)).map(listedAccount)
}

export function* knownUsers(viewer: Viewer, find: string, limit: number): Rule<User[]> {
  const values = [...beginning(find), ...knownValues(viewer, Date.now()), limit]
  return (yield* all<UserColumns>(accountSql.known, ...values)).map(userOf)
}

function listedAccount({ role, bannedUntil, seenAt, ...user }: ListedRow): ListedAccount {
  return { user: userOf(user), role, bannedUntil: bannedUntil ?? undefined, seenAt: seenAt ?? undefined }
}

function accountOf(row: AccountRow | undefined): Account | undefined {
  if (!row) return undefined
  const { role, passwordHash, bannedUntil, hidesSeen, status, ...user } = row
  return {
    user: userOf(user),
    role,
    passwordHash: passwordHash ?? undefined,
    bannedUntil: bannedUntil ?? undefined,
    hidesSeen: hidesSeen === 1,
    status: statusOf(status, Date.now()),
  }
}

/** From the text itself to the last text that begins with it. */
export function beginning(find: string): [string, string] {
  const folded = foldName(find)
  return [folded, `${folded}\u{10ffff}`]
}
