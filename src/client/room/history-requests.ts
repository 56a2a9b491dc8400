import type { ClientFrame } from '../../shared/protocol/commands.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { HistoryPosition } from '../../shared/protocol/types.ts'
import { type Fetch, historyPageSize, isIn } from './message-window.ts'
import type { RoomState } from './room-state.ts'

type HistoryCommand = Extract<ClientFrame, { type: 'history' }>

interface HistoryContext {
  stateOf(room: string): RoomState | undefined
  /** Whether it went to an open connection. */
  send(command: HistoryCommand): boolean
  /** The request is on its way. */
  sent(room: string, fetch: Fetch): void
}

/** Fetches messages that are further back in a room's log, one page at a time. */
export class HistoryRequests {
  readonly #context: HistoryContext
  /** The last request for each room. */
  readonly #asked = new Map<string, HistoryCommand>()
  /** Jumps to another place that are not answered yet. They are requested again when the room can be asked again. */
  readonly #awaited = new Map<string, Fetch>()

  constructor(context: HistoryContext) {
    this.#context = context
  }

  fetch(room: string, fetch: Fetch) {
    const state = this.#context.stateOf(room)
    const command = state && !isBlocked(state.fetching, fetch) && commandFor(state, fetch)
    if (!command) return
    if (!this.#context.send(command)) {
      if (fetch.to === 'around') this.#awaited.set(room, fetch)
      return
    }
    this.#asked.set(room, command)
    this.#context.sent(room, fetch)
  }

  /** Fetches what is around a message, unless the message is here. */
  show(room: string, id: number) {
    const state = this.#context.stateOf(room)
    if (state && !isIn(state, id)) this.fetch(room, { to: 'around', id })
  }

  /** Fetches the first unread messages, or the newest ones. A page of those has no room for more unread messages. */
  fetchFirst(room: string, atEnd: boolean) {
    const { unread = 0, read = 0 } = this.#context.stateOf(room) ?? {}
    const fetch: Fetch = atEnd || unread < limits.messagesPerPage ? { to: 'end' } : { to: 'around', id: read + 1 }
    this.#awaited.set(room, fetch)
    this.fetch(room, fetch)
  }

  /** The room can be asked again. */
  retry(room: string) {
    const fetch = this.#awaited.get(room)
    if (fetch) this.fetch(room, fetch)
  }

  /** The messages are here, or are not wanted any more. */
  done(room: string) {
    this.#awaited.delete(room)
  }

  /** Whether the page answers the last request. An answer to an older one would leave a hole. */
  isExpected(room: string, { before, after, around }: HistoryPosition): boolean {
    const asked = this.#asked.get(room)
    return asked !== undefined && before === asked.before && after === asked.after && around === asked.around
  }
}

/** Scrolling waits for the request before it. A jump replaces that request, unless it is the same. */
function isBlocked(now: Fetch | undefined, next: Fetch): boolean {
  if (!now) return false
  if (next.to === 'older' || next.to === 'newer') return true
  return now.to === next.to && (now.to !== 'around' || next.to !== 'around' || now.id === next.id)
}

function commandFor({ room, messages, more, newer }: RoomState, fetch: Fetch): HistoryCommand | undefined {
  const [first, last] = [messages[0], messages.at(-1)]
  switch (fetch.to) {
    case 'older':
      return more && first ? { type: 'history', room, before: first.id, limit: historyPageSize } : undefined
    case 'newer':
      return newer && last ? { type: 'history', room, after: last.id, limit: historyPageSize } : undefined
    case 'end':
      return { type: 'history', room }
    case 'around':
      return { type: 'history', room, around: fetch.id }
    default:
      return fetch satisfies never
  }
}
