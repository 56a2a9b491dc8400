import type { Backplane } from './backplane.ts'

/** The backplane of a node that is alone: what it publishes, it hears at once. */
export class LocalBackplane<Publication> implements Backplane<Publication> {
  readonly #listeners: ((publication: Publication) => void)[] = []

  publish(publication: Publication): void {
    for (const listener of this.#listeners) listener(publication)
  }

  subscribe(listener: (publication: Publication) => void): void {
    this.#listeners.push(listener)
  }
}
