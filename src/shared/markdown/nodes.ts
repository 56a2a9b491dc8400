/** What the text of a paragraph becomes. */
export type Inline =
  | { type: 'text'; text: string }
  | { type: 'break' }
  | { type: 'code'; text: string }
  | { type: 'strong' | 'em' | 'del'; nodes: Inline[] }
  /** `href` is http, https or mailto. No link is inside another. */
  | { type: 'link'; href: string; title?: string; nodes: Inline[] }
  /** Where the link before it leads, in parentheses, because its label looks like another address. */
  | { type: 'host'; text: string }
  /** `name` as it is in `names`, `text` as it was typed, with its `@`. */
  | { type: 'mention'; name: string; text: string }
  /** `room` is its address, `text` as it was typed, with its `#`. No such link is inside another. */
  | { type: 'room'; room: string; text: string }

export type Alignment = 'left' | 'center' | 'right'

export type Block =
  | { type: 'paragraph'; nodes: Inline[] }
  /**
   * `level` is that which was typed, 1 to 6. `rank` is the level in the outline of a page whose title has level 1: screen readers expect
   * that no level is skipped.
   */
  | { type: 'heading'; level: number; rank: number; nodes: Inline[] }
  | { type: 'pre'; language: string; text: string }
  | { type: 'quote'; nodes: Block[] }
  | { type: 'list'; ordered: boolean; start: number; items: Block[][] }
  /** One alignment and one cell of the head for each column. A row may have fewer cells, and never has more. */
  | { type: 'table'; alignments: (Alignment | undefined)[]; head: Inline[][]; rows: Inline[][][] }
  | { type: 'rule' }

export type Node = Block | Inline

/** The nodes inside of `node`, in the sequence in which they are read. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.type) {
    case 'list':
      return node.items.flat()
    case 'table':
      return [node.head, ...node.rows].flat(2)
    default:
      return 'nodes' in node ? node.nodes : []
  }
}

/** What is shown of `nodes`, with line breaks. */
export function inlineText(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => ('nodes' in node ? inlineText(node.nodes) : node.type === 'break' ? '\n' : node.text))
    .join('')
}
