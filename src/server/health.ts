/** Whether the server can serve, for `/healthz` and for monitoring. */
import type { DiskSpace } from './disk-space.ts'
import type { Store } from './store/store.ts'

/** Anybody may ask, and each look at the store writes. */
const cachedMs = 1_000

export class Health {
  readonly #store: Pick<Store, 'fault'>
  readonly #disk: Pick<DiskSpace, 'isLow' | 'freeBytes'>
  #isStopping = false
  #last: { fault: Promise<string | undefined>; at: number } | undefined

  constructor(store: Pick<Store, 'fault'>, disk: Pick<DiskSpace, 'isLow' | 'freeBytes'>) {
    this.#store = store
    this.#disk = disk
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** From now on the server is not healthy, so that a load balancer sends nobody here any more. */
  stop(): void {
    this.#isStopping = true
  }

  /** Why chat is unavailable; undefined when all is well. */
  async fault(): Promise<string | undefined> {
    if (this.#isStopping) return 'going away'
    return (await this.#storeFault()) ?? (this.#disk.isLow ? 'the disk is nearly full' : undefined)
  }

  /** How much is free on the disk. @throws when the file system does not say */
  freeBytes(): Promise<number> {
    return this.#disk.freeBytes()
  }

  #storeFault(): Promise<string | undefined> {
    const now = performance.now()
    if (!this.#last || now - this.#last.at >= cachedMs) this.#last = { fault: this.#store.fault(), at: now }
    return this.#last.fault
  }
}
