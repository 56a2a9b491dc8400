import { computed, nextTick, onMounted, type Ref, ref, type WatchSource, watch } from 'vue'
import type { Sight } from './use-read-position.ts'

/** Nearer to the end than this, the reader follows. */
const nearEndPx = 60
/** Nearer than this to an edge of what is here, what lies beyond is fetched. */
const nearEdgePx = 600

interface Scrolled {
  scroller: Ref<HTMLElement | null>
  /** What changes the height of the list. */
  contents: WatchSource[]
  /** Whether what is here ends before the room does. */
  newer: () => boolean
  nearTop: () => void
  nearEnd: () => void
}

/**
 * Keeps a list whose end is its resting place (`flex-direction: column-reverse`, so that scrollTop is 0 there and
 * negative above) at the end while its reader is there, and where they read while they are not: whatever is added above
 * or below, the message that they read stays where it is.
 */
export function useScroll({ scroller, contents, newer, nearTop, nearEnd }: Scrolled) {
  const isNearEnd = ref(true)
  const isAtEnd = computed(() => isNearEnd.value && !newer())
  /** The reader has asked for the end, and what is there may still be on its way. */
  let isGoingToEnd = false
  let hadNewer = newer()

  const distance = (element: HTMLElement) => Math.abs(element.scrollTop)

  function scrolled() {
    const element = scroller.value
    if (!element) return
    isNearEnd.value = distance(element) <= nearEndPx
    if (!isNearEnd.value || !newer()) isGoingToEnd = false
    if (element.scrollHeight - element.clientHeight - distance(element) < nearEdgePx) nearTop()
    if (newer() && distance(element) < nearEdgePx) nearEnd()
  }

  function toEnd() {
    scroller.value?.scrollTo({ top: 0 })
    isNearEnd.value = true
    isGoingToEnd = newer()
  }

  /** @returns whether there is such a thing to be brought into sight */
  function bringIntoSight(selector: string, block: ScrollLogicalPosition): boolean {
    isGoingToEnd = false
    const found = scroller.value?.querySelector(selector)
    found?.scrollIntoView({ block })
    scrolled()
    return found != null
  }

  let isKeepingPlace = false
  // This runs before the change is drawn, to learn the present positions.
  watch(contents, async () => {
    const element = scroller.value
    if (!element) return
    // The last message that was here is not the end when others follow it: they are not read because they have come.
    const isBeforeNewer = hadNewer && isNearEnd.value && !isGoingToEnd
    hadNewer = newer()
    if (isBeforeNewer) isNearEnd.value = false
    // Another change may follow before the place is restored, when this one is drawn.
    if (isKeepingPlace) return
    const anchor = isAtEnd.value ? undefined : firstInSight(element)
    const top = anchor?.getBoundingClientRect().top ?? 0
    isKeepingPlace = true
    await nextTick()
    isKeepingPlace = false
    if (anchor?.isConnected) element.scrollTop += anchor.getBoundingClientRect().top - top
    else if (isAtEnd.value) element.scrollTop = 0
    // Where that moved nothing, no event says so.
    if (!isAtEnd.value) isNearEnd.value = distance(element) <= nearEndPx
  })

  onMounted(scrolled)
  return { isAtEnd, toEnd, bringIntoSight, scrolled }
}

function firstInSight(scroller: HTMLElement): Element | undefined {
  const { top } = scroller.getBoundingClientRect()
  const messages = [...scroller.querySelectorAll('.message')]
  return messages.find((message) => message.getBoundingClientRect().bottom > top)
}

/** The messages that are on the screen, as far as the end of their text is. */
export function inSightOf(scroller: HTMLElement): Sight | undefined {
  const { top, bottom } = scroller.getBoundingClientRect()
  const ends = [...scroller.querySelectorAll<HTMLElement>('.message[data-id]')]
    .map((message) => ({ id: Number(message.dataset.id), end: message.getBoundingClientRect().bottom }))
    .filter(({ end }) => end > top && end <= bottom + 1)
  const [first, last] = [ends[0], ends.at(-1)]
  return first && last && { first: first.id, last: last.id }
}
