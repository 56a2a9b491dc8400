/** Work that one node does for all of them, while it leads. */
export interface SharedWork {
  start(): Promise<void>
  /** Resolves when nothing of it goes on any more. */
  stop(): Promise<void>
}

export class Leadership {
  #leads = false
  #work: SharedWork | undefined
  #isClosed = false
  /** Starts and stops come one after the other. */
  #newest: Promise<void> = Promise.resolve()
  readonly #failed: (error: unknown) => void

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  get leads(): boolean {
    return this.#leads
  }

  /** To be called once. */
  async lead(work: SharedWork): Promise<void> {
    this.#work = work
    if (this.#leads) this.#then(() => work.start())
    await this.#newest
  }

  change(leads: boolean): void {
    if (this.#leads === leads || this.#isClosed) return
    this.#leads = leads
    const work = this.#work
    if (work) this.#then(() => (leads ? work.start() : work.stop()))
  }

  /** Ends the work, whoever does it next. */
  async close(): Promise<void> {
    this.change(false)
    this.#isClosed = true
    await this.#newest
  }

  #then(step: () => Promise<void>): void {
    this.#newest = this.#newest.then(step).catch(this.#failed)
  }
}
