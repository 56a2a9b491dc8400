import { computed, ref, watch } from 'vue'
import { usePageFocus } from '../notifications/use-page-focus.ts'
import type { RoomState } from '../room/room-state.ts'
import { reachesBack, unreadAfter } from './timeline-rows.ts'

/** The ids of the first and the last message that are on the screen with their whole text. */
export interface Sight {
  first: number
  last: number
}

interface ReadContext {
  room: () => RoomState
  isAtEnd: () => boolean
  /** The list is about to be scrolled to another place. */
  isArriving: () => boolean
  inSight: () => Sight | undefined
  /** The user has read up to this id. */
  seen: (id: number) => void
  /** The list opens at a message that the user asked for, which may be far beyond what they have read. */
  isAtTarget: boolean
}

/** How far the user has read in the room that is shown: where the line "new messages" stands, and what is new below. */
export function useReadPosition(context: ReadContext) {
  const { room, isAtEnd } = context
  const seeing = useSeenMessages(context)
  /** The line stands after this id. It stays where it is while they read. */
  const mark = ref(room().read)
  /** How many followed the mark when the line was put there. */
  const following = ref(room().unread)
  const below = ref(room().last)

  function placeLine() {
    mark.value = room().read
    following.value = room().unread
  }

  watch(
    () => room().unread,
    (now, before) => {
      if (before === 0 && now > 0 && !seeing.isSeeingEnd.value) placeLine()
    },
  )
  // The user has marked messages as unread.
  watch(
    () => room().read,
    (now, before) => {
      if (now >= before) return
      seeing.hold()
      placeLine()
    },
    { flush: 'sync' },
  )
  watch([isAtEnd, () => room().last], () => {
    if (isAtEnd()) below.value = room().last
  })

  return {
    /** Messages that arrived in sight are not marked: if none was missed, the line stands after all of them. */
    mark: computed(() => (following.value ? mark.value : room().last)),
    /** Messages that have come since the end was last in sight. */
    newBelow: computed(() => (isAtEnd() ? 0 : unreadAfter(room(), below.value))),
    /** Unread ones, when the first of them is further up than what is here. */
    newAbove: computed(() => (reachesBack(room(), mark.value) ? 0 : following.value)),
    moved: seeing.moved,
    release: seeing.release,
    /** All is read: the line goes. */
    markRead() {
      seeing.release()
      mark.value = room().last
      following.value = 0
    },
  }
}

/** Reports what was on the screen, in order. */
function useSeenMessages({ room, isAtEnd, isArriving, inSight, seen, isAtTarget }: ReadContext) {
  const isFocused = usePageFocus()
  /** The mark stays although the end is on the screen, until the user goes there. */
  const isHeld = ref(isAtTarget && !reachesBack(room(), room().read))
  const canSee = computed(() => isFocused.value && !isArriving() && !isHeld.value)
  const isSeeingEnd = computed(() => canSee.value && isAtEnd())
  let isLooking = false

  /** Moves the mark over what is on the screen, unless unread messages were skipped. */
  function look() {
    const state = room()
    if (!canSee.value || isAtEnd() || state.read >= state.last) return
    const sight = inSight()
    if (!sight || sight.last <= state.read || !reachesBack(state, state.read)) return
    if (unreadAfter(state, state.read) > unreadAfter(state, sight.first - 1)) return
    seen(sight.last)
  }

  watch(isAtEnd, (now) => {
    if (now) isHeld.value = false
  })
  // This runs after the page is drawn: a message that is not drawn yet has not been read.
  watch(
    [isSeeingEnd, () => room().last],
    () => {
      if (isSeeingEnd.value) seen(room().last)
    },
    { flush: 'post' },
  )
  watch([canSee, () => room().messages], look, { flush: 'post' })

  return {
    isSeeingEnd,
    hold: () => (isHeld.value = true),
    /** The user goes to the end. */
    release: () => (isHeld.value = false),
    /** The list was scrolled. */
    moved() {
      if (isLooking) return
      isLooking = true
      requestAnimationFrame(() => {
        isLooking = false
        look()
      })
    },
  }
}
