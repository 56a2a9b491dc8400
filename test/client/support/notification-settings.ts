import type { NotificationsFrame } from '../../../src/shared/protocol/frames.ts'
import type { PushSubscriber } from '../../../src/shared/protocol/types.ts'

/** As the server says them of a user who has changed nothing. */
export function notificationSettings(some: Partial<NotificationsFrame> = {}): NotificationsFrame {
  return {
    type: 'notifications',
    level: 'mentions',
    timeZone: 'UTC',
    language: 'en',
    keywords: [],
    showsText: true,
    hasMail: false,
    push: { available: true, key: serverKey },
    subscriptions: [],
    ...some,
  }
}

/** A public key (65 bytes), in base64url. */
export const serverKey = `B${'A'.repeat(85)}E`

export function subscriber(some: Partial<PushSubscriber> = {}): PushSubscriber {
  return { id: 3, browser: 'Firefox · Linux', current: true, created: 1_700_000_000_000, ...some }
}
