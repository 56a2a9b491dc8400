/** What a user has to be mailed now: what was meant for them and that they have not read for a while. */
import { hourMs, minuteMs } from '../../../shared/durations.ts'
import type { Message } from '../../../shared/protocol/types.ts'
import type { MailResult, Moment, NextMail, Notice } from '../contracts/notifications.ts'
import { messages } from '../queries/pages.ts'
import { userOf } from '../rows.ts'
import { type Rule, run } from '../transaction.ts'
import { noticeOf, tellUpTo } from './notices.ts'
import { quietMs } from './quiet-hours.ts'
import { noticeIn, type ReaderRow, type ReadRoom, readerOf, readRoom, timeOfFirst, waitMs } from './reader.ts'
import { noteMailRefusal } from './settings.ts'
import { type Wanted, wantedAfter } from './wanted.ts'

/** In one mail. */
const maxRooms = 10
const maxPerRoom = 5
/** Rooms that are looked at in one read. */
const maxLookedAt = 200
const maxRetryMs = 2 * hourMs
const nothing: NextMail = { type: 'none' }

interface Missed {
  here: ReadRoom
  wanted: Wanted[]
}

export function* nextMail(userId: number, rooms: readonly string[], moment: Moment): Rule<NextMail> {
  const reader = yield* readerOf(userId, moment.at)
  if (!reader?.mailVerified || !reader.mailDigests || reader.mailAddress === null) return nothing
  const next = yield* mailOf(reader, reader.mailAddress, rooms.slice(0, maxLookedAt), moment)
  const rest = rooms.slice(maxLookedAt)
  return rest.length ? { ...next, rest } : next
}

function* mailOf(reader: ReaderRow, address: string, rooms: readonly string[], moment: Moment): Rule<NextMail> {
  const { at } = moment
  const { missed, oldest } = yield* missedBy(reader, rooms, moment)
  if (!missed.length) return nothing
  const withMissed = missed.map(({ here }) => here.room)
  const retryMs = reader.mailNextAt - at
  const pause = reader.mailFailures > 0 && retryMs > 0 && retryMs <= maxRetryMs ? retryMs : 0
  const wait = quietMs(reader, at) || pause || waitMs(oldest, reader.mailDelayMinutes * minuteMs, at)
  if (wait) return { type: 'wait', ms: wait, rooms: withMissed }
  return {
    type: 'digest',
    rooms: withMissed,
    user: userOf(reader),
    address,
    token: reader.mailToken ?? '',
    language: reader.language,
    timeZone: reader.timeZone,
    showsText: reader.showsText === 1,
    notices: yield* noticesOf(reader, missed),
    told: missed.map(({ here: { roomId }, wanted }) => ({ roomId, to: wanted.at(-1)?.id ?? 0 })),
    failures: reader.mailFailures,
  }
}

function* missedBy(
  reader: ReaderRow,
  rooms: readonly string[],
  moment: Moment,
): Rule<{ missed: Missed[]; oldest: number }> {
  const missed: Missed[] = []
  let oldest = Number.MAX_SAFE_INTEGER
  for (const room of rooms) {
    const here = yield* readRoom(reader, room, moment)
    if (!here) continue
    const { mailedTo } = yield* noticeOf(reader.userId, here.roomId)
    const wanted = (yield* wantedAfter(here, Math.max(here.readTo, mailedTo))).filter(({ isDirected }) => isDirected)
    if (!wanted.length) continue
    missed.push({ here, wanted })
    oldest = Math.min(oldest, yield* timeOfFirst(here, wanted))
  }
  return { missed, oldest }
}

function* noticesOf(reader: ReaderRow, missed: readonly Missed[]): Rule<(Notice & { messages: Message[] })[]> {
  const notices: (Notice & { messages: Message[] })[] = []
  for (const { here, wanted } of missed.slice(0, maxRooms)) {
    const notice = yield* noticeIn(reader, here, wanted)
    if (!notice) continue
    const shown: Message[] = []
    for (const { id } of wanted.slice(-maxPerRoom)) {
      const { messages: found } = yield* messages(here.room, { after: id - 1 }, 1)
      shown.push(...found.filter((message) => message.id === id && !message.deleted))
    }
    notices.push({ ...notice, messages: shown })
  }
  return notices
}

export function* noteMail({ userId, told, retryAt, taken }: MailResult): Rule<void> {
  if (taken) yield* noteMailRefusal(userId, taken.address, taken.isRefused)
  for (const { roomId, to } of told) yield* tellUpTo({ userId, roomId, to }, 'mailed_to')
  yield* run(
    `update notification_settings set mail_failures = case when ? = 1 then mail_failures + 1 else 0 end, mail_next_at = ?
    where user_id = ?`,
    Number(retryAt !== undefined),
    retryAt ?? 0,
    userId,
  )
}
