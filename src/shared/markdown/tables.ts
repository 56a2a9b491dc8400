/** Tables of GitHub's Markdown. */
import type { ParseInlines } from './inline.ts'
import { isBlank } from './lines.ts'
import type { Alignment, Block } from './nodes.ts'

const delimiter = /^:?-+:?$/

/** Whether the line `at` is the head of a table: it has a pipe, and the line after it says how its columns are aligned. */
export function startsTable(lines: readonly string[], at: number): boolean {
  const head = lines[at] ?? ''
  const below = lines[at + 1] ?? ''
  if (!head.includes('|') || !/^ {0,3}[|:-]/.test(below)) return false
  const columns = cellsOf(below)
  return columns.every((cell) => delimiter.test(cell)) && cellsOf(head).length === columns.length
}

/** @param startsBlock whether a line is the beginning of another block */
export function takeTable(
  lines: readonly string[],
  at: number,
  inlines: ParseInlines,
  startsBlock: (line: string) => boolean,
): [table: Block, end: number] {
  const alignments = cellsOf(lines[at + 1] ?? '').map(alignmentOf)
  const draw = (line = '') => cellsOf(line, alignments.length).map((cell) => inlines(cell, { inTable: true }))
  let end = at + 2
  while (isRow(lines[end]) && !startsBlock(lines[end] ?? '')) end++
  return [{ type: 'table', alignments, head: draw(lines[at]), rows: lines.slice(at + 2, end).map(draw) }, end]
}

/** A line without a pipe is what was written below the table. */
function isRow(line = ''): boolean {
  return !isBlank(line) && line.includes('|')
}

function alignmentOf(cell: string): Alignment | undefined {
  const [left, right] = [cell.startsWith(':'), cell.endsWith(':')]
  if (left && right) return 'center'
  return left ? 'left' : right ? 'right' : undefined
}

/** @param maxCells what is beyond so many cells stays in the last, as it was typed */
function cellsOf(line: string, maxCells = Number.POSITIVE_INFINITY): string[] {
  const text = line.trim()
  const cells: string[] = []
  let start = text.startsWith('|') ? 1 : 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '|' && (cells.length < maxCells - 1 || at === text.length - 1)) {
      cells.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return start < text.length ? [...cells, text.slice(start).trim()] : cells
}
