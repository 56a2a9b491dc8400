import { type ComputedRef, nextTick, onMounted, type Ref, ref, watch } from 'vue'

/** Nearer to the end than this, the reader follows. */
const nearEndPx = 60
const nearTopPx = 400

/**
 * Keeps a list whose end is its resting place (`flex-direction: column-reverse`, so that scrollTop is 0 there and
 * negative above) at the end while its reader is there, and on what he reads while he is not: whatever is added above
 * or below, the message under his eyes stays where it is.
 */
export function useScroll(scroller: Ref<HTMLElement | null>, contents: ComputedRef<unknown>[], nearTop: () => void) {
  const isAtEnd = ref(true)

  const distance = (element: HTMLElement) => Math.abs(element.scrollTop)

  function scrolled() {
    const element = scroller.value
    if (!element) return
    isAtEnd.value = distance(element) <= nearEndPx
    if (element.scrollHeight - element.clientHeight - distance(element) < nearTopPx) nearTop()
  }

  function toEnd() {
    scroller.value?.scrollTo({ top: 0 })
    isAtEnd.value = true
  }

  // Before the change is drawn: where things are now.
  watch(contents, async () => {
    const element = scroller.value
    if (!element) return
    const anchor = isAtEnd.value ? undefined : firstInSight(element)
    const top = anchor?.getBoundingClientRect().top ?? 0
    await nextTick()
    if (anchor?.isConnected) element.scrollTop += anchor.getBoundingClientRect().top - top
    else if (isAtEnd.value) element.scrollTop = 0
  })

  onMounted(scrolled)
  return { isAtEnd, toEnd, scrolled }
}

function firstInSight(scroller: HTMLElement): Element | undefined {
  const { top } = scroller.getBoundingClientRect()
  const messages = [...scroller.querySelectorAll('.message')]
  return messages.find((message) => message.getBoundingClientRect().bottom > top)
}
