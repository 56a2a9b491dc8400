import { type Block, type Inline, parseMarkdown } from '../../../src/shared/markdown/markdown.ts'

/** As the specification's examples are written. */
export function htmlOf(markdown: string): string {
  return blocks(parseMarkdown(markdown))
}

function blocks(nodes: readonly Block[]): string {
  return nodes.map(block).join('')
}

function block(node: Block): string {
  switch (node.type) {
    case 'paragraph':
      return `<p>${inlines(node.nodes)}</p>\n`
    case 'heading':
      return `<h${node.level}>${inlines(node.nodes)}</h${node.level}>\n`
    case 'pre': {
      const language = node.language && ` class="language-${escaped(node.language)}"`
      return `<pre><code${language}>${escaped(node.text && `${node.text}\n`)}</code></pre>\n`
    }
    case 'quote':
      return `<blockquote>\n${blocks(node.nodes)}</blockquote>\n`
    case 'list': {
      const tag = node.ordered ? 'ol' : 'ul'
      const start = node.ordered && node.start !== 1 ? ` start="${node.start}"` : ''
      return `<${tag}${start}>\n${node.items.map((item) => `<li>\n${blocks(item)}</li>\n`).join('')}</${tag}>\n`
    }
    case 'table': {
      const row = (cells: readonly Inline[][]) => cells.map((cell) => `<td>${inlines(cell)}</td>`).join('')
      return `<table>${[node.head, ...node.rows].map((cells) => `<tr>${row(cells)}</tr>`).join('')}</table>\n`
    }
    case 'rule':
      return '<hr />\n'
    default:
      return node satisfies never
  }
}

function inlines(nodes: readonly Inline[]): string {
  return nodes.map(inline).join('')
}

function inline(node: Inline): string {
  switch (node.type) {
    case 'text':
    case 'mention':
    case 'room':
    case 'host':
      return escaped(node.text)
    case 'break':
      return '<br />\n'
    case 'code':
      return `<code>${escaped(node.text)}</code>`
    case 'link': {
      const title = node.title === undefined ? '' : ` title="${escaped(node.title)}"`
      return `<a href="${escaped(encoded(node.href))}"${title}>${inlines(node.nodes)}</a>`
    }
    case 'strong':
    case 'em':
    case 'del':
      return `<${node.type}>${inlines(node.nodes)}</${node.type}>`
    default:
      return node satisfies never
  }
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

/** The specification percent-encodes what an address cannot have. */
function encoded(address: string): string {
  return encodeURI(address).replace(/%25/g, '%').replace(/%5B/g, '%5B')
}
