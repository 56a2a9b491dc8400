/** Keeps the order of writes that are in different lanes, where it matters. */

/**
 * `message`: what users write. `moderation`: comes after the messages that were given before it, and before those that are given after
 * it, so that nothing is written past a kick. Nothing depends on the order of the others.
 */
export type Kind = 'message' | 'moderation' | 'other'

export class Order {
  readonly #messages = new Set<Promise<unknown>>()
  #moderation: Promise<unknown> | undefined

  /** @param write is called at once when nothing has to come first */
  inOrder(kind: Kind, write: () => Promise<unknown>): Promise<unknown> {
    if (kind === 'message') return this.#add(this.#moderation ? this.#moderation.then(write) : write())
    if (kind === 'other') return write()
    const written = this.#messages.size ? Promise.allSettled(this.#messages).then(write) : write()
    const settled = Promise.allSettled([this.#moderation, written]).then(() => {
      if (this.#moderation === settled) this.#moderation = undefined
    })
    this.#moderation = settled
    return written
  }

  #add(written: Promise<unknown>): Promise<unknown> {
    this.#messages.add(written)
    const forget = () => this.#messages.delete(written)
    written.then(forget, forget)
    return written
  }
}
