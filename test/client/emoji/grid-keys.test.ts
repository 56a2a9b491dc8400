import { describe, expect, it } from 'vitest'
import { nextPosition } from '../../../src/client/emoji/grid-keys.ts'
import { positionBeside } from '../../../src/client/ui/floating-position.ts'

describe('arrow keys in two grids of 7 and 5 cells in 3 columns', () => {
  const lead = (key: string, grid: number, cell: number) => {
    const place = nextPosition(key, { grid, cell }, [7, 5], 3)
    return place && [place.grid, place.cell]
  }

  it.for([
    ['ArrowRight', [0, 0], [0, 1]],
    ['ArrowRight', [0, 6], [1, 0]],
    ['ArrowLeft', [0, 1], [0, 0]],
    ['ArrowLeft', [1, 0], [0, 6]],
    ['ArrowDown', [0, 1], [0, 4]],
    // The last row is shorter: its end, and not the next grid.
    ['ArrowDown', [0, 4], [0, 6]],
    ['ArrowDown', [0, 6], [1, 0]],
    ['ArrowUp', [0, 5], [0, 2]],
    ['ArrowUp', [1, 2], [0, 6]],
    ['ArrowUp', [1, 0], [0, 6]],
    ['Home', [1, 3], [0, 0]],
    ['End', [0, 0], [1, 4]],
  ] as const)('%s from %j moves to %j', ([key, [grid, cell], to]) => {
    expect(lead(key, grid, cell)).toEqual(to)
  })

  it.for([
    ['ArrowLeft', [0, 0]],
    ['ArrowUp', [0, 1]],
    ['ArrowRight', [1, 4]],
    ['ArrowDown', [1, 4]],
    ['a', [0, 0]],
  ] as const)('%s from %j does not move', ([key, [grid, cell]]) => {
    expect(lead(key, grid, cell)).toBeUndefined()
  })
})

describe('popup beside an anchor', () => {
  const page = { width: 1000, height: 800 }
  const size = { width: 300, height: 400 }

  it('is above it and aligned with its end', () => {
    expect(positionBeside({ left: 500, top: 700, width: 100, height: 40 }, size, page)).toEqual({ left: 300, top: 292 })
  })

  it('is below it when there is no space above', () => {
    expect(positionBeside({ left: 500, top: 50, width: 100, height: 40 }, size, page)).toEqual({ left: 300, top: 98 })
  })

  it('never leaves the window', () => {
    expect(positionBeside({ left: 0, top: 700, width: 40, height: 40 }, size, page).left).toBe(8)
    expect(positionBeside({ left: 2000, top: 700, width: 40, height: 40 }, size, page).left).toBe(692)
    expect(positionBeside({ left: 500, top: 300, width: 40, height: 40 }, size, { width: 1000, height: 420 }).top).toBe(
      8,
    )
  })
})
