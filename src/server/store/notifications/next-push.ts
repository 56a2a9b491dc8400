/** What a user has to be pushed of a room now, decided by what is stored at that moment. */
import { hourMs } from '../../../shared/durations.ts'
import type { Moment, NextPush } from '../contracts/notifications.ts'
import type { Rule } from '../transaction.ts'
import { noticeOf } from './notices.ts'
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
import { type TargetRow, targetsOf } from './subscriptions.ts'
import { type Wanted, wantedAfter } from './wanted.ts'

/** Longer waits come of a clock that was set back. */
const maxRetryMs = 2 * hourMs
const nothing: NextPush = { type: 'none' }

export function* nextPush(userId: number, room: string, moment: Moment): Rule<NextPush> {
  const reader = yield* readerOf(userId, moment.at)
  const here = reader && (yield* readRoom(reader, room, moment))
  if (!here) return nothing
  const targets = yield* targetsOf(userId, here.roomId)
  if (!targets.length) return nothing
  const { pushedTo, isShown } = yield* noticeOf(userId, here.roomId)
  const wanted = yield* wantedAfter(here, here.readTo)
  if (!wanted.length) return yield* cleared(here, isShown === 1, targets)
  const quiet = quietMs(reader, moment.at)
  const fresh = wanted.filter(({ id }) => id > pushedTo)
  const now = { targets, quiet, isShown: isShown === 1, at: moment.at }
  if (!fresh.length) return yield* retried(reader, here, wanted, now)
  const wait = quiet || waitMs(yield* timeOfFirst(here, fresh), moment.graceMs, moment.at)
  if (wait) return { type: 'wait', ms: wait }
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

/** What is still shown was read or deleted, and so was what waits to be sent again. */
function* cleared(here: ReadRoom, isShown: boolean, targets: readonly TargetRow[]): Rule<NextPush> {
  if (!isShown && !targets.some(({ isRetry }) => isRetry)) return nothing
  const { roomId, room, readTo: to } = here
  const shown = isShown ? targets.map(targetOf) : []
  return { type: 'clear', roomId, room, to, badge: yield* unreadCount(here.userId), targets: shown }
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
  if (rest) return { type: 'wait', ms: rest }
  const ready = waiting.filter((target) => restMs(target, at) === 0)
  return yield* messageTo(reader, here, wanted, ready)
}

function restMs({ failures, nextAt }: TargetRow, at: number): number {
  const ms = nextAt - at
  return failures > 0 && ms > 0 && ms <= maxRetryMs ? ms : 0
}

function targetOf({ nextAt: _, isRetry: __, ...target }: TargetRow) {
  return target
}
