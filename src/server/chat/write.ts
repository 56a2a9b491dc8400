import { ChatError } from '../../shared/protocol.ts'
import type { EntryContent, Viewer } from '../store/store.ts'
import { publish } from './acts.ts'
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
  { user, isProven }: Viewer,
  { room, key, content }: Writing,
  stored: (id: number) => void = () => {},
): Promise<number> {
  const retryAfterMs = limiter.write(user, room)
  if (retryAfterMs) throw new ChatError('too-fast', 'You are writing too fast.', retryAfterMs)
  const unproven = isProven ? {} : { unproven: true }
  const { entry, isNew, effects } = await store.append({ ...content, room, key, user, ...unproven, at: Date.now() })
  stored(entry.id)
  publish(hub, effects)
  if (isNew) hub.publish({ type: 'entry', entry })
  return entry.id
}
