/** Finds messages by their words, the newest first, in all rooms that the viewer can view. */
import { sizeOf } from '../../../shared/page-size.ts'
import type { Message, RoomNames } from '../../../shared/protocol/types.ts'
import { placesOf } from '../../../shared/search/highlight.ts'
import type { Phrase, SearchQuery } from '../../../shared/search/query.ts'
import { termsOf } from '../../../shared/search/terms.ts'
import type { Viewer } from '../contracts/accounts.ts'
import { pageCharacters } from '../contracts/log.ts'
import type { FoundPage, SearchPlace } from '../contracts/search.ts'
import { type ListedRow, listedColumns, namesOf } from '../queries/listed-messages.ts'
import { message } from '../queries/pages.ts'
import { isViewable } from '../queries/rooms.ts'
import { all, one, type Rule } from '../transaction.ts'
import { facets } from './facets.ts'
import { indexSql } from './index.ts'
import { type AnyOf, matchValues } from './match.ts'
import { scopeOf } from './scope.ts'

/** Of what the index finds: others wait for the reader. */
const maxLookedAt = 1_000
const maxLookedAtCharacters = 256 * 1024
/** The first look, and each next one is twice as large: most searches find enough at once. */
const firstLook = 64

/** The newest edit. */
const editId = `
  (select edits.id from entries as edits {index:entries_edit}
    where edits.room_id = entries.room_id and edits.ref = entries.id and edits.type = 'edit'
    order by edits.id desc limit 1) as "editId"`

export const searchSql = {
  // The index may name rooms that the viewer cannot view: what is read is decided here. Takes the places, the user, the time, what `isViewable` takes, the user again and the span of time.
  rows: `
    select place, ${listedColumns}
    from {strings} as chosen
      {ordered join} entries {index:entries_place} on place = cast(chosen.value as bigint) and entries.type = 'chat'
      {ordered join} rooms on rooms.id = entries.room_id {ordered join} users on users.id = entries.user_id
      {ordered join} users as viewers on viewers.id = ?
      left join memberships on memberships.room_id = entries.room_id and memberships.user_id = viewers.id
    where deleted = 0 and coalesce(viewers.banned_until, 0) <= ? and ${isViewable}
      and not exists (select 1 from blocks where blocks.user_id = viewers.id and blocked_id = entries.user_id)
      and entries.at >= ? and entries.at < ?`,
  /** Only what is said there: most candidates of a phrase have its words in another order. */
  texts: `
    select place, room_id as "roomId", entries.id, data, files, ${editId}
    from {strings} as chosen
      {ordered join} entries {index:entries_place} on place = cast(chosen.value as bigint) and entries.type = 'chat'
    where deleted = 0`,
  isIncomplete: 'select 1 from search_backlog limit 1',
}

export function* searchMessages(
  viewer: Viewer,
  query: SearchQuery,
  { room, before = Number.MAX_SAFE_INTEGER, limit }: SearchPlace,
): Rule<FoundPage> {
  const isIncomplete = (yield* one(searchSql.isIncomplete)) !== undefined
  const scope = yield* scopeOf(viewer, query, room)
  if (!scope) return { messages: [], rooms: [], next: undefined, isIncomplete }
  const match = matchValues(partsOf(viewer, query, scope))
  const page = new Page(limit, query)
  let cursor = before
  for (let next = firstLook; !page.isFull; next *= 2) {
    const look = Math.min(next, page.left)
    const found = yield* all<{ place: number }>('{search}', ...match, cursor, look)
    const places = found.map(({ place }) => place)
    yield* page.read(viewer, places)
    cursor = places.at(-1) ?? 0
    if (places.length < look && !page.isFull) return page.result(undefined, isIncomplete)
  }
  return page.result(page.last ?? cursor, isIncomplete)
}

/** What a message must have to be found by the index. */
function partsOf(
  { user }: Viewer,
  { phrases, has, mentionsMe }: SearchQuery,
  { rooms, users }: { rooms: number[] | undefined; users: number[] | undefined },
): AnyOf[] {
  const parts: AnyOf[] = phrases.flatMap(({ terms, isPrefix }) =>
    terms.map((term, i) => ({ words: [term], isPrefix: isPrefix && i === terms.length - 1 })),
  )
  if (users) parts.push({ words: users.map(facets.user) })
  for (const part of has) parts.push({ words: [facets[part]] })
  if (mentionsMe) parts.push({ words: [facets.mentioned(user.id), facets.mentioned(0)] })
  if (rooms) parts.push({ words: rooms.map(facets.room) })
  return parts
}

/** A page that fills. */
class Page {
  readonly #limit: number
  readonly #query: SearchQuery
  /** The index knows no order of words: what stands one after the other is looked for in the text. */
  readonly #phrases: Phrase[]
  readonly #messages: Message[] = []
  readonly #rooms = new Map<number, RoomNames>()
  #size = 0
  #lookedAt = 0
  #characters = 0
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
  }

  /** @param places in descending order */
  *read(viewer: Viewer, places: readonly number[]): Rule<void> {
    const { after = 0, before = Number.MAX_SAFE_INTEGER } = this.#query
    const { id } = viewer.user
    const at = Date.now()
    const access = [at, Number(viewer.canViewPublic), Number(viewer.isVerified)]
    const { kept, last } = this.#phrases.length
      ? yield* this.#withPhrases(places)
      : { kept: places, last: places.at(-1) }
    const rows = yield* all<ListedRow>(searchSql.rows, JSON.stringify(kept), id, at, ...access, after, before)
    for (const row of rows.sort((a, b) => b.place - a.place)) {
      const isTaken = yield* this.#take(viewer, row)
      if (!isTaken) {
        this.isFull = true
        return
      }
    }
    this.#lookedAt += places.length
    this.last = last
    this.isFull = this.left <= 0 || last !== places.at(-1)
  }

  /** @returns the places of messages that have the phrases, and the last place that was looked at */
  *#withPhrases(places: readonly number[]): Rule<{ kept: number[]; last: number | undefined }> {
    const kept: number[] = []
    const rows = yield* all<TextRow>(searchSql.texts, JSON.stringify(places))
    for (const row of rows.sort((a, b) => b.place - a.place)) {
      const texts = yield* textsOf(row)
      // Once, however many phrases are asked for.
      const words = texts.map(termsOf)
      if (this.#phrases.every((phrase) => hasPhrase(words, phrase))) kept.push(row.place)
      // A character may stand for many.
      this.#characters += words.flat().reduce((sum, word) => sum + word.length, 0)
      if (this.#characters > maxLookedAtCharacters) return { kept, last: row.place }
    }
    return { kept, last: places.at(-1) }
  }

  /** @returns whether the page has room for it */
  *#take({ user }: Viewer, { place, roomId, roomName, kind, participants, ...row }: ListedRow): Rule<boolean> {
    const found = yield* message({ ...row, hasReactions: 0 })
    const size = sizeOf(found)
    const hasRoom = this.#messages.length < this.#limit && this.#size + size <= pageCharacters
    if (this.#messages.length && !hasRoom) return false
    this.#messages.push(found)
    this.#size += size
    if (!this.#rooms.has(roomId)) {
      this.#rooms.set(roomId, yield* namesOf({ roomId, roomName, kind, participants }, row.room, user))
    }
    this.last = place
    return true
  }

  result(next: number | undefined, isIncomplete: boolean): FoundPage {
    return { messages: this.#messages, rooms: [...this.#rooms.values()], next, isIncomplete }
  }
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

/** @param words those of each text */
function hasPhrase(words: readonly string[][], phrase: Phrase): boolean {
  return words.some((text) => placesOf(phrase, text).length > 0)
}
