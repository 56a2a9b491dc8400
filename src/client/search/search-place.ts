/**
 * A place in a list of what a search found, to come back to. It has no texts: messages may be edited, deleted and hidden
 * meanwhile, so the list is asked for again.
 */
export interface SearchPlace {
  query: string
  /** How many pages were loaded. */
  pages: number
  /** The message that was opened, and where in the list it was. */
  room: string
  id: number
  index: number
}
