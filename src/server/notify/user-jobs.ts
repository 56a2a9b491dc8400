/** Work for users about their rooms: one step at a time for each user, when it is due. */

/** What stays to be done, and when. */
export interface Rest {
  rooms: Iterable<string>
  ms: number
}

interface Needs {
  /** @returns undefined when nothing is left of those rooms. What it throws for is done again. */
  step(userId: number, rooms: readonly string[]): Promise<Rest | undefined>
  failed(error: unknown): void
  /** After a failure, as of the database. */
  retryMs: number
}

interface Job {
  userId: number
  rooms: Set<string>
  work: Promise<void> | undefined
  timer: NodeJS.Timeout | undefined
  /** By a clock that nobody sets. */
  dueAt: number
}

export class UserJobs {
  readonly #needs: Needs
  readonly #jobs = new Map<number, Job>()
  #isClosed = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  wake(userId: number, room: string, ms: number): void {
    if (this.#isClosed) return
    const job = this.#jobs.get(userId) ?? { userId, rooms: new Set(), work: undefined, timer: undefined, dueAt: 0 }
    this.#jobs.set(userId, job)
    job.rooms.add(room)
    this.#schedule(job, ms)
  }

  /** Begins nothing more. @returns when what is under way has ended */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { timer } of this.#jobs.values()) clearTimeout(timer)
    await Promise.all(this.#working())
  }

  /** Resolves when nothing is to be done before a wait ends: what is due now is begun. For tests. */
  async settled(): Promise<void> {
    do {
      for (const job of this.#jobs.values()) if (this.#isDue(job)) this.#due(job)
      await Promise.all(this.#working())
    } while (this.#working().length || [...this.#jobs.values()].some((job) => this.#isDue(job)))
  }

  #isDue({ work, timer, dueAt }: Job): boolean {
    return !this.#isClosed && !work && timer !== undefined && dueAt <= performance.now()
  }

  #working(): Promise<void>[] {
    return [...this.#jobs.values()].flatMap(({ work }) => work ?? [])
  }

  #schedule(job: Job, ms: number): void {
    if (this.#isClosed) return
    const dueAt = performance.now() + ms
    if (job.timer && job.dueAt <= dueAt) return
    clearTimeout(job.timer)
    job.dueAt = dueAt
    job.timer = setTimeout(() => this.#due(job), ms).unref()
  }

  #due(job: Job): void {
    // What has come while it works is done afterwards: the timer stays as the sign of it.
    if (job.work) return
    clearTimeout(job.timer)
    job.timer = undefined
    // Taken out first: a room may be put in again while it is looked at.
    const rooms = [...job.rooms]
    job.rooms.clear()
    job.work = this.#step(job, rooms).then((waitMs) => {
      job.work = undefined
      if (job.timer && job.dueAt <= performance.now()) {
        clearTimeout(job.timer)
        job.timer = undefined
        this.#schedule(job, 0)
      }
      if (waitMs !== undefined) this.#schedule(job, waitMs)
      else if (!job.timer) this.#jobs.delete(job.userId)
    })
  }

  async #step(job: Job, rooms: readonly string[]): Promise<number | undefined> {
    try {
      const rest = await this.#needs.step(job.userId, rooms)
      for (const room of rest?.rooms ?? []) job.rooms.add(room)
      return rest?.ms
    } catch (error) {
      this.#needs.failed(error)
      for (const room of rooms) job.rooms.add(room)
      return this.#needs.retryMs
    }
  }
}
