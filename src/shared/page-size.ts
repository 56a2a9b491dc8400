/** How much an entry or a message takes of an answer. */
import type { Entry, Message } from './protocol/types.ts'

/** As many of the first ones as have so many characters; at least one, so that the next page goes on. */
export function upToSize<Item extends Entry | Message>(items: Item[], characters: number): Item[] {
  let size = 0
  const end = items.findIndex((item) => {
    size += sizeOf(item)
    return size > characters
  })
  return end === -1 ? items : items.slice(0, Math.max(1, end))
}

/** With its name. */
const mentionCharacters = 64

/** With what is known of it beside its name. */
const fileCharacters = 200

/** In characters, about. */
export function sizeOf(item: Entry | Message): number {
  if (item.type === 'delete' || item.type === 'pin' || item.type === 'room') return 0
  const reactions = 'reactions' in item ? Object.values(item.reactions ?? {}) : []
  const mentioned = 'mentions' in item ? (item.mentions?.length ?? 0) : 0
  const files = 'files' in item ? (item.files ?? []) : []
  const named = files.reduce((sum, { name, alt = '' }) => sum + fileCharacters + name.length + alt.length, 0)
  return (
    item.data.length +
    named +
    mentionCharacters * mentioned +
    8 * reactions.reduce((sum, users) => sum + users.length, 0)
  )
}
