/** Where something that floats goes beside what it belongs to. */

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

type Size = Pick<Box, 'width' | 'height'>

const gap = 8

/** Above the anchor and flush with its end, or below where there is no room above; never outside of the window. */
export function positionBeside(anchor: Box, { width, height }: Size, page: Size): Pick<Box, 'left' | 'top'> {
  const above = anchor.top - gap - height
  const below = anchor.top + anchor.height + gap
  const top = above >= gap || anchor.top > page.height - below ? above : below
  return {
    left: within(anchor.left + anchor.width - width, page.width - width),
    top: within(top, page.height - height),
  }
}

function within(at: number, max: number): number {
  return Math.round(Math.max(gap, Math.min(at, max - gap)))
}
