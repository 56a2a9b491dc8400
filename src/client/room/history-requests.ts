import type { ClientFrame } from '../../shared/protocol/commands.ts'
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
  /** Rooms that are shown and whose newest messages are still to be fetched. */
  readonly #awaited = new Set<string>()

  constructor(context: HistoryContext) {
    this.#context = context
  }

  fetch(room: string, fetch: Fetch) {
    const state = this.#context.stateOf(room)
    const command = state && !isBlocked(state.fetching, fetch) && commandFor(state, fetch)
    if (!command || !this.#context.send(command)) return
    this.#asked.set(room, command)
    this.#context.sent(room, fetch)
  }

  /** Fetches what is around a message, unless the message is here. */
  show(room: string, id: number) {
    const state = this.#context.stateOf(room)
    if (state && !isIn(state, id)) this.fetch(room, { to: 'around', id })
  }

  /** Fetches the newest messages, and tries again until they are here. */
  awaitLatest(room: string) {
    this.#awaited.add(room)
    this.fetch(room, { to: 'end' })
  }

  /** The room can be asked again. */
  retry(room: string) {
    if (this.#awaited.has(room)) this.fetch(room, { to: 'end' })
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
