/** What a user has to be pushed of a room now, decided by what is stored at that moment. */
import type { NextPush, PushMoment } from '../contracts/notifications.ts'
import { one, type Rule } from '../transaction.ts'
import { type NoticeRow, noticeOf, type Shown } from './notices.ts'
import { quietMs } from './quiet-hours.ts'
import {
  noticeIn,
  type ReaderRow,
  type ReadRoom,
  readerOf,
  readRoom,
  timeOfFirst,
  unreadCount,
  waitMs,
} from './reader.ts'
import { maxPauseMs, type TargetRow, targetsOf } from './subscriptions.ts'
import { type Wanted, wantedAfter } from './wanted.ts'

const nothing: NextPush = { type: 'none' }

export function* nextPush(userId: number, room: string, moment: PushMoment): Rule<NextPush> {
  const reader = yield* readerOf(userId, moment.at)
  const here = reader && (yield* readRoom(reader, room, moment))
  if (!here) return yield* withdrawn(userId, room, moment)
  const targets = yield* targetsOf(userId, here.roomId, moment.expiry)
  if (!targets.length) return nothing
  const notice = yield* noticeOf(userId, here.roomId)
  const { pushedTo, isShown } = notice
  const wanted = yield* wantedAfter(here, here.readTo)
  const fresh = wanted.filter(({ id }) => id > pushedTo)
  // Also when it was marked as unread meanwhile: the user knows it.
  if (!wanted.length || (!fresh.length && isShown === 2)) return yield* cleared(here, notice, targets, moment.at)
  const quiet = quietMs(reader, moment.at)
  const now = { targets, quiet, isShown: isShown === 1, at: moment.at }
  if (!fresh.length)
    return (yield* updated(reader, here, wanted, { ...now, notice })) ?? (yield* retried(reader, here, wanted, now))
  const wait = quiet || waitMs(yield* timeOfFirst(here, fresh), moment.graceMs, moment.at)
  if (wait) return waitFor(wait, now.isShown)
  const ready = targets.filter((target) => restMs(target, moment.at) === 0)
  return yield* messageTo(reader, here, wanted, ready)
}

function* messageTo(
  reader: ReaderRow,
  here: ReadRoom,
  wanted: readonly Wanted[],
  targets: readonly TargetRow[],
): Rule<NextPush> {
  const notice = yield* noticeIn(reader, here, wanted)
  if (!notice) return nothing
  const badge = yield* unreadCount(here.userId)
  const { roomId } = here
  return {
    type: 'message',
    roomId,
    ...notice,
    showsText: reader.showsText === 1,
    badge,
    targets: targets.map(targetOf),
  }
}

/** The message that is shown was deleted or edited since: what is shown is what there is now. */
function* updated(
  reader: ReaderRow,
  here: ReadRoom,
  wanted: readonly Wanted[],
  { targets, quiet, notice, at }: { targets: readonly TargetRow[]; quiet: number; notice: NoticeRow; at: number },
): Rule<NextPush | undefined> {
  const ready = targets.filter((target) => restMs(target, at) === 0)
  if (notice.isShown !== 1 || !notice.shownId || quiet || !ready.length) return undefined
  const next = yield* messageTo(reader, here, wanted, ready)
  if (next.type !== 'message') return undefined
  const { id, edited = 0 } = next.message
  const isOutdated = id < notice.shownId || (id === notice.shownId && edited !== notice.shownEdited)
  return isOutdated ? { ...next, isUpdate: true } : undefined
}

/** The user cannot view the room any more, or it was deleted. What was delivered is taken away, and what waits is replaced. */
function* withdrawn(userId: number, room: string, { at, wasShown, expiry }: PushMoment): Rule<NextPush> {
  const found = yield* one<{ id: number; last: number }>('select id, last from rooms where address = ?', room)
  const { id: roomId, last: to } = found ?? { id: 0, last: Number.MAX_SAFE_INTEGER }
  const { isShown } = yield* noticeOf(userId, roomId)
  const targets = yield* targetsOf(userId, roomId, expiry)
  return yield* takenAway({ userId, roomId, room, to, isShown: isShown || (wasShown ? 1 : 0) }, targets, at)
}

/** What is still shown was read or deleted, and so was what waits to be sent again. */
function* cleared(here: ReadRoom, notice: NoticeRow, targets: readonly TargetRow[], at: number): Rule<NextPush> {
  const { userId, roomId, room, readTo } = here
  const { isShown, shownId } = notice
  // A message that was deleted is newer than what was read.
  return yield* takenAway({ userId, roomId, room, to: Math.max(readTo, shownId), isShown }, targets, at)
}

interface Leaving {
  userId: number
  /** 0 for one that was deleted. */
  roomId: number
  room: string
  to: number
  isShown: Shown
}

function* takenAway(
  { userId, roomId, room, to, isShown }: Leaving,
  targets: readonly TargetRow[],
  at: number,
): Rule<NextPush> {
  const waiting = isShown === 1 ? targets : targets.filter(({ isRetry }) => isRetry)
  if (!waiting.length) return nothing
  const rests = waiting.map((target) => restMs(target, at))
  if (isShown === 2 && Math.min(...rests) > 0) return { type: 'wait', ms: Math.min(...rests) }
  // Of a room that was deleted nothing can be kept to be sent later.
  const ready = roomId === 0 ? waiting : waiting.filter((_, i) => rests[i] === 0)
  // Where nothing is shown, what waits is only forgotten.
  const shown = isShown === 0 ? [] : ready.map(targetOf)
  return { type: 'clear', roomId, room, to, badge: yield* unreadCount(userId), targets: shown }
}

/** What their push services have not taken before. */
function* retried(
  reader: ReaderRow,
  here: ReadRoom,
  wanted: readonly Wanted[],
  { targets, quiet, isShown, at }: { targets: readonly TargetRow[]; quiet: number; isShown: boolean; at: number },
): Rule<NextPush> {
  const waiting = targets.filter(({ isRetry }) => isRetry)
  if (!waiting.length) return isShown ? { type: 'none', isShown } : nothing
  const rest = quiet || Math.min(...waiting.map((target) => restMs(target, at)))
  if (rest) return waitFor(rest, isShown)
  const ready = waiting.filter((target) => restMs(target, at) === 0)
  return yield* messageTo(reader, here, wanted, ready)
}

function waitFor(ms: number, isShown: boolean): NextPush {
  return { type: 'wait', ms, ...(isShown && { isShown }) }
}

function restMs({ failures, nextAt }: TargetRow, at: number): number {
  const ms = nextAt - at
  return failures > 0 && ms > 0 && ms <= maxPauseMs ? ms : 0
}

function targetOf({ nextAt: _, isRetry: __, ...target }: TargetRow) {
  return target
}
