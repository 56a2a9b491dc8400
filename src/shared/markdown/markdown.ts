/**
 * What people write, as nodes: the part of Markdown that a chat needs. Everything else (headings, tables, images, HTML) stays as
 * it was typed, and nothing that was typed is lost but the marks themselves. Quotes and lists end where their marks end, so
 * that an answer below a quote is not taken into it.
 */

import { hasInk } from '../text.ts'
import { inlineParser } from './inline.ts'
import type { Inline } from './nodes.ts'

export type { Inline } from './nodes.ts'

export type Block =
  | { type: 'paragraph'; nodes: Inline[] }
  | { type: 'pre'; language: string; text: string }
  | { type: 'quote'; nodes: Block[] }
  | { type: 'list'; ordered: boolean; start: number; items: Block[][] }

export type Node = Block | Inline

/** How deep quotes and lists go into each other; what lies deeper is text. */
export const maxBlocksDeep = 8

const markup = /[\n\r\\`*_~[@>]|:\/\/|www\.|^ {0,3}(?:-|\d+[.)])[ \t]/i
// Marks are taken whole or not at all: a long row of them is then not tried at every length.
const fence = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))([^`]*)$/
const language = /^[\w+#.-]+$/
/** Not `>_<` and `>:(`, which are faces. */
const quoted = /^ {0,3}>+(?:[ \t]|$|(?=\p{L}))/u
const ink = /[^\s>]/
const item = /^( {0,3})([-*]|(?:0|[1-9]\d{0,2})[.)])[ \t]+(?=\S)/
const rule = /^ {0,3}([-*])(?:[ \t]*\1)+[ \t]*$/

/** Mentions of `names` become nodes of their own. */
export function parseMarkdown(text: string, names: readonly string[] = []): Block[] {
  if (!markup.test(text)) return [{ type: 'paragraph', nodes: [{ type: 'text', text }] }]
  return blocksOf(text.split(/\r\n?|\n/), { depth: 0, inline: inlineParser(text, names) })
}

/** In one line, without marks: for quotes and notifications. */
export function plainText(nodes: readonly Node[]): string {
  return nodes.map(textOf).join('').replace(/\s+/g, ' ').trim()
}

function textOf(node: Node): string {
  switch (node.type) {
    case 'text':
    case 'code':
    case 'mention':
    case 'host':
      return node.text
    case 'break':
      return '\n'
    case 'pre':
      return `${node.text}\n`
    case 'list':
      return node.items.flat().map(textOf).join('')
    case 'paragraph':
      return `${node.nodes.map(textOf).join('')}\n`
    case 'quote':
    case 'strong':
    case 'em':
    case 'del':
    case 'link':
      return node.nodes.map(textOf).join('')
    default:
      return node satisfies never
  }
}

/** Whether there is nothing but emoji, and few enough to be drawn large. */
export function isEmojiOnly(text: string): boolean {
  return /^\s*(?:\p{RGI_Emoji}\s*){1,8}$/v.test(text)
}

interface Inside {
  depth: number
  inline: (text: string) => Inline[]
}

/** A block, and the line after it. */
type Taken = [block: Block, end: number]

function blocksOf(lines: readonly string[], inside: Inside): Block[] {
  const blocks: Block[] = []
  let at = 0
  while (at < lines.length) {
    if (isBlank(lines[at])) {
      at++
      continue
    }
    const [block, end] = fenceAt(lines, at) ?? nestedAt(lines, at, inside) ?? paragraphAt(lines, at, inside)
    blocks.push(block)
    at = end
  }
  return blocks
}

function nestedAt(lines: readonly string[], at: number, { depth, inline }: Inside): Taken | undefined {
  if (depth === maxBlocksDeep) return undefined
  const inside = { depth: depth + 1, inline }
  return quoteAt(lines, at, inside) ?? listAt(lines, at, inside)
}

/** One that is never closed goes to the end. An empty one is no fence: nothing of it would be seen. */
function fenceAt(lines: readonly string[], at: number): Taken | undefined {
  const [, mark, rest = ''] = fence.exec(lines[at] ?? '') ?? []
  if (!mark) return undefined
  const end = firstFrom(lines, at + 1, (line) => line.trimEnd().endsWith(mark))
  const said = rest.trim()
  const isLanguage = language.test(said)
  // Many begin the code right after the mark, and end it right before.
  const first = isLanguage || !said ? [] : [said]
  const last = lines[end]?.trimEnd().replace(new RegExp(`(?<!${mark[0]})${mark[0]}+$`), '')
  const text = [...first, ...lines.slice(at + 1, end), ...(last ? [last] : [])].join('\n')
  return hasInk(text) ? [{ type: 'pre', language: isLanguage ? said : '', text }, end + 1] : undefined
}

function quoteAt(lines: readonly string[], at: number, inside: Inside): Taken | undefined {
  if (!startsQuote(lines[at])) return undefined
  const end = firstFrom(lines, at, (line) => !quoted.test(line))
  const inner = lines.slice(at, end).map((line) => line.replace(/^ {0,3}>[ \t]?/, ''))
  return [{ type: 'quote', nodes: blocksOf(inner, inside) }, end]
}

/** The numbers are those that were typed: where they do not go on by one, another list begins. */
function listAt(lines: readonly string[], at: number, inside: Inside): Taken | undefined {
  const first = markerOf(lines[at])
  if (!first) return undefined
  const { ordered, start } = first
  const items: Block[][] = []
  let end = at
  for (let next = at; ; next = firstFrom(lines, end, (line) => !isBlank(line))) {
    const marker = markerOf(lines[next])
    if (marker?.ordered !== ordered || marker.start !== (ordered ? start + items.length : 0)) break
    end = endOfItem(lines, next, marker)
    items.push(blocksOf(linesOfItem(lines.slice(next, end), marker), inside))
  }
  return [{ type: 'list', ordered, start, items }, end]
}

interface Marker {
  ordered: boolean
  start: number
  indent: number
  /** Where the text begins. */
  width: number
}

function markerOf(line = ''): Marker | undefined {
  const [whole, indent = '', mark = ''] = item.exec(line) ?? []
  if (whole === undefined || rule.test(line)) return undefined
  const ordered = /\d/.test(mark)
  return { ordered, start: ordered ? Number.parseInt(mark, 10) : 0, indent: indent.length, width: whole.length }
}

/** What is indented belongs to the item, after empty lines too. */
function endOfItem(lines: readonly string[], at: number, { indent }: Marker): number {
  const belongs = new RegExp(`^(?:\\t| {${indent + 2}})`)
  let end = at + 1
  for (let next = end; next < lines.length; next++) {
    const line = lines[next] ?? ''
    if (isBlank(line)) continue
    if (!belongs.test(line)) break
    end = next + 1
  }
  return end
}

function linesOfItem([first = '', ...rest]: readonly string[], { width }: Marker): string[] {
  const indent = new RegExp(`^(?:\\t| {1,${width}})`)
  return [first.slice(width), ...rest.map((line) => line.replace(indent, ''))]
}

function paragraphAt(lines: readonly string[], at: number, { depth, inline }: Inside): Taken {
  const mayNest = depth < maxBlocksDeep
  const end = firstFrom(lines, at + 1, (line) => isBlank(line) || fence.test(line) || (mayNest && interrupts(line)))
  return [{ type: 'paragraph', nodes: inline(lines.slice(at, end).join('\n')) }, end]
}

/** A number that happens to begin a line is no list, unless it is the first. */
function interrupts(line: string): boolean {
  const marker = markerOf(line)
  return startsQuote(line) || (marker !== undefined && marker.start < 2)
}

function startsQuote(line = ''): boolean {
  return quoted.test(line) && ink.test(line)
}

function isBlank(line = ''): boolean {
  return line.trim() === ''
}

function firstFrom(lines: readonly string[], from: number, is: (line: string) => boolean): number {
  let at = from
  while (at < lines.length && !is(lines[at] ?? '')) at++
  return at
}
