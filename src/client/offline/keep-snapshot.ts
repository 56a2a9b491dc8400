/** Writes the snapshot while the page is connected: soon after each change, and when the connection or the page ends. */
import { watch } from 'vue'
import type { PageState } from '../../shared/page-state.ts'
import type { Chat } from '../app/chat.ts'
import { locationOf } from '../navigation/navigation.ts'
import type { RoomState } from '../room/room-state.ts'
import { type KeptPage, type KeptRoom, keptRoom, type Origin, summaryOf } from './snapshot.ts'
import type { SnapshotDatabase } from './snapshot-database.ts'

const restMs = 1_000

export function keepSnapshot(chat: Chat, state: PageState, database: SnapshotDatabase): void {
  const writer = new SnapshotWriter(chat, state, database)
  watch([() => [...chat.rooms.values()], chat.role], () => writer.changed(), { immediate: true })
  // The connection ends with the page too.
  watch(
    () => chat.connection.value.state === 'open',
    (isOpen) => !isOpen && writer.writeNow(),
    { flush: 'sync' },
  )
}

class SnapshotWriter {
  readonly #chat: Chat
  readonly #state: PageState
  readonly #database: SnapshotDatabase
  readonly #origin: Origin
  /** The states of the rooms as they were written, and when they were shown or changed. */
  readonly #written = new Map<string, { state: RoomState; at: number }>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #listed: ReadonlySet<string> = new Set()
  #hasWritten = false
  /** Whether there may be something in the database that is not to be kept. */
  #isToBePruned = true

  constructor(chat: Chat, state: PageState, database: SnapshotDatabase) {
    this.#chat = chat
    this.#state = state
    this.#database = database
    this.#origin = { user: state.user.id, build: state.build }
  }

  changed(): void {
    // What changes without a connection is not from the server.
    if (this.#chat.connection.value.state !== 'open' || !this.#hasNews()) return
    const isGone = [...this.#listed].some((room) => this.#chat.rooms.get(room)?.left ?? true)
    // The first opens the database: a page that is left later has no time for that.
    if (isGone || !this.#hasWritten) return this.writeNow()
    this.#timer ??= setTimeout(() => this.writeNow(), restMs)
  }

  writeNow(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // After the end of the session nothing is kept.
    if (!this.#hasNews() || this.#chat.connection.value.state === 'ended') return
    void this.#write().catch((error) => console.warn('Messages could not be kept for a reload offline.', error))
  }

  /** Whether the server has said anything: a page that shows a snapshot has nothing newer before. */
  #hasNews(): boolean {
    return this.#chat.serverBuild.value !== undefined
  }

  async #write(): Promise<void> {
    this.#hasWritten = true
    const states = [...this.#chat.rooms.values()]
    const listed = new Set(states.filter(({ left }) => !left).map(({ room }) => room))
    const changed = states.filter((state) => this.#isChanged(state))
    const rooms = changed.flatMap((state) => this.#kept(state) ?? [])
    const gone = [...this.#listed].filter((room) => !listed.has(room))
    const isFirst = this.#listed.size === 0
    const isToBePruned = this.#isToBePruned || rooms.length < changed.length
    this.#listed = listed
    this.#isToBePruned = false
    await this.#database.write(this.#page(states), rooms, gone)
    if (!isToBePruned) return
    await this.#database.prune(this.#origin, {
      // Later, another tab may have joined rooms that this one has not heard of.
      listed: isFirst ? listed : undefined,
      notLoaded: new Map(states.filter(({ messages }) => messages.length === 0).map((state) => [state.room, state])),
    })
  }

  #isChanged(state: RoomState): boolean {
    const before = this.#written.get(state.room)?.state
    return !before || !isSame(before, state)
  }

  #kept(state: RoomState): KeptRoom | undefined {
    const before = this.#written.get(state.room)
    const isShown = locationOf(location.pathname)?.room === state.room
    const at = before && !isShown ? before.at : Date.now()
    this.#written.set(state.room, { state, at })
    const kept = keptRoom(state, this.#origin, at)
    if (kept && !before) this.#isToBePruned = true
    return kept
  }

  #page(states: readonly RoomState[]): KeptPage {
    const { user, isVerified, canViewPublic, canCreateRooms, serverName, serverIcon } = this.#state
    const role = this.#chat.role.value
    const blocked = [...(states[0]?.blocked ?? [])]
    return {
      ...this.#origin,
      at: Date.now(),
      fields: { user, role, isVerified, canViewPublic, canCreateRooms, serverName, serverIcon, blocked },
      rooms: states.map(summaryOf),
    }
  }
}

function isSame(a: RoomState, b: RoomState): boolean {
  return (
    a.messages === b.messages && a.last === b.last && a.read === b.read && a.pins === b.pins && a.pinned === b.pinned
  )
}
