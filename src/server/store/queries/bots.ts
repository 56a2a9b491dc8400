import type { ServerRole } from '../../../shared/protocol/types.ts'
import type { Bot, Hook, ListedBot, ListedHook } from '../contracts/bots.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, type Rule } from '../transaction.ts'

const botColumns = `${userColumns()}, role, can_write as "canWrite", can_view_public as "canViewPublic"`

export const botSql = {
  bot: `
    select ${botColumns} from bots join users on users.id = user_id
    where token_hash = ? and coalesce(banned_until, 0) <= ?`,
  hook: `
    select hooks.id, ${botColumns}, address as room from hooks join users on users.id = hooks.user_id
      join bots on bots.user_id = users.id join rooms on rooms.id = room_id
    where hooks.token_hash = ? and coalesce(banned_until, 0) <= ?`,
  bots: `
    select ${botColumns}, case when token_hash is null then 1 else 0 end as "isRevoked", bots.created_at as "createdAt"
    from bots join users on users.id = user_id order by folded, users.id`,
  hooks: `
    select hooks.id, ${userColumns()}, address as room, hooks.created_at as "createdAt"
    from hooks join users on users.id = user_id join rooms on rooms.id = room_id order by folded, hooks.id`,
}

interface BotRow extends UserColumns {
  role: ServerRole
  canWrite: number
  canViewPublic: number
}

export function* bot(tokenHash: Uint8Array, at: number): Rule<Bot | undefined> {
  const row = yield* one<BotRow>(botSql.bot, tokenHash, at)
  return row && botOf(row)
}

export function* hook(tokenHash: Uint8Array, at: number): Rule<Hook | undefined> {
  const row = yield* one<BotRow & { id: number; room: string }>(botSql.hook, tokenHash, at)
  return row && { id: row.id, bot: botOf(row), room: row.room }
}

export function* bots(): Rule<ListedBot[]> {
  const found = yield* all<BotRow & { isRevoked: number; createdAt: number }>(botSql.bots)
  return found.map(({ isRevoked, createdAt, ...row }) => {
    const { role: _, ...listed } = botOf(row)
    return { ...listed, isRevoked: isRevoked === 1, createdAt }
  })
}

export function* hooks(): Rule<ListedHook[]> {
  const found = yield* all<UserColumns & Omit<ListedHook, 'user'>>(botSql.hooks)
  return found.map(({ id, room, createdAt, ...user }) => ({ id, user: userOf(user), room, createdAt }))
}

function botOf(row: BotRow): Bot {
  return { user: userOf(row), role: row.role, canWrite: row.canWrite === 1, canViewPublic: row.canViewPublic === 1 }
}
