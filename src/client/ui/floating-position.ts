/** The position of a popover beside the element that it belongs to. */

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

type Size = Pick<Box, 'width' | 'height'>

const gap = 8

/** Which side of the anchor is taken when there is room on both. */
export type Side = 'above' | 'below'

/** On that side of the anchor and flush with its end, or on the other where there is no room; never outside of the window. */
export function positionBeside(
  anchor: Box,
  { width, height }: Size,
  page: Size,
  side: Side = 'above',
): Pick<Box, 'left' | 'top'> {
  const above = anchor.top - gap - height
  const below = anchor.top + anchor.height + gap
  const [fitsAbove, fitsBelow] = [above >= gap, below + height <= page.height - gap]
  const isRoomier = anchor.top > page.height - below
  const isAbove = side === 'below' && fitsBelow ? false : fitsAbove || isRoomier
  const top = isAbove ? above : below
  return {
    left: within(anchor.left + anchor.width - width, page.width - width),
    top: within(top, page.height - height),
  }
}

function within(at: number, max: number): number {
  return Math.round(Math.max(gap, Math.min(at, max - gap)))
}
