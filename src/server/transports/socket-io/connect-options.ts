/** What a client of Socket.IO says with `auth` when it connects: docs/protocol.md, "Socket.IO". */
import { type Commands, parseCommand } from '../../../shared/protocol/commands.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { lobby } from '../../../shared/protocol/limits.ts'

export interface ConnectOptions {
  /** Token of a bot. Without it the cookie says who connects. */
  token: string | undefined
  /** The room that is opened, and goes on after `after`. */
  open: Commands['open']
}

/** @throws ChatError `bad-field` */
export function readConnectOptions(auth: Record<string, unknown>): ConnectOptions {
  const { token, room = lobby, after, at, epoch } = auth
  if (token !== undefined && typeof token !== 'string') throw new ChatError('bad-field', '"token" must be a string.')
  // A client that has nothing yet may say so with null: JSON knows no undefined.
  const place = Object.entries({ after, at, epoch }).filter(([, value]) => value !== undefined && value !== null)
  const open = parseCommand({ type: 'open', room, ...Object.fromEntries(place) }) as Commands['open']
  return { token, open }
}
