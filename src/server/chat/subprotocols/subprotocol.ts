import type { Services } from '../../commands/contract.ts'
import type { Codec, Connection } from '../contract.ts'

/** The protocol of a connection, as the upgrade has chosen it (RFC 6455, 1.9). */
export interface Subprotocol extends Codec {
  /** Whether a `welcome` comes before anything else. */
  readonly isGreetedFirst: boolean
  /** The object of one text frame, still to be parsed as a command; undefined when there is nothing to do. */
  read(text: string): Record<string, unknown> | undefined
  /** The first thing that happens on a new connection. */
  greet(services: Services, connection: Connection): Promise<void>
}
