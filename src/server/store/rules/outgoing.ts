/** Outgoing webhooks: how they are made, and what becomes of what they send. */

import { isCommandName } from '../../../shared/commands/bot-command.ts'
import { slashCommands } from '../../../shared/commands/registry.ts'
import { dayMs } from '../../../shared/durations.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { CreatedBot } from '../contracts/bots.ts'
import type { Attempt, NewOutgoingHook, Passed, PauseReason } from '../contracts/outgoing.ts'
import { maxKeptDeliveries } from '../queries/outgoing.ts'
import { all, one, only, type Rule, run } from '../transaction.ts'
import { forbidden } from './access.ts'
import { addTo, botNamed, refuseBanned, roomId } from './bots.ts'

export const maxOutgoingHooks = 100
export const maxRoomsPerHook = 20
/** A webhook is paused that has failed for so long, and so often: a clock that jumps pauses none. */
const maxFailingMs = dayMs
const minFailures = 20

/** @returns its bot, and its id */
export function* createOutgoingHook(
  { name, kind, command, description = '', rooms, url, secret }: NewOutgoingHook,
  createdBy: number,
  at: number,
): Rule<CreatedBot & { id: number }> {
  const { n } = yield* only<{ n: number }>('select count(*) as n from outgoing_hooks')
  if (n >= maxOutgoingHooks) throw forbidden(`A server has at most ${maxOutgoingHooks} outgoing webhooks.`)
  const roomIds: number[] = []
  for (const room of new Set(rooms)) roomIds.push(yield* roomId(room))
  if (roomIds.length > maxRoomsPerHook) throw forbidden(`A webhook follows at most ${maxRoomsPerHook} rooms.`)
  if (kind !== 'mentions' && !roomIds.length) throw new ChatError('no-such-room', 'Choose a room.')
  if (kind === 'command') yield* refuseTakenCommand(command, roomIds)
  const created = yield* botNamed(name, at)
  const bot = created.user.id
  for (const room of roomIds) yield* refuseBanned(room, bot, at)
  for (const room of roomIds) yield* addTo(room, bot)
  const { id } = yield* only<{ id: number }>(
    `insert into outgoing_hooks (user_id, kind, command, description, url, secret, created_by, created_at)
    values (?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    bot,
    kind,
    kind === 'command' && command !== undefined ? command : null,
    description,
    url,
    secret,
    createdBy,
    at,
  )
  for (const room of roomIds) yield* follow(id, room)
  if (kind === 'mentions') yield* followAll(id, bot)
  return { ...created, id }
}

function* refuseTakenCommand(command: string | undefined, roomIds: readonly number[]): Rule<void> {
  if (!command || !isCommandName(command)) throw new ChatError('bad-field', 'A command has small letters and hyphens.')
  if (slashCommands.some(({ name }) => name === command)) throw taken()
  for (const room of roomIds) {
    const other = yield* one(
      `select 1 from outgoing_cursors join outgoing_hooks on id = hook_id where room_id = ? and command = ?`,
      room,
      command,
    )
    if (other) throw taken()
  }
}

/** From what comes next. */
function* follow(hook: number, room: number): Rule<void> {
  yield* run(
    'insert into outgoing_cursors (hook_id, room_id, cursor) select ?, id, last from rooms where id = ?',
    hook,
    room,
  )
}

/** Rooms to which the bot comes later have no cursor: nothing can have mentioned it there before. */
function* followAll(hook: number, bot: number): Rule<void> {
  yield* run(
    `insert into outgoing_cursors (hook_id, room_id, cursor)
    select ?, room_id, last from memberships join rooms on rooms.id = room_id where user_id = ?
    on conflict (hook_id, room_id) do update set cursor = excluded.cursor`,
    hook,
    bot,
  )
}

/** What was written meanwhile is not sent any more. */
export function* skipToEnd(hook: number): Rule<void> {
  yield* run(
    `update outgoing_cursors set cursor = (select last from rooms where rooms.id = room_id) where hook_id = ?`,
    hook,
  )
  const mentions = yield* one<{ bot: number }>(
    `select user_id as bot from outgoing_hooks where id = ? and kind = 'mentions'`,
    hook,
  )
  if (mentions) yield* followAll(hook, mentions.bot)
}

export function* removeOutgoingHook(hook: number): Rule<void> {
  yield* run('delete from outgoing_cursors where hook_id = ?', hook)
  yield* run('delete from deliveries where hook_id = ?', hook)
  yield* run('delete from outgoing_hooks where id = ?', hook)
}

export function* passMessages(hook: number, passed: readonly Passed[]): Rule<void> {
  for (const { roomId, to } of passed) yield* moveCursor(hook, roomId, to)
}

/** Forward only. A webhook or a room that is removed meanwhile has none. */
function* moveCursor(hook: number, room: number, to: number): Rule<void> {
  yield* run(
    `insert into outgoing_cursors (hook_id, room_id, cursor) 
      select outgoing_hooks.id, rooms.id, cast(? as bigint) from outgoing_hooks, rooms
      where outgoing_hooks.id = ? and rooms.id = ? and deleted_kind is null
    on conflict (hook_id, room_id) do update set cursor = {greatest}(outgoing_cursors.cursor, excluded.cursor)`,
    to,
    hook,
    room,
  )
}

interface Failing {
  bot: number
  paused: PauseReason | null
  failures: number
  since: number | null
}

export function* noteDelivery(attempt: Attempt): Rule<{ paused: PauseReason | undefined }> {
  const { hook: id, roomId: room, message, asked, at, result, status, answer, isDone } = attempt
  const hook = yield* one<Failing>(
    'select user_id as bot, paused, failures, failing_since as since from outgoing_hooks where id = ?',
    id,
  )
  // Removed, or the room was deleted, while it was sent.
  if (!hook || !(yield* one('select 1 from rooms where id = ? and deleted_kind is null', room))) return notPaused
  if (asked !== undefined) {
    const sql = 'update deliveries set at = ?, result = ?, status = ?, answer = ? where id = ? and result is null'
    yield* run(sql, at, result, status ?? null, answer ?? null, asked)
    return notPaused
  }
  yield* run(
    'insert into deliveries (hook_id, room_id, message_id, at, result, status, answer) values (?, ?, ?, ?, ?, ?, ?)',
    id,
    room,
    message,
    at,
    result,
    status ?? null,
    answer ?? null,
  )
  yield* forgetOld(id)
  if (isDone) yield* moveCursor(id, room, message)
  if (result === 'delivered' || result === 'not-posted') {
    if (hook.failures) yield* forgetFailures(id)
    return notPaused
  }
  return yield* noteFailure(hook, attempt)
}

const notPaused = { paused: undefined }

export function* forgetFailures(hook: number): Rule<void> {
  yield* run('update outgoing_hooks set failures = 0, failing_since = null, next_at = 0 where id = ?', hook)
}

function* noteFailure(
  { bot, paused, failures, since }: Failing,
  { hook, at, result, retryAt }: Attempt,
): Rule<{ paused: PauseReason | undefined }> {
  const failingSince = Math.min(since ?? at, at)
  yield* run(
    'update outgoing_hooks set failures = ?, failing_since = ?, next_at = ? where id = ?',
    failures + 1,
    failingSince,
    retryAt,
    hook,
  )
  const isOver = at - failingSince >= maxFailingMs && failures + 1 >= minFailures
  const reason = result === 'gone' ? 'gone' : isOver ? 'failing' : undefined
  if (!reason || paused !== null) return notPaused
  yield* run('update outgoing_hooks set paused = ? where id = ?', reason, hook)
  yield* run(
    `insert into audit_log (type, at, user_id, data) values ('change-outgoing-hook', ?, ?, ?)`,
    at,
    bot,
    JSON.stringify({ hook, change: reason }),
  )
  return { paused: reason }
}

/** What an admin has asked for is not among them before it is sent. */
function* forgetOld(hook: number): Rule<void> {
  const old = yield* all<{ id: number }>(
    `select id from deliveries where hook_id = ? and result is not null order by id desc limit 100 offset ${maxKeptDeliveries}`,
    hook,
  )
  for (const { id } of old) yield* run('delete from deliveries where id = ?', id)
}

function taken(): ChatError {
  return new ChatError('name-taken', 'Another command has that name.')
}
