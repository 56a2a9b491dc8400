/** What is not sent yet, by whether there is a room in which it is shown. */
import { computed, type Ref } from 'vue'
import { type Item, isText } from '../../../clients/js/src/outbox-items.ts'
import type { Chat } from '../app/chat.ts'

export function useUnsent({ items, rooms }: Pick<Chat, 'items' | 'rooms'>, here: Ref<string>) {
  const isLost = ({ room }: Item) => room !== here.value && (rooms.get(room)?.left ?? true)
  const isWaiting = ({ sending }: Item) => sending.state === 'waiting'
  return {
    /** The items for rooms that the user is not in any more. */
    lost: computed(() => items.value.filter(isLost)),
    /** How many texts for the other rooms wait for the connection. */
    waiting: computed(() => items.value.filter((item) => isWaiting(item) && isText(item) && !isLost(item)).length),
    /** Whether some wait because the server cannot store them. */
    unstored: computed(() => items.value.some((item) => item.unavailable)),
  }
}
