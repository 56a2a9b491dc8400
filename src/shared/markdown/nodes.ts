/** What the text of a paragraph becomes. */
export type Inline =
  | { type: 'text'; text: string }
  | { type: 'break' }
  | { type: 'code'; text: string }
  | { type: 'strong' | 'em' | 'del'; nodes: Inline[] }
  /** `href` is http, https or mailto. */
  | { type: 'link'; href: string; nodes: Inline[] }
  /** Where the link before it leads, in parentheses, because its label looks like another address. */
  | { type: 'host'; text: string }
  /** `name` as it is in `names`, `text` as it was typed, with its `@`. */
  | { type: 'mention'; name: string; text: string }
