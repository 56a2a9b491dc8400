/** The Markdown inside of a paragraph, a heading or a cell. One pass from left to right finds all but emphasis, which is matched last. */
import { type FindMention, mentionFinder } from '../mentions.ts'
import { hasInk } from '../text.ts'
import { matchEmphasis, maxInlinesDeep, type Piece } from './emphasis.ts'
import { characterOf, entity, escapable } from './escapes.ts'
import { runAt } from './flanking.ts'
import { trimmedEnd } from './lines.ts'
import { bareLink, hrefOf } from './link.ts'
import { showHosts } from './link-hosts.ts'
import { maxLookedAt } from './names-in-text.ts'
import { type Inline, inlineText } from './nodes.ts'
import type { FindRoom } from './room-links.ts'
import { targetAt } from './targets.ts'

export { maxInlinesDeep } from './emphasis.ts'

export type ParseInlines = (text: string, where?: { inTable: boolean }) => Inline[]

/** For the paragraphs of `text`. */
export function inlineParser(text: string, names: readonly string[], findRoom?: FindRoom): ParseInlines {
  const mention = text.includes('@') ? mentionFinder(names) : undefined
  const room = findRoom && atMost(maxLookedAt, findRoom)
  return (paragraph, where) =>
    showHosts(new InlineParser(paragraph, { mention, room }, where?.inTable ?? false).parse())
}

/** Finds nothing more after a number of attempts. */
function atMost(attempts: number, findRoom: FindRoom): FindRoom {
  let left = attempts
  return (...where) => (left-- > 0 ? findRoom(...where) : undefined)
}

/** What Markdown would spoil: `¯\_(ツ)_/¯`, `^_^`, `-_-`, `>_<`, `C:\_temp\*.txt`, `\\server\share`. */
const literal =
  /¯\\_\(ツ\)_\/¯|(?<![*_^;=.>-])(?:\^_+\^|-_+-|;_+;|=_+=|\*_\*|\._+\.|>_+[<>])(?![*_])|(?<![\p{L}\p{N}])(?:[a-z]:\\|\\\\(?=[\w-]+\\))(?:[^\s*_~`[\]()<>|"]|(?<=\\)[*_~[(]|_(?=[\p{L}\p{N}]))*/u
const special = new RegExp(`${literal.source}|!\\[|(?<!\\w)(?:https?://|www\\.)|[\\n\\\\\`*_~[\\]@#<&]`, 'giu')
const autolink = /<([a-z][a-z\d+.-]{1,31}:[^\s<>\p{Cc}]*|[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d.-]*[a-z\d])?)>/iuy

/** A bracket that may still become a link. */
interface Bracket {
  isImage: boolean
  /** Its place among the pieces. */
  at: number
  /** How many pieces had ink before it. */
  inked: number
}

interface Finders {
  mention: FindMention | undefined
  room: FindRoom | undefined
}

class InlineParser {
  readonly #text: string
  readonly #find: Finders
  readonly #inTable: boolean
  /** Where the last mention or room ended: the next one may follow at once. */
  #named = 0
  readonly #pieces: Piece[] = []
  #inked = 0
  readonly #brackets: Bracket[] = []
  /** Number of the first brackets that can hold no link, because they hold one already. */
  #spent = 0
  #backticks: Map<number, number[]> | undefined

  constructor(text: string, find: Finders, inTable: boolean) {
    this.#text = trimmedEnd(text)
    this.#find = find
    this.#inTable = inTable
  }

  parse(): Inline[] {
    const next = new RegExp(special)
    let at = 0
    for (let found = next.exec(this.#text); found; found = next.exec(this.#text)) {
      this.#say(this.#text.slice(at, found.index))
      at = this.#take(found[0], found.index)
      next.lastIndex = at
    }
    this.#say(this.#text.slice(at))
    return matchEmphasis(this.#pieces).nodes
  }

  /** Takes what begins `at`, and says where it ends. */
  #take(found: string, at: number): number {
    switch (found) {
      case '\n':
        return this.#break(at)
      case '\\':
        return this.#escape(at)
      case '`':
        return this.#code(at)
      case '[':
      case '![':
        return this.#bracket(found, at)
      case ']':
        return this.#closeBracket(at)
      case '@':
        return this.#mention(at)
      case '#':
        return this.#room(at)
      case '<':
        return this.#autolink(at)
      case '&':
        return this.#entity(at)
      case '*':
      case '_':
      case '~':
        return this.#run(at)
      default:
        return /^(?:http|www)/i.test(found) ? this.#address(found, at) : this.#say(found, at)
    }
  }

  /** In a chat every line break is meant. */
  #break(at: number): number {
    const last = this.#pieces.at(-1)
    if (last?.type === 'text') last.text = trimmedEnd(last.text)
    this.#add({ type: 'break' })
    return at + 1
  }

  #escape(at: number): number {
    const next = this.#text[at + 1] ?? ''
    if (next === '\n') return at + 1
    if (!escapable.test(next)) return this.#say('\\', at)
    this.#say(next)
    return at + 2
  }

  #entity(at: number): number {
    entity.lastIndex = at
    const found = entity.exec(this.#text)
    const character = found ? characterOf(found) : undefined
    if (!found || character === undefined) return this.#say('&', at)
    this.#say(character)
    return at + found[0].length
  }

  #code(at: number): number {
    let start = at + 1
    while (this.#text[start] === '`') start++
    const close = this.#closingBackticks(start, start - at)
    if (close === undefined) return this.#say(this.#text.slice(at, start), at)
    const inside = this.#text.slice(start, close).replaceAll('\n', ' ')
    const text = this.#inTable ? inside.replaceAll('\\|', '|') : inside
    // The spaces are there so that code may begin or end with a backtick.
    this.#add({ type: 'code', text: /[^ ]/.test(text) ? text.replace(/^ (.*) $/s, '$1') : text })
    if (hasInk(text)) this.#inked++
    return close + start - at
  }

  #closingBackticks(from: number, length: number): number | undefined {
    this.#backticks ??= backticksIn(this.#text)
    const runs = this.#backticks.get(length) ?? []
    while ((runs.at(-1) ?? from) < from) runs.pop()
    return runs.at(-1)
  }

  #mention(at: number): number {
    const found = this.#find.mention?.(this.#text, at, this.#named)
    return found ? this.#name({ type: 'mention', name: found.named, text: found.text }, at) : this.#say('@', at)
  }

  #room(at: number): number {
    const found = this.#find.room?.(this.#text, at, this.#named)
    return found ? this.#name({ type: 'room', room: found.named, text: found.text }, at) : this.#say('#', at)
  }

  #name(node: Extract<Inline, { type: 'mention' | 'room' }>, at: number): number {
    this.#add(node)
    this.#inked++
    this.#named = at + node.text.length
    return this.#named
  }

  #autolink(at: number): number {
    autolink.lastIndex = at
    const [typed, address = ''] = autolink.exec(this.#text) ?? []
    const href = hrefOf(address.includes(':') ? address : `mailto:${address}`)
    if (!typed || !href) return this.#say('<', at)
    this.#link(href, address)
    return at + typed.length
  }

  #address(found: string, at: number): number {
    const address = bareLink(this.#text.slice(at)) || found
    const href = hrefOf(address)
    if (!href) return this.#say(address, at)
    this.#link(href, address)
    return at + address.length
  }

  #link(href: string, label: string): void {
    this.#add({ type: 'link', href, nodes: [{ type: 'text', text: label }] }, 1)
    this.#inked++
  }

  #run(at: number): number {
    const run = runAt(this.#text, at)
    if (run.mark === '~' && run.length !== 2) this.#say(this.#text.slice(at, at + run.length))
    else this.#pieces.push({ type: 'run', run })
    return at + run.length
  }

  #bracket(typed: string, at: number): number {
    this.#brackets.push({ isImage: typed === '![', at: this.#pieces.length, inked: this.#inked })
    this.#pieces.push({ type: 'text', text: typed })
    return at + typed.length
  }

  #closeBracket(at: number): number {
    const bracket = this.#brackets.pop()
    const isSpent = this.#brackets.length < this.#spent
    this.#spent = Math.min(this.#spent, this.#brackets.length)
    if (!bracket || (isSpent && !bracket.isImage)) return this.#say(']', at)
    const target = targetAt(this.#text, at + 1)
    const href = target && hrefOf(target.address)
    if (!href) return this.#say(']', at)
    const { title } = target
    const isLink = bracket.isImage ? this.#image(bracket, href, title) : this.#labelled(bracket, href, title)
    return isLink ? target.end : this.#say(']', at)
  }

  /** An image is not fetched: it is a link with the text that describes it. */
  #image(bracket: Bracket, href: string, title: string | undefined): boolean {
    const label = inlineText(matchEmphasis(this.#pieces.splice(bracket.at).slice(1)).nodes).replaceAll('\n', ' ')
    this.#add(
      {
        type: 'link',
        href,
        ...(title ? { title } : {}),
        nodes: [{ type: 'text', text: hasInk(label) ? label : href }],
      },
      1,
    )
    this.#inked++
    return true
  }

  /** @returns whether there is something to be seen in the brackets, and not too deep */
  #labelled(bracket: Bracket, href: string, title: string | undefined): boolean {
    if (this.#inked === bracket.inked) return false
    const label = matchEmphasis(this.#pieces.slice(bracket.at + 1))
    // Either way the brackets around it can become no link.
    this.#spent = this.#brackets.length
    if (label.depth >= maxInlinesDeep) return false
    this.#pieces.length = bracket.at
    this.#add({ type: 'link', href, ...(title ? { title } : {}), nodes: withoutLinks(label.nodes) }, label.depth + 1)
    return true
  }

  /** @returns where the text ends that begins `at` */
  #say(text: string, at = 0): number {
    if (text) this.#pieces.push({ type: 'text', text })
    if (hasInk(text)) this.#inked++
    return at + text.length
  }

  /** @param depth of the node: 0 for one that has none inside */
  #add(node: Inline, depth = 0): void {
    this.#pieces.push({ type: 'node', node, depth })
  }
}

/** Where runs of backticks of each length are, the last first. */
function backticksIn(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>()
  for (const [run, at] of Array.from(text.matchAll(/`+/g), (found) => [found[0], found.index] as const).reverse()) {
    const same = runs.get(run.length)
    if (same) same.push(at)
    else runs.set(run.length, [at])
  }
  return runs
}

/** There are no links in links: an address, an image or a room in a label is text. */
function withoutLinks(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node) => {
    if (node.type === 'room') return [{ type: 'text', text: node.text } as const]
    if (!('nodes' in node)) return [node]
    const inner = withoutLinks(node.nodes)
    return node.type === 'link' ? inner : [{ ...node, nodes: inner }]
  })
}
