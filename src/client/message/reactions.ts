import type { Message } from '../../shared/protocol/types.ts'

/** Reactions that take one press. */
export const quickReactions = ['👍', '❤️', '😂', '🎉', '😮', '🙏'] as const

export function hasReacted({ reactions }: Message, data: string, userId: number): boolean {
  return reactions !== undefined && Object.hasOwn(reactions, data) && (reactions[data] ?? []).includes(userId)
}
