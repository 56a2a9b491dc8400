/** A message is its `chat` entry with what followed folded in. Store and page fold with the same functions. */
import type { Entry, Message } from './protocol.ts'

export type Change = Extract<Entry, { type: 'edit' | 'delete' | 'react' }>

/** A message as its own entry says it, before anything has changed it. */
export function messageOf(entry: Extract<Entry, { type: 'chat' }>): Message {
  return entry
}

/** What a later entry makes of a message. Applying one twice changes nothing. */
export function applyChange(message: Message, change: Change): Message {
  if (message.deleted) return message
  switch (change.type) {
    case 'edit':
      return { ...message, data: change.data, edited: change.at }
    case 'delete':
      return tombstone(message)
    case 'react':
      return withReaction(message, change)
    default:
      return change satisfies never
  }
}

/** Its place is kept; its text, and what others felt about it, are not. */
function tombstone({ id, room, type, user, at, reply }: Message): Message {
  return { id, room, type, user, at, data: '', deleted: true, ...(reply !== undefined && { reply }) }
}

function withReaction(message: Message, { user, data, on }: Extract<Change, { type: 'react' }>): Message {
  const others = (message.reactions?.[data] ?? []).filter((id) => id !== user.id)
  const users = on ? [...others, user.id] : others
  const { [data]: _, ...rest } = message.reactions ?? {}
  const reactions = users.length ? { ...message.reactions, [data]: users } : rest
  const { reactions: __, ...plain } = message
  return Object.keys(reactions).length ? { ...plain, reactions } : plain
}
