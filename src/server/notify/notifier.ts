/**
 * Tells users of messages while no page of theirs is open. Runs on one node. What happens only wakes it: whom a message concerns and what
 * they are told is read from the store, and how far each user was told is kept there. A crash repeats the newest notification of a user at
 * most, and nothing waits for it: neither messages nor the end of the server.
 */
import { minuteMs, secondMs } from '../../shared/durations.ts'
import type { Publication } from '../chat/publication.ts'
import type { Log } from '../log.ts'
import { Slots } from '../outgoing/slots.ts'
import type { Moment, Store } from '../store/store.ts'
import type { Messenger } from './messenger.ts'
import { RoomWatch } from './room-watch.ts'
import { ShownNotices } from './shown-notices.ts'

/** Users who are looked at at once: others read from the same database. */
const maxLooks = 4
/** So long a message may be read in a page before anybody is told. */
export const graceMs = 6 * secondMs
/** What a user reads in several rooms at once takes several notifications away at once. */
const readMs = 500
/** Finds what nobody has told of, as after a publication that was lost. */
const lookMs = 30 * secondMs
/** The clock may be set, and the end of quiet hours move. */
const maxWaitMs = 10 * minuteMs
/** For requests that are under way when the server stops. */
const finishMs = 3 * secondMs

interface Needs {
  store: Pick<Store, 'notifications'>
  messenger: Messenger
  log: Pick<Log, 'event'>
  canGuestsView: () => boolean
  now?: () => number
  graceMs?: number
}

/** What is to be done for one user. */
interface Job {
  userId: number
  rooms: Set<string>
  /** When e-mail is looked at; undefined for not at all. */
  mailAt: number | undefined
  work: Promise<void> | undefined
  timer: NodeJS.Timeout | undefined
  dueAt: number
}

export class Notifier {
  readonly #needs: Needs
  readonly #now: () => number
  readonly #graceMs: number
  readonly #watch: RoomWatch
  readonly #shown = new ShownNotices()
  readonly #jobs = new Map<number, Job>()
  readonly #slots = new Slots(maxLooks)
  readonly #closing = new AbortController()
  #reachable = new Set<number>()
  #isClosed = false
  #look: NodeJS.Timeout | undefined

  constructor(needs: Needs) {
    this.#needs = needs
    this.#now = needs.now ?? Date.now
    this.#graceMs = needs.graceMs ?? graceMs
    this.#watch = new RoomWatch({
      store: needs.store.notifications,
      found: (room, users) => {
        for (const user of users) this.#wake(user, room, this.#graceMs)
      },
      failed: (err) => this.#failed(err),
    })
  }

  /** Goes on where the last run has stopped. */
  async start(): Promise<void> {
    // First: if the store cannot be read now, it is later.
    this.#look = setInterval(() => void this.#lookAround(), lookMs).unref()
    await this.#reach(new Set(await this.#needs.store.notifications.reachable()))
    this.#catchUp([...this.#reachable]).catch((err) => this.#failed(err))
  }

  hear(publication: Publication): void {
    switch (publication.type) {
      case 'entry': {
        const { entry } = publication
        if (this.#reachable.size) this.#watch.hear(entry)
        if (entry.type !== 'delete') return
        for (const user of this.#shown.usersIn(entry.room)) this.#wake(user, entry.room, readMs)
        return
      }
      case 'read':
        if (this.#shown.has(publication.user.id, publication.room))
          this.#wake(publication.user.id, publication.room, readMs)
        return
      case 'room-deleted':
        this.#watch.forget(publication.room)
        return
      case 'notifications':
        this.#changed(publication.user).catch((err) => this.#failed(err))
    }
  }

  /** Lets requests end that are under way. Those that take longer are sent again after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#look)
    this.#watch.close()
    for (const { timer } of this.#jobs.values()) clearTimeout(timer)
    const late = setTimeout(() => this.#closing.abort(), finishMs)
    await Promise.all([...this.#jobs.values()].map(({ work }) => work))
    clearTimeout(late)
  }

  /** Resolves when nothing is to be done before something happens or a wait ends; for tests. */
  async settled(): Promise<void> {
    await this.#watch.settled()
    const working = () => [...this.#jobs.values()].flatMap(({ work }) => work ?? [])
    while (working().length) await Promise.all(working())
  }

  /** What was written while nobody looked. */
  async #catchUp(users: readonly number[]): Promise<void> {
    for (const user of users) {
      if (this.#isClosed) return
      const rooms = await this.#slots.run(() => this.#needs.store.notifications.pendingRooms(user))
      for (const room of rooms) this.#wake(user, room, 0)
    }
  }

  async #lookAround(): Promise<void> {
    try {
      const before = this.#reachable
      await this.#reach(new Set(await this.#needs.store.notifications.reachable()))
      await this.#catchUp([...this.#reachable.difference(before)])
      if (this.#reachable.size) await this.#watch.look(this.#now())
    } catch (err) {
      this.#failed(err)
    }
  }

  async #changed(user: number): Promise<void> {
    const isReachable = await this.#needs.store.notifications.isReachable(user)
    const one = new Set([user])
    await this.#reach(isReachable ? this.#reachable.union(one) : this.#reachable.difference(one))
    if (isReachable) await this.#catchUp([user])
  }

  /** While there was nobody, nothing was heard of rooms: what was written then is nobody's news. */
  async #reach(users: Set<number>): Promise<void> {
    if (users.size && !this.#reachable.size) await this.#watch.start()
    this.#reachable = users
  }

  #wake(userId: number, room: string, ms: number): void {
    if (!this.#reachable.has(userId) || this.#isClosed) return
    const job = this.#jobs.get(userId) ?? newJob(userId)
    this.#jobs.set(userId, job)
    job.rooms.add(room)
    job.mailAt ??= this.#now() + ms
    this.#schedule(job, ms)
  }

  #schedule(job: Job, ms: number): void {
    if (this.#isClosed) return
    const dueAt = performance.now() + ms
    if (job.timer && job.dueAt <= dueAt) return
    clearTimeout(job.timer)
    job.dueAt = dueAt
    job.timer = setTimeout(() => {
      job.timer = undefined
      this.#run(job)
    }, ms).unref()
  }

  #run(job: Job): void {
    // What has come meanwhile is looked at afterwards.
    if (job.work) return this.#schedule(job, readMs)
    job.work = this.#slots
      .run(() => this.#step(job))
      .catch((err) => {
        this.#failed(err)
        return lookMs
      })
      .then((waitMs) => {
        job.work = undefined
        if (waitMs !== undefined) this.#schedule(job, waitMs)
        else if (!job.timer) this.#jobs.delete(job.userId)
      })
  }

  /** @returns when there may be more to do */
  async #step(job: Job): Promise<number | undefined> {
    const waits: number[] = []
    for (const room of [...job.rooms]) {
      if (this.#isClosed) return undefined
      // Taken out first: it may be put in again while it is looked at.
      job.rooms.delete(room)
      const waitMs = await this.#push(job.userId, room)
      if (waitMs === undefined) continue
      job.rooms.add(room)
      waits.push(waitMs)
    }
    const mailMs = await this.#mail(job)
    if (mailMs !== undefined) waits.push(mailMs)
    return waits.length ? Math.min(...waits, maxWaitMs) : undefined
  }

  async #push(userId: number, room: string): Promise<number | undefined> {
    const { store, messenger } = this.#needs
    const next = await store.notifications.nextPush(userId, room, this.#moment())
    switch (next.type) {
      case 'none':
        this.#shown.set(userId, room, next.isShown === true)
        return undefined
      case 'wait':
        return next.ms
      case 'message':
      case 'clear': {
        // Before it is sent: it may be read before the store has kept that it was.
        this.#shown.set(userId, room, next.type === 'message')
        const attempts = await messenger.push(userId, next, this.#closing.signal)
        if (this.#closing.signal.aborted) return undefined
        const to = next.type === 'message' ? next.message.id : next.to
        const { type, roomId } = next
        await store.notifications.notePush({ userId, roomId, to, type, at: this.#now(), attempts })
        // What was not taken is sent again.
        return attempts.some((attempt) => attempt.type === 'failed') || !attempts.length ? 0 : undefined
      }
      default:
        return next satisfies never
    }
  }

  async #mail(job: Job): Promise<number | undefined> {
    const { store, messenger } = this.#needs
    const { userId, mailAt } = job
    if (mailAt === undefined || !messenger.hasMail || this.#isClosed) return undefined
    if (mailAt > this.#now()) return mailAt - this.#now()
    job.mailAt = undefined
    const next = await store.notifications.nextMail(userId, this.#moment())
    if (next.type === 'none') return undefined
    const result = next.type === 'digest' ? await messenger.mail(userId, next) : undefined
    if (this.#closing.signal.aborted) return undefined
    if (result) await store.notifications.noteMail(result)
    const ms = Math.min(next.type === 'wait' ? next.ms : 0, maxWaitMs)
    job.mailAt = this.#now() + ms
    return ms
  }

  #moment(): Moment {
    return { at: this.#now(), graceMs: this.#graceMs, canGuestsView: this.#needs.canGuestsView() }
  }

  #failed(err: unknown): void {
    if (!this.#isClosed) this.#needs.log.event('task-failed', { reason: 'notifications', err })
  }
}

function newJob(userId: number): Job {
  return { userId, rooms: new Set(), mailAt: undefined, work: undefined, timer: undefined, dueAt: 0 }
}
