/** Parses the CommonMark of docs/protocol.md for its page: paragraphs, lists, tables, code, links. Nothing else is in there. */

export type Inline =
  | { type: 'text' | 'code' | 'strong'; text: string }
  /** `text` has no markup of its own. */
  | { type: 'link'; text: string; to: string }

export type Block =
  | { type: 'paragraph'; content: Inline[] }
  | { type: 'list'; isOrdered: boolean; items: Inline[][] }
  | { type: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { type: 'code'; text: string }

const inline = /(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\(https?:[^)\s]+\))/

export function richText(text: string): Block[] {
  return text.split(/\n\n+/).filter(Boolean).map(blockOf)
}

export function inlines(text: string): Inline[] {
  return text.split(inline).filter(Boolean).map(inlineOf)
}

function inlineOf(part: string): Inline {
  const [, text, to] = /^\[([^\]]+)\]\((https?:[^)\s]+)\)$/.exec(part) ?? []
  if (text !== undefined && to !== undefined) return { type: 'link', text, to }
  if (part.startsWith('`') && part.endsWith('`') && part.length > 2) return { type: 'code', text: part.slice(1, -1) }
  if (part.startsWith('**') && part.endsWith('**')) return { type: 'strong', text: part.slice(2, -2) }
  return { type: 'text', text: part }
}

function blockOf(text: string): Block {
  const lines = text.split('\n')
  const [first = ''] = lines
  if (first.startsWith('```')) return { type: 'code', text: lines.slice(1, -1).join('\n') }
  if (first.startsWith('|')) return tableOf(lines)
  if (/^(-|\d+\.) /.test(first)) return listOf(lines)
  return { type: 'paragraph', content: inlines(lines.join(' ')) }
}

function tableOf([head = '', , ...rows]: string[]): Block {
  return { type: 'table', head: cellsOf(head), rows: rows.map(cellsOf) }
}

function cellsOf(row: string): Inline[][] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => inlines(cell.trim()))
}

/** A line without a mark of its own goes on with the item before. */
function listOf(lines: string[]): Block {
  const items: string[] = []
  for (const line of lines) {
    const [mark = ''] = /^(-|\d+\.) /.exec(line) ?? []
    if (mark) items.push(line.slice(mark.length))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  return { type: 'list', isOrdered: !lines[0]?.startsWith('-'), items: items.map(inlines) }
}
