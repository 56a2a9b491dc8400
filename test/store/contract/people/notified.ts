/** A store with users who are told of messages, for the contracts of notifications. */
import { randomBytes } from 'node:crypto'
import type {
  NewSubscription,
  NextPush,
  PushAttempt,
  PushMoment,
  PushResult,
} from '../../../../src/server/store/store.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

export type Told = Extract<NextPush, { type: 'message' }>
export type Cleared = Extract<NextPush, { type: 'clear' }>

export const graceMs = 6_000

let endpoints = 0

export async function openNotified(t: Parameters<Backend['place']>[0], backend: Backend) {
  const fixture = await StoreFixture.open(t, backend)
  async function signedIn(user: User): Promise<number> {
    const started = await fixture.store.sessions.start({
      tokenHash: randomBytes(32),
      user,
      at: Date.now(),
      credential: { type: 'store' },
      agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    })
    return started.session.id
  }
  /** In a session of its own, which is verified. */
  async function subscribed(user: User, more: Partial<NewSubscription> = {}) {
    const session = more.session ?? (await signedIn(user))
    const endpoint = `https://updates.push.services.mozilla.com/wpush/v2/${++endpoints}`
    const keys = { p256dh: 'p', auth: 'a', language: 'en' } as const
    const subscription = { userId: user.id, session, endpoint, ...keys, at: Date.now(), ...more }
    await fixture.store.notifications.subscribe(subscription)
    return subscription
  }
  const moment = (more: Partial<PushMoment> = {}): PushMoment => ({
    at: Date.now() + graceMs + 1_000,
    graceMs,
    canGuestsView: true,
    ...more,
  })
  const next = (user: User, room = tea, more: Partial<PushMoment> = {}) =>
    fixture.store.notifications.nextPush(user.id, room, moment(more))
  async function told(user: User, room = tea, more: Partial<PushMoment> = {}): Promise<Told> {
    const found = await next(user, room, more)
    if (found.type !== 'message') throw new Error(`Nothing is told: ${JSON.stringify(found)}`)
    return found
  }
  async function cleared(user: User, room = tea, more: Partial<PushMoment> = {}): Promise<Cleared> {
    const found = await next(user, room, more)
    if (found.type !== 'clear') throw new Error(`Nothing is taken away: ${JSON.stringify(found)}`)
    return found
  }
  /** As if all push services had taken it. */
  async function note(user: User, found: Told | Cleared, more: Partial<PushResult> = {}) {
    const at = Date.now()
    const attempts = found.targets.map(({ id }) => ({ subscription: id, at, type: 'sent' }) as const)
    const { type, roomId } = found
    const to = found.type === 'message' ? found.message.id : found.to
    await fixture.store.notifications.notePush({ userId: user.id, roomId, to, type, at, attempts, ...more })
  }
  const texts = async (user: User, room = tea) => {
    const found = await next(user, room)
    return found.type === 'message' ? found.message.data : found.type
  }
  const { notifications } = fixture.store
  return { fixture, subscribed, next, told, cleared, note, texts, moment, notifications }
}

/** A push service that takes nothing before that time. */
export function refusedUntil(retryAt: number, subscription: number, at: number): PushAttempt {
  return { subscription, at, type: 'failed', reason: 'refused', status: 503, retryAt }
}
