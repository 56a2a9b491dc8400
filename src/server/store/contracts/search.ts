import type { SearchQuery } from '../../../shared/search/query.ts'
import type { Viewer } from './accounts.ts'
import type { ListedPage } from './log.ts'
import type { Meter } from './metering.ts'

/** Finds messages by their words. Every change of a message is in the index when it is stored. */
export interface SearchStore {
  /**
   * A page of the messages that the query finds, newest first, without their reactions, as they are now: their texts and the names
   * of their files. Only those that the viewer can view when it is read, and none by users whom they have blocked. A page can be
   * empty and have a next one: no more is looked at for one page than others can wait for.
   */
  find(viewer: Viewer, query: SearchQuery, place: SearchPlace, meter?: Meter): Promise<FoundPage>
  /** Indexes the next few messages of the time before there was an index. */
  indexOlder(): Promise<IndexingProgress>
  progress(): Promise<IndexingProgress>
}

export interface SearchPlace {
  /** Its address: only there. */
  room?: string | undefined
  /** `next` of the page before it. */
  before?: number | undefined
  limit: number
}

export interface FoundPage extends ListedPage {
  /** Older messages are still being indexed. */
  isIncomplete: boolean
}

export interface IndexingProgress {
  /** The messages of the time before the index. */
  total: number
  /** Those of them that are not indexed yet, at most. */
  left: number
}
