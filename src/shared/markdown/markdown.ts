/**
 * What people write, as nodes: CommonMark and the tables, strikethrough and bare addresses of GitHub's Markdown, as far as a chat needs
 * them. `docs/markdown.md` says what is supported and where it departs from the specification.
 */

import { hasInk } from '../text.ts'
import { parseBlocks } from './blocks.ts'
import { inlineParser } from './inline.ts'
import { type Block, childrenOf, type Node } from './nodes.ts'
import type { FindRoom } from './room-links.ts'

export { maxBlocksDeep } from './blocks.ts'
export { maxInlinesDeep } from './inline.ts'
export { type Alignment, type Block, childrenOf, type Inline, type Node } from './nodes.ts'

/** Without any of these a text is one paragraph of text. */
const markup = /[\n\r\\`*_~[@>&]|:\/\/|www\.|^ {0,3}(?:-|\+|\d+[.)]|#{1,6})(?:[ \t-]|$)/i

/** Mentions of `names` become nodes of their own, and so do the rooms that `findRoom` knows. */
export function parseMarkdown(text: string, names: readonly string[] = [], findRoom?: FindRoom): Block[] {
  const mayLink = findRoom !== undefined && text.includes('#')
  if (!mayLink && !markup.test(text)) return [{ type: 'paragraph', nodes: [{ type: 'text', text }] }]
  const lines = text.split(/\r\n?|\n/)
  const blocks = parseBlocks(lines, inlineParser(text, names, mayLink ? findRoom : undefined))
  // A message of nothing but marks, like `---` or `**`, means the marks.
  return blocks.some(showsInk) ? blocks : [asTyped(lines)]
}

/** In one line, without marks: for quotes and notifications. */
export function plainText(nodes: readonly Node[]): string {
  return nodes.map(textOf).join('').replace(/\s+/g, ' ').trim()
}

/** Whether there is nothing but emoji, and few enough to be drawn large. */
export function isEmojiOnly(text: string): boolean {
  return /^\s*(?:\p{RGI_Emoji}\s*){1,8}$/v.test(text)
}

function textOf(node: Node): string {
  switch (node.type) {
    case 'break':
    case 'rule':
      return '\n'
    case 'pre':
      return `${node.text}\n`
    case 'paragraph':
    case 'heading':
      return `${node.nodes.map(textOf).join('')}\n`
    case 'table':
      return [node.head, ...node.rows]
        .flat()
        .map((cell) => `${cell.map(textOf).join('')}\n`)
        .join('')
    default:
      return 'text' in node ? node.text : childrenOf(node).map(textOf).join('')
  }
}

function showsInk(node: Node): boolean {
  return 'text' in node ? hasInk(node.text) : childrenOf(node).some(showsInk)
}

function asTyped(lines: readonly string[]): Block {
  const nodes = lines.flatMap((text, index) => [
    ...(index ? [{ type: 'break' } as const] : []),
    ...(text ? [{ type: 'text', text } as const] : []),
  ])
  return { type: 'paragraph', nodes }
}
