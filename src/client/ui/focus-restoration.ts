/**
 * The focus is never lost: when the element that has it disappears, it goes to what stands nearest. Without this it goes to
 * the body, from where a keyboard or a screen reader begins at the top of the page again.
 */
const focusable =
  'a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]'
const floating = 'dialog, [popover]'

export function restoreFocus(page: Document, isTouch: boolean): void {
  /** The element that had the focus last, and the one that had it before a dialog or a menu opened. */
  let last: Element | undefined
  let opener: Element | undefined

  page.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof Element)) return
    if (!target.closest(floating)) opener = target
    last = target
  })
  // A pointer elsewhere has left it: the buttons of a message go when the mouse leaves it, for one.
  page.addEventListener('pointermove', ({ movementX, movementY }) => {
    if (movementX || movementY) last = undefined
  })
  // A press on nothing takes the focus away on purpose.
  page.addEventListener('pointerdown', () => (last = undefined), { capture: true })

  new MutationObserver((records) => {
    const nextOpener = opener && !opener.isConnected ? heirOf(opener, records) : opener
    opener = nextOpener
    if (!last || last.isConnected) return
    const lost = last
    last = undefined
    if (page.activeElement !== page.body && page.activeElement !== null) return
    const wasFloating = lost.closest(floating)
    const nearest = wasFloating ? undefined : heirOf(lost, records)
    const heir = nearest ?? inDialog(page) ?? opener ?? home(page, isTouch)
    if (heir instanceof HTMLElement) heir.focus({ preventScroll: true })
  }).observe(page.body, { childList: true, subtree: true })
}

/** The message or the box that it was in, else what follows it, else what is before it, and so on further out. */
function heirOf(lost: Element, records: readonly MutationRecord[]): Element | undefined {
  const record = records.findLast(({ target, removedNodes }) => {
    return target.isConnected && [...removedNodes].some((node) => node.contains(lost))
  })
  if (!record || !(record.target instanceof Element)) return undefined
  const message = record.target.closest('.message')
  if (message) return message
  const beside =
    after(stillThere(record, 'nextSibling', records)) ?? before(stillThere(record, 'previousSibling', records))
  if (beside) return beside
  for (let at: Element | null = record.target; at && at !== document.body; at = at.parentElement) {
    if (at.matches(focusable)) return at
    const near = after(at.nextSibling) ?? before(at.previousSibling)
    if (near) return near
    if (at.matches(floating)) return undefined
  }
  return undefined
}

/** The sibling at that moment may have gone since: then the one beside it. */
function stillThere(
  from: MutationRecord,
  side: 'nextSibling' | 'previousSibling',
  records: readonly MutationRecord[],
): Node | null {
  let node = from[side]
  // Each record is passed once at most: what is moved about could otherwise lead in a circle.
  for (let steps = records.length; node && !node.isConnected && steps > 0; steps--) {
    const gone: Node = node
    node = records.findLast(({ removedNodes }) => [...removedNodes].includes(gone as ChildNode))?.[side] ?? null
  }
  return node
}

function after(node: Node | null): Element | undefined {
  for (let at = node; at; at = at.nextSibling) {
    const found = at instanceof Element && [at, ...at.querySelectorAll(focusable)].find(isReachable)
    if (found) return found
  }
  return undefined
}

function before(node: Node | null): Element | undefined {
  for (let at = node; at; at = at.previousSibling) {
    const found = at instanceof Element && [at, ...at.querySelectorAll('.message')].findLast(isReachable)
    const inner = at instanceof Element && [...at.querySelectorAll(focusable)].findLast(isReachable)
    if (found || inner) return found || inner || undefined
  }
  return undefined
}

function isReachable(element: Element): boolean {
  return element.matches(focusable) && element.checkVisibility({ visibilityProperty: true })
}

/** Everything outside of an open dialog is inert. */
function inDialog(page: Document): Element | undefined {
  return [...page.querySelectorAll('dialog[open] button')].find(isReachable)
}

/** On a touch screen the box would bring up the keyboard. */
function home(page: Document, isTouch: boolean): Element | undefined {
  const box = isTouch ? null : page.querySelector('#composer:not(:disabled)')
  return box ?? page.querySelector('.log') ?? [...page.querySelectorAll(focusable)].find(isReachable)
}
