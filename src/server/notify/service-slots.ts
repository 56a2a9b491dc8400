/** Limits how many users are pushed to at once at each push service: a slow one delays only users who have a browser of it. */
export class ServiceSlots {
  readonly #maxAtOnce: number
  readonly #taken = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  constructor(maxAtOnce: number) {
    this.#maxAtOnce = maxAtOnce
  }

  /** Waits until there is a place at each of them. @returns whether it had to, which may have been long */
  async enter(services: ReadonlySet<string>): Promise<{ hasWaited: boolean }> {
    let hasWaited = false
    // Nothing is held meanwhile: a user who waits for a slow service must not keep others from a fast one.
    for (let full = this.#fullOf(services); full !== undefined; full = this.#fullOf(services)) {
      hasWaited = true
      const service = full
      await new Promise<void>((resolve) => {
        const waiting = this.#waiting.get(service) ?? []
        this.#waiting.set(service, waiting)
        waiting.push(resolve)
      })
    }
    for (const service of services) this.#taken.set(service, (this.#taken.get(service) ?? 0) + 1)
    return { hasWaited }
  }

  leave(services: ReadonlySet<string>): void {
    for (const service of services) {
      const taken = (this.#taken.get(service) ?? 1) - 1
      if (taken > 0) this.#taken.set(service, taken)
      else this.#taken.delete(service)
      const waiting = this.#waiting.get(service)
      waiting?.shift()?.()
      if (!waiting?.length) this.#waiting.delete(service)
    }
  }

  #fullOf(services: ReadonlySet<string>): string | undefined {
    return [...services].find((service) => (this.#taken.get(service) ?? 0) >= this.#maxAtOnce)
  }
}
