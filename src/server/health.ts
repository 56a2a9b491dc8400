/** Whether the server can serve, for `/healthz` and for monitoring. */

import type { Node } from './cluster/node.ts'
import type { DiskSpace } from './disk-space.ts'
import type { Store } from './store/store.ts'

/** Anybody may ask, and each look at the store writes. */
const cachedMs = 1_000

export class Health {
  readonly #store: Pick<Store, 'fault'>
  readonly #disk: Pick<DiskSpace, 'isLow' | 'freeBytes'>
  readonly #node: Pick<Node, 'isCurrent' | 'degraded'>
  #isStopping = false
  #last: { fault: Promise<string | undefined>; at: number } | undefined

  constructor(
    store: Pick<Store, 'fault'>,
    disk: Pick<DiskSpace, 'isLow' | 'freeBytes'>,
    node: Pick<Node, 'isCurrent' | 'degraded'>,
  ) {
    this.#store = store
    this.#disk = disk
    this.#node = node
  }

  /** From now on the server is not healthy, so that a load balancer sends nobody here any more. */
  stop(): void {
    this.#isStopping = true
  }

  /** Why chat is unavailable; undefined when all is well. */
  async fault(): Promise<string | undefined> {
    if (this.#isStopping) return 'going away'
    const storeFault = await this.#storeFault()
    if (storeFault !== undefined) return storeFault
    if (!this.#node.isCurrent) return 'this node does not know what the others have done'
    return this.#disk.isLow ? 'the disk is nearly full' : undefined
  }

  /** What works worse than usual while chat goes on; undefined when all is well. */
  get degraded(): string | undefined {
    return this.#node.degraded
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
