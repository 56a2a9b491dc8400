/** Moving by keys through grids that stand one below the other and have the same number of columns. */

export interface GridPosition {
  grid: number
  cell: number
}

/** `sizes` are the numbers of cells of the grids, none of which is empty. Undefined where the key leads nowhere. */
export function nextPosition(
  key: string,
  { grid, cell }: GridPosition,
  sizes: readonly number[],
  columns: number,
): GridPosition | undefined {
  switch (key) {
    case 'ArrowRight':
      return cell + 1 < sizeOf(grid) ? { grid, cell: cell + 1 } : existing({ grid: grid + 1, cell: 0 })
    case 'ArrowLeft':
      return cell > 0 ? { grid, cell: cell - 1 } : existing({ grid: grid - 1, cell: sizeOf(grid - 1) - 1 })
    case 'ArrowDown':
      return below()
    case 'ArrowUp':
      return cell >= columns ? { grid, cell: cell - columns } : existing({ grid: grid - 1, cell: above(grid - 1) })
    case 'Home':
      return { grid: 0, cell: 0 }
    case 'End':
      return { grid: sizes.length - 1, cell: sizeOf(sizes.length - 1) - 1 }
    default:
      return undefined
  }

  function below(): GridPosition | undefined {
    const last = sizeOf(grid) - 1
    if (cell + columns <= last) return { grid, cell: cell + columns }
    if (rowOf(cell) < rowOf(last)) return { grid, cell: last }
    return existing({ grid: grid + 1, cell: Math.min(cell % columns, sizeOf(grid + 1) - 1) })
  }

  /** In the last row of a grid, or at its end where that row is shorter. */
  function above(other: number): number {
    const last = sizeOf(other) - 1
    return Math.min(rowOf(last) * columns + (cell % columns), last)
  }

  function rowOf(index: number): number {
    return Math.floor(index / columns)
  }

  function sizeOf(index: number): number {
    return sizes[index] ?? 0
  }

  function existing(place: GridPosition): GridPosition | undefined {
    return place.grid >= 0 && place.grid < sizes.length ? place : undefined
  }
}
