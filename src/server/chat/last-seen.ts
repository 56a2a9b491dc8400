/**
 * Notes in the store when users were here last: after their last connection has closed, and now and then before that. Only verified
 * sessions count: nobody else can make a guest look present.
 */
import { secondMs, toMinute } from '../../shared/durations.ts'
import type { RoomMember } from '../../shared/protocol/types.ts'
import type { Session } from '../auth/sessions.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { Hub } from './hub.ts'

/** A user who returns within this time, as by a reload, costs no write. Users who leave at the same time share one write. */
const noteAfterMs = secondMs
/** Users in one write, so that messages do not wait for all of them. */
const maxInWrite = 500

interface Needs {
  store: Store
  hub: Hub
  log: Log
}

export class LastSeen {
  readonly #needs: Needs
  #closed = new Set<number>()
  #timer: NodeJS.Timeout | undefined

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** A connection of the session has closed. */
  closed({ user: { id }, isVerified }: Session): void {
    if (!isVerified || this.#needs.hub.connections.hasVerified(id)) return
    this.#closed.add(id)
    this.#timer ??= setTimeout(() => void this.#noteClosed(), noteAfterMs)
  }

  /** Shows connected members as seen now, whatever is stored. A member without a time, because it may not be told, gets none. */
  withConnected(members: RoomMember[]): RoomMember[] {
    const { connections } = this.#needs.hub
    const seenAt = toMinute(Date.now())
    return members.map((one) =>
      one.seenAt !== undefined && connections.hasVerified(one.user.id) ? { ...one, seenAt } : one,
    )
  }

  /** Notes everybody who is connected: if the server is killed, they were seen about then. */
  async noteConnected(): Promise<void> {
    await this.#note(this.#connected())
  }

  /** The connections are closed, or will be at once. */
  async finish(): Promise<void> {
    clearTimeout(this.#timer)
    const closed = [...this.#closed]
    this.#closed.clear()
    await this.#note([...closed, ...this.#connected()])
  }

  #connected(): number[] {
    const sessions = this.#needs.hub.connections.sessions()
    return sessions.filter(({ isVerified }) => isVerified).map(({ user }) => user.id)
  }

  async #noteClosed(): Promise<void> {
    const { hub } = this.#needs
    this.#timer = undefined
    const gone = [...this.#closed].filter((id) => !hub.connections.hasVerified(id))
    this.#closed.clear()
    await this.#note(gone)
  }

  async #note(userIds: readonly number[]): Promise<void> {
    const { store, log } = this.#needs
    const rest = [...new Set(userIds)]
    while (rest.length) {
      await store.accounts
        .noteSeen(rest.splice(0, maxInWrite), Date.now())
        .catch((err) => log.event('task-failed', { reason: 'last-seen', err }))
    }
  }
}
