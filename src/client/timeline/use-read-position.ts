import { computed, ref, watch } from 'vue'
import { usePageFocus } from '../notifications/use-page-focus.ts'
import type { RoomState } from '../room/room-state.ts'
import { reachesBack, unreadAfter } from './timeline-rows.ts'

/** How far the user has read in the room that is shown: where the line "new messages" stands, and what is new below. */
export function useReadPosition(room: () => RoomState, isAtEnd: () => boolean, seen: () => void) {
  const isFocused = usePageFocus()
  const isSeeing = computed(() => isFocused.value && isAtEnd())
  /** The line stands after this id. It stays where it is while they read. */
  const mark = ref(room().read)
  /** How many followed the mark when the line was put there. */
  const following = ref(room().unread)
  const below = ref(room().last)

  watch(
    () => room().unread,
    (now, before) => {
      if (before > 0 || now === 0 || isSeeing.value) return
      mark.value = room().read
      following.value = now
    },
  )
  watch([isAtEnd, () => room().last], () => {
    if (isAtEnd()) below.value = room().last
  })
  // This runs after the page is drawn: a message that is not drawn yet has not been read.
  watch(
    [isSeeing, () => room().last],
    () => {
      if (isSeeing.value) seen()
    },
    { flush: 'post' },
  )

  return {
    /** Messages that arrived in sight are not marked: if none was missed, the line stands after all of them. */
    mark: computed(() => (following.value ? mark.value : room().last)),
    /** Messages that have come since the end was last in sight. */
    newBelow: computed(() => (isAtEnd() ? 0 : unreadAfter(room(), below.value))),
    /** Unread ones, when the first of them is further up than what is here. */
    newAbove: computed(() => (reachesBack(room(), mark.value) ? 0 : following.value)),
    /** All is read: the line goes. */
    markRead() {
      mark.value = room().last
      following.value = 0
    },
  }
}
