/** Bots and webhooks, as an admin or the operator makes them. */

import { noDrawing } from '../../../shared/avatars.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { foldName } from '../../../shared/text.ts'
import { confusableSkeleton } from '../../auth/confusables.ts'
import type { CreatedBot, NewBot, NewHook } from '../contracts/bots.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { one, only, type Rule, run } from '../transaction.ts'
import { forbidden } from './access.ts'
import { endOthers } from './accounts.ts'
import { nameTaken, refuseClaimed } from './users.ts'

const maxBots = 200
const maxHooks = 500

/** For the operator, who has no account. */
export function* addBot({ at, ...bot }: NewBot & { at: number }): Rule<CreatedBot> {
  const created = yield* createBot(bot, at)
  const data = JSON.stringify({ canWrite: bot.canWrite, canViewPublic: bot.canViewPublic })
  yield* run(`insert into audit_log (type, at, user_id, data) values ('add-bot', ?, ?, ?)`, at, created.user.id, data)
  return created
}

/** For the operator, who has no account. */
export function* addHook({ at, ...hook }: NewHook & { at: number }): Rule<CreatedBot> {
  const { roomId, id, ...created } = yield* createHook(hook, at)
  yield* run(
    `insert into audit_log (type, at, user_id, room_id, data) values ('add-hook', ?, ?, ?, ?)`,
    at,
    created.user.id,
    roomId,
    JSON.stringify({ hook: id }),
  )
  return created
}

/** The name must be new: nobody else may speak as the bot, and the bot must not speak as anybody else. */
export function* createBot(
  { name, tokenHash, canWrite, canViewPublic, rooms }: Omit<NewBot, 'tokenHash'> & { tokenHash: Uint8Array | null },
  at: number,
): Rule<CreatedBot> {
  const skeleton = confusableSkeleton(name)
  yield* refuseClaimed(skeleton, undefined)
  if (yield* one('select 1 from users where name = ?', name)) throw nameTaken()
  const { n } = yield* only<{ n: number }>('select count(*) as n from bots')
  if (n >= maxBots) throw forbidden(`A server has at most ${maxBots} bots.`)
  const roomIds: number[] = []
  for (const room of new Set(rooms)) roomIds.push(yield* roomId(room))
  const { id } = yield* only<{ id: number }>(
    `insert into users (name, folded, skeleton, image, is_bot, role, created_at) values (?, ?, ?, ?, 1, 'member', ?)
    returning id`,
    name,
    foldName(name),
    skeleton,
    noDrawing,
    at,
  )
  yield* run(
    'insert into bots (user_id, token_hash, can_write, can_view_public, created_at) values (?, ?, ?, ?, ?)',
    id,
    tokenHash,
    Number(canWrite),
    Number(canViewPublic),
    at,
  )
  for (const room of roomIds) yield* addTo(room, id)
  return { user: { id, name, image: noDrawing, bot: true }, ended: yield* endOthers(id, skeleton, 0) }
}

/** In the name of the bot that is called so, or of a new one. */
export function* createHook(
  { name, tokenHash, room }: NewHook,
  at: number,
): Rule<CreatedBot & { roomId: number; id: number }> {
  const { n } = yield* only<{ n: number }>('select count(*) as n from hooks')
  if (n >= maxHooks) throw forbidden(`A server has at most ${maxHooks} webhooks.`)
  const id = yield* roomId(room)
  const created = yield* botNamed(name, at)
  yield* refuseBanned(id, created.user.id, at)
  yield* addTo(id, created.user.id)
  const hook = yield* only<{ id: number }>(
    'insert into hooks (token_hash, user_id, room_id, created_at) values (?, ?, ?, ?) returning id',
    tokenHash,
    created.user.id,
    id,
    at,
  )
  return { ...created, roomId: id, id: hook.id }
}

/** The bot that is called so, or a new one, which has no token and sees only the rooms to which it is added. */
export function* botNamed(name: string, at: number): Rule<CreatedBot> {
  const known = yield* one<UserColumns>(`select ${userColumns()} from users where name = ? and is_bot = 1`, name)
  if (known) return { user: userOf(known), ended: [] }
  return yield* createBot({ name, tokenHash: null, canWrite: false, canViewPublic: false, rooms: [] }, at)
}

/** @throws ChatError `no-such-room`, also for a conversation */
export function* roomId(address: string): Rule<number> {
  const found = yield* one<{ id: number }>(
    `select id from rooms where address = ? and kind <> 'direct' and deleted_kind is null`,
    address,
  )
  if (!found) throw new ChatError('no-such-room', 'There is no such room.')
  return found.id
}

export function* refuseBanned(room: number, user: number, at: number): Rule<void> {
  const sql = 'select 1 from memberships where room_id = ? and user_id = ? and banned_until > ?'
  if (yield* one(sql, room, user, at)) throw forbidden('The bot is banned from this room.')
}

export function* addTo(room: number, user: number): Rule<void> {
  yield* run(
    `insert into memberships (user_id, room_id, read_to, is_invited) select ?, id, last, 1 from rooms where id = ?
    on conflict (user_id, room_id) do update set is_member = 1, is_invited = 1, is_request = 0`,
    user,
    room,
  )
}

/** A bot has no password and no rank. @throws ChatError `forbidden` */
export function* refuseBot(userId: number): Rule<void> {
  if (yield* one('select 1 from users where id = ? and is_bot = 1', userId)) throw forbidden('This is a bot.')
}
