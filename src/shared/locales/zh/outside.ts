import type { outside as en } from '../en/outside.ts'
import type { Translation } from '../text.ts'

export const outside = {
  newMessage: '新消息',
  newMessages: { other: '{n} 条新消息' },
  pushTest: '此浏览器可以收到通知。',
} as const satisfies Translation<keyof typeof en>
