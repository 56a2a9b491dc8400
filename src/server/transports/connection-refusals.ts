/** Why there is no connection, and what a client is told that can read an error. */
import { secondMs } from '../../shared/durations.ts'
import { ChatError } from '../../shared/protocol/errors.ts'

export const connectionRefusals = {
  'wrong-origin': () => new ChatError('forbidden', 'This origin is not allowed.'),
  stopping: () => new ChatError('unavailable', 'The server is about to restart.', 2 * secondMs),
  banned: () => new ChatError('forbidden', 'You are banned.'),
  'too-many-of-user': () => new ChatError('too-fast', 'You have too many connections.', 60 * secondMs),
  'server-full': () => new ChatError('unavailable', 'The server is full.', 30 * secondMs),
  'too-many-of-network': () =>
    new ChatError('too-fast', 'There are too many connections from this address.', 30 * secondMs),
} as const satisfies Record<string, () => ChatError>

export function tooOften(retryAfterMs: number): ChatError {
  return new ChatError('too-fast', 'You connect too often.', retryAfterMs)
}
