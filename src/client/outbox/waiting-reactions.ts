import type { Outbox } from '../../../clients/js/src/outbox.ts'
import type { Item } from '../../../clients/js/src/outbox-items.ts'

/** Gives a reaction or takes it back. The opposite that was not sent yet is discarded instead. */
export function react(outbox: Outbox, room: string, ref: number, data: string, on: boolean) {
  const isAbout = (item: Item) => item.type === 'react' && item.ref === ref && item.data === data
  const waiting = outbox.items.findLast(
    (item) => item.room === room && isAbout(item) && item.sending.state === 'waiting' && !item.uncertain,
  )
  if (waiting?.on === on) return
  if (waiting) outbox.discard(waiting.key)
  else outbox.change({ type: 'react', room, ref, data, on })
}
