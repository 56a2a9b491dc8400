import { onMounted, onUnmounted, type Ref, ref } from 'vue'

/** How long a finger rests on a message before its menu opens. */
const longPressMs = 450
/** Events whose listeners call `preventDefault`. */
const preventing: ReadonlySet<string> = new Set(['keydown', 'touchend'])
const steps: Readonly<Record<string, 1 | -1>> = { ArrowUp: -1, ArrowDown: 1 }

interface MessageCommands {
  /** `anchor`: the message that the keyboard opens it for; a finger that rests on one has none. */
  openMenu(id: number, anchor?: HTMLElement): void
  markUnread(id: number): void
}

/**
 * Which message somebody points at or has the focus on: its actions are shown, and only its. Arrow keys go from message
 * to message, Enter opens the menu of one, U marks one as unread; a finger that rests on one opens its menu.
 */
export function useActiveMessage(list: Ref<HTMLElement | null>, { openMenu, markUnread }: MessageCommands) {
  const active = ref<number>()
  let pressing: ReturnType<typeof setTimeout> | undefined
  /** The finger that is on the list has opened a menu. */
  let hasOpened = false

  function point(event: Event) {
    active.value = idOf(event.target) ?? active.value
  }

  function leave({ relatedTarget, type }: PointerEvent | FocusEvent) {
    // A popover over the list gives the focus back to the button that opened it, so the button must still exist.
    const isWithin = (node: unknown) =>
      node instanceof Element && (list.value?.contains(node) || node.closest(':popover-open:not(.toast)'))
    // The focus also goes when the button that has it does, because somebody points at another message.
    const isPointedAt = type === 'focusout' && list.value?.matches(':hover')
    if (!isPointedAt && !isWithin(relatedTarget) && !isWithin(document.activeElement)) active.value = undefined
  }

  function press(event: PointerEvent) {
    const id = idOf(event.target)
    release()
    hasOpened = false
    if (event.pointerType !== 'touch' || id === undefined) return
    pressing = setTimeout(() => {
      hasOpened = true
      openMenu(id)
    }, longPressMs)
  }

  /** The browser would otherwise click the menu, which is now under the finger. */
  function lift(event: TouchEvent) {
    if (hasOpened) event.preventDefault()
  }

  function release() {
    clearTimeout(pressing)
  }

  const listeners = {
    pointerover: point,
    focusin: point,
    pointerleave: leave,
    focusout: leave,
    pointerdown: press,
    pointerup: release,
    pointercancel: release,
    touchend: lift,
    scroll: release,
    keydown: (event: KeyboardEvent) => runKey(list.value, event, { openMenu, markUnread }),
  }
  onMounted(() => {
    for (const [type, listener] of Object.entries(listeners)) {
      list.value?.addEventListener(type, listener as EventListener, { passive: !preventing.has(type) })
    }
  })
  onUnmounted(release)
  return active
}

/** Arrow keys move the focus to the next or previous message. */
function moveFocus(list: HTMLElement | null, event: KeyboardEvent) {
  const by = steps[event.key]
  if (!by || hasModifier(event)) return
  const messages = [...(list?.querySelectorAll<HTMLElement>('.message[data-id]') ?? [])]
  const at = messages.findIndex((message) => message.contains(document.activeElement))
  const next = at < 0 ? messages.at(-1) : messages[at + by]
  if (!next) return
  event.preventDefault()
  next.focus({ preventScroll: true })
  next.scrollIntoView({ block: 'nearest' })
}

/** Only on a message itself: in its menu and its links, these keys belong to those. */
function runKey(list: HTMLElement | null, event: KeyboardEvent, { openMenu, markUnread }: MessageCommands) {
  moveFocus(list, event)
  const message = event.target instanceof HTMLElement && event.target.matches('.message[data-id]') && event.target
  const id = message && !hasModifier(event) ? idOf(message) : undefined
  if (!message || id === undefined) return
  if (event.key === 'Enter') openMenu(id, message)
  else if (event.key === 'u') markUnread(id)
  else return
  event.preventDefault()
}

function idOf(target: EventTarget | null): number | undefined {
  const message = target instanceof Element ? target.closest<HTMLElement>('.message[data-id]') : null
  return message ? Number(message.dataset.id) : undefined
}

function hasModifier({ shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return shiftKey || altKey || ctrlKey || metaKey
}
