/** What people read outside of a page: notifications and e-mails. */
import type { Texts } from '../text.ts'

export const outside = {
  newMessage: 'New message',
  newMessages: { one: '{n} new message', other: '{n} new messages' },
  pushTest: 'Notifications reach this browser.',
} as const satisfies Texts
