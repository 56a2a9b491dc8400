import type { Message } from '../../shared/protocol/types.ts'

/** The message that the text in the composer answers or replaces. */
export interface Context {
  type: 'reply' | 'edit'
  message: Message
}
