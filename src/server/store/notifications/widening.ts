/** A user wants to be told more from now on: what was unread before is no news, and what already waits is still told. */
import type { NotificationLevel, RoomKind, RoomLevel } from '../../../shared/protocol/types.ts'
import { all, one, type Rule } from '../transaction.ts'
import { keywordsSql } from './keywords.ts'
import { tellUpTo } from './notices.ts'
import { isDirect, type Levels, maxTexts, type TextBudget, wantedAfter } from './wanted.ts'

/** Rooms that are looked at by one command. Of others the user may be told what was unread before. */
const maxRooms = 100
/** Texts that are read for keywords by one command, while nobody else writes. Rooms that may have more than are left are not looked at. */
const maxTextsPerCommand = 500

const ranks = { nothing: 0, mentions: 1, all: 2 }

/** Rooms with messages that are neither read nor told. */
const untold = `
  select rooms.id as "roomId", kind, last, memberships.level as own, notification_settings.level as usual,
    read_to as "readTo", coalesce(pushed_to, 0) as "pushedTo", coalesce(mailed_to, 0) as "mailedTo"
  from memberships join rooms on rooms.id = memberships.room_id
    join notification_settings on notification_settings.user_id = memberships.user_id
    left join notices on notices.user_id = memberships.user_id and notices.room_id = memberships.room_id
  where memberships.user_id = ? and is_member = 1 and is_request = 0
    and last > {greatest}(read_to, {least}(coalesce(pushed_to, 0), coalesce(mailed_to, 0)))`

interface UntoldRoom extends Levels {
  roomId: number
  kind: RoomKind
  last: number
  readTo: number
  pushedTo: number
  mailedTo: number
}

const waysSql = `
  select case when exists (select 1 from push_subscriptions where user_id = users.id) then 1 else 0 end as "isPushed",
    case when exists (
      select 1 from notification_settings where user_id = users.id and mail_verified = 1 and mail_digests = 1
    ) then 1 else 0 end as "isMailed"
  from users where id = ?`

/** How the user can be told at all. Over a way that they do not have yet, nothing of now is ever told. */
interface Ways {
  isPushed: number
  isMailed: number
}

interface Wish {
  level?: NotificationLevel | undefined
  keywords?: readonly string[] | undefined
}

/** To be called before the change is stored. */
export function* passBefore(userId: number, { level, keywords = [] }: Wish): Rule<void> {
  const ways = yield* waysOf(userId)
  if (!ways) return
  const known = new Set((yield* all<{ keyword: string }>(keywordsSql, userId)).map(({ keyword }) => keyword))
  const hasMoreKeywords = keywords.some((keyword) => !known.has(keyword))
  if (!hasMoreKeywords && level === undefined) return
  const budget = { left: maxTextsPerCommand }
  for (const here of yield* all<UntoldRoom>(`${untold} order by last_at desc limit ${maxRooms}`, userId)) {
    if (budget.left < maxTexts) return
    const isWider = hasMoreKeywords || breadthOf(here, { ...here, usual: level ?? here.usual }) > breadthOf(here, here)
    if (isWider) yield* passUnwanted(userId, here, { ways, budget })
  }
}

/** The room, if there is anything to pass, as it is before its level is changed. */
export function* untoldRoom(userId: number, room: string): Rule<UntoldRoom | undefined> {
  return yield* one<UntoldRoom>(`${untold} and address = ?`, userId, room)
}

/** To be called after the level is stored. @param here as it was before */
export function* passInRoom(userId: number, here: UntoldRoom, level: RoomLevel): Rule<void> {
  const own = level === 'default' ? null : level
  if (breadthOf(here, { ...here, own }) <= breadthOf(here, here)) return
  const ways = yield* waysOf(userId)
  if (ways) yield* passUnwanted(userId, here, { ways })
}

function breadthOf({ kind }: { kind: RoomKind }, { own, usual }: Levels): number {
  return isDirect({ kind, own, usual }) ? ranks.all : ranks[own ?? usual]
}

/** Undefined when there is none. */
function* waysOf(userId: number): Rule<Ways | undefined> {
  const ways = yield* one<Ways>(waysSql, userId)
  return ways && (ways.isPushed || ways.isMailed) ? ways : undefined
}

/** By the levels and keywords until now. */
function* passUnwanted(
  userId: number,
  { last: to, readTo, pushedTo, mailedTo, ...here }: UntoldRoom,
  { ways, budget }: { ways: Ways; budget?: TextBudget },
): Rule<void> {
  const { roomId } = here
  // A mark of a way that the user does not have stays behind: it would have everything read again by each command.
  const pushed = ways.isPushed ? pushedTo : to
  const mailed = ways.isMailed ? mailedTo : to
  const wanted = yield* wantedAfter({ userId, ...here }, Math.max(readTo, Math.min(pushed, mailed)), budget)
  if (!wanted.some(({ id }) => id > pushed)) yield* tellUpTo({ userId, roomId, to }, 'pushed_to')
  const isMailWaiting = wanted.some(({ id, isDirected }) => isDirected && id > mailed)
  if (!isMailWaiting) yield* tellUpTo({ userId, roomId, to }, 'mailed_to')
}
