/** The Markdown inside of a paragraph. One pass from left to right; what is not closed in the end is text again. */

import { type FindMention, mentionFinder } from '../mentions.ts'
import { hasInk } from '../text.ts'
import { mayClose, mayOpen } from './emphasis.ts'
import { bareLink, hrefOf } from './link.ts'
import { showHosts } from './link-hosts.ts'
import type { Inline } from './nodes.ts'

/** How deep marks go into each other; what lies deeper is text. */
export const maxInlinesDeep = 8

/** For the paragraphs of `text`. */
export function inlineParser(text: string, names: readonly string[]): (paragraph: string) => Inline[] {
  const mention = text.includes('@') ? mentionFinder(names) : undefined
  return (paragraph) => showHosts(new InlineParser(paragraph, mention).parse())
}

type Mark = '*' | '_' | '~' | '['

/** A mark that may still be closed, and what has come since. */
interface Open {
  /** None at the bottom, and for a bracket that can no longer become a link. */
  mark: Mark | undefined
  typed: string
  nodes: Inline[]
  /** The depth of what is in `nodes`. */
  depth: number
}

const special = /[\n\\`*_~[\]@]|(?<!\w)(?:https?:\/\/|www\.)|¯\\_\(ツ\)_\/¯/iu
const escaped = /[`*_~[\]>@]/
const target = /^\]\((?:<([^<>\n]+)>|([^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*))\)/

class InlineParser {
  readonly #text: string
  readonly #mention: FindMention | undefined
  /** Where the last mention ended: the next one may follow at once. */
  #mentioned = 0
  readonly #open: Open[] = [{ mark: undefined, typed: '', nodes: [], depth: 0 }]
  /** Where in `#open` each mark is, so that closing one need not look for it. */
  readonly #levels: Record<Mark, number[]> = { '*': [], _: [], '~': [], '[': [] }

  constructor(text: string, mention: FindMention | undefined) {
    this.#text = text
    this.#mention = mention
  }

  parse(): Inline[] {
    const next = new RegExp(special, 'giu')
    let at = 0
    for (let found = next.exec(this.#text); found; found = next.exec(this.#text)) {
      this.#say(this.#text.slice(at, found.index))
      at = this.#take(found[0], found.index)
      next.lastIndex = at
    }
    this.#say(this.#text.slice(at))
    return this.#settle(0).nodes
  }

  /** Takes what begins `at`, and says where it ends. */
  #take(found: string, at: number): number {
    switch (found) {
      case '\n':
        this.#add({ type: 'break' })
        return at + 1
      case '\\':
        return this.#escape(at)
      case '`':
        return this.#code(at)
      case '[':
        this.#push('[', '[')
        return at + 1
      case ']':
        return this.#bracket(at)
      case '@':
        return this.#name(at)
      case '*':
      case '_':
      case '~':
        return this.#emphasis(found, at)
      default:
        return this.#address(found, at)
    }
  }

  #escape(at: number): number {
    const next = this.#text[at + 1] ?? ''
    if (!escaped.test(next)) return this.#say('\\', at)
    this.#say(next, at)
    return at + 2
  }

  #code(at: number): number {
    const mark = this.#runAt(at)
    const start = at + mark.length
    const close = this.#closingRun(start, mark.length)
    if (close === undefined) return this.#say(mark, at)
    const inside = this.#text.slice(start, close)
    const end = close + mark.length
    if (!hasInk(inside)) return this.#say(this.#text.slice(at, end), at)
    // The spaces are there so that code may begin or end with a backtick.
    this.#add({ type: 'code', text: inside.replace(/^ (.*) $/s, '$1') })
    return end
  }

  #closingRun(from: number, length: number): number | undefined {
    const runs = /`+/g
    runs.lastIndex = from
    for (let run = runs.exec(this.#text); run; run = runs.exec(this.#text)) {
      if (run[0].length === length) return run.index
    }
    return undefined
  }

  #name(at: number): number {
    const mention = this.#mention?.(this.#text, at, this.#mentioned)
    if (!mention) return this.#say('@', at)
    this.#add({ type: 'mention', ...mention })
    this.#mentioned = at + mention.text.length
    return this.#mentioned
  }

  #address(found: string, at: number): number {
    const address = bareLink(this.#text.slice(at)) || found
    const href = hrefOf(address)
    if (!href) return this.#say(address, at)
    this.#add({ type: 'link', href, nodes: [{ type: 'text', text: address }] }, 1)
    return at + address.length
  }

  #bracket(at: number): number {
    const level = this.#levels['['].at(-1)
    if (level === undefined) return this.#say(']', at)
    const [typed = '', inAngles, plain = ''] = target.exec(this.#text.slice(at)) ?? []
    const href = hrefOf(inAngles ?? plain)
    if (!href || !this.#link(level, href)) {
      this.#forgetBracket()
      return this.#say(']', at)
    }
    return at + typed.length
  }

  /** @returns whether what stands in the bracket at `level` could become a link */
  #link(level: number, href: string): boolean {
    const { nodes, depth } = this.#settle(level)
    const label = labelOf(nodes, href)
    if (!label || depth >= maxInlinesDeep) return false
    this.#pop()
    this.#add({ type: 'link', href, nodes: label }, depth + 1)
    return true
  }

  #forgetBracket(): void {
    const bracket = this.#open[this.#levels['['].pop() ?? 0]
    if (bracket) bracket.mark = undefined
  }

  #emphasis(mark: '*' | '_' | '~', at: number): number {
    const run = this.#runAt(at)
    const end = at + run.length
    if (mark === '~' && run.length !== 2) return this.#say(run, at)
    const before = /.$/su.exec(this.#text.slice(Math.max(0, at - 2), at))?.[0] ?? ''
    const after = /^./su.exec(this.#text.slice(end, end + 2))?.[0] ?? ''
    const rest = mayClose(mark, before, after) ? this.#close(mark, run) : run
    if (rest && mayOpen(before, after)) this.#push(mark, rest)
    else this.#say(rest, at)
    return end
  }

  /** @returns what is left of the run, having found nothing to close */
  #close(mark: '*' | '_' | '~', run: string): string {
    let rest = run
    while (rest) {
      const level = this.#levels[mark].at(-1)
      if (level === undefined || this.#isEmptySince(level)) return rest
      const open = this.#settle(level)
      if (open.depth >= maxInlinesDeep) return rest
      const used = Math.min(rest.length, open.typed.length, 2)
      rest = rest.slice(used)
      this.#wrap(open, used)
    }
    return rest
  }

  /** `*_*` is a face. */
  #isEmptySince(level: number): boolean {
    return this.#open.slice(level).every(({ nodes }) => nodes.length === 0)
  }

  #wrap(open: Open, used: number): void {
    const type = open.mark === '~' ? 'del' : used === 2 ? 'strong' : 'em'
    const node: Inline = { type, nodes: open.nodes }
    open.typed = open.typed.slice(used)
    open.nodes = []
    if (!open.typed) this.#pop()
    this.#add(node, open.depth + 1)
  }

  #push(mark: Mark, typed: string): void {
    this.#levels[mark].push(this.#open.length)
    this.#open.push({ mark, typed, nodes: [], depth: 0 })
  }

  #pop(): void {
    const mark = this.#open.pop()?.mark
    if (mark) this.#levels[mark].pop()
  }

  /** Makes text of the marks that are open above `level`. */
  #settle(level: number): Open {
    for (const { mark, typed, nodes, depth } of this.#open.splice(level + 1)) {
      if (mark) this.#levels[mark].pop()
      this.#say(typed)
      for (const node of nodes) {
        if (node.type === 'text') this.#say(node.text)
        else this.#add(node, depth)
      }
    }
    return this.#top
  }

  get #top(): Open {
    return this.#open.at(-1) as Open // the bottom is never taken away
  }

  /** @returns where the text ends that begins `at` */
  #say(text: string, at = 0): number {
    const { nodes } = this.#top
    const last = nodes.at(-1)
    if (last?.type === 'text') last.text += text
    else if (text) nodes.push({ type: 'text', text })
    return at + text.length
  }

  /** @param depth of the node: 0 for one that has none inside */
  #add(node: Inline, depth = 0): void {
    this.#top.nodes.push(node)
    this.#top.depth = Math.max(this.#top.depth, depth)
  }

  #runAt(at: number): string {
    let end = at + 1
    while (this.#text[end] === this.#text[at]) end++
    return this.#text.slice(at, end)
  }
}

/** What a link shows. There are no links in links, but an address is its own label. */
function labelOf(nodes: Inline[], href: string): Inline[] | undefined {
  const [first] = nodes
  if (first?.type === 'link' && nodes.length === 1) return first.href === href ? first.nodes : undefined
  return hasInkInside(nodes) && !hasLink(nodes) ? nodes : undefined
}

function hasInkInside(nodes: readonly Inline[]): boolean {
  return nodes.some((node) => ('nodes' in node ? hasInkInside(node.nodes) : 'text' in node && hasInk(node.text)))
}

function hasLink(nodes: readonly Inline[]): boolean {
  return nodes.some((node) => node.type === 'link' || ('nodes' in node && hasLink(node.nodes)))
}
