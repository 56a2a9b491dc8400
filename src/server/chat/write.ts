import { ChatError, type User } from '../../shared/protocol.ts'
import type { EntryContent } from '../store/store.ts'
import type { Services } from './handlers.ts'

export interface Writing {
  room: string
  /** The writer's own name for it. */
  key: string
  content: EntryContent
}

/**
 * Stores what a user writes, as fast as he may, and then hands it to everyone.
 * @param stored is told the entry's id in between, before anybody hears of it
 * @returns that id
 * @throws ChatError `too-fast`, and what the store refuses
 */
export async function write(
  { store, hub, limiter }: Pick<Services, 'store' | 'hub' | 'limiter'>,
  user: User,
  { room, key, content }: Writing,
  stored: (id: number) => void = () => {},
): Promise<number> {
  const retryAfterMs = limiter.write(user, room)
  if (retryAfterMs) throw new ChatError('too-fast', 'You are writing too fast.', retryAfterMs)
  const { entry, isNew } = await store.append({ ...content, room, key, user, at: Date.now() })
  stored(entry.id)
  if (isNew) hub.publish({ type: 'entry', entry })
  return entry.id
}
