import type { Message } from '../../shared/protocol.ts'

/** What somebody does with a message that is shown; `key` names a change that is not stored yet. */
export type AuditRecord =
  | { is: 'reply' | 'edit' | 'remove' | 'copy-link' | 'copy-text' | 'pick' | 'reactions' | 'author'; message: Message }
  | { is: 'react'; message: Message; data: string; on: boolean }
  | { is: 'jump'; id: number }
  | { is: 'retry' | 'discard'; key: string }
  | { is: 'invite' }

/** Reactions that take one press. */
export const quickReactions = ['👍', '❤️', '😂', '🎉', '😮', '🙏'] as const

export function hasReacted({ reactions }: Message, data: string, user: number): boolean {
  return reactions !== undefined && Object.hasOwn(reactions, data) && (reactions[data] ?? []).includes(user)
}
