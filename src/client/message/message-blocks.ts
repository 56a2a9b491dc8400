/** Draws parsed Markdown (`markdown.ts`). It creates only the elements and attributes below, whatever was typed. */

import { type FunctionalComponent, h, type VNodeChild, withModifiers } from 'vue'
import { linkTitle } from '../../shared/markdown/link.ts'
import type { Block, Inline } from '../../shared/markdown/markdown.ts'
import { isOneOf } from '../../shared/mentions.ts'
import { roomPath } from '../../shared/room-path.ts'
import CodeBlock from '../code-highlighting/CodeBlock.vue'

/** The user who reads. */
interface Reader {
  /** Those that mean them. */
  userNames: readonly string[]
  /** Opens a room in this page. */
  go?: ((room: string) => void) | undefined
}

/** Each has the direction of its own text. What is in the slot is drawn behind the last word. */
export const Blocks: FunctionalComponent<{ blocks: readonly Block[]; reader: Reader }> = (
  { blocks, reader },
  { slots },
) => {
  const end = slots.default ? [' ', ...slots.default()] : []
  const last = blocks.at(-1)
  if (last?.type !== 'paragraph') return [...drawBlocks(blocks, reader, { dir: 'auto' }), ...end]
  const before = drawBlocks(blocks.slice(0, -1), reader, { dir: 'auto' })
  return [...before, before.length ? '\n' : '', h('p', { dir: 'auto' }, [...drawInlines(last.nodes, reader), ...end])]
}
Blocks.props = ['blocks', 'reader']

interface Direction {
  dir?: 'auto'
}

/** With line breaks between them, so that what is copied has them too. */
function drawBlocks(blocks: readonly Block[], reader: Reader, direction: Direction = {}): VNodeChild[] {
  return blocks.flatMap((block, index) => {
    const drawn = drawBlock(block, reader, direction)
    return index ? ['\n', drawn] : [drawn]
  })
}

function drawBlock(block: Block, reader: Reader, direction: Direction): VNodeChild {
  switch (block.type) {
    case 'paragraph':
      // Browsers copy a <p> with an empty line after it, which is too much in a list.
      return h(direction.dir ? 'p' : 'div', direction, drawInlines(block.nodes, reader))
    case 'heading':
      return h(`h${block.rank}`, { ...direction, class: `heading-${block.level}` }, drawInlines(block.nodes, reader))
    case 'pre':
      return h(CodeBlock, { text: block.text, language: block.language })
    case 'quote':
      return h('blockquote', direction, drawBlocks(block.nodes, reader))
    case 'list':
      return drawList(block, reader, direction)
    case 'table':
      return drawTable(block, reader, direction)
    case 'rule':
      return h('hr')
    default:
      return block satisfies never
  }
}

function drawList({ ordered, start, items }: Extract<Block, { type: 'list' }>, reader: Reader, direction: Direction) {
  const drawn = items.flatMap((item) => [h('li', drawBlocks(item, reader)), '\n'])
  // Numbers of four digits need more room beside the text.
  const isWide = start + items.length > 1000
  return ordered
    ? h('ol', { ...direction, start, class: isWide ? 'wide-numbers' : undefined }, drawn)
    : h('ul', direction, drawn)
}

/** It scrolls sideways by itself, by keyboard too. */
function drawTable(
  { alignments, head, rows }: Extract<Block, { type: 'table' }>,
  reader: Reader,
  direction: Direction,
) {
  const drawCells = (tag: 'th' | 'td', cells: readonly Inline[][]) =>
    cells.map((cell, column) => {
      const scope = tag === 'th' ? { scope: 'col' } : {}
      return h(tag, { ...scope, class: alignments[column] && `align-${alignments[column]}` }, drawInlines(cell, reader))
    })
  const body = rows.map((row) => h('tr', drawCells('td', row)))
  return h('div', { class: 'table-scroll', tabindex: 0 }, [
    h('table', direction, [h('thead', h('tr', drawCells('th', head))), rows.length ? h('tbody', body) : null]),
  ])
}

function drawInlines(nodes: readonly Inline[], reader: Reader): VNodeChild[] {
  return nodes.map((node) => drawInline(node, reader))
}

function drawInline(node: Inline, reader: Reader): VNodeChild {
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
      return h('span', { class: ['mention', { 'to-me': isOneOf(node.name, reader.userNames) }] }, node.text)
    case 'room':
      return drawRoom(node, reader)
    case 'link':
      return h(
        'a',
        { href: node.href, title: linkTitle(node), target: '_blank', rel: 'noopener noreferrer nofollow' },
        drawInlines(node.nodes, reader),
      )
    case 'strong':
    case 'em':
    case 'del':
      return h(node.type, drawInlines(node.nodes, reader))
    default:
      return node satisfies never
  }
}

/** A click with a key is left to the browser: it may open another tab. */
function drawRoom({ room, text }: Extract<Inline, { type: 'room' }>, { go }: Reader) {
  const onClick = go && withModifiers(() => go(room), ['exact', 'prevent'])
  return h('a', { class: 'room-link', href: roomPath(room), onClick }, text)
}
