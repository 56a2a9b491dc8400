/** What users are told while no page of theirs is open: their settings, and the browsers to which it is pushed. */
import { dayMs } from '../../shared/durations.ts'
import type { Commands } from '../../shared/protocol/commands.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { NotificationsFrame } from '../../shared/protocol/frames.ts'
import type { PushSubscriber } from '../../shared/protocol/types.ts'
import { deviceOf } from '../../shared/protocol/user-agent.ts'
import type { Session } from '../auth/sessions.ts'
import { hashOf, newToken } from '../auth/tokens.ts'
import type { Caller } from '../chat/contract.ts'
import type { MailChange, NotificationChange, PushAttempt, Subscriber } from '../store/store.ts'
import type { Handlers, Services } from './contract.ts'

type NotificationCommand = 'notifications' | 'set-notifications' | 'push-subscribe' | 'push-unsubscribe' | 'push-test'

export const notificationHandlers: Pick<Handlers, NotificationCommand> = {
  async notifications(services, from) {
    refuseUnlessOwn(from.session)
    services.reads.refuseIfTooFast(from)
    from.reply(await frameOf(services, from.session))
  },

  async 'set-notifications'(services, from, { type: _, key, mail, password, ...settings }) {
    const { store, hub, notify } = services
    refuseUnlessOwn(from.session)
    refuseIfTooFast(services, from)
    const before = await store.notifications.settings(from.user.id)
    const { address } = before.mail ?? {}
    // The address leads to a new password: a session that was borrowed for a minute must not be enough to set it.
    if (mail && mail.address !== address)
      await services.passwordCheck.refuseUnlessKnown(from.session, from.network, password)
    const change = {
      ...settings,
      ...(mail !== undefined && { mail: mail && (await mailChange(services, from, mail)) }),
    }
    const { token, ...stored } = withoutLink(change)
    await store.notifications.set(from.user.id, stored)
    if (mail !== undefined && mail?.address !== address && address !== undefined && before.mail?.verified)
      notify.mailChange('address', { user: from.user, address, language: before.language })
    if (token) await sendLink(services, from.session, token)
    hub.publish({ type: 'notifications', user: from.user.id })
    from.reply(await frameOf(services, from.session, { key }))
  },

  async 'push-subscribe'(services, from, { key, endpoint, keys, language, replaces }) {
    const { store, hub, notify } = services
    refuseUnlessOwn(from.session)
    refuseIfTooFast(services, from)
    if (!notify.canPush) throw new ChatError('forbidden', 'This server needs PUBLIC_ORIGIN to push notifications.')
    const fault = notify.subscriptionFault(endpoint, keys.p256dh)
    if (fault) throw new ChatError('bad-field', `"${fault.field}" ${fault.message}.`)
    const { user, id: session } = from.session
    const { before } = await store.notifications.subscribe({
      userId: user.id,
      session,
      endpoint,
      ...keys,
      language,
      at: Date.now(),
      ...(replaces !== undefined && { replaces }),
    })
    for (const one of [user.id, ...(before === undefined ? [] : [before])])
      hub.publish({ type: 'notifications', user: one })
    from.reply(await frameOf(services, from.session, { key }))
  },

  async 'push-unsubscribe'(services, from, { key, id }) {
    const { store, hub } = services
    refuseUnlessOwn(from.session)
    refuseIfTooFast(services, from)
    await store.notifications.unsubscribe(from.user.id, { id })
    hub.publish({ type: 'notifications', user: from.user.id })
    from.reply(await frameOf(services, from.session, { key }))
  },

  async 'push-test'(services, from, { key, id }) {
    const { store, limiter, notify } = services
    refuseUnlessOwn(from.session)
    if (!notify.canPush) throw new ChatError('forbidden', 'This server needs PUBLIC_ORIGIN to push notifications.')
    const retryAfterMs = limiter.pushTest(from.session)
    if (retryAfterMs) throw new ChatError('too-fast', 'Too many tests.', retryAfterMs)
    const target = (await store.notifications.subscriptions(from.user.id)).find((one) => one.id === id)
    if (!target) return from.reply(await frameOf(services, from.session, { key, tested: { id, result: 'gone' } }))
    const attempt = await notify.testPush(from.user.id, target)
    await store.notifications.noteTest(attempt)
    from.reply(await frameOf(services, from.session, { key, tested: testedBy(attempt) }))
  },
}

/** Bots have no browser, and in a session that is not verified anybody may have typed the name of a guest. */
function refuseUnlessOwn({ user, isVerified }: Session): void {
  if (user.bot) throw new ChatError('forbidden', 'Bots have no notifications.')
  if (!isVerified) throw new ChatError('forbidden', 'This session is not verified: sign in with the password.')
}

function refuseIfTooFast({ limiter }: Services, { session }: Caller): void {
  const retryAfterMs = limiter.moderate(session)
  if (retryAfterMs) throw new ChatError('too-fast', 'Too many commands.', retryAfterMs)
}

type LinkedMail = MailChange & { linkToken?: string }

/** A new address, and one that is still not verified, gets a link. */
async function mailChange(
  { store, limiter, notify }: Services,
  { session, network }: Caller,
  { address, delayMinutes }: NonNullable<Commands['set-notifications']['mail']>,
): Promise<LinkedMail> {
  if (!notify.canMail) throw new ChatError('forbidden', 'This server sends no email.')
  // A guest's name may be somebody else's tomorrow, and guests would cost nobody anything who wants to bother others.
  if (session.role === 'guest') throw new ChatError('forbidden', 'Only accounts have an address for email.')
  const { mail } = await store.notifications.settings(session.user.id)
  const linkToken = newToken(16)
  const change = {
    address,
    ...(delayMinutes !== undefined && { delayMinutes }),
    linkHash: hashOf(linkToken),
    linkExpiresAt: Date.now() + dayMs,
    token: newToken(16),
  }
  if (mail?.verified && mail.address === address) return change
  const retryAfterMs = limiter.mailLink(session, network, address)
  if (retryAfterMs) throw new ChatError('too-fast', 'Too many links were sent.', retryAfterMs)
  return { ...change, linkToken }
}

function withoutLink({ mail, ...settings }: Omit<NotificationChange, 'mail'> & { mail?: LinkedMail | null }) {
  if (!mail) return { ...settings, ...(mail === null && { mail }), token: undefined }
  const { linkToken: token, ...change } = mail
  return { ...settings, mail: change, token }
}

async function sendLink({ store, notify }: Services, { user }: Session, token: string): Promise<void> {
  const { mail, language } = await store.notifications.settings(user.id)
  if (!mail) return
  const outcome = await notify.mailLink({ user, address: mail.address, language, token })
  // The answer says so: to try it again later is of no use.
  if (outcome === 'refused') await store.notifications.noteMailRefusal(user.id, mail.address, true)
  if (outcome === 'later') throw new ChatError('unavailable', 'The email could not be sent. Try again later.')
}

type Answering = Pick<NotificationsFrame, 'key' | 'tested'>

async function frameOf(
  { store, notify }: Services,
  { user, id: session, role }: Session,
  answering: Answering = {},
): Promise<NotificationsFrame> {
  const [settings, subscriptions] = await Promise.all([
    store.notifications.settings(user.id),
    store.notifications.subscriptions(user.id),
  ])
  const { mailToken: _, ...shown } = settings
  const { pushKey: key, canPush: available, canMail } = notify
  return {
    type: 'notifications',
    ...answering,
    ...shown,
    hasMail: canMail && role !== 'guest',
    push: available ? { key, available } : { key, available, reason: 'no-origin' },
    subscriptions: subscriptions.map((one) => shownTo(session, one)),
  }
}

/** Without what only push services should know. */
function shownTo(
  session: number,
  { id, agent, created, lastUsed, lastError, ...subscriber }: Subscriber,
): PushSubscriber {
  const { browser, system } = deviceOf(agent)
  return {
    id,
    browser: [browser, system].filter(Boolean).join(' · '),
    ...(subscriber.session === session && { current: true }),
    created,
    ...(lastUsed !== undefined && { lastUsed }),
    ...(lastError && { lastError }),
  }
}

function testedBy(attempt: PushAttempt): NonNullable<NotificationsFrame['tested']> {
  const { subscription: id } = attempt
  if (attempt.type !== 'failed') return { id, result: attempt.type }
  return { id, result: attempt.reason, ...(attempt.status !== undefined && { status: attempt.status }) }
}
