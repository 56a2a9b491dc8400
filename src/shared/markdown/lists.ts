/** Where lists and their items begin and end. */
import { blanked, dedent, firstFrom, indentOf, isBlank } from './lines.ts'

const marker = /^( {0,3})([-+*]|\d{1,9}[.)])(?=[ \t]|$)/
const rule = /^ {0,3}([-_*])[ \t]*(?:\1[ \t]*){2,}$/

/** The lines of an item, without its mark and indentation. */
export type Item = string[]

export interface List {
  ordered: boolean
  start: number
  items: Item[]
  /** The line after the list. */
  end: number
}

/** A thematic break. `- - -` is one, not a list. */
export function isRule(line: string): boolean {
  return rule.test(line)
}

/** A number that happens to begin a line is no list, unless it is 1, and neither is a mark alone. */
export function interruptsParagraph(line: string): boolean {
  const found = markerOf(line)
  return found !== undefined && found.text !== '' && (!found.ordered || found.start === 1)
}

/** The list that begins `at` that line, if one does. Its numbers are those that were typed: where they jump, another list begins. */
export function takeList(lines: readonly string[], at: number): List | undefined {
  const first = markerOf(lines[at])
  if (!first) return undefined
  const items: Item[] = []
  const numbers: number[] = []
  let end = at
  for (let next = at; ; next = firstFrom(lines, end, (line) => !isBlank(line))) {
    const found = markerOf(lines[next])
    if (found?.kind !== first.kind || !follows(numbers, found.start)) break
    const item = itemAt(lines, next, found)
    items.push(item.lines)
    numbers.push(found.start)
    end = item.end
  }
  return { ordered: first.ordered, start: first.start, items, end }
}

/** Counted up, or 1 each time, which stands for counting up. */
function follows(numbers: readonly number[], next: number): boolean {
  const [first, second] = numbers
  if (first === undefined) return true
  if (second === undefined) return next === first + 1 || (next === first && first <= 1)
  return next === (numbers.at(-1) ?? second) + second - first
}

interface Marker {
  /** The mark, or what stands after the number: items of one list have the same. */
  kind: string
  ordered: boolean
  /** 0 for one without a number. */
  start: number
  indent: number
  /** Where the text of the item begins. */
  width: number
  text: string
}

function markerOf(line = ''): Marker | undefined {
  const [whole, indent = '', mark = ''] = marker.exec(line) ?? []
  if (whole === undefined || isRule(line)) return undefined
  const ordered = mark.length > 1
  const text = line.slice(whole.length).trim()
  const width = indentOf(blanked(line, whole.length))
  return {
    kind: mark.slice(-1),
    ordered,
    start: ordered ? Number.parseInt(mark, 10) : 0,
    indent: indent.length,
    width: !text || width > whole.length + 4 ? whole.length + 1 : width,
    text,
  }
}

/** What is indented belongs to the item, after empty lines too. */
function itemAt(lines: readonly string[], at: number, found: Marker): { lines: Item; end: number } {
  // An item may begin with one empty line, not with two.
  if (!found.text && isBlank(lines[at + 1])) return { lines: [''], end: at + 1 }
  const width = widthOf(lines, at, found)
  let end = at + 1
  for (let next = end; next < lines.length; next++) {
    const line = lines[next] ?? ''
    if (isBlank(line)) continue
    if (indentOf(line) < width) break
    end = next + 1
  }
  return { lines: [found.text, ...lines.slice(at + 1, end).map((line) => dedent(line, width))], end }
}

/** Many indent by two spaces what belongs to an item, whatever its mark takes. Another mark is then one of the same list. */
function widthOf(lines: readonly string[], at: number, { ordered, indent, width }: Marker): number {
  const next = lines[at + 1] ?? ''
  const below = isBlank(next) ? 0 : indentOf(next)
  const isItem = ordered ? /^\s*\d+[.)]/.test(next) : markerOf(next) !== undefined
  return below >= indent + 2 && !isItem ? Math.min(width, below) : width
}
