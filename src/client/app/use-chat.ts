import { type InjectionKey, inject } from 'vue'
import type { Chat } from './chat.ts'

export const chatKey: InjectionKey<Chat> = Symbol('chat')

/** The state of the page, which `App.vue` provides. */
export function useChat(): Chat {
  const chat = inject(chatKey)
  if (!chat) throw new Error('No chat is provided.')
  return chat
}
