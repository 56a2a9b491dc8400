/**
 * Tells users of messages while no page of theirs is open. Runs on one node. What happens only wakes it: whom a message concerns and what
 * they are told is read from the store, and how far each user was told is kept there. A crash repeats the newest notification of a user at
 * most, a read that fails is done again, and nothing waits for it: neither messages nor the end of the server.
 */
import { minuteMs, secondMs } from '../../shared/durations.ts'
import type { Publication } from '../chat/publication.ts'
import type { Log } from '../log.ts'
import { Slots } from '../outgoing/slots.ts'
import type { NextPush, PushMoment, SessionExpiry, Store } from '../store/store.ts'
import { Digests } from './digests.ts'
import type { Messenger, Pushed } from './messenger.ts'
import { serviceOf } from './push-hosts.ts'
import { RoomWatch } from './room-watch.ts'
import { ServiceSlots } from './service-slots.ts'
import { ShownNotices } from './shown-notices.ts'
import { type Rest, UserJobs } from './user-jobs.ts'

/** Users who are looked at at once: others read from the same database. */
const maxLooks = 4
/** Users who are pushed to at once, for each push service. */
const maxPushed = 16
/** So long a message may be read in a page before anybody is told. */
export const graceMs = 6 * secondMs
/** What a user reads in several rooms at once takes several notifications away at once. */
const readMs = 500
/** Finds what nobody has told of, as after a publication that was lost. */
const lookMs = 30 * secondMs
/** Notifications that are shown and are looked at in one read. */
const maxShown = 500
/** The clock may be set, and the end of quiet hours move. */
const maxWaitMs = 10 * minuteMs
/** For requests that are under way when the server stops. */
const finishMs = 3 * secondMs

interface Needs {
  store: Pick<Store, 'notifications'>
  messenger: Messenger
  log: Pick<Log, 'event'>
  canGuestsView: () => boolean
  sessionExpiry: (now: number) => SessionExpiry | undefined
  now?: () => number
  graceMs?: number
  /** After a failure, as of the database. */
  retryMs?: number
}

export class Notifier {
  readonly #needs: Needs
  readonly #now: () => number
  readonly #graceMs: number
  readonly #retryMs: number
  readonly #watch: RoomWatch
  readonly #shown = new ShownNotices()
  readonly #pushes: UserJobs
  readonly #digests: Digests
  readonly #looks = new Slots(maxLooks)
  readonly #slots = new ServiceSlots(maxPushed)
  readonly #closing = new AbortController()
  #reachable = new Set<number>()
  /** Users of whose rooms is not known what was written while nobody looked. */
  readonly #behind = new Set<number>()
  #isCatchingUp = false
  #isLooking = false
  /** Reads that nobody waits for. */
  readonly #background = new Set<Promise<void>>()
  #isClosed = false
  #look: NodeJS.Timeout | undefined

  constructor(needs: Needs) {
    this.#needs = needs
    this.#now = needs.now ?? Date.now
    this.#graceMs = needs.graceMs ?? graceMs
    const failed = (err: unknown) => this.#failed(err)
    this.#watch = new RoomWatch({
      store: needs.store.notifications,
      found: (room, users) => {
        for (const user of users) this.#wake(user, room, this.#graceMs)
      },
      failed,
    })
    this.#retryMs = needs.retryMs ?? lookMs
    const usual = { failed, retryMs: this.#retryMs }
    this.#pushes = new UserJobs({ step: (user, rooms) => this.#pushAll(user, rooms), ...usual })
    const shared = { looks: this.#looks, moment: () => this.#moment(), signal: this.#closing.signal }
    this.#digests = new Digests({ ...needs, ...shared, ...usual, maxWaitMs })
  }

  /** Goes on where the last run has stopped. If the store cannot be read now, it is later. */
  async start(): Promise<void> {
    this.#look = setInterval(() => this.#inBackground(this.#lookAround()), lookMs).unref()
    try {
      await this.#findReachable()
    } catch (err) {
      this.#failed(err)
    }
    this.#inBackground(this.#catchUp())
  }

  hear(publication: Publication): void {
    switch (publication.type) {
      case 'entry': {
        const { entry } = publication
        if (this.#reachable.size) this.#watch.hear(entry)
        // What is shown may be what was deleted, or another text than the message has now.
        if (entry.type === 'delete' || entry.type === 'edit') this.#wakeShown(entry.room)
        return
      }
      case 'read':
      case 'access-changed': {
        const user = typeof publication.user === 'number' ? publication.user : publication.user.id
        if (this.#shown.has(user, publication.room)) this.#pushes.wake(user, publication.room, readMs)
        return
      }
      case 'room-deleted':
        this.#watch.forget(publication.room)
        this.#wakeShown(publication.room)
        return
      case 'blocks':
        for (const room of this.#shown.roomsOf(publication.user)) this.#pushes.wake(publication.user, room, readMs)
        return
      case 'notifications':
        this.#inBackground(this.#changed(publication.user))
    }
  }

  /** Lets requests end that are under way. Those that take longer are sent again after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#look)
    this.#watch.close()
    const late = setTimeout(() => this.#closing.abort(), finishMs)
    await Promise.all([this.#pushes.close(), this.#digests.close()])
    clearTimeout(late)
  }

  /** Resolves when nothing is to be done before something happens or a wait ends; for tests. */
  async settled(): Promise<void> {
    while (this.#background.size) await Promise.all(this.#background)
    await this.#watch.settled()
    await Promise.all([this.#pushes.settled(), this.#digests.settled()])
  }

  #inBackground(task: Promise<void>): void {
    const done = task.catch((err) => this.#failed(err)).finally(() => this.#background.delete(done))
    this.#background.add(done)
  }

  /** What was written while nobody looked. For users who cannot be looked at now it is found later. */
  async #catchUp(): Promise<void> {
    if (this.#isCatchingUp) return
    this.#isCatchingUp = true
    let fault: unknown
    const failed: number[] = []
    for (const user of this.#behind) {
      if (this.#isClosed) break
      // First: what changes for them during the read is looked at after it.
      this.#behind.delete(user)
      try {
        const { pushes, mails } = await this.#looks.run(() => this.#needs.store.notifications.pendingRooms(user))
        for (const room of pushes) this.#pushes.wake(user, room, 0)
        for (const room of mails) this.#digests.wake(user, room, 0)
      } catch (err) {
        fault = err
        failed.push(user)
      }
    }
    for (const user of failed) this.#behind.add(user)
    this.#isCatchingUp = false
    if (fault) this.#failed(fault)
  }

  /** When it takes longer than until the next time, that one is left out. */
  async #lookAround(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#findReachable()
      await this.#catchUp()
      if (this.#reachable.size && !this.#isClosed) await this.#watch.look(this.#now())
      await this.#lookAtShown()
    } finally {
      this.#isLooking = false
    }
  }

  async #lookAtShown(): Promise<void> {
    for (const shown of this.#shown.parts(maxShown)) {
      if (this.#isClosed) return
      const outdated = await this.#looks.run(() => this.#needs.store.notifications.outdated(shown))
      for (const { user, room } of outdated) this.#pushes.wake(user, room, 0)
    }
  }

  async #findReachable(): Promise<void> {
    const before = this.#reachable
    await this.#reach(new Set(await this.#needs.store.notifications.reachable()))
    for (const user of this.#reachable) if (!before.has(user)) this.#behind.add(user)
  }

  async #changed(user: number): Promise<void> {
    const isReachable = await this.#needs.store.notifications.isReachable(user)
    const one = new Set([user])
    await this.#reach(isReachable ? this.#reachable.union(one) : this.#reachable.difference(one))
    if (isReachable) this.#behind.add(user)
    await this.#catchUp()
  }

  /** While there was nobody, nothing was heard of rooms: what was written then is nobody's news. */
  async #reach(users: Set<number>): Promise<void> {
    if (users.size && !this.#reachable.size) await this.#watch.start()
    this.#reachable = users
  }

  #wake(user: number, room: string, ms: number): void {
    if (!this.#reachable.has(user)) return
    this.#pushes.wake(user, room, ms)
    this.#digests.wake(user, room, ms)
  }

  #wakeShown(room: string): void {
    for (const user of this.#shown.usersIn(room)) this.#pushes.wake(user, room, readMs)
  }

  async #pushAll(userId: number, rooms: readonly string[]): Promise<Rest | undefined> {
    const waits = new Map<string, number>()
    for (const room of rooms) {
      if (this.#isClosed) return undefined
      const waitMs = await this.#push(userId, room).catch((err) => {
        this.#failed(err)
        return this.#retryMs
      })
      if (waitMs !== undefined) waits.set(room, waitMs)
    }
    return waits.size ? { rooms: waits.keys(), ms: Math.min(...waits.values(), maxWaitMs) } : undefined
  }

  async #push(userId: number, room: string): Promise<number | undefined> {
    const first = await this.#nextPush(userId, room)
    if (!isPushed(first.next)) return this.#noPush(userId, room, first.next)
    const services = new Set(first.next.targets.map(({ endpoint }) => serviceOf(endpoint)))
    const { hasWaited } = await this.#slots.enter(services)
    try {
      // While it waited, the message may have been read.
      const { next, at } = hasWaited ? await this.#nextPush(userId, room) : first
      return isPushed(next) ? await this.#send(userId, room, next, at) : this.#noPush(userId, room, next)
    } finally {
      this.#slots.leave(services)
    }
  }

  /** @returns also the time for which it was decided */
  async #nextPush(userId: number, room: string): Promise<{ next: NextPush; at: number }> {
    const wasShown = this.#shown.has(userId, room)
    return await this.#looks.run(async () => {
      const moment = { ...this.#moment(), ...(wasShown && { wasShown }) }
      return { next: await this.#needs.store.notifications.nextPush(userId, room, moment), at: moment.at }
    })
  }

  #noPush(userId: number, room: string, next: Exclude<NextPush, Pushed>): number | undefined {
    if (next.type === 'none' || next.isShown) this.#shown.set(userId, room, next.isShown === true)
    return next.type === 'wait' ? next.ms : undefined
  }

  /** @param at when the browsers were chosen: those that rested then, and no others, are told later */
  async #send(userId: number, room: string, next: Pushed, at: number): Promise<number | undefined> {
    const { store, messenger } = this.#needs
    // Before it is sent: it may be read before the store has kept that it was.
    this.#shown.set(userId, room, next.type === 'message')
    const attempts = await messenger.push(userId, next, this.#closing.signal)
    if (this.#closing.signal.aborted) return undefined
    const { type, roomId } = next
    const told = next.type === 'message' ? { to: next.message.id, edited: next.message.edited ?? 0 } : { to: next.to }
    await store.notifications.notePush({ userId, roomId, ...told, type, at, attempts })
    // Looks again: browsers that were not tried now, or did not take it, may wait for it.
    return 0
  }

  #moment(at = this.#now()): PushMoment {
    const { canGuestsView, sessionExpiry } = this.#needs
    return { at, graceMs: this.#graceMs, canGuestsView: canGuestsView(), expiry: sessionExpiry(at) }
  }

  #failed(err: unknown): void {
    if (!this.#isClosed) this.#needs.log.event('task-failed', { reason: 'notifications', err })
  }
}

function isPushed(next: NextPush): next is Pushed {
  return next.type === 'message' || next.type === 'clear'
}
