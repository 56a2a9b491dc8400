import type {
  MailResult,
  Moment,
  NewSubscription,
  NotificationChange,
  NotificationStore,
  PushAttempt,
  PushMoment,
  PushResult,
  ShownNotice,
  VapidKeys,
} from '../contracts/notifications.ts'
import type { Driver } from '../driver.ts'

export class Notifications implements NotificationStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  settings(userId: number) {
    return this.#driver.lookUp('notificationSettings', userId)
  }

  set(userId: number, change: NotificationChange) {
    return this.#driver.write('setNotifications', userId, change)
  }

  subscriptions(userId: number) {
    return this.#driver.lookUp('subscriptions', userId)
  }

  subscribe(subscription: NewSubscription) {
    return this.#driver.write('subscribe', subscription)
  }

  unsubscribe(userId: number, which: { id: number } | { endpoint: string }) {
    return this.#driver.write('unsubscribe', userId, which)
  }

  vapidKeys(made: VapidKeys) {
    return this.#driver.write('vapidKeys', made)
  }

  reachable() {
    return this.#driver.read(undefined, 'reachableUsers')
  }

  isReachable(userId: number) {
    return this.#driver.lookUp('isReachableUser', userId)
  }

  pendingRooms(userId: number) {
    return this.#driver.read(undefined, 'pendingRooms', userId)
  }

  concerned(room: string, after: number, edits: readonly number[]) {
    return this.#driver.read(undefined, 'concerned', room, after, edits)
  }

  writtenSince(at: number) {
    return this.#driver.read(undefined, 'writtenSince', at)
  }

  outdated(shown: readonly ShownNotice[]) {
    return this.#driver.read(undefined, 'outdatedNotices', shown)
  }

  nextPush(userId: number, room: string, moment: PushMoment) {
    return this.#driver.read(undefined, 'nextPush', userId, room, moment)
  }

  notePush(result: PushResult) {
    return this.#driver.write('notePush', result)
  }

  noteTest(attempt: PushAttempt) {
    return this.#driver.write('noteTest', attempt)
  }

  nextMail(userId: number, rooms: readonly string[], moment: Moment) {
    return this.#driver.read(undefined, 'nextMail', userId, rooms, moment)
  }

  noteMail(result: MailResult) {
    return this.#driver.write('noteMail', result)
  }

  unreadCount(userId: number) {
    return this.#driver.read(undefined, 'unreadCount', userId)
  }

  noteMailRefusal(userId: number, address: string, isRefused: boolean) {
    return this.#driver.write('noteMailRefusal', userId, address, isRefused)
  }

  verifyMail(linkHash: Uint8Array, at: number) {
    return this.#driver.write('verifyMail', linkHash, at)
  }

  findMailLink(linkHash: Uint8Array, at: number) {
    return this.#driver.lookUp('mailLink', linkHash, at)
  }

  findMailToken(token: string) {
    return this.#driver.lookUp('mailToken', token)
  }

  unsubscribeMail(token: string) {
    return this.#driver.write('unsubscribeMail', token)
  }

  accountsOf(address: string) {
    return this.#driver.lookUp('accountsOf', address)
  }
}
