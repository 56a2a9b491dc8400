import type { Message } from '../../shared/protocol.ts'

/** What somebody does with a message that is shown; `key` names a change that is not stored yet. */
export type MessageAction =
  | {
      type: 'reply' | 'edit' | 'remove' | 'copy-link' | 'copy-text' | 'pick' | 'reactions' | 'author'
      message: Message
    }
  | { type: 'react'; message: Message; data: string; on: boolean }
  | { type: 'jump'; id: number }
  | { type: 'retry' | 'discard'; key: string }
  | { type: 'invite' }

/** Reactions that take one press. */
export const quickReactions = ['👍', '❤️', '😂', '🎉', '😮', '🙏'] as const

export function hasReacted({ reactions }: Message, data: string, user: number): boolean {
  return reactions !== undefined && Object.hasOwn(reactions, data) && (reactions[data] ?? []).includes(user)
}
