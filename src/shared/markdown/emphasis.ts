/** Emphasis, strong emphasis and strikethrough: which marks belong together (CommonMark, "An algorithm for parsing nested emphasis"). */
import type { Run } from './flanking.ts'
import type { Inline } from './nodes.ts'

/** How deep marks and links go into each other; what lies deeper is text. */
export const maxInlinesDeep = 8

/** What a paragraph consists of before its marks are matched. */
export type Piece =
  | { type: 'text'; text: string }
  | { type: 'run'; run: Run }
  | { type: 'node'; node: Inline; depth: number }

export interface Matched {
  nodes: Inline[]
  /** Depth of the deepest node: 0 for a node without others inside. */
  depth: number
}

export function matchEmphasis(pieces: readonly Piece[]): Matched {
  const matcher = new Matcher()
  for (const piece of pieces) {
    if (piece.type === 'text') matcher.say(piece.text)
    else if (piece.type === 'node') matcher.add(piece.node, piece.depth)
    else matcher.take(piece.run)
  }
  return matcher.finish()
}

/** A run that may still be closed, and what has come since. */
interface Opener {
  run: Run
  /** How much of the run is not used yet. */
  left: number
  /** Counts the runs: what has a lower number stands before. */
  number: number
  nodes: Inline[]
  depth: number
}

const bottom: Run = { mark: '*', length: 0, opens: false, closes: false }

class Matcher {
  readonly #open: Opener[] = [{ run: bottom, left: 0, number: -1, nodes: [], depth: 0 }]
  /** For each kind of closing run the number below which no opener fits: without it hostile texts take quadratic time. */
  readonly #searched = new Map<string, number>()
  #number = 0

  take(run: Run): void {
    const number = this.#number++
    const left = run.closes ? this.#close(run, number) : run.length
    if (!left) return
    if (run.opens) this.#open.push({ run, left, number, nodes: [], depth: 0 })
    else this.say(run.mark.repeat(left))
  }

  finish(): Matched {
    const { nodes, depth } = this.#settle(0)
    return { nodes, depth }
  }

  say(text: string): void {
    const { nodes } = this.#top
    const last = nodes.at(-1)
    if (last?.type === 'text') nodes[nodes.length - 1] = { type: 'text', text: last.text + text }
    else if (text) nodes.push({ type: 'text', text })
  }

  add(node: Inline, depth: number): void {
    this.#top.nodes.push(node)
    this.#top.depth = Math.max(this.#top.depth, depth)
  }

  /** @returns how much of the run has found nothing to close */
  #close(run: Run, number: number): number {
    let left = run.length
    while (left > 0) {
      const level = this.#openerFor(run, number)
      if (level === undefined) return left
      const opener = this.#settle(level)
      if (opener.depth >= maxInlinesDeep) {
        // All that could still be closed would hold this too.
        this.#settle(0)
        return left
      }
      const used = run.mark === '~' || (opener.left >= 2 && left >= 2) ? 2 : 1
      left -= used
      this.#wrap(opener, used)
    }
    return left
  }

  #openerFor(run: Run, number: number): number | undefined {
    const kind = `${run.mark}${run.opens}${run.length % 3}`
    const searched = this.#searched.get(kind) ?? 0
    for (let level = this.#open.length - 1; level > 0; level--) {
      const opener = this.#open[level]
      if (!opener || opener.number < searched) break
      if (fits(opener.run, run)) return level
    }
    this.#searched.set(kind, number)
    return undefined
  }

  #wrap(opener: Opener, used: number): void {
    const type = opener.run.mark === '~' ? 'del' : used === 2 ? 'strong' : 'em'
    const node: Inline = { type, nodes: opener.nodes }
    const depth = opener.depth + 1
    opener.left -= used
    opener.nodes = []
    opener.depth = 0
    if (!opener.left) this.#open.pop()
    this.add(node, depth)
  }

  /** Makes text of the runs that are open above `level`. */
  #settle(level: number): Opener {
    for (const { run, left, nodes, depth } of this.#open.splice(level + 1)) {
      this.say(run.mark.repeat(left))
      for (const node of nodes) {
        if (node.type === 'text') this.say(node.text)
        else this.add(node, depth)
      }
    }
    return this.#top
  }

  get #top(): Opener {
    return this.#open.at(-1) as Opener // the bottom is never taken away
  }
}

/** CommonMark's rules 9 and 10: `**a*b**` is not `*<em>a</em>b**`. */
function fits(opener: Run, closer: Run): boolean {
  if (opener.mark !== closer.mark) return false
  if (closer.mark === '~' || !(opener.closes || closer.opens)) return true
  return (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0)
}
