/**
 * Follows what other nodes do: hears their publications, and finds in the store what was lost of them. Entries are found by the heads of
 * the rooms that are open here, and what takes rights away in the server log. A node that could not read that log for two seconds does
 * not know any more who may read and write: until it has caught up it passes nothing on, answers nothing and refuses commands. A
 * database that does not have what this node knows of is abandoned; a node that was away for so long that the log does not reach back
 * to what it knows ends, and the others go on.
 */
import type { Backplane } from '../backplane/backplane.ts'
import type { Publication } from '../chat/publication.ts'
import type { Log } from '../log.ts'
import { type Head, isChange, type LoggedChange, type ServerChange, type Store } from '../store/store.ts'
import { Applied } from './applied.ts'
import { CatchUp } from './catch-up.ts'
import { findLoss } from './lost-entries.ts'
import { type Node, type OpenHead, type OpenRooms, refuseUnlessCurrent } from './node.ts'

/** How long a node may go on without having read the server log. */
const trustMs = 2_000
const readLogEveryMs = 500
/** How often heads are compared while publications arrive, and while they do not. */
const compareEveryMs = { heard: 1_500, deaf: 1_000 }
const changesPerRead = 500
const headsPerRead = 1_000

interface Needs {
  store: {
    readonly epoch: string
    serverLog: Pick<Store['serverLog'], 'head' | 'after' | 'epoch'>
    log: Pick<Store['log'], 'heads'>
    /** The database does not have what was acknowledged. */
    abandon(): void
    /** The database has forgotten what this node would have to follow. */
    leave(): void
  }
  backplane: Backplane<Publication> & { readonly fault: string | undefined; close(): Promise<void> }
  log: Pick<Log, 'event'>
}

export class Follower implements Backplane<Publication>, Node {
  readonly #needs: Needs
  readonly #listeners: ((publication: Publication) => void)[] = []
  readonly #applied = new Applied()
  /** The newest change that was applied, and what it is: 0 before the first. */
  #cursor = 0
  #newest: string | undefined
  /** When the newest read of the log began that came to its end. */
  #currentAt = Number.NEGATIVE_INFINITY
  #comparedAt = Number.NEGATIVE_INFINITY
  #rooms: OpenRooms | undefined
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<void> = Promise.resolve()
  #looking: Promise<void> | undefined
  #comparing: Promise<void> | undefined
  readonly #caughtUp = new CatchUp()
  #isLost = false
  #isClosed = false
  #wasCurrent = true
  /** Whether the last read of the log had what was not published before. */
  #wasMissing = false

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
    return !this.#isLost && performance.now() - this.#currentAt < trustMs
  }

  async whenCurrent(): Promise<void> {
    while (!this.isCurrent) await this.#caughtUp.next()
  }

  /** Called after each read. @throws ChatError `unavailable` when who may have what was read is not known */
  guard(): void {
    // While the node starts it answers nobody.
    if (this.#rooms) refuseUnlessCurrent(this)
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

  async start(rooms: OpenRooms): Promise<void> {
    await this.#readLog()
    this.#rooms = rooms
    // What was published since then was not applied: everybody listens from now on.
    await this.#readLog()
    this.#schedule()
  }

  async explain(room: string): Promise<void> {
    const known = this.#rooms?.heads().filter((one) => one.room === room) ?? []
    await this.#compare(known).catch((error) => {
      if (!this.#isLost) throw error
    })
    refuseUnlessCurrent(this)
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
      // The node does not know who may have it. The store has it, and the heads are compared once the node is current.
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

  /** One after the other: each begins where the one before it has ended. */
  #readLog(): Promise<void> {
    const read = this.#reading.then(() => this.#readToTheEnd())
    this.#reading = read.catch(() => {})
    return read
  }

  async #readToTheEnd(): Promise<void> {
    for (;;) {
      const began = performance.now()
      const isMore = await this.#readChanges()
      if (isMore) continue
      if ((await this.#needs.store.serverLog.epoch()) !== this.#needs.store.epoch) this.#abandon()
      this.#currentAt = began
      break
    }
    if (!this.#wasCurrent) this.#comparedAt = Number.NEGATIVE_INFINITY
    this.#wasCurrent = true
    this.#caughtUp.done()
  }

  /** @returns whether there may be more */
  async #readChanges(): Promise<boolean> {
    // With the newest one that is known: if it is not there, this is another log.
    const read = await this.#needs.store.serverLog.after(Math.max(0, this.#cursor - 1), changesPerRead)
    const [newest] = read
    // There are no gaps, so it was there: it was forgotten while this node was away. Nothing was lost.
    if (newest && newest.id > Math.max(1, this.#cursor)) this.#leave()
    const isSame = this.#cursor === 0 || (newest?.id === this.#cursor && this.#isNewest(newest))
    if (!isSame) this.#abandon()
    this.#apply(this.#cursor === 0 ? read : read.slice(1))
    return read.length === changesPerRead
  }

  #isNewest({ change }: LoggedChange): boolean {
    this.#newest ??= JSON.stringify(change)
    return JSON.stringify(change) === this.#newest
  }

  /** @throws Error always */
  #abandon(): never {
    this.#isLost = true
    this.#needs.store.abandon()
    throw new Error('The database does not have what this node knows of.')
  }

  /** @throws Error always */
  #leave(): never {
    this.#isLost = true
    this.#needs.store.leave()
    throw new Error('The database has forgotten what this node would have to follow.')
  }

  #apply(changes: readonly LoggedChange[]): void {
    // What was published after one that was lost is applied again after it: they come into their order. It may come with the next read,
    // or with the one after as many as a read has.
    let isMissing = this.#wasMissing
    this.#wasMissing = isMissing && changes.length >= changesPerRead - 1
    for (const { id, change } of changes) {
      if (!this.#applied.logged(change)) {
        isMissing = true
        this.#wasMissing = true
      }
      if (isMissing) this.#tell(change as ServerChange as Publication)
      this.#cursor = id
      this.#newest = JSON.stringify(change)
    }
  }

  async #compareHeads(): Promise<void> {
    const began = performance.now()
    const open = this.#rooms?.heads() ?? []
    for (let from = 0; from < open.length; from += headsPerRead) {
      const heads = await this.#compare(open.slice(from, from + headsPerRead))
      for (const [room, { last }] of heads) if (this.isCurrent) this.#rooms?.hear(room, last)
    }
    this.#comparedAt = began
  }

  /** @returns the heads as the store has them @throws Error when it has lost one of those that are known */
  async #compare(known: readonly OpenHead[]): Promise<Map<string, Head>> {
    const heads = await this.#needs.store.log.heads(known)
    const lost = findLoss(known, heads)
    if (!lost.length) return heads
    // A room that was deleted, and perhaps made again, has lost nothing: the server log, read after the heads, says so.
    await this.#readLog()
    const open = new Set(this.#rooms?.heads().map(({ opening }) => opening))
    if (lost.some(({ opening }) => open.has(opening))) this.#abandon()
    return heads
  }

  #failed(err: unknown): void {
    if (this.isCurrent) return
    if (this.#wasCurrent) this.#needs.log.event('task-failed', { reason: 'follow-nodes', err })
    this.#wasCurrent = false
  }
}
