/** Draws parsed Markdown (`markdown.ts`). It creates only the elements and attributes below, whatever was typed. */

import { type FunctionalComponent, h, type VNodeChild } from 'vue'
import { wholeAddress } from '../../shared/markdown/link.ts'
import type { Block, Inline } from '../../shared/markdown/markdown.ts'
import { foldName } from '../../shared/mentions.ts'
import CodeBlock from '../code-highlighting/CodeBlock.vue'

/** Each has the direction of its own text. */
export const Blocks: FunctionalComponent<{ blocks: readonly Block[]; userName: string }> = ({ blocks, userName }) =>
  drawBlocks(blocks, foldName(userName), { dir: 'auto' })
Blocks.props = ['blocks', 'userName']

interface Direction {
  dir?: 'auto'
}

/** With line breaks between them, so that what is copied has them too. */
function drawBlocks(blocks: readonly Block[], userName: string, direction: Direction = {}): VNodeChild[] {
  return blocks.flatMap((block, index) => {
    const drawn = drawBlock(block, userName, direction)
    return index ? ['\n', drawn] : [drawn]
  })
}

function drawBlock(block: Block, userName: string, direction: Direction): VNodeChild {
  switch (block.type) {
    case 'paragraph':
      // Browsers copy a <p> with an empty line after it, which is too much in a list.
      return h(direction.dir ? 'p' : 'div', direction, drawInlines(block.nodes, userName))
    case 'pre':
      return h(CodeBlock, { text: block.text, language: block.language })
    case 'quote':
      return h('blockquote', direction, drawBlocks(block.nodes, userName))
    case 'list':
      return drawList(block, userName, direction)
    default:
      return block satisfies never
  }
}

function drawList({ ordered, start, items }: Extract<Block, { type: 'list' }>, userName: string, direction: Direction) {
  const drawn = items.flatMap((item) => [h('li', drawBlocks(item, userName)), '\n'])
  return ordered ? h('ol', { ...direction, start }, drawn) : h('ul', direction, drawn)
}

function drawInlines(nodes: readonly Inline[], userName: string): VNodeChild[] {
  return nodes.map((node) => drawInline(node, userName))
}

function drawInline(node: Inline, userName: string): VNodeChild {
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
      return h('span', { class: ['mention', { 'to-me': foldName(node.name) === userName }] }, node.text)
    case 'link':
      return h(
        'a',
        { href: node.href, title: wholeAddress(node.href), target: '_blank', rel: 'noopener noreferrer nofollow' },
        drawInlines(node.nodes, userName),
      )
    case 'strong':
    case 'em':
    case 'del':
      return h(node.type, drawInlines(node.nodes, userName))
    default:
      return node satisfies never
  }
}
