import type { ServerFrame } from '../../../shared/protocol/frames.ts'

/** How far one stream has come in its rooms: what its client says to go on. */
export class Positions {
  readonly #open: ReadonlyMap<string, unknown>
  readonly #at = new Map<string, { name: string; id: number }>()

  /** @param open the rooms of the connection: what is closed is not gone on with */
  constructor(open: ReadonlyMap<string, unknown>) {
    this.#open = open
  }

  set(room: string, id: number): void {
    this.#at.set(room, { name: encodeURIComponent(room), id })
  }

  /** The client has the frame. */
  note(frame: ServerFrame): void {
    const id = positionAfter(frame)
    const room = 'room' in frame ? frame.room : undefined
    if (id === undefined || room === undefined) return
    const known = this.#at.get(room)
    if (known) known.id = id
    else this.set(room, id)
  }

  /** The query that goes on after what the client has. */
  get query(): string {
    const rooms = [...this.#at].filter(([room]) => this.#open.has(room))
    return rooms.map(([, { name, id }]) => `room=${name}:${id}`).join('&')
  }
}

function positionAfter(frame: ServerFrame): number | undefined {
  switch (frame.type) {
    case 'chat':
    case 'edit':
    case 'delete':
    case 'react':
    case 'pin':
    case 'room':
      return frame.id
    case 'opened':
      return (frame.more && frame.entries?.at(-1)?.id) || frame.last
    default:
      return undefined
  }
}
