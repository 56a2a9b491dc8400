/** What waits until the node has caught up. */
export class CatchUp {
  #next: PromiseWithResolvers<void> | undefined

  /** Resolves when it next has. */
  next(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>()
    return this.#next.promise
  }

  done(): void {
    this.#next?.resolve()
    this.#next = undefined
  }
}
