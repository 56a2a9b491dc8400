/** A message is its `chat` entry with what followed folded in. A store that folds by other means must come to the same. */
import type { Entry, Message } from './protocol/types.ts'

export type Change = Extract<Entry, { type: 'edit' | 'delete' | 'react' }>

/** The users of each reaction. A Map and Sets: a reaction may be called `constructor`, and thousands may react. */
type Reactions = Map<string, Set<number>>

/** What a later entry makes of a message. */
export function applyChange(message: Message, change: Change): Message {
  return applyChanges(message, [change])
}

/**
 * What later entries, in the order of their ids, make of a message. A deletion takes the message away; an edit that
 * follows it brings it back, with a text and without what others had felt about it: that is how the undoing of a deletion
 * stands in the log. To begin again further back in the log than the message was folded to already, and go on to the end,
 * ends in the same message.
 */
export function applyChanges(message: Message, changes: Iterable<Change>): Message {
  let { reactions: before = {}, ...next } = message
  const reactions: Reactions = new Map(Object.entries(before).map(([data, users]) => [data, new Set(users)]))
  for (const change of changes) {
    switch (change.type) {
      case 'edit':
        // Its text and its files are gone because the message was deleted after it.
        if (change.data || change.files?.length) next = withText(next, change)
        break
      case 'delete':
        next = tombstone(next)
        reactions.clear()
        break
      case 'react':
        if (change.data && !next.deleted) react(reactions, change)
        break
      default:
        change satisfies never
    }
  }
  return reactions.size ? { ...next, reactions: recordOf(reactions) } : next
}

function withText(before: Message, { data, at, mentions, files }: Extract<Change, { type: 'edit' }>): Message {
  const { deleted: _, mentions: __, files: had, ...message } = before
  const has = files ?? had ?? []
  return { ...message, data, edited: at, ...(mentions && { mentions }), ...(has.length && { files: has }) }
}

/** Its place is kept; its text, its files, and what others felt about it, are not. */
function tombstone({ id, room, type, user, at, reply }: Message): Message {
  return { id, room, type, user, at, data: '', deleted: true, ...(reply !== undefined && { reply }) }
}

/** Users stand in the order in which they reacted last, whether they had before or not: only that survives folding twice. */
function react(reactions: Reactions, { user, data, on }: Extract<Change, { type: 'react' }>): void {
  const users = reactions.get(data) ?? new Set()
  users.delete(user.id)
  if (on) users.add(user.id)
  if (users.size) reactions.set(data, users)
  else reactions.delete(data)
}

/** In an order that does not depend on the way here, so that everybody sees them in the same. */
function recordOf(reactions: Reactions): Record<string, number[]> {
  const sorted = [...reactions].sort(([a], [b]) => byCodePoint(a, b))
  return Object.fromEntries(sorted.map(([data, users]) => [data, [...users]]))
}

/** The order of UTF-8's bytes, which is that of databases; JavaScript's own puts 👍 before ！. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((character, i) => character !== right[i])
  if (at < 0) return left.length - right.length
  return (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
}
