/**
 * The texts of files that are plain text. Each is a document of its own, which comes into an index beside that of the messages piece
 * by piece, after the message, and goes piece by piece: its words are kept, because the index names what it removes. Whatever the index
 * still has, only the texts of files that are there now are found.
 */
import { textFiles } from '../contracts/files.ts'
import type { NextText, TextPart } from '../contracts/search.ts'
import { all, atEnd, noteErased, one, only, type Rule, run } from '../transaction.ts'
import { facets } from './facets.ts'

/** Maximum words of a text; the first ones are kept. A book has so many. */
const maxTextWords = 10_000
/** Maximum bytes of these words: PostgreSQL takes a megabyte of words. */
const maxTextWordBytes = 512 * 1024
/** Words taken out of the index in one transaction, for which others wait: each takes SQLite a tenth of a millisecond. */
const maxRemovedWords = 100

/** A message has fewer files. */
export const placesOfMessage = 16

/** Where the text of a file stands in its index: in the order of the messages. */
export function textPlace(message: number, position: number): number {
  return message * placesOfMessage + position
}

/** The place of its message. */
export function messagePlace(text: number): number {
  return Math.floor(text / placesOfMessage)
}

const isSent = 'message_id is not null and removed_at is null'
const fileColumns = 'files.id, hash, bytes, coalesce(parts, 0) as parts'
const fileTables = `
  files {index:files_text_waits}
    {ordered join} entries on entries.room_id = files.room_id and entries.id = message_id
    left join file_texts on file_id = files.id`

interface Waiting {
  id: string
  hash: string
  bytes: number
  parts: number
}

interface Target {
  place: number
  position: number
  roomId: number
  userId: number
}

export const textSql = {
  // Takes the time. What has failed comes after all others.
  removed: `
    select place from file_texts {index:file_texts_removed} where removes_at > 0 and removes_at <= ?
    order by removes_at, place limit 1`,
  isRemoved: 'select place from file_texts where place = ? and removes_at > 0',
  // The newest first. Messages of the time before the index get their places first.
  waiting: `
    select ${fileColumns} from ${fileTables}
    where text_waits = 1 and ${isSent} and deleted = 0 and entries.place is not null
    order by created_at desc limit 1`,
  // Takes the time.
  putOff: `
    select ${fileColumns} from ${fileTables}
    where text_waits > 1 and text_waits <= ? and ${isSent} and deleted = 0 and entries.place is not null
    order by text_waits limit 1`,
  count: `select count(*) as waiting from files {index:files_text_waits} where text_waits is not null and ${isSent}`,
  target: `
    select entries.place, position, files.room_id as "roomId", entries.user_id as "userId"
    from files {ordered join} entries on entries.room_id = files.room_id and entries.id = message_id
    where files.id = ? and text_waits is not null and ${isSent} and deleted = 0 and place is not null`,
  stored: 'select parts, characters from file_texts where place = ?',
  words: 'select words from file_text_parts where place = ?',
  addPart: 'insert into file_text_parts (place, part, text, terms, words, characters) values (?, ?, ?, ?, ?, ?)',
  addText: `
    insert into file_texts (place, file_id, parts, characters) values (?, ?, ?, ?)
    on conflict (place) do update set parts = excluded.parts, characters = excluded.characters`,
  last: 'select part, words from file_text_parts where place = ? order by part desc limit 1',
  ofMessage: `
    update file_texts set removes_at = 1 where file_id in (
      select id from files where room_id = ? and message_id = ? and removed_at is not null
    ) and not exists (
      select 1 from removed_messages {index:removed_messages_message} where room_id = ? and message_id = ?
    )`,
  ofRoom: `
    update file_texts set removes_at = 1 where file_id in (select id from files where room_id = ? and message_id <= ?)`,
  named: `
    update file_texts set removes_at = 1 where file_id in (select named.value from {strings} as named)`,
}

/** 1 for a file whose text is to be indexed. */
export function waitsForText(type: string, bytes: number): 1 | null {
  return type.startsWith('text/') && bytes > 0 && bytes <= textFiles.maxBytes ? 1 : null
}

/** @param at now */
export function* nextText(at: number): Rule<NextText | undefined> {
  const removed = yield* one<{ place: number }>(textSql.removed, at)
  if (removed) return { type: 'remove', ...removed }
  const waiting = (yield* one<Waiting>(textSql.waiting)) ?? (yield* one<Waiting>(textSql.putOff, at))
  return waiting && { type: 'add', ...waiting }
}

export function* waitingTexts(): Rule<number> {
  return (yield* only<{ waiting: number }>(textSql.count)).waiting
}

/**
 * Adds the next parts of the text of a file, if it is there now and has the parts before them.
 * @returns whether they were added
 */
export function* addText(id: string, from: number, parts: readonly TextPart[], isLast: boolean): Rule<boolean> {
  const target = yield* one<Target>(textSql.target, id)
  if (!target) return false
  const place = textPlace(target.place, target.position)
  const stored = yield* one<{ parts: number; characters: number }>(textSql.stored, place)
  if ((stored?.parts ?? 0) !== from) return false
  let characters = stored?.characters ?? 0
  const known = new KnownWords(yield* all<{ words: string }>(textSql.words, place))
  const added: string[] = []
  for (const [i, { text, terms, words }] of parts.entries()) {
    const fresh = [...(from + i === 0 ? facetsOf(target) : []), ...words].filter((word) => known.add(word))
    added.push(...fresh)
    characters += terms.length
    yield* run(textSql.addPart, place, from + i, text, terms, fresh.join(' '), characters)
  }
  yield* run(textSql.addText, place, id, from + parts.length, characters)
  if (added.length) yield* atEnd('{add to text index}', place, added.join(' '))
  if (isLast) yield* leaveText(id)
  return true
}

/** The words that the index has of a text. */
class KnownWords {
  readonly #words: Set<string>
  #bytes: number

  constructor(rows: readonly { words: string }[]) {
    this.#words = new Set(rows.flatMap(({ words }) => (words === '' ? [] : words.split(' '))))
    this.#bytes = this.#words.values().reduce((sum, word) => sum + Buffer.byteLength(word), 0)
  }

  /** @returns whether it is a new one for which there is room */
  add(word: string): boolean {
    const bytes = this.#bytes + Buffer.byteLength(word)
    if (this.#words.has(word) || this.#words.size >= maxTextWords || bytes > maxTextWordBytes) return false
    this.#words.add(word)
    this.#bytes = bytes
    return true
  }
}

function facetsOf({ roomId, userId }: Target): string[] {
  return [facets.room(roomId), facets.user(userId)]
}

/** There is nothing more to be indexed of it. */
export function* leaveText(id: string): Rule<void> {
  yield* run('update files set text_waits = null where id = ?', id)
}

/** Others come first, and it is tried again at a time. */
export function* putOffText(id: string, until: number): Rule<void> {
  yield* run('update files set text_waits = ? where id = ? and text_waits is not null', until, id)
}

/** Removes a piece of a text whose file is gone. @returns whether there may be more of it */
export function* removeText(place: number): Rule<boolean> {
  if (!(yield* one(textSql.isRemoved, place))) return false
  yield* noteErased()
  const last = yield* one<{ part: number; words: string }>(textSql.last, place)
  if (!last) {
    yield* run('delete from file_texts where place = ?', place)
    return true
  }
  const words = last.words === '' ? [] : last.words.split(' ')
  const left = words.slice(maxRemovedWords)
  if (words.length) yield* atEnd('{remove from text index}', place, words.slice(0, maxRemovedWords).join(' '))
  if (left.length)
    yield* run('update file_text_parts set words = ? where place = ? and part = ?', left.join(' '), place, last.part)
  else yield* run('delete from file_text_parts where place = ? and part = ?', place, last.part)
  return true
}

/** Others come first, and it is tried again at a time. */
export function* putOffRemoval(place: number, until: number): Rule<void> {
  yield* run('update file_texts set removes_at = ? where place = ? and removes_at > 0', until, place)
}

/** Marks texts of files that the message no longer has, unless an undo can bring them back. */
export function* markTextsOfMessage(roomId: number, message: number | null): Rule<void> {
  yield* run(textSql.ofMessage, roomId, message, roomId, message)
}

/** Marks texts of messages that are deleted with their room. */
export function* markTextsOfRoom(roomId: number, last: number): Rule<void> {
  yield* run(textSql.ofRoom, roomId, last)
}

/** Before the rows of their files go. @param ids JSON */
export function* markTexts(ids: string): Rule<void> {
  yield* run(textSql.named, ids)
}
