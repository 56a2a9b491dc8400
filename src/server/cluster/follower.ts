/**
 * Follows what other nodes do: hears their publications, and finds in the store what was lost of them. Entries are found by the heads of
 * the rooms that are open here, and what takes rights away in the server log. A node that could not read that log for two seconds does
 * not know any more who may read and write: until it has caught up it passes nothing on and refuses commands.
 */
import type { Backplane } from '../backplane/backplane.ts'
import type { Publication } from '../chat/publication.ts'
import type { Log } from '../log.ts'
import type { LoggedChange, ServerChange, Store } from '../store/store.ts'
import { Applied, isChange } from './applied.ts'
import type { Node, OpenRooms } from './node.ts'

/** How long a node may go on without having read the server log. */
const trustMs = 2_000
const readLogEveryMs = 500
/** How often heads are compared while publications arrive, and while they do not. */
const compareEveryMs = { heard: 1_500, deaf: 1_000 }
const changesPerRead = 500
const headsPerRead = 1_000

interface Needs {
  store: { serverLog: Pick<Store['serverLog'], 'head' | 'after'>; log: Pick<Store['log'], 'heads'> }
  backplane: Backplane<Publication> & { readonly fault: string | undefined; close(): Promise<void> }
  log: Pick<Log, 'event'>
}

export class Follower implements Backplane<Publication>, Node {
  readonly #needs: Needs
  readonly #listeners: ((publication: Publication) => void)[] = []
  readonly #applied = new Applied()
  /** The newest change that was applied. */
  #cursor = 0
  /** When the newest read of the log began that came to its end. */
  #currentAt = Number.NEGATIVE_INFINITY
  #comparedAt = Number.NEGATIVE_INFINITY
  #rooms: OpenRooms | undefined
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #comparing: Promise<void> | undefined
  readonly #lost = Promise.withResolvers<Error>()
  #isClosed = false
  #wasCurrent = true

  constructor(needs: Needs) {
    this.#needs = needs
    needs.backplane.subscribe((publication) => this.#receive(publication))
  }

  /** Before anything is read into memory: what changes from now on is followed. */
  async open(): Promise<void> {
    const began = performance.now()
    this.#cursor = await this.#needs.store.serverLog.head()
    this.#currentAt = began
  }

  get isCurrent(): boolean {
    return performance.now() - this.#currentAt < trustMs
  }

  get failed(): Promise<Error> {
    return this.#lost.promise
  }

  get degraded(): string | undefined {
    const { fault } = this.#needs.backplane
    return fault === undefined ? undefined : `other nodes are heard late: ${fault}`
  }

  publish(publication: Publication): void {
    this.#needs.backplane.publish(publication)
  }

  subscribe(listener: (publication: Publication) => void): void {
    this.#listeners.push(listener)
  }

  start(rooms: OpenRooms): void {
    this.#rooms = rooms
    this.#schedule()
  }

  /** Publications may have been lost: looks at once. */
  reconnected(): void {
    this.#comparedAt = Number.NEGATIVE_INFINITY
    if (this.#rooms) this.#look()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await Promise.all([this.#looking, this.#comparing])
    await this.#needs.backplane.close()
  }

  #receive(publication: Publication): void {
    if (isChange(publication)) {
      // While the node starts not everybody listens: the log is read after that, and has it too.
      if (this.#rooms && this.#applied.published(publication)) this.#tell(publication)
    } else if (this.isCurrent) {
      this.#tell(publication)
    } else {
      // Who may have it is not known. The store has it, and the heads are compared once that is.
      this.#comparedAt = Number.NEGATIVE_INFINITY
    }
  }

  #tell(publication: Publication): void {
    for (const listener of this.#listeners) listener(publication)
  }

  #schedule(): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#look(), readLogEveryMs)
  }

  /** One look at a time. */
  #look(): void {
    clearTimeout(this.#timer)
    this.#looking ??= this.#lookOnce()
      .catch((err) => this.#failed(err))
      .finally(() => {
        this.#looking = undefined
        this.#schedule()
      })
  }

  async #lookOnce(): Promise<void> {
    await this.#readLog()
    const isDue = performance.now() - this.#comparedAt >= compareEveryMs[this.degraded ? 'deaf' : 'heard']
    if (!isDue) return
    // The next look at the server log does not wait for it.
    this.#comparing ??= this.#compareHeads()
      .catch((err) => this.#needs.log.event('task-failed', { reason: 'compare-heads', err }))
      .finally(() => {
        this.#comparing = undefined
      })
  }

  async #readLog(): Promise<void> {
    for (;;) {
      const began = performance.now()
      const isMore = await this.#readChanges()
      if (isMore) continue
      this.#currentAt = began
      break
    }
    if (!this.#wasCurrent) this.#comparedAt = Number.NEGATIVE_INFINITY
    this.#wasCurrent = true
  }

  /** @returns whether there may be more */
  async #readChanges(): Promise<boolean> {
    // With the newest one that is known: if it is not there, this is another log.
    const read = await this.#needs.store.serverLog.after(Math.max(0, this.#cursor - 1), changesPerRead)
    const isSame = this.#cursor === 0 || read[0]?.id === this.#cursor
    if (!isSame) {
      this.#lost.resolve(new Error('The database has lost what this node knows of: was a backup restored?'))
      throw new Error('The server log has no change of that number.')
    }
    this.#apply(this.#cursor === 0 ? read : read.slice(1))
    return read.length === changesPerRead
  }

  #apply(changes: readonly LoggedChange[]): void {
    let isMissing = false
    for (const { id, change } of changes) {
      const isKnown = this.#applied.logged(change)
      // What was published after one that was lost is applied again after it: they come into their order.
      isMissing ||= !isKnown
      if (isMissing) this.#tell(change as ServerChange as Publication)
      this.#cursor = id
    }
  }

  async #compareHeads(): Promise<void> {
    const began = performance.now()
    const open = this.#rooms?.openRooms() ?? []
    for (let from = 0; from < open.length; from += headsPerRead) {
      const heads = await this.#needs.store.log.heads(open.slice(from, from + headsPerRead))
      for (const [room, last] of heads) if (this.isCurrent) this.#rooms?.hear(room, last)
    }
    this.#comparedAt = began
  }

  #failed(err: unknown): void {
    if (this.isCurrent) return
    if (this.#wasCurrent) this.#needs.log.event('task-failed', { reason: 'follow-nodes', err })
    this.#wasCurrent = false
  }
}
