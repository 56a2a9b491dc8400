/** Sets or clears the user's status, by a command or by the form of the account page. */
import type { Commands } from '../../shared/protocol/commands.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { Status } from '../../shared/protocol/types.ts'
import type { Caller } from '../chat/contract.ts'
import type { Services } from './contract.ts'

export async function setStatus(
  { store, hub, limiter }: Services,
  from: Caller,
  { key, ...command }: Commands['status'],
): Promise<void> {
  const { session } = from
  if (!session.isVerified) throw new ChatError('forbidden', 'Sign in with a password first.')
  const retryAfterMs = limiter.status(session)
  if (retryAfterMs) throw new ChatError('too-fast', 'Too many changes of your status.', retryAfterMs)
  const status = statusOf(command)
  const user = from.user.id
  const rooms = await store.accounts.setStatus(user, status)
  from.reply({ type: 'done', key })
  hub.publish({ type: 'status', user, status, rooms })
}

/** Undefined for one without a text and an emoji. */
function statusOf({ text, emoji, forMs }: Omit<Commands['status'], 'key'>): Status | undefined {
  if (!text && emoji === undefined) return undefined
  return { text, ...(emoji !== undefined && { emoji }), ...(forMs !== undefined && { until: Date.now() + forMs }) }
}
