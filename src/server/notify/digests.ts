/** Mails users what they have not read, in one email for several rooms. */
import { Slots } from '../outgoing/slots.ts'
import type { Moment, Store } from '../store/store.ts'
import type { Digest, Messenger } from './messenger.ts'
import { type Rest, UserJobs } from './user-jobs.ts'

/** Emails that are handed to the mail server at once. */
const maxMailed = 4

interface Needs {
  store: Pick<Store, 'notifications'>
  messenger: Messenger
  /** Of the reads from the store. */
  looks: Slots
  moment: () => Moment
  maxWaitMs: number
  /** Aborts what is under way when the server has stopped. */
  signal: AbortSignal
  failed(error: unknown): void
  retryMs: number
}

export class Digests {
  readonly #needs: Needs
  readonly #jobs: UserJobs
  readonly #slots = new Slots(maxMailed)
  #isClosed = false

  constructor(needs: Needs) {
    this.#needs = needs
    const { failed, retryMs } = needs
    this.#jobs = new UserJobs({ step: (user, rooms) => this.#mail(user, rooms), failed, retryMs })
  }

  /** Nothing where no email is sent. */
  wake(userId: number, room: string, ms: number): void {
    if (this.#needs.messenger.hasMail) this.#jobs.wake(userId, room, ms)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#jobs.close()
  }

  settled(): Promise<void> {
    return this.#jobs.settled()
  }

  #mail(userId: number, rooms: readonly string[]): Promise<Rest | undefined> {
    return this.#slots.run(async () => {
      const { store, looks, moment, maxWaitMs } = this.#needs
      const waiting: string[] = []
      let waitMs = maxWaitMs
      for (let left = rooms; left.length && !this.#isClosed; ) {
        const looked = left
        const next = await looks.run(() => store.notifications.nextMail(userId, looked, moment()))
        left = next.rest ?? []
        if (next.type === 'digest') {
          await this.#send(next)
          return { rooms: [...next.rooms, ...left, ...waiting], ms: 0 }
        }
        if (next.type !== 'wait') continue
        waiting.push(...next.rooms)
        waitMs = Math.min(waitMs, next.ms)
      }
      return waiting.length ? { rooms: waiting, ms: waitMs } : undefined
    })
  }

  async #send(digest: Digest): Promise<void> {
    const { store, messenger, signal } = this.#needs
    const result = await messenger.mail(digest, signal)
    // Also when the server stops meanwhile: it would be mailed again.
    if (result) await store.notifications.noteMail(result)
  }
}
