import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import type { User } from '../../../shared/protocol/types.ts'
import type { Session } from '../../auth/sessions.ts'
import type { Caller, Connection } from '../../chat/contract.ts'

/** A connection as the caller of one command: what it is told then answers the command, and nothing else does. */
export class AcknowledgedCaller implements Caller {
  readonly #connection: Connection
  readonly #answer: (frame: ServerFrame) => void

  constructor(connection: Connection, answer: (frame: ServerFrame) => void) {
    this.#connection = connection
    this.#answer = answer
  }

  get id(): string {
    return this.#connection.id
  }

  get session(): Session {
    return this.#connection.session
  }

  get user(): User {
    return this.#connection.user
  }

  get network(): string {
    return this.#connection.network
  }

  get isGone(): boolean {
    return this.#connection.isGone
  }

  get departures(): number {
    return this.#connection.departures
  }

  inRoom(room: string): () => boolean {
    return this.#connection.inRoom(room)
  }

  leave(room: string): void {
    this.#connection.leave(room)
  }

  reply(frame: ServerFrame): void {
    this.#answer(frame)
  }
}
