/**
 * Paragraphs, headings, quotes, lists and the like: the blocks of CommonMark without indented code, underlined headings, HTML and
 * definitions of links. A quote or list ends where its marks end, so that an answer below a quote is not taken into it.
 */
import { isFence, takeFence } from './fences.ts'
import type { ParseInlines } from './inline.ts'
import { blanked, dedent, firstFrom, isBlank, trimmedEnd } from './lines.ts'
import { interruptsParagraph, isRule, takeList } from './lists.ts'
import type { Block } from './nodes.ts'
import { startsTable, takeTable } from './tables.ts'

/** How deep quotes and lists go into each other; what lies deeper is text. */
export const maxBlocksDeep = 8

const heading = /^ {0,3}(#{1,6})(?=[ \t]|$)/
const quoted = /^ {0,3}>/
/** `>_<`, `>:(`, `>= 5`, `>100`: faces and comparisons. */
const notQuoted = /^ {0,3}>(?:[_.,;:=-]+[<>()]|[:;]['-]?[()[\]|/\\DPO]|[=<\d])/i

interface Inside {
  depth: number
  inlines: ParseInlines
  /** The levels of the headings around what comes next, each deeper than the one before. */
  outline: number[]
}

/** A block, and the line after it. */
type Taken = [block: Block, end: number]

export function parseBlocks(lines: readonly string[], inlines: ParseInlines): Block[] {
  return blocksOf(lines, { depth: 0, inlines, outline: [] })
}

function blocksOf(lines: readonly string[], inside: Inside): Block[] {
  const blocks: Block[] = []
  let at = 0
  while (at < lines.length) {
    if (isBlank(lines[at])) {
      at++
      continue
    }
    const [block, end] = blockAt(lines, at, inside)
    blocks.push(block)
    at = end
  }
  return blocks
}

function blockAt(lines: readonly string[], at: number, inside: Inside): Taken {
  const line = lines[at] ?? ''
  if (isFence(line)) return takeFence(lines, at)
  if (heading.test(line)) return [headingOf(line, inside), at + 1]
  if (isRule(line)) return [{ type: 'rule' }, at + 1]
  if (startsTable(lines, at)) return takeTable(lines, at, inside.inlines, (next) => startsBlock(next, inside))
  return nestedAt(lines, at, inside) ?? paragraphAt(lines, at, inside)
}

function nestedAt(lines: readonly string[], at: number, { depth, ...inside }: Inside): Taken | undefined {
  if (depth === maxBlocksDeep) return undefined
  const deeper = { ...inside, depth: depth + 1 }
  if (isQuoted(lines[at])) return quoteAt(lines, at, deeper)
  const list = takeList(lines, at)
  if (!list) return undefined
  const { ordered, start, items, end } = list
  return [{ type: 'list', ordered, start, items: items.map((item) => blocksOf(item, deeper)) }, end]
}

function quoteAt(lines: readonly string[], at: number, inside: Inside): Taken {
  const end = firstFrom(lines, at, (line) => !isQuoted(line))
  const inner = lines.slice(at, end).map((line) => {
    const width = line.indexOf('>') + 1
    const rest = blanked(line, width)
    return dedent(rest, /^[ \t]/.test(line.slice(width)) ? width + 1 : width)
  })
  return [{ type: 'quote', nodes: blocksOf(inner, inside) }, end]
}

function headingOf(line: string, { inlines, outline }: Inside): Block {
  const level = line.trimStart().search(/[^#]|$/)
  while ((outline.at(-1) ?? 0) >= level) outline.pop()
  outline.push(level)
  const rank = Math.min(outline.length + 1, 6)
  return { type: 'heading', level, rank, nodes: inlines(withoutClosing(line.trim().slice(level)).trim()) }
}

/** A heading may end with marks too: `# Tea #`. */
function withoutClosing(text: string): string {
  const trimmed = trimmedEnd(text)
  let end = trimmed.length
  while (trimmed[end - 1] === '#') end--
  return end === 0 || /[ \t]/.test(trimmed[end - 1] ?? '') ? trimmed.slice(0, end) : trimmed
}

function paragraphAt(lines: readonly string[], at: number, inside: Inside): Taken {
  let end = at + 1
  while (
    end < lines.length &&
    !isBlank(lines[end]) &&
    !startsBlock(lines[end] ?? '', inside) &&
    !startsTable(lines, end)
  )
    end++
  return [{ type: 'paragraph', nodes: inside.inlines(lines.slice(at, end).join('\n')) }, end]
}

/** Whether a paragraph ends before `line`. */
function startsBlock(line: string, { depth }: Inside): boolean {
  const mayNest = depth < maxBlocksDeep
  return (
    isFence(line) || heading.test(line) || isRule(line) || (mayNest && (isQuoted(line) || interruptsParagraph(line)))
  )
}

function isQuoted(line = ''): boolean {
  return quoted.test(line) && !notQuoted.test(line)
}
