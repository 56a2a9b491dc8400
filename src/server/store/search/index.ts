/**
 * The index of the words of all messages. It has the current text of each, and changes in the transaction that changes the
 * message. It keeps no texts: to remove a message, its words are named as they were put in. A message keeps its place, by which
 * results are in order, for good; one without a place is of the time before the index and not indexed yet.
 */
import type { Mentioned } from '../../../shared/mentions.ts'
import { joinedTermsOf } from '../../../shared/search/fast-terms.ts'
import { all, atEnd, one, only, type Rule } from '../transaction.ts'
import { facets } from './facets.ts'

/** What a message is found by. */
export interface IndexedMessage {
  roomId: number
  userId: number
  data: string
  /** Those of its text, joined by spaces. */
  terms: string
  /** The names of its files. */
  files: readonly string[]
  mentioned: readonly Pick<Mentioned, 'id'>[]
}

/** Where a message stands in the index, and by which words, joined by spaces. */
export interface Indexed {
  place: number
  words: string
}

interface StoredText {
  place: number | null
  userId: number
  data: string
  mentions: string | null
  files: string | null
  /** The newest edit. */
  editId: number | null
}

export const indexSql = {
  next: '{next search place}',
  add: '{add to search index}',
  stored: `
    select place, user_id as "userId", data, mentions, files,
      (select edits.id from entries as edits {index:entries_edit}
        where edits.room_id = entries.room_id and edits.ref = entries.id and edits.type = 'edit' and edits.deleted = 0
        order by edits.id desc limit 1) as "editId"
    from entries where room_id = ? and id = ? and type = 'chat' and deleted = 0`,
  edit: 'select data, mentions from entries where room_id = ? and id = ?',
  files: 'select name from files where room_id = ? and message_id = ? and removed_at is null order by position',
}

/** The place of the next new message: after all others. */
export function* nextPlace(): Rule<number> {
  return (yield* only<{ place: number }>(indexSql.next)).place
}

export function* addToIndex({ place, words }: Indexed): Rule<void> {
  yield* atEnd(indexSql.add, place, words)
}

/** @param words those that were added */
export function* removeFromIndex({ place, words }: Indexed): Rule<void> {
  yield* atEnd('{remove from search index}', place, words)
}

/** What the index has of a message, as it is now; undefined when it has nothing of it. */
export function* indexedNow(roomId: number, id: number | null): Rule<Indexed | undefined> {
  const stored = yield* one<StoredText>(indexSql.stored, roomId, id)
  if (!stored || stored.place === null || id === null) return undefined
  const { place, userId, files, editId } = stored
  const text =
    editId === null ? stored : yield* only<Pick<StoredText, 'data' | 'mentions'>>(indexSql.edit, roomId, editId)
  const names = files === null ? [] : yield* all<{ name: string }>(indexSql.files, roomId, id)
  const mentioned: Mentioned[] = text.mentions === null ? [] : JSON.parse(text.mentions)
  const { data } = text
  const terms = joinedTermsOf(data)
  const words = wordsOf({ roomId, userId, data, terms, files: names.map(({ name }) => name), mentioned })
  // A new message may add a word twice, which an index keeps once. A removal must not name a word more often than it was added.
  return { place, words: distinct(words).join(' ') }
}

/** After a change of a message. @param before what the index had of it */
export function* changeIndex(before: Indexed | undefined, roomId: number, id: number | null): Rule<void> {
  const after = yield* indexedNow(roomId, id)
  if (before?.words === after?.words) return
  // To remove a word costs a hundred times what it costs to add one: those that stay are left alone.
  if (before) yield* removeFromIndex({ ...before, words: without(before.words, after?.words) })
  if (after) yield* addToIndex({ ...after, words: without(after.words, before?.words) })
}

/** The words that are not among the others. */
function without(words: string, others = ''): string {
  const known = new Set(others.split(' '))
  return words
    .split(' ')
    .filter((word) => !known.has(word))
    .join(' ')
}

/** Before messages of a deleted room go. */
export function* removeRoomFromIndex(roomId: number, last: number): Rule<void> {
  const messages = yield* all<{ id: number }>(
    `select id from entries {index:entries_chat} where room_id = ? and id <= ? and type = 'chat' and deleted = 0`,
    roomId,
    last,
  )
  for (const { id } of messages) {
    const indexed = yield* indexedNow(roomId, id)
    if (indexed) yield* removeFromIndex(indexed)
  }
}

export function hasLink(text: string): boolean {
  return /https?:\/\/[^\s/]/i.test(text)
}

/** Maximum words of a text. Real texts of 4,000 characters have some hundreds. Adding and removing each costs the writer time. */
const maxWords = 1_000

/** The room and the user are words too, so that what is elsewhere or by others costs nothing. Some words come more than once. */
export function wordsOf({ roomId, userId, data, terms, files, mentioned }: IndexedMessage): string {
  const words = terms === '' ? [] : [withoutTooMany(terms)]
  if (files.length) words.push(...files.map(joinedTermsOf).filter((name) => name !== ''), facets.file)
  words.push(facets.room(roomId), facets.user(userId), ...mentioned.map(({ id }) => facets.mentioned(id)))
  if (hasLink(data)) words.push(facets.link)
  return words.join(' ')
}

function withoutTooMany(terms: string): string {
  const mayBeTooMany = terms.length > 2 * maxWords
  return mayBeTooMany ? distinct(terms).slice(0, maxWords).join(' ') : terms
}

/** In the order in which they come first. */
function distinct(words: string): string[] {
  return [...new Set(words.split(' '))]
}
