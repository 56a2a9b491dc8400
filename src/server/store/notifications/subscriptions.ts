/** Browsers to which notifications are pushed, and what their push services have said. */
import { dayMs, hourMs } from '../../../shared/durations.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { PushFault } from '../../../shared/protocol/types.ts'
import type {
  NewSubscription,
  PushAttempt,
  PushResult,
  PushTarget,
  Subscriber,
  VapidKeys,
} from '../contracts/notifications.ts'
import type { SessionExpiry } from '../contracts/sessions.ts'
import { metaSql } from '../queries/server-state.ts'
import { forbidden } from '../rules/access.ts'
import { all, one, only, type Rule, run } from '../transaction.ts'
import { noticeOf, passPushed, tellUpTo } from './notices.ts'
import { ensureSettings } from './settings.ts'

const targetColumns = 'push_subscriptions.id, endpoint, p256dh, auth, language, failures'

const never: SessionExpiry = { startedAt: -1, seenAt: -1 }

export const subscriptionSql = {
  list: `
    select ${targetColumns}, session_id as session, agent, created_at as created, used_at as "usedAt",
      failed_at as "failedAt", fault, status
    from push_subscriptions join sessions on sessions.id = session_id
    where push_subscriptions.user_id = ? order by push_subscriptions.id`,
  targets: `
    select ${targetColumns}, next_at as "nextAt",
      case when exists (
        select 1 from push_retries where subscription_id = push_subscriptions.id and room_id = ?
      ) then 1 else 0 end as "isRetry"
    from push_subscriptions join sessions on sessions.id = session_id
    where push_subscriptions.user_id = ? and is_verified = 1 and started_at > ? and seen_at > ?
    order by push_subscriptions.id`,
}

interface SubscriberRow extends Omit<Subscriber, 'lastUsed' | 'lastError'> {
  usedAt: number | null
  failedAt: number | null
  fault: PushFault | null
  status: number | null
}

export interface TargetRow extends PushTarget {
  nextAt: number
  isRetry: number
}

export function* subscriptions(userId: number): Rule<Subscriber[]> {
  const found = yield* all<SubscriberRow>(subscriptionSql.list, userId)
  return found.map(({ usedAt, failedAt, fault, status, ...subscriber }) => ({
    ...subscriber,
    ...(usedAt !== null && { lastUsed: usedAt }),
    ...(failedAt !== null &&
      fault !== null && { lastError: { at: failedAt, reason: fault, ...(status !== null && { status }) } }),
  }))
}

/** @param expiry of sessions: the browser of one that has expired is told nothing */
export function* targetsOf(userId: number, roomId: number, expiry: SessionExpiry = never): Rule<TargetRow[]> {
  return yield* all<TargetRow>(subscriptionSql.targets, roomId, userId, expiry.startedAt, expiry.seenAt)
}

export function* subscribe(subscription: NewSubscription): Rule<{ before: number | undefined }> {
  const { userId, session, endpoint, p256dh, auth, language, at } = subscription
  const isThere = yield* one('select 1 from sessions where id = ? and user_id = ? and is_verified = 1', session, userId)
  if (!isThere) throw forbidden('This session has ended.')
  const old = yield* replacedBy(subscription)
  const known = yield* one<{ userId: number }>(
    'select user_id as "userId" from push_subscriptions where endpoint = ?',
    endpoint,
  )
  const { n } = yield* only<{ n: number }>('select count(*) as n from push_subscriptions where user_id = ?', userId)
  if (known?.userId !== userId && n - Number(old !== undefined) >= limits.maxPushSubscriptions) {
    throw new ChatError('forbidden', `A user has at most ${limits.maxPushSubscriptions} browsers with notifications.`)
  }
  // Another user has signed in there: nothing of the one before is shown to them.
  if (known && known.userId !== userId) yield* run('delete from push_subscriptions where endpoint = ?', endpoint)
  yield* ensureSettings(userId)
  if (n === 0) yield* passPushed(userId)
  yield* run(
    `insert into push_subscriptions (session_id, user_id, endpoint, p256dh, auth, language, created_at)
    values (?, ?, ?, ?, ?, ?, ?)
    on conflict (endpoint) do update set session_id = excluded.session_id, p256dh = excluded.p256dh,
      auth = excluded.auth, language = excluded.language, failures = 0, next_at = 0`,
    session,
    userId,
    endpoint,
    p256dh,
    auth,
    language,
    at,
  )
  if (old) yield* replace(userId, old.id, endpoint)
  return { before: known?.userId === userId ? undefined : known?.userId }
}

function* replacedBy({ userId, endpoint, replaces }: NewSubscription): Rule<{ id: number } | undefined> {
  if (replaces === undefined || replaces === endpoint) return undefined
  return yield* one<{ id: number }>(
    'select id from push_subscriptions where user_id = ? and endpoint = ?',
    userId,
    replaces,
  )
}

/** What waits for the old subscription is sent to the new one. The number is another one: a request to the old one may be under way. */
function* replace(userId: number, old: number, endpoint: string): Rule<void> {
  yield* run(
    `insert into push_retries (subscription_id, room_id, since)
    select push_subscriptions.id, room_id, since from push_retries, push_subscriptions
    where subscription_id = ? and endpoint = ?
    on conflict do nothing`,
    old,
    endpoint,
  )
  yield* unsubscribe(userId, { id: old })
}

export function* unsubscribe(userId: number, which: { id: number } | { endpoint: string }): Rule<void> {
  if ('id' in which) yield* run('delete from push_subscriptions where id = ? and user_id = ?', which.id, userId)
  else yield* run('delete from push_subscriptions where endpoint = ? and user_id = ?', which.endpoint, userId)
}

/** The first that are offered stay: another key would end every subscription. */
export function* vapidKeys(made: VapidKeys): Rule<VapidKeys> {
  yield* run('insert into meta values (?, ?) on conflict (key) do nothing', 'vapid', JSON.stringify(made))
  return JSON.parse((yield* only<{ value: string }>(metaSql, 'vapid')).value)
}

/** What is sent to a browser again is given up after a day. */
const maxRetryMs = dayMs
/** Longer waits come of a clock that was set back. */
export const maxPauseMs = 2 * hourMs

export function* notePush({ userId, roomId, to, edited = 0, type, at, attempts }: PushResult): Rule<void> {
  const { pushedTo, shownId, shownEdited } = yield* noticeOf(userId, roomId)
  yield* tellUpTo({ userId, roomId, to }, 'pushed_to')
  for (const attempt of attempts) {
    yield* noteTest(attempt)
    const { subscription } = attempt
    const retryAt = attempt.type === 'failed' ? attempt.retryAt : undefined
    if (retryAt === undefined) {
      yield* run('delete from push_retries where subscription_id = ? and room_id = ?', subscription, roomId)
    } else {
      yield* retry(subscription, roomId, at)
      const old = 'delete from push_retries where subscription_id = ? and room_id = ? and (since < ? or since > ?)'
      yield* run(old, subscription, roomId, at - maxRetryMs, at)
    }
  }
  if (type === 'clear') return yield* noteClear(userId, roomId, { attempts, at })
  // What one browser gets again, the others may have.
  const isNew = to > pushedTo || to !== shownId || edited !== shownEdited
  for (const { id, isWaiting } of yield* untried(userId, { attempts, at }))
    if (isNew && isWaiting) yield* retry(id, roomId, at)
  const isSent = attempts.some((attempt) => attempt.type === 'sent')
  yield* run(
    `update notices set is_shown = case when ? = 1 or is_shown = 2 then 1 else is_shown end, shown_id = ?, shown_edited = ?
    where user_id = ? and room_id = ?`,
    Number(isSent),
    to,
    edited,
    userId,
    roomId,
  )
}

type Attempts = Pick<PushResult, 'attempts' | 'at'>

/** Of what was shown, browsers whose push service does not accept anything now are told later. */
function* noteClear(userId: number, roomId: number, { attempts, at }: Attempts): Rule<void> {
  const { isShown } = yield* noticeOf(userId, roomId)
  const wasShown = isShown > 0 || attempts.length > 0
  for (const { id, isWaiting } of yield* untried(userId, { attempts, at })) {
    // Once it is taken away but not everywhere, it is known where it still is.
    if (isWaiting && wasShown && isShown !== 2) yield* retry(id, roomId, at)
    else if (!isWaiting || !wasShown)
      yield* run('delete from push_retries where subscription_id = ? and room_id = ?', id, roomId)
  }
  yield* run(
    `update notices set is_shown = case when exists (
      select 1 from push_retries join push_subscriptions on push_subscriptions.id = subscription_id
      where push_retries.room_id = notices.room_id and push_subscriptions.user_id = notices.user_id
    ) then 2 else 0 end where user_id = ? and room_id = ?`,
    userId,
    roomId,
  )
}

/** Browsers that nothing was sent to. `isWaiting`: their push service is not asked yet, because it has refused something else. */
function* untried(userId: number, { attempts, at }: Attempts): Rule<{ id: number; isWaiting: number }[]> {
  const found = yield* all<{ id: number; isWaiting: number }>(
    `select id, case when failures > 0 and next_at > ? and next_at <= ? then 1 else 0 end as "isWaiting"
    from push_subscriptions where user_id = ?`,
    at,
    at + maxPauseMs,
    userId,
  )
  const tried = new Set(attempts.map(({ subscription }) => subscription))
  return found.filter(({ id }) => !tried.has(id))
}

function* retry(subscription: number, roomId: number, at: number): Rule<void> {
  yield* run(
    `insert into push_retries (subscription_id, room_id, since)
    select push_subscriptions.id, rooms.id, cast(? as bigint) from push_subscriptions, rooms
    where push_subscriptions.id = ? and rooms.id = ? and deleted_kind is null
    on conflict do nothing`,
    at,
    subscription,
    roomId,
  )
}

export function* noteTest(attempt: PushAttempt): Rule<void> {
  const { subscription, at } = attempt
  switch (attempt.type) {
    case 'gone':
      yield* run('delete from push_subscriptions where id = ?', subscription)
      return
    case 'sent':
      yield* run(
        `update push_subscriptions set used_at = ?, failures = 0, next_at = 0, failed_at = null, fault = null,
          status = null
        where id = ?`,
        at,
        subscription,
      )
      return
    case 'failed':
      yield* run(
        `update push_subscriptions set failures = failures + 1, next_at = ?, failed_at = ?, fault = ?, status = ?
        where id = ?`,
        attempt.retryAt ?? at,
        at,
        attempt.reason,
        attempt.status ?? null,
        subscription,
      )
      return
    default:
      attempt satisfies never
  }
}
