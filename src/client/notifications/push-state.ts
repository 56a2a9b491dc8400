import type { NotificationsFrame } from '../../shared/protocol/frames.ts'

/** Whether the server pushes to this browser, and the push service has taken what it was given last. */
export function isPushed(settings: Pick<NotificationsFrame, 'subscriptions'> | undefined): boolean {
  const here = settings?.subscriptions.find(({ current }) => current)
  return here !== undefined && (here.lastError?.at ?? 0) <= (here.lastUsed ?? here.created)
}
