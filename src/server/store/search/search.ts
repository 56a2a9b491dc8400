/** Finds messages by their words, the newest first, in all rooms that the viewer can view. */
import { sizeOf } from '../../../shared/page-size.ts'
import type { Message, RoomNames } from '../../../shared/protocol/types.ts'
import { spacedTermsOf } from '../../../shared/search/fast-terms.ts'
import { type Phrase, type SearchQuery, termsOfPhrase } from '../../../shared/search/query.ts'
import type { Viewer } from '../contracts/accounts.ts'
import { pageCharacters } from '../contracts/log.ts'
import type { FileExcerpt, FoundPage, SearchCursor } from '../contracts/search.ts'
import { type ListedRow, listedColumns, namesOf } from '../queries/listed-messages.ts'
import { message } from '../queries/pages.ts'
import { isViewable } from '../queries/rooms.ts'
import { all, one, type Rule } from '../transaction.ts'
import { type Candidate, Candidates } from './candidates.ts'
import { facets } from './facets.ts'
import { excerptOf, type FoundText, hasPhrases, liveTexts, TextReading } from './found-texts.ts'
import { hasLink, indexSql } from './index.ts'
import type { AnyOf } from './match.ts'
import { type Scope, scopeOf } from './scope.ts'
import { boundsOf } from './time-bounds.ts'

/** Maximum of messages from the index that one read looks at: others wait for the reader. */
const maxLookedAt = 1_000
const maxLookedAtCharacters = 256 * 1024
/** The first look, and each next one is twice as large: most searches find enough at once. */
const firstLook = 64

/** The newest edit. */
const editId = `
  (select edits.id from entries as edits {index:entries_edit}
    where edits.room_id = entries.room_id and edits.ref = entries.id and edits.type = 'edit'
    order by edits.id desc limit 1) as "editId"`

/** Messages that have been located: what stood at a place may be gone. */
const chosenEntries = `
  {arrays} as chosen
    {ordered join} entries on entries.room_id = cast(chosen.value ->> 0 as bigint) and entries.id = cast(chosen.value ->> 1 as bigint)
      and place = cast(chosen.value ->> 2 as bigint) and entries.type = 'chat'`

export const searchSql = {
  // The index may name rooms that the viewer cannot view: what is read is decided here. Takes the messages, the user, the time, what `isViewable` takes, the user again and the span of time.
  rows: `
    select place, ${listedColumns}
    from ${chosenEntries}
      {ordered join} rooms on rooms.id = entries.room_id {ordered join} users on users.id = entries.user_id
      {ordered join} users as viewers on viewers.id = ?
      left join memberships on memberships.room_id = entries.room_id and memberships.user_id = viewers.id
    where deleted = 0 and coalesce(viewers.banned_until, 0) <= ? and ${isViewable}
      and not exists (select 1 from blocks where blocks.user_id = viewers.id and blocked_id = entries.user_id)
      and entries.at >= ? and entries.at < ?`,
  /** Only what is said there: most candidates of a phrase have its words in another order. */
  texts: `
    select place, room_id as "roomId", entries.id, data, files, ${editId}
    from ${chosenEntries}
    where deleted = 0`,
  isIncomplete: 'select 1 from search_backlog limit 1',
}

export function* searchMessages(
  viewer: Viewer,
  query: SearchQuery,
  { room, before = Number.MAX_SAFE_INTEGER, limit }: SearchCursor,
): Rule<FoundPage> {
  const isIncomplete = (yield* one(searchSql.isIncomplete)) !== undefined
  const scope = yield* scopeOf(viewer, query, room)
  if (!scope) return { messages: [], rooms: [], excerpts: [], next: undefined, isIncomplete }
  const { from, to } = yield* boundsOf(query)
  const candidates = new Candidates({
    words: wordsIn(query, scope),
    facets: facetsIn(viewer, query),
    rooms: scope.rooms,
    from,
    hasTexts: query.phrases.length > 0,
  })
  const page = new Page(limit, query)
  let cursor = Math.min(before, to)
  for (let size = firstLook; !page.isFull; size *= 2) {
    const { found, next } = yield* candidates.before(cursor, Math.min(size, page.left))
    if (found.length) yield* page.read(viewer, found)
    if (next === undefined && !page.isFull) return page.result(undefined, isIncomplete)
    cursor = next ?? 0
  }
  return page.result(page.last ?? cursor, isIncomplete)
}

/** What a message or a text must have to be found by its index, besides its room. */
function wordsIn({ phrases }: SearchQuery, { users }: Scope): AnyOf[] {
  const parts: AnyOf[] = phrases.flatMap(({ terms, isPrefix }) =>
    terms.map((term, i) => ({ words: [term], isPrefix: isPrefix && i === terms.length - 1 })),
  )
  if (users) parts.push({ words: users.map(facets.user) })
  return parts
}

/** What a message must have besides. */
function facetsIn({ user }: Viewer, { has, mentionsMe }: SearchQuery): AnyOf[] {
  const parts: AnyOf[] = has.map((part) => ({ words: [facets[part]] }))
  if (mentionsMe) parts.push({ words: [facets.mentioned(user.id), facets.mentioned(0)] })
  return parts
}

/** A page that fills. */
class Page {
  readonly #limit: number
  readonly #query: SearchQuery
  /** The index knows no order of words: what stands one after the other is looked for in the text. */
  readonly #phrases: Phrase[]
  readonly #termsOfPhrases: string[]
  readonly #messages: Message[] = []
  readonly #rooms = new Map<number, RoomNames>()
  readonly #excerpts: FileExcerpt[] = []
  #size = 0
  #lookedAt = 0
  #characters = 0
  readonly #matched = new TextReading()
  readonly #shown = new TextReading()
  /** The place of the last message that was looked at. */
  last: number | undefined
  isFull = false

  /** How many more may be looked at. */
  get left(): number {
    return maxLookedAt - this.#lookedAt
  }

  constructor(limit: number, query: SearchQuery) {
    this.#limit = limit
    this.#query = query
    this.#phrases = query.phrases.filter(({ terms }) => terms.length > 1)
    this.#termsOfPhrases = this.#phrases.map(termsOfPhrase)
  }

  /** @param candidates in descending order */
  *read(viewer: Viewer, candidates: readonly Candidate[]): Rule<void> {
    const { after = 0, before = Number.MAX_SAFE_INTEGER } = this.#query
    const { id } = viewer.user
    const at = Date.now()
    const access = [at, Number(viewer.canViewPublic), Number(viewer.isVerified)]
    const { kept, last } = yield* this.#matching(candidates)
    const chosen = valuesOf(candidates.filter(({ place }) => kept.has(place)))
    const rows = yield* all<ListedRow>(searchSql.rows, chosen, id, at, ...access, after, before)
    for (const row of rows.sort((a, b) => b.place - a.place)) {
      const isTaken = yield* this.#take(viewer, row, kept.get(row.place))
      if (!isTaken) {
        this.isFull = true
        return
      }
    }
    this.#lookedAt += candidates.length
    this.last = last
    this.isFull = this.left <= 0 || last !== candidates.at(-1)?.place
  }

  /** @returns those that have the phrases, by their places, and the last place that was looked at */
  *#matching(candidates: readonly Candidate[]): Rule<{ kept: Map<number, Match>; last: number | undefined }> {
    const kept = new Map<number, Match>()
    const rows = yield* this.#rowsOf(candidates)
    const texts = yield* liveTexts(candidates.flatMap(({ texts }) => texts))
    let { last } = this
    for (const candidate of candidates) {
      const { place } = candidate
      const isByWords = candidate.isByWords && (!rows || (yield* this.#hasPhrases(rows.get(place))))
      const { text, isKnown } = yield* this.#firstText(candidate.texts.flatMap((text) => texts.get(text) ?? []))
      // It comes first in the next page, which may read as much for it alone: what it has beyond that is not found.
      if (!isKnown && last !== undefined) return { kept, last }
      if (isByWords || text) kept.set(place, { isByWords, text })
      last = place
      if (this.#characters > maxLookedAtCharacters) break
    }
    return { kept, last }
  }

  /** What those say that may have the phrases; undefined when every message that the index finds has them. */
  *#rowsOf(candidates: readonly Candidate[]): Rule<Map<number, TextRow> | undefined> {
    if (!this.#phrases.length) return undefined
    const rows = yield* all<TextRow>(searchSql.texts, valuesOf(candidates.filter(({ isByWords }) => isByWords)))
    return new Map(rows.map((row) => [row.place, row]))
  }

  *#hasPhrases(row: TextRow | undefined): Rule<boolean> {
    if (!row) return false
    const texts = yield* textsOf(row)
    // Once, however many phrases are asked for.
    const read = texts.map(spacedTermsOf)
    // A character may stand for many.
    this.#characters += read.reduce((sum, terms) => sum + terms.length, 0)
    return this.#termsOfPhrases.every((phrase) => read.some((terms) => terms.includes(phrase)))
  }

  /** The first that has the phrases, and whether all of them could be looked through. */
  *#firstText(texts: readonly FoundText[]): Rule<{ text: FoundText | undefined; isKnown: boolean }> {
    for (const text of texts) {
      const isFound = yield* hasPhrases(text, this.#phrases, this.#matched)
      if (isFound === undefined) return { text: undefined, isKnown: false }
      if (isFound) return { text, isKnown: true }
    }
    return { text: undefined, isKnown: true }
  }

  /** @returns whether the page has room for it */
  *#take({ user }: Viewer, listed: ListedRow, match: Match | undefined): Rule<boolean> {
    const { place, roomId, roomName, kind, participants, ...row } = listed
    const found = yield* message({ ...row, hasReactions: 0 })
    // The index of texts knows nothing of the message that changes.
    if (!match?.isByWords && !this.#fits(found, user.id)) return true
    if (match?.text && this.#messages.length && this.#shown.isSpent) return false
    const excerpt = match?.text && (yield* excerptOf(match.text, this.#query.phrases, this.#shown))
    const size = sizeOf(found) + (excerpt?.text.length ?? 0)
    const hasRoom = this.#messages.length < this.#limit && this.#size + size <= pageCharacters
    if (this.#messages.length && !hasRoom) return false
    this.#messages.push(found)
    if (excerpt) this.#excerpts.push(excerpt)
    this.#size += size
    if (!this.#rooms.has(roomId)) {
      this.#rooms.set(roomId, yield* namesOf({ roomId, roomName, kind, participants }, row.room, user))
    }
    this.last = place
    return true
  }

  #fits({ data, mentions = [] }: Message, user: number): boolean {
    const { has, mentionsMe } = this.#query
    if (has.includes('link') && !hasLink(data)) return false
    return !mentionsMe || mentions.some(({ id }) => id === user || id === 0)
  }

  result(next: number | undefined, isIncomplete: boolean): FoundPage {
    const [messages, rooms, excerpts] = [this.#messages, [...this.#rooms.values()], this.#excerpts]
    return { messages, rooms, excerpts, next, isIncomplete }
  }
}

/** As statements take them. */
function valuesOf(candidates: readonly Candidate[]): string {
  return JSON.stringify(candidates.map(({ roomId, id, place }) => [roomId, id, place]))
}

/** How a message was found. */
interface Match {
  isByWords: boolean
  /** The matching text of one of its files. */
  text: FoundText | undefined
}

interface TextRow {
  place: number
  roomId: number
  id: number
  data: string
  files: string | null
  editId: number | null
}

/** What a message says now, and the names of its files. */
function* textsOf({ roomId, id, data, files, editId }: TextRow): Rule<string[]> {
  const edit = editId === null ? undefined : yield* one<{ data: string }>(indexSql.edit, roomId, editId)
  const names = files === null ? [] : yield* all<{ name: string }>(indexSql.files, roomId, id)
  return [edit?.data ?? data, ...names.map(({ name }) => name)]
}
