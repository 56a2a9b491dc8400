import { ChatError } from '../../shared/protocol/errors.ts'
import { canView, isAdmin } from '../../shared/rights.ts'
import { refuseUnlessCurrent } from '../cluster/node.ts'
import { type Author, textOf } from '../rate-limit/storage-quota.ts'
import type { Appended, EntryContent, Viewer } from '../store/store.ts'
import { joinRoom } from './access.ts'
import type { Services } from './contract.ts'
import { charged, publishEffects } from './publish-effects.ts'

const diskRetryMs = 30_000

export interface Writing {
  room: string
  /** The writer's own name for it. */
  key: string
  content: EntryContent
}

/** A page without a connection opens no rooms. By writing, its user joins the room, as by opening it. */
export async function joinAndWrite(
  services: Pick<Services, 'store' | 'hub' | 'limiter' | 'log' | 'disk' | 'node'>,
  author: Author,
  writing: Writing,
): Promise<number> {
  await joinIfSeen(services, author.session, writing.room)
  return await writeEntry(services, author, writing)
}

/** What follows refuses a room that the user cannot view. */
export async function joinIfSeen(
  { store, hub }: Pick<Services, 'store' | 'hub'>,
  viewer: Viewer,
  room: string,
): Promise<void> {
  const membership = await store.rooms.membership(viewer.user.id, room)
  if (membership && canView(membership, viewer)) await joinRoom({ store, hub }, viewer, membership)
}

/**
 * Stores what a user writes, within the rate limits, and then publishes it.
 * @param stored is told in between, before anybody hears of the entry
 * @returns the entry's id
 * @throws ChatError `too-fast`, `unavailable` when the disk is nearly full, and what the store refuses
 */
export async function writeEntry(
  { store, hub, limiter, log, disk, node }: Pick<Services, 'store' | 'hub' | 'limiter' | 'log' | 'disk' | 'node'>,
  author: Author,
  { room, key, content }: Writing,
  stored: (stored: { id: number; action: number | undefined }) => void = () => {},
): Promise<number> {
  refuseUnlessCurrent(node)
  const { user, isVerified, canViewPublic } = author.session
  // What is left is for those who can make room.
  if (disk.isLow && content.type !== 'delete' && !isAdmin(author.session.role)) {
    throw new ChatError('unavailable', 'The disk is nearly full. Try again later.', diskRetryMs)
  }
  const retryAfterMs = limiter.write(author.session, room)
  if (retryAfterMs) throw new ChatError('too-fast', 'You are writing too fast.', retryAfterMs)
  const sight = { ...(!isVerified && { unverified: true }), ...(!canViewPublic && { onlyInvited: true }) }
  const written = { ...content, room, key, user, ...sight, at: Date.now() }
  const known = hub.lastIn(room) ?? 0
  const append = async () => {
    const appended = await store.log.append(written)
    if (appended.isNew && appended.entry.id <= known) await node.explain(room)
    return appended
  }
  // Deleting is not limited: it makes the stored text less.
  const appended = content.type === 'delete' ? append() : charged(limiter, author, textOf(content), append)
  const { entry, isNew, action, effects } = await acknowledged(hub.beginWrite(room), appended, stored)
  if (isNew && action !== undefined) log.event('moderation', { reason: 'delete', user: user.id, action })
  publishEffects(hub, effects)
  if (isNew) hub.publish({ type: 'entry', entry })
  return entry.id
}

/** Nobody gets the entry before its sender knows that it is stored. */
async function acknowledged(
  end: (() => void) | undefined,
  appended: Promise<Appended>,
  stored: (stored: { id: number; action: number | undefined }) => void,
): Promise<Appended> {
  try {
    const result = await appended
    stored({ id: result.entry.id, action: result.action })
    return result
  } finally {
    end?.()
  }
}
