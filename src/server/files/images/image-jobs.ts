/** Gives jobs to a process, one at a time and in order. It is started for a job when there is none, and ends when idle. */
import type { Log } from '../../log.ts'
import type { ImageLimits, Job, Outcome } from './contract.ts'
import { ImageFault } from './image-fault.ts'
import { type Ending, ImageProcess } from './image-process.ts'

/** A job is tried again when the process ended, as it may not have been the job that ended it. */
const attempts = 2

type JobOf<Type extends Job['type']> = Extract<Job, { type: Type }>

export class ImageJobs {
  readonly #log: Log
  readonly #limits: ImageLimits
  #process: ImageProcess | undefined
  #idle: NodeJS.Timeout | undefined
  #last: Promise<void> = Promise.resolve()
  #count = 0
  #isClosed = false

  constructor(log: Log, limits: ImageLimits) {
    this.#log = log
    this.#limits = limits
  }

  /** @throws ImageFault `busy`, or `failed` once it is closed */
  async run<Type extends Job['type']>(job: JobOf<Type>): Promise<Outcome<Type> | Ending> {
    if (this.#count >= this.#limits.jobs) throw new ImageFault('busy')
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = this.#last
    this.#last = promise
    this.#count++
    try {
      await before
      return await this.#runAlone(job)
    } finally {
      this.#count--
      resolve()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#idle)
    await this.#process?.killed()
  }

  async #runAlone<Type extends Job['type']>(job: JobOf<Type>): Promise<Outcome<Type> | Ending> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(job)
      // The process answers a job with the result of its type.
      if (outcome.state !== 'ended' || attempt === attempts) return outcome as Outcome<Type> | Ending
    }
  }

  async #attempt(job: Job): Promise<Outcome | Ending> {
    if (this.#isClosed) throw new ImageFault('failed')
    clearTimeout(this.#idle)
    if (!this.#process?.isAlive) this.#process = new ImageProcess(this.#limits)
    const process = this.#process
    const outcome = await process.ask(job)
    if (this.#isClosed) throw new ImageFault('failed')
    if (outcome.state === 'ended') this.#logEnd(job, outcome.reason, outcome.output)
    if (outcome.state !== 'exceeded') {
      this.#endWhenIdle()
      return outcome
    }
    this.#logEnd(job, outcome.limit)
    // Its memory first, then another one.
    await process.killed()
    return outcome
  }

  #logEnd({ type }: Job, reason: string, output?: string): void {
    this.#log.event('image-process-ended', { reason, job: type, output: output || undefined })
  }

  #endWhenIdle(): void {
    this.#idle = setTimeout(() => this.#process?.kill(), this.#limits.idleMs).unref()
  }
}
