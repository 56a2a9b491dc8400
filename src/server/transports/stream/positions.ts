import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import { formatLogMark } from './cursor.ts'
import { maxQueryCharacters } from './stream-request.ts'

interface Position {
  id: number
  /** When that entry was stored, as far as it is known. */
  at: number | undefined
}

/** How far one stream has come in its rooms: what its client says to go on. */
export class Positions {
  readonly #open: ReadonlyMap<string, unknown>
  readonly #mark: string
  readonly #at = new Map<string, Position & { name: string }>()

  /** @param open the rooms of the connection: what is closed is not gone on with @param mark of the epoch */
  constructor(open: ReadonlyMap<string, unknown>, mark: string) {
    this.#open = open
    this.#mark = mark
  }

  set(room: string, { id, at }: Position): void {
    this.#at.set(room, { name: encodeURIComponent(room), id, at })
  }

  /** The client has the frame. */
  note(frame: ServerFrame): void {
    const position = positionAfter(frame)
    const room = 'room' in frame ? frame.room : undefined
    if (!position || room === undefined) return
    const known = this.#at.get(room)
    if (known) Object.assign(known, position)
    else this.set(room, position)
  }

  /** The query that goes on after what the client has. What does not fit into a request with the mark of the log is said without it. */
  get query(): string {
    const rooms = [...this.#at].filter(([room]) => this.#open.has(room)).map(([, position]) => position)
    const query = rooms.map(({ name, id }) => `room=${name}:${id}`).join('&')
    if (!query) return ''
    const marked = `${query}&log=${formatLogMark({ mark: this.#mark, times: rooms.map(({ at }) => at) })}`
    return marked.length <= maxQueryCharacters ? marked : query
  }
}

function positionAfter(frame: ServerFrame): Position | undefined {
  switch (frame.type) {
    case 'chat':
    case 'edit':
    case 'delete':
    case 'react':
    case 'pin':
      return { id: frame.id, at: frame.at }
    case 'room':
      return frame.id === undefined ? undefined : { id: frame.id, at: frame.at }
    case 'opened': {
      const newest = frame.more ? frame.entries?.at(-1) : undefined
      return newest ? { id: newest.id, at: newest.at } : { id: frame.last, at: frame.at }
    }
    default:
      return undefined
  }
}
