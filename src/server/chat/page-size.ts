/** How much one answer holds. */
import type { Entry, Message } from '../../shared/protocol.ts'
import type { Page } from '../store/store.ts'

/** Past this a page is cut, whatever its limit: somebody may be waiting for it on a slow line. */
const mostPageCharacters = 256 * 1024

/** A page cut to the size that one answer should have, at its start or at its end. */
export function cut({ messages, more }: Page, side: 'start' | 'end'): Pick<Page, 'messages' | 'more'> {
  const kept = side === 'end' ? upToSize(messages) : upToSize(messages.toReversed()).reverse()
  return { messages: kept, more: more || kept.length < messages.length }
}

/** As many of the first ones as one answer should hold; at least one, so that whoever asks again gets on. */
export function upToSize<Item extends Entry | Message>(items: Item[]): Item[] {
  let size = 0
  const end = items.findIndex((item) => {
    size += sizeOf(item)
    return size > mostPageCharacters
  })
  return end === -1 ? items : items.slice(0, Math.max(1, end))
}

function sizeOf(item: Entry | Message): number {
  if (item.type === 'delete' || item.type === 'room') return 0
  const reactions = 'reactions' in item ? Object.values(item.reactions ?? {}) : []
  return item.data.length + 8 * reactions.reduce((sum, users) => sum + users.length, 0)
}
