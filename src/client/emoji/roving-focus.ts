/** One stop for Tab among many buttons: the arrow keys go on from there. */
import { type GridPosition, nextPosition } from './grid-keys.ts'

/** `inside` has the grids, whose children are the buttons. Whether the key moved the focus. */
export function moveFocus(event: KeyboardEvent, inside: HTMLElement): boolean {
  const grids = gridsIn(inside)
  const at = placeOf(event.target, grids)
  if (!at || event.ctrlKey || event.metaKey || event.altKey) return false
  const sizes = grids.map(({ childElementCount }) => childElementCount)
  const next = nextPosition(event.key, at, sizes, columnsOf(grids[at.grid]))
  const button = next && grids[next.grid]?.children[next.cell]
  if (!(button instanceof HTMLElement)) return false
  button.focus()
  return true
}

/** Makes the first button the stop, unless one of those that are shown is it already. */
export function ensureTabStop(inside: HTMLElement): void {
  if (!stopIn(inside)) setTabStop(inside, gridsIn(inside)[0]?.firstElementChild)
}

/** The button that is the stop from now on: the one that got the focus. */
export function setTabStop(inside: HTMLElement, button: EventTarget | null | undefined): void {
  if (!(button instanceof HTMLElement) || button.tabIndex === 0) return
  for (const stop of inside.querySelectorAll<HTMLElement>('[data-grid] > [tabindex="0"]')) stop.tabIndex = -1
  button.tabIndex = 0
}

export function focusTabStop(inside: HTMLElement): void {
  stopIn(inside)?.focus()
}

function stopIn(inside: HTMLElement): HTMLElement | undefined {
  return gridsIn(inside)
    .map((grid) => grid.querySelector<HTMLElement>(':scope > [tabindex="0"]'))
    .find((stop) => stop !== null)
}

function gridsIn(inside: HTMLElement): HTMLElement[] {
  return [...inside.querySelectorAll<HTMLElement>('[data-grid]')].filter((grid) => !grid.closest('[hidden]'))
}

function placeOf(button: EventTarget | null, grids: readonly HTMLElement[]): GridPosition | undefined {
  const grid = grids.findIndex((grid) => button instanceof Node && button.parentNode === grid)
  return grid < 0 ? undefined : { grid, cell: [...(grids[grid]?.children ?? [])].indexOf(button as Element) }
}

function columnsOf(grid: HTMLElement | undefined): number {
  return grid ? getComputedStyle(grid).gridTemplateColumns.split(' ').length : 1
}
