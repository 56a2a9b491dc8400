/** Marks rooms as read up to their ends, by a command or by the form of the page. */
import type { Session } from '../auth/sessions.ts'
import type { UnreadRoom } from '../store/store.ts'
import type { Services } from './contract.ts'

/** All connections of the user hear of it: none of them knows where the ends are. */
export async function markAllRead(
  { store, hub }: Pick<Services, 'store' | 'hub'>,
  { user, isVerified }: Session,
  unread: readonly UnreadRoom[],
): Promise<void> {
  if (!unread.length) return
  await store.rooms.markAllRead(user, unread, isVerified)
  for (const { room, kind, last } of unread) hub.publish({ type: 'read', room, kind, user, id: last })
}
