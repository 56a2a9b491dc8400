/** What each node does by the clock for itself: it notes which sessions are in use, cleans its folder, and watches the clock and the disk. */
import { dayMs, hourMs, minuteMs, secondMs } from '../shared/durations.ts'
import type { Sessions } from './auth/sessions.ts'
import type { Hub } from './chat/hub.ts'
import type { LastSeen } from './chat/last-seen.ts'
import type { Clock } from './clock.ts'
import type { DiskSpace } from './disk-space.ts'
import type { Log } from './log.ts'
import type { Store } from './store/store.ts'

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
  files: { clean(now: number, stopping: AbortSignal): Promise<void> }
  log: Log
}

export class Maintenance {
  readonly #needs: Needs
  readonly #timers: NodeJS.Timeout[] = []
  #cleaning: Promise<void> | undefined
  readonly #stopping = new AbortController()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Does everything once, and then again and again until it is stopped. */
  async start(): Promise<void> {
    const { lastSeen, clock, disk } = this.#needs
    await this.#keepSessions()
    await this.#noteClock()
    await disk.look()
    this.#every(dayMs, () => void this.#keepSessions())
    this.#every(checkClockMs, () => clock.look())
    this.#every(noteClockMs, () => void this.#noteClock())
    this.#every(noteSeenMs, () => void lastSeen.noteConnected())
    this.#cleanFiles()
    this.#every(cleanFilesMs, () => this.#cleanFiles())
    this.#every(measureDiskMs, () => void disk.look())
  }

  /** No timer fires after this. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#stopping.abort()
  }

  /** Writes down who was here, and the time at the end, which the next start compares with its clock. */
  async finish(): Promise<void> {
    await this.#cleaning
    await this.#needs.lastSeen.finish()
    await this.#noteClock()
  }

  #every(ms: number, task: () => void): void {
    this.#timers.push(setInterval(task, ms).unref())
  }

  /** It also corrects times that are in the future. */
  async #keepSessions(): Promise<void> {
    const { sessions, hub, log } = this.#needs
    const open = hub.connections.sessions()
    await sessions.keepAlive(open).catch((err) => log.event('task-failed', { reason: 'keep-sessions', err }))
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
