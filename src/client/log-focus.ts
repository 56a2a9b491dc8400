import { ref } from 'vue'

/** How long a finger rests on a message before its menu opens. */
const longPressMs = 450

/**
 * Which message somebody points at or has the focus on: its actions are shown, and only its. Arrow keys go from message
 * to message; a finger that rests on one opens its menu.
 */
export function useLogFocus(openMenu: (id: number) => void) {
  const active = ref<number>()
  let pressing: ReturnType<typeof setTimeout> | undefined

  function point(event: Event) {
    active.value = idOf(event.target) ?? active.value
  }

  function leave(event: PointerEvent | FocusEvent) {
    const list = event.currentTarget as HTMLElement
    const isWithin = event.relatedTarget instanceof Node && list.contains(event.relatedTarget)
    if (!isWithin && !list.contains(document.activeElement)) active.value = undefined
  }

  function move(event: KeyboardEvent, by: 1 | -1) {
    const list = event.currentTarget as HTMLElement
    const messages = [...list.querySelectorAll<HTMLElement>('.message[data-id]')]
    const at = messages.findIndex((message) => message.contains(document.activeElement))
    const next = at < 0 ? messages.at(-1) : messages[at + by]
    if (!next) return
    event.preventDefault()
    next.focus({ preventScroll: true })
    next.scrollIntoView({ block: 'nearest' })
  }

  function press(event: PointerEvent) {
    const id = idOf(event.target)
    release()
    if (event.pointerType !== 'touch' || id === undefined) return
    pressing = setTimeout(() => openMenu(id), longPressMs)
  }

  function release() {
    clearTimeout(pressing)
  }

  return { active, point, leave, move, press, release }
}

function idOf(target: EventTarget | null): number | undefined {
  const message = target instanceof Element ? target.closest<HTMLElement>('.message[data-id]') : null
  return message ? Number(message.dataset.id) : undefined
}
