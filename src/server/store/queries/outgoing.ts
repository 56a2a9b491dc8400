/** What outgoing webhooks send next, and what the page for admins shows of them. */
import { botCommandOf, maxCommandCharacters } from '../../../shared/commands/bot-command.ts'
import type { BotCommand, ServerRole } from '../../../shared/protocol/types.ts'
import { canView } from '../../../shared/rights.ts'
import type { Bot } from '../contracts/bots.ts'
import type {
  DeliveryResult,
  ListedDelivery,
  NextDelivery,
  OutgoingHook,
  OutgoingKind,
  Passed,
  PauseReason,
} from '../contracts/outgoing.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, each, one, type Rule } from '../transaction.ts'
import { membership } from './membership.ts'
import { messages } from './pages.ts'

/** Messages of a room looked at in one read. */
const maxLookedAt = 500
/** Number of messages looked at in vain that is worth a write. */
const worthPassing = 100
export const maxKeptDeliveries = 50
const excerptCharacters = 120
/** Longer waits come of a clock that was set back. */
export const maxWaitMs = 2 * 60 * 60 * 1000

export const outgoingSql = {
  hooks: `
    select outgoing_hooks.id, ${userColumns()}, kind, command, description, url, outgoing_hooks.created_at as "createdAt",
      created_by as "createdBy", paused, failures
    from outgoing_hooks join users on users.id = user_id order by outgoing_hooks.id`,
  rooms: `
    select hook_id as "hookId", address as room from outgoing_cursors join rooms on rooms.id = room_id
    order by hook_id, room_id`,
  hook: `
    select outgoing_hooks.id, ${userColumns()}, users.role, can_write as "canWrite", can_view_public as "canViewPublic",
      kind, command, url, secret, paused, failures, next_at as "nextAt"
    from outgoing_hooks join users on users.id = outgoing_hooks.user_id join bots on bots.user_id = users.id
    where outgoing_hooks.id = ? and coalesce(banned_until, 0) <= ?`,
  asked: `
    select deliveries.id, room_id as "roomId", address as room, message_id as message
    from deliveries join rooms on rooms.id = room_id where hook_id = ? and result is null order by deliveries.id limit 1`,
  followed: `
    select room_id as "roomId", address as room, cursor from outgoing_cursors join rooms on rooms.id = room_id
    where hook_id = ? and last > cursor order by room_id`,
  // What was written before the webhook was made is before the cursor; without one the bot came to the room later.
  mentioned: `
    select memberships.room_id as "roomId", address as room, coalesce(cursor, 0) as cursor,
      (select min(message_id) from mentions
        where mentions.user_id = memberships.user_id and mentions.room_id = memberships.room_id
          and message_id > coalesce(cursor, 0)) as first
    from memberships join rooms on rooms.id = memberships.room_id
      left join outgoing_cursors on hook_id = ? and outgoing_cursors.room_id = memberships.room_id
    where memberships.user_id = ? and is_member = 1`,
  chats: `
    select id, user_id as "userId", deleted, substr(data, 1, ${maxCommandCharacters + 2}) as start,
      case when exists (select 1 from bots where bots.user_id = entries.user_id) then 1 else 0 end as "isBot"
    from entries {index:entries_chat} where room_id = ? and id > ? and type = 'chat' order by id limit ${maxLookedAt}`,
  at: 'select at from entries where room_id = ? and id = ?',
  failed: `
    select count(*) as n from deliveries
    where room_id = ? and message_id = ? and hook_id = ? and result is not null and result <> 'delivered'`,
  deliveries: `
    select deliveries.id, address as room, message_id as message, substr(entries.data, 1, ${excerptCharacters}) as text,
      deliveries.at, result, status, answer
    from deliveries join rooms on rooms.id = deliveries.room_id
      left join entries on entries.room_id = deliveries.room_id and entries.id = message_id
    where hook_id = ? order by deliveries.id desc limit ${2 * maxKeptDeliveries}`,
  commands: `
    select command as name, description, ${userColumns()}
    from rooms join outgoing_cursors on outgoing_cursors.room_id = rooms.id
      join outgoing_hooks on outgoing_hooks.id = hook_id join users on users.id = outgoing_hooks.user_id
      join memberships on memberships.user_id = users.id and memberships.room_id = rooms.id
    where address = ? and outgoing_hooks.kind = 'command' and paused is null and is_member = 1 order by command`,
}

interface ListedRow extends UserColumns {
  id: number
  kind: OutgoingKind
  command: string | null
  description: string
  url: string
  createdAt: number
  createdBy: number | null
  paused: PauseReason | null
  failures: number
}

interface HookRow extends UserColumns {
  id: number
  role: ServerRole
  canWrite: number
  canViewPublic: number
  kind: OutgoingKind
  command: string | null
  url: string
  secret: string
  paused: PauseReason | null
  failures: number
  nextAt: number
}

interface RoomRow {
  roomId: number
  room: string
  cursor: number
}

interface Candidate extends Pick<RoomRow, 'roomId' | 'room'> {
  message: number
  at: number
}

export function* outgoingHooks(): Rule<OutgoingHook[]> {
  const found = yield* all<ListedRow>(outgoingSql.hooks)
  const rooms = Map.groupBy(yield* all<{ hookId: number; room: string }>(outgoingSql.rooms), ({ hookId }) => hookId)
  return found.map(({ command, createdBy, paused, userId, userName, userImage, userIsBot, userPicture, ...hook }) => ({
    ...hook,
    user: userOf({ userId, userName, userImage, userIsBot, userPicture }),
    // The cursors of mentions are in all rooms in which the bot was.
    rooms: hook.kind === 'mentions' ? [] : (rooms.get(hook.id) ?? []).map(({ room }) => room),
    ...(command !== null && { command }),
    ...(createdBy !== null && { createdBy }),
    ...(paused !== null && { paused }),
  }))
}

export function* nextDelivery(id: number, at: number): Rule<NextDelivery> {
  const hook = yield* one<HookRow>(outgoingSql.hook, id, at)
  if (!hook) return nothing
  const asked = yield* one<RoomRow & { id: number; message: number }>(outgoingSql.asked, id)
  if (asked) return yield* askedFor(hook, asked, at)
  if (hook.paused !== null) return nothing
  const waitMs = hook.nextAt - at
  if (hook.failures > 0 && waitMs > 0 && waitMs <= maxWaitMs) return { type: 'wait', ms: waitMs }
  const passed: Passed[] = []
  let more = false
  const candidates: Candidate[] = []
  for (const room of yield* roomsOf(hook)) {
    if (!(yield* mayRead(hook, room.room, at))) continue
    const looked = yield* firstIn(hook, room)
    if (looked.message !== undefined) candidates.push({ ...room, ...(yield* placeIn(room.roomId, looked.message)) })
    else if (looked.count >= worthPassing) passed.push({ roomId: room.roomId, to: looked.to })
    more ||= looked.message === undefined && looked.count === maxLookedAt
  }
  // In the order in which they were written, as far as the clock was right.
  const [first] = candidates.sort((a, b) => a.at - b.at || a.roomId - b.roomId)
  if (!first) return { type: 'none', passed, more }
  const sent = yield* outgoingOf(hook, first, at)
  return sent ?? { type: 'none', passed, more }
}

const nothing: NextDelivery = { type: 'none', passed: [], more: false }

function* askedFor(
  hook: HookRow,
  { id: asked, roomId, room, message }: RoomRow & { id: number; message: number },
  at: number,
): Rule<NextDelivery> {
  const found = (yield* mayRead(hook, room, at)) && (yield* outgoingOf(hook, { roomId, room, message, at }, at, asked))
  return found || { type: 'withdrawn', delivery: { hook: hook.id, roomId, message, asked } }
}

function* roomsOf(hook: HookRow): Rule<(RoomRow & { first?: number })[]> {
  if (hook.kind !== 'mentions') return yield* all<RoomRow>(outgoingSql.followed, hook.id)
  const rooms = yield* all<RoomRow & { first: number | null }>(outgoingSql.mentioned, hook.id, hook.userId)
  return rooms.flatMap(({ first, ...room }) => (first === null ? [] : [{ ...room, first }]))
}

/** The bot is a member, and not only one who might read a public room: to remove it stops the webhook. */
function* mayRead(hook: HookRow, room: string, at: number): Rule<boolean> {
  const mine = yield* membership(hook.userId, room, at)
  const isVisible = mine && canView(mine, { isVerified: true, canViewPublic: hook.canViewPublic === 1 })
  return isVisible === true && mine.isIn && !mine.isRequest
}

/** A webhook is not sent what its own bot writes, and bots call no commands: they would talk for ever. */
function* firstIn(
  hook: HookRow,
  { roomId, cursor, first }: RoomRow & { first?: number },
): Rule<{ message?: number; count: number; to: number }> {
  if (first !== undefined) return { message: first, count: 0, to: first }
  const found = yield* each<{ id: number; userId: number; deleted: number; start: string; isBot: number }>(
    outgoingSql.chats,
    roomId,
    cursor,
  )
  let count = 0
  let to = cursor
  for (const { id, userId, deleted, start, isBot } of found) {
    const isFor = hook.kind === 'messages' || (!isBot && botCommandOf(start)?.name === hook.command)
    if (isFor && userId !== hook.userId && !deleted) return { message: id, count, to: id }
    count++
    to = id
  }
  return { count, to }
}

function* placeIn(roomId: number, message: number): Rule<{ message: number; at: number }> {
  const found = yield* one<{ at: number }>(outgoingSql.at, roomId, message)
  return { message, at: found?.at ?? 0 }
}

function* outgoingOf(
  hook: HookRow,
  { roomId, room, message: id }: Candidate,
  at: number,
  asked?: number,
): Rule<NextDelivery | undefined> {
  const { messages: found } = yield* messages(room, { after: id - 1 }, 1)
  const message = found.find((one) => one.id === id && !one.deleted)
  if (!message) return undefined
  const { name = '' } = (yield* membership(hook.userId, room, at)) ?? {}
  const failed = yield* one<{ n: number }>(outgoingSql.failed, roomId, id, hook.id)
  return {
    type: 'send',
    delivery: { hook: hook.id, roomId, message: id, ...(asked !== undefined && { asked }) },
    kind: hook.kind,
    ...(hook.command !== null && { command: hook.command }),
    url: hook.url,
    secret: hook.secret,
    bot: botOf(hook),
    room: { room, name },
    message,
    // Old attempts are forgotten while a delivery fails for a day.
    failures: Math.max(failed?.n ?? 0, asked === undefined && hook.kind !== 'command' ? hook.failures : 0),
  }
}

function botOf({ role, canWrite, canViewPublic, ...row }: HookRow): Bot {
  return { user: userOf(row), role, canWrite: canWrite === 1, canViewPublic: canViewPublic === 1 }
}

export function* deliveries(hook: number): Rule<ListedDelivery[]> {
  interface Row extends Pick<ListedDelivery, 'id' | 'room' | 'message' | 'at'> {
    text: string | null
    result: DeliveryResult | null
    status: number | null
    answer: string | null
  }
  const found = yield* all<Row>(outgoingSql.deliveries, hook)
  return found.map(({ text, result, status, answer, ...delivery }) => ({
    ...delivery,
    text: text ?? '',
    ...(result !== null && { result }),
    ...(status !== null && { status }),
    ...(answer !== null && { answer }),
  }))
}

export function* commandsIn(room: string): Rule<BotCommand[]> {
  const found = yield* all<UserColumns & { name: string; description: string }>(outgoingSql.commands, room)
  return found.map(({ name, description, ...user }) => ({ name, description, user: userOf(user) }))
}
