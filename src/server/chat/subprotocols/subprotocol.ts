import type { ServerFrame, User } from '../../../shared/protocol.ts'
import type { Services } from '../../commands/handlers.ts'
import type { Connection } from '../connection.ts'

/** What is spoken on a connection, as the upgrade has chosen it (RFC 6455, 1.9). */
export interface Subprotocol {
  /** Whether a `welcome` comes before anything else. */
  readonly isGreetedFirst: boolean
  /** The object of one text frame, still to be parsed as a command; undefined when there is nothing to do. */
  read(text: string): Record<string, unknown> | undefined
  /** A frame as this protocol says it; undefined when it has no word for it. @param last the room's newest id */
  write(frame: ServerFrame, last: number, to?: User): string | undefined
  /** The first thing that happens on a new connection. */
  greet(services: Services, connection: Connection): Promise<void>
}
