/** Moderation, over every transport: carried out in the store, then published to connections. */
import { ChatError } from '../../shared/protocol/errors.ts'
import { isAdmin } from '../../shared/rights.ts'
import type { Hub } from '../chat/hub.ts'
import { refuseUnlessCurrent } from '../cluster/node.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import { type Author, rowBytes } from '../rate-limit/storage-quota.ts'
import {
  type Effect,
  isInPieces,
  type ModerationAction,
  type ModerationResult,
  type NewModerationAction,
} from '../store/store.ts'
import type { Services } from './contract.ts'

type Needs = Pick<Services, 'store' | 'hub' | 'limiter' | 'log' | 'node'>

/**
 * Does it, as fast as somebody may.
 * @throws ChatError `too-fast`, and what the store refuses
 */
export async function moderate(
  { store, hub, limiter, log, node }: Needs,
  author: Author,
  naming: Pick<NewModerationAction, 'key' | 'request'>,
  content: ModerationAction,
): Promise<ModerationResult> {
  refuseUnlessCurrent(node)
  const viewer = author.session
  const retryAfterMs = limiter.moderate(viewer)
  if (retryAfterMs) throw new ChatError('too-fast', 'Too many commands.', retryAfterMs)
  const acted = await charged(limiter, author, naming.request ?? '', () =>
    store.moderation.moderate({ ...content, viewer, ...naming, at: Date.now() }),
  )
  if (acted.isNew && acted.action !== undefined) {
    const target = 'user' in content ? content.user : undefined
    log.event('moderation', { reason: content.type, user: viewer.user.id, action: acted.action, target })
  }
  publishEffects(hub, acted.effects)
  if (isInPieces(content) && acted.action !== undefined) {
    // Admins clean up after others, however much that is.
    const isCharged = !isAdmin(viewer.role)
    const onStored = (bytes: number) => isCharged && limiter.hasStored(author, bytes)
    await finish({ store, hub }, acted.action, { onStored })
  }
  return acted
}

/** Does what stores so much text. What stores nothing, or what was stored before, costs nothing. @throws ChatError `too-fast` */
export async function charged<Result extends { isNew: boolean }>(
  limiter: Limiter,
  author: Author,
  text: string,
  store: () => Promise<Result>,
): Promise<Result> {
  return await counted(limiter.store(author, rowBytes + Buffer.byteLength(text)), store)
}

/** Does what was taken of a limit, and gives that back if nothing comes of it. */
export async function counted<Result extends { isNew: boolean }>(
  giveBack: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work()
    if (!result.isNew) giveBack()
    return result
  } catch (error) {
    giveBack()
    throw error
  }
}

/** Tells every node what a moderation action has changed. */
export function publishEffects(hub: Hub, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.type === 'sessions-ended') {
      for (const { user, session } of effect.ended) hub.publish({ type: 'session-ended', user, session })
    } else if (effect.type !== 'invited' && effect.type !== 'erased') {
      hub.publish(effect)
    }
  }
}

/** Carries out what the server had begun when it went away, until it is stopped. */
export async function continueUnfinished(
  { store, hub }: Pick<Needs, 'store' | 'hub'>,
  stopping: AbortSignal,
): Promise<void> {
  for (const id of await store.moderation.unfinishedActions()) await finish({ store, hub }, id, { stopping })
}

interface Finishing {
  /** Takes the bytes of the entries that a part has stored. */
  onStored?: (bytes: number) => void
  stopping?: AbortSignal
}

/** The rest of one that is too large for one transaction. */
async function finish(
  { store, hub }: Pick<Needs, 'store' | 'hub'>,
  id: number,
  { onStored, stopping }: Finishing,
): Promise<void> {
  while (!stopping?.aborted) {
    const effects = await store.moderation.continueAction(id, Date.now())
    if (!effects) return
    publishEffects(hub, effects)
    onStored?.(bytesOf(effects))
  }
}

function bytesOf(effects: readonly Effect[]): number {
  const entries = effects.flatMap((effect) => (effect.type === 'entry' ? [effect.entry] : []))
  return entries.reduce((sum, one) => sum + rowBytes + (one.type === 'edit' ? Buffer.byteLength(one.data) : 0), 0)
}
