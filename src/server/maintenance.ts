/** What the server does by the clock: it ends old sessions, removes what has expired, files too, and watches the clock and the disk. */
import { dayMs, hourMs, minuteMs, secondMs } from '../shared/durations.ts'
import type { Sessions } from './auth/sessions.ts'
import type { Hub } from './chat/hub.ts'
import type { LastSeen } from './chat/last-seen.ts'
import type { Clock } from './clock.ts'
import type { DiskSpace } from './disk-space.ts'
import { indexOlder } from './index-older.ts'
import type { Log } from './log.ts'
import type { Store } from './store/store.ts'

/** How long what moderators deleted can be restored. */
const undoableMs = 30 * dayMs
/** No node is paused for that long and then goes on. */
const loggedMs = 7 * dayMs
const checkClockMs = minuteMs
const noteClockMs = hourMs
const cleanFilesMs = hourMs
const measureDiskMs = 10 * secondMs
/** How exactly it is known after a crash when users were last seen. */
const noteSeenMs = 10 * minuteMs

interface Needs {
  store: Store
  sessions: Sessions
  hub: Hub
  lastSeen: LastSeen
  clock: Clock
  disk: Pick<DiskSpace, 'look'>
  /** Whether this node removes what has expired for all of them. */
  leadership: { readonly leads: boolean }
  files: { clean(now: number, stopping: AbortSignal): Promise<void> }
  log: Log
}

export class Maintenance {
  readonly #needs: Needs
  readonly #timers: NodeJS.Timeout[] = []
  #cleaning: Promise<void> | undefined
  readonly #stopping = new AbortController()
  #indexing: Promise<void> | undefined
  #hasRemoved = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Does everything once, and then again and again until it is stopped. */
  async start(): Promise<void> {
    const { store, lastSeen, clock, disk, log } = this.#needs
    await this.#removeOld()
    await this.#noteClock()
    await disk.look()
    const removeOld = () =>
      void this.#removeOld().catch((err) => log.event('task-failed', { reason: 'remove-old', err }))
    this.#every(dayMs, removeOld)
    this.#every(checkClockMs, () => clock.look())
    this.#every(noteClockMs, () => void this.#noteClock())
    this.#every(noteSeenMs, () => void lastSeen.noteConnected())
    this.#cleanFiles()
    this.#every(cleanFilesMs, () => this.#cleanFiles())
    this.#every(measureDiskMs, () => void disk.look())
    this.#indexing = indexOlder(store, this.#stopping.signal).catch((err) =>
      log.event('task-failed', { reason: 'index-older', err }),
    )
  }

  /** This node works for all of them from now on. */
  async lead(): Promise<void> {
    if (!this.#hasRemoved) await this.#removeOld()
  }

  /** No timer fires after this. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#stopping.abort()
  }

  /** Writes down who was here, and the time at the end, which the next start compares with its clock. */
  async finish(): Promise<void> {
    await Promise.all([this.#cleaning, this.#indexing])
    await this.#needs.lastSeen.finish()
    await this.#noteClock()
  }

  #every(ms: number, task: () => void): void {
    this.#timers.push(setInterval(task, ms).unref())
  }

  async #removeOld(): Promise<void> {
    const { store, sessions, hub, clock, leadership } = this.#needs
    const { leads } = leadership
    for (const ended of await sessions.dropExpired(hub.connections.sessions(), leads))
      hub.publish({ type: 'session-ended', ...ended, isOver: true })
    const now = Date.now()
    if (clock.isInDoubt || !leads) return
    this.#hasRemoved = true
    await store.moderation.removeExpired(now, now - undoableMs)
    await store.serverLog.forgetBefore(now - loggedMs)
  }

  /** In the background: there may be many. */
  #cleanFiles(): void {
    const { files, clock, log } = this.#needs
    if (clock.isInDoubt || this.#cleaning) return
    this.#cleaning = files
      .clean(Date.now(), this.#stopping.signal)
      .catch((err) => log.event('task-failed', { reason: 'clean-files', err }))
      .finally(() => {
        this.#cleaning = undefined
      })
  }

  async #noteClock(): Promise<void> {
    const { store, clock, log } = this.#needs
    await store.noteClock(clock.note).catch((err) => log.event('task-failed', { reason: 'clock', err }))
  }
}
