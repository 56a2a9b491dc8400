import type { Command } from '../../shared/protocol/commands.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { Session } from '../auth/sessions.ts'

/** They have a key, but nobody else sees what they change. */
const own: readonly Command['type'][] = ['notify', 'save']

/** Refuses what a bot that may only read would change for others: by commands with a key, and by typing. @throws ChatError `forbidden` */
export function refuseReadOnly({ isReadOnly }: Session, command: Command): void {
  const isChange = ('key' in command && !own.includes(command.type)) || command.type === 'typing'
  if (isReadOnly && isChange) throw new ChatError('forbidden', 'This bot may only read.')
}
