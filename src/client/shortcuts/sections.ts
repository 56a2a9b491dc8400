/** The parts of the page that F6 goes through, as in other programs. */

interface Section {
  section: string
  /** What has the focus then. */
  target: (section: Element) => HTMLElement | null | undefined
}

const sections: readonly Section[] = [
  { section: '.rooms', target: (rooms) => rooms.querySelector<HTMLElement>('[aria-current], a') },
  { section: '.log', target: lastInSight },
  { section: '.composer', target: (form) => form.querySelector<HTMLElement>('textarea') },
  { section: '.people', target: firstShown },
]

/** Moves the focus to the next part of the page, or to the previous one. */
export function moveToSection(by: 1 | -1, page: Document): void {
  const targets = sections.flatMap(({ section, target }) => {
    const element = page.querySelector(section)
    const first = element?.getClientRects().length ? target(element) : undefined
    return element && first ? [{ element, first }] : []
  })
  const at = targets.findIndex(({ element }) => element.contains(page.activeElement))
  const next = targets.at(at < 0 && by < 0 ? -1 : (at + by) % targets.length)
  next?.first.focus({ preventScroll: true })
  next?.first.scrollIntoView({ block: 'nearest' })
}

function firstShown(section: Element): HTMLElement | undefined {
  const all = [...section.querySelectorAll<HTMLElement>('button, input, a')]
  return all.find((one) => one.getClientRects().length > 0)
}

function lastInSight(log: Element): HTMLElement {
  const { bottom } = log.getBoundingClientRect()
  const messages = [...log.querySelectorAll<HTMLElement>('.message[data-id]')]
  return messages.findLast((message) => message.getBoundingClientRect().top < bottom) ?? (log as HTMLElement)
}
