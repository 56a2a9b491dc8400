/** Draws parsed Markdown (`markdown.ts`). It creates only the elements and attributes below, whatever was typed. */

import { type FunctionalComponent, h, type VNodeChild } from 'vue'
import { linkTitle } from '../../shared/markdown/link.ts'
import type { Block, Inline } from '../../shared/markdown/markdown.ts'
import { isOneOf } from '../../shared/mentions.ts'
import CodeBlock from '../code-highlighting/CodeBlock.vue'

/** Names that mean the user who reads. */
type Names = readonly string[]

/** Each has the direction of its own text. What is in the slot is drawn behind the last word. */
export const Blocks: FunctionalComponent<{ blocks: readonly Block[]; userNames: Names }> = (
  { blocks, userNames },
  { slots },
) => {
  const end = slots.default ? [' ', ...slots.default()] : []
  const last = blocks.at(-1)
  if (last?.type !== 'paragraph') return [...drawBlocks(blocks, userNames, { dir: 'auto' }), ...end]
  const before = drawBlocks(blocks.slice(0, -1), userNames, { dir: 'auto' })
  return [
    ...before,
    before.length ? '\n' : '',
    h('p', { dir: 'auto' }, [...drawInlines(last.nodes, userNames), ...end]),
  ]
}
Blocks.props = ['blocks', 'userNames']

interface Direction {
  dir?: 'auto'
}

/** With line breaks between them, so that what is copied has them too. */
function drawBlocks(blocks: readonly Block[], userNames: Names, direction: Direction = {}): VNodeChild[] {
  return blocks.flatMap((block, index) => {
    const drawn = drawBlock(block, userNames, direction)
    return index ? ['\n', drawn] : [drawn]
  })
}

function drawBlock(block: Block, userNames: Names, direction: Direction): VNodeChild {
  switch (block.type) {
    case 'paragraph':
      // Browsers copy a <p> with an empty line after it, which is too much in a list.
      return h(direction.dir ? 'p' : 'div', direction, drawInlines(block.nodes, userNames))
    case 'heading':
      return h(`h${block.rank}`, { ...direction, class: `heading-${block.level}` }, drawInlines(block.nodes, userNames))
    case 'pre':
      return h(CodeBlock, { text: block.text, language: block.language })
    case 'quote':
      return h('blockquote', direction, drawBlocks(block.nodes, userNames))
    case 'list':
      return drawList(block, userNames, direction)
    case 'table':
      return drawTable(block, userNames, direction)
    case 'rule':
      return h('hr')
    default:
      return block satisfies never
  }
}

function drawList({ ordered, start, items }: Extract<Block, { type: 'list' }>, userNames: Names, direction: Direction) {
  const drawn = items.flatMap((item) => [h('li', drawBlocks(item, userNames)), '\n'])
  // Numbers of four digits need more room beside the text.
  const isWide = start + items.length > 1000
  return ordered
    ? h('ol', { ...direction, start, class: isWide ? 'wide-numbers' : undefined }, drawn)
    : h('ul', direction, drawn)
}

/** It scrolls sideways by itself, by keyboard too. */
function drawTable(
  { alignments, head, rows }: Extract<Block, { type: 'table' }>,
  userNames: Names,
  direction: Direction,
) {
  const drawCells = (tag: 'th' | 'td', cells: readonly Inline[][]) =>
    cells.map((cell, column) => {
      const scope = tag === 'th' ? { scope: 'col' } : {}
      return h(
        tag,
        { ...scope, class: alignments[column] && `align-${alignments[column]}` },
        drawInlines(cell, userNames),
      )
    })
  const body = rows.map((row) => h('tr', drawCells('td', row)))
  return h('div', { class: 'table-scroll', tabindex: 0 }, [
    h('table', direction, [h('thead', h('tr', drawCells('th', head))), rows.length ? h('tbody', body) : null]),
  ])
}

function drawInlines(nodes: readonly Inline[], userNames: Names): VNodeChild[] {
  return nodes.map((node) => drawInline(node, userNames))
}

function drawInline(node: Inline, userNames: Names): VNodeChild {
  switch (node.type) {
    case 'text':
      return node.text
    case 'break':
      return '\n'
    case 'code':
      return h('code', node.text)
    case 'host':
      return h('span', { class: 'link-host' }, node.text)
    case 'mention':
      return h('span', { class: ['mention', { 'to-me': isOneOf(node.name, userNames) }] }, node.text)
    case 'link':
      return h(
        'a',
        { href: node.href, title: linkTitle(node), target: '_blank', rel: 'noopener noreferrer nofollow' },
        drawInlines(node.nodes, userNames),
      )
    case 'strong':
    case 'em':
    case 'del':
      return h(node.type, drawInlines(node.nodes, userNames))
    default:
      return node satisfies never
  }
}
