/** Says beside a link where it leads, when what is shown looks like another address. */
import { foreignHost, hiddenHost, hrefOf } from './link.ts'
import { type Inline, inlineText } from './nodes.ts'

/** What a link touches on either side, and what is read of it: more would take longer than linear time. */
const maxAround = 100

const boundary =
  '\\s\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}'
const wordBefore = new RegExp(`[^${boundary}]*$`, 'u')
const wordAfter = new RegExp(`^[^${boundary}]*`, 'u')

/** @param paragraph all of it: a label is read with the text that it touches, which may be in other nodes */
export function showHosts(paragraph: Inline[]): Inline[] {
  if (!hasLink(paragraph)) return paragraph
  const text = inlineText(paragraph)
  let at = 0
  return withHosts(paragraph)

  function withHosts(nodes: readonly Inline[]): Inline[] {
    return nodes.flatMap((node): Inline[] => {
      if (!('nodes' in node)) {
        at += inlineText([node]).length
        return [node]
      }
      if (node.type !== 'link') return [{ ...node, nodes: withHosts(node.nodes) }]
      const label = inlineText(node.nodes)
      const around = [text.slice(Math.max(0, at - maxAround), at), text.slice(at + label.length).slice(0, maxAround)]
      at += label.length
      const host = hrefOf(label) === node.href ? foreignHost(label) : hiddenHost(inContext(label, around), node.href)
      return host ? [node, { type: 'text', text: ' ' }, { type: 'host', text: `(${host})` }] : [node]
    })
  }
}

function inContext(label: string, [before = '', after = '']: string[]): string {
  return (wordBefore.exec(visible(before))?.[0] ?? '') + label + (wordAfter.exec(visible(after))?.[0] ?? '')
}

/** One of these counts as white space in a pattern, and shows none. */
function visible(text: string): string {
  return text.replaceAll('\ufeff', '')
}

function hasLink(nodes: readonly Inline[]): boolean {
  return nodes.some((node) => node.type === 'link' || ('nodes' in node && hasLink(node.nodes)))
}
