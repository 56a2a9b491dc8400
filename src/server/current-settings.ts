import type { ServerSettings, StoredSettings } from '../shared/server-settings.ts'
import type { Store } from './store/store.ts'

/** The settings of the server as they are now. They are read at start and whenever they have changed. */
export class CurrentSettings {
  readonly #store: Store['settings']
  readonly #defaults: ServerSettings
  #now: ServerSettings
  /** How many loads have begun, and which of them `#now` comes from. */
  #begun = 0
  #loaded = 0

  constructor(store: Store['settings'], defaults: ServerSettings) {
    this.#store = store
    this.#defaults = defaults
    this.#now = defaults
  }

  async load(): Promise<void> {
    const load = ++this.#begun
    const stored: StoredSettings = await this.#store.get()
    // One that began later has read what is newer.
    if (load < this.#loaded) return
    this.#loaded = load
    this.#now = { ...this.#defaults, ...stored }
  }

  get now(): ServerSettings {
    return this.#now
  }
}
