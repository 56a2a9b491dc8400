/** Texts of files that the index has found: whether they are there now and have the phrases, and the words around what was found. */
import { snippet } from '../../../shared/search/highlight.ts'
import { type Phrase, termsOfPhrase } from '../../../shared/search/query.ts'
import type { FileExcerpt } from '../contracts/search.ts'
import { all, one, type Rule } from '../transaction.ts'

/** A text that is there now. */
export interface FoundText {
  place: number
  file: string
}

export const foundTextSql = {
  // What waits for an undo is there no more either.
  live: `
    select place, file_id as file
    from {strings} as chosen {ordered join} file_texts on place = cast(chosen.value as bigint) and removes_at = 0
      {ordered join} files on files.id = file_id and removed_at is null`,
  part: `
    select part, characters from file_text_parts where place = ? and {position}(terms, ?) > 0
    order by part limit 1`,
  size: 'select characters from file_texts where place = ?',
  texts: 'select text, terms from file_text_parts where place = ? and part >= ? order by part limit 2',
}

export function* liveTexts(places: readonly number[]): Rule<Map<number, FoundText>> {
  if (!places.length) return new Map()
  const found = yield* all<FoundText>(foundTextSql.live, JSON.stringify(places))
  return new Map(found.map((text) => [text.place, text]))
}

/** Read for one page: others wait for the reader. */
const maxCharacters = 8 * 1024 * 1024
/** A lookup in a short text costs as much as reading this many characters. */
const minCharacters = 4_096

/** How much has been read in texts of files, and how much more may be. */
export class TextReading {
  #characters = 0

  get isSpent(): boolean {
    return this.#characters >= maxCharacters
  }

  add(characters: number): void {
    this.#characters += characters
  }

  /** The first part that has a phrase. */
  *find(place: number, terms: string): Rule<number | undefined> {
    const found = yield* one<{ part: number; characters: number }>(foundTextSql.part, place, terms)
    const read = found ?? (yield* one<{ characters: number }>(foundTextSql.size, place))
    this.add(Math.max(minCharacters, read?.characters ?? 0))
    return found?.part
  }
}

/** Whether it has each of them somewhere; undefined when no more may be read before that is known. */
export function* hasPhrases(
  { place }: FoundText,
  phrases: readonly Phrase[],
  reading: TextReading,
): Rule<boolean | undefined> {
  for (const phrase of phrases) {
    if (reading.isSpent) return undefined
    const part = yield* reading.find(place, termsOfPhrase(phrase))
    if (part === undefined) return false
  }
  return true
}

/** Characters of a part that are looked at around its phrase: a whole part would take long for each message. */
const lookedAt = 1_200

/** Undefined when none of the phrases stands in it any more. */
export function* excerptOf(
  { place, file }: FoundText,
  phrases: readonly Phrase[],
  reading: TextReading,
): Rule<FileExcerpt | undefined> {
  const [phrase] = phrases
  if (!phrase) return undefined
  const terms = termsOfPhrase(phrase)
  const first = yield* reading.find(place, terms)
  if (first === undefined) return undefined
  const rows = yield* all<{ text: string; terms: string }>(foundTextSql.texts, place, first)
  const [part] = rows
  if (!part) return undefined
  // A phrase may go on in the next part.
  const text = rows.map((row) => row.text).join('')
  const about = Math.floor((part.terms.indexOf(terms) / part.terms.length) * part.text.length)
  const near = snippetText(around(text, about), phrases, reading) ?? snippetText(text, phrases, reading)
  return { file, text: near ?? text.slice(0, 300) }
}

function around(text: string, about: number): string {
  const begin = Math.max(0, about - lookedAt / 2)
  return text.slice(begin, begin + lookedAt).toWellFormed()
}

/** Undefined when it has none of them. */
function snippetText(text: string, phrases: readonly Phrase[], reading: TextReading): string | undefined {
  reading.add(text.length * phrases.length)
  const parts = snippet(text, phrases)
  const isFound = parts.some((part) => part.isFound)
  return isFound ? parts.map((part) => part.text).join('') : undefined
}
