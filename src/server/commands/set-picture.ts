/** The user's own picture. Those of rooms are moderation actions. */
import { ChatError } from '../../shared/protocol/errors.ts'
import type { Session } from '../auth/sessions.ts'
import type { Picture } from '../store/store.ts'
import type { Services } from './contract.ts'

/** To be asked before the work of making one, of a room too. @throws ChatError `forbidden`, `too-fast` */
export function refusePicture({ limiter }: Pick<Services, 'limiter'>, session: Session): void {
  if (!session.isVerified) throw new ChatError('forbidden', 'Sign in with a password first.')
  const retryAfterMs = limiter.status(session)
  if (retryAfterMs) throw new ChatError('too-fast', 'Too many changes of pictures.', retryAfterMs)
}

/** The user's open pages come back with the new one. @returns the one before, to which the user refers no more */
export async function setPicture(
  { store, hub }: Pick<Services, 'store' | 'hub'>,
  { user }: Session,
  picture: Picture | undefined,
): Promise<Picture | undefined> {
  const before = await store.pictures.ofUser(user.id)
  await store.pictures.setOfUser(user.id, picture)
  hub.publish({ type: 'picture', user: user.id })
  return before
}
