import type { SearchQuery } from '../../../shared/search/query.ts'
import type { Viewer } from './accounts.ts'
import type { ListedPage } from './log.ts'
import type { Meter } from './metering.ts'

/**
 * Finds messages by their words and by those of their files. Every change of a message is in the index when it is stored. The texts
 * of files come later, by `addText`; what was removed is not found any more from then on.
 */
export interface SearchStore {
  /**
   * A page of the messages that the query finds, newest first, without their reactions, as they are now: their texts and the names
   * of their files together, or the text of one of their files. Only those that the viewer can view when it is read, and none by users whom they have blocked. A page can be
   * empty and have a next one: no more is looked at for one page than others can wait for.
   */
  find(viewer: Viewer, query: SearchQuery, cursor: SearchCursor, meter?: Meter): Promise<FoundPage>
  /** Indexes the next few messages of the time before there was an index. */
  indexOlder(): Promise<IndexingProgress>
  progress(): Promise<IndexingProgress>
  /** What is to be done next for the texts of files. @param at now: nothing is tried before the time to which it is put off */
  nextText(at: number): Promise<NextText | undefined>
  /**
   * Adds the next parts of the text of a file. Nothing is changed when the file is gone, or another node has added them.
   * @param from how many it has @returns whether they were added
   */
  addText(id: string, from: number, parts: readonly TextPart[], isLast: boolean): Promise<boolean>
  /** The file has no text that could be indexed. */
  leaveText(id: string): Promise<void>
  /** Indexing it has failed: others come first, and it is tried again at a time. */
  putOffText(id: string, until: number): Promise<void>
  /** Removes a piece of a text whose file is gone, and nothing of it stays. @returns whether there may be more of it */
  removeText(place: number): Promise<boolean>
  /** Removing it has failed: others come first, and it is tried again at a time. Until then it is not found either. */
  putOffRemoval(place: number, until: number): Promise<void>
}

export type NextText =
  | {
      type: 'add'
      /** Id of the file. */
      id: string
      hash: string
      bytes: number
      /** Those that it has already. */
      parts: number
    }
  | {
      type: 'remove'
      /** Position of the text in its index. */
      place: number
    }

/** A part of the text of a file. */
export interface TextPart {
  text: string
  /** In order, with spaces around each, and with the first ones of what follows: a phrase that begins here is found here. */
  terms: string
  /** The different ones that begin here. */
  words: readonly string[]
}

/** The words around what was found in the text of a file. */
export interface FileExcerpt {
  /** Its id. */
  file: string
  text: string
}

export interface SearchCursor {
  /** Its address: only there. */
  room?: string | undefined
  /** `next` of the page before it. */
  before?: number | undefined
  limit: number
}

export interface FoundPage extends ListedPage {
  /** Older messages are still being indexed. */
  isIncomplete: boolean
  /** Words around the matches in texts of files. */
  excerpts: FileExcerpt[]
}

export interface IndexingProgress {
  /** The messages of the time before the index. */
  total: number
  /** Those of them that are not indexed yet, at most. */
  left: number
  /** Files whose texts are not indexed yet. */
  texts: number
}
