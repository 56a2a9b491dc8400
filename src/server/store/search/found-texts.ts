/** Texts of files that the index has found: whether they are there now and have the phrases, and the words around what was found. */
import { snippet } from '../../../shared/search/highlight.ts'
import type { Phrase } from '../../../shared/search/query.ts'
import type { FileExcerpt } from '../contracts/search.ts'
import { all, one, type Rule } from '../transaction.ts'

/** A text that is there now. */
export interface FoundText {
  place: number
  file: string
  /** How many characters are read to find a phrase in it, about. */
  size: number
}

export const foundTextSql = {
  // What waits for an undo is there no more either.
  live: `
    select place, file_id as file, bytes as size
    from {strings} as chosen {ordered join} file_texts on place = cast(chosen.value as bigint) and is_removed = 0
      {ordered join} files on files.id = file_id and removed_at is null`,
  part: `
    select part from file_text_parts where place = ? and {position}(terms, ?) > 0 order by part limit 1`,
  texts: 'select text, terms from file_text_parts where place = ? and part >= ? order by part limit 2',
}

export function* liveTexts(places: readonly number[]): Rule<Map<number, FoundText>> {
  if (!places.length) return new Map()
  const found = yield* all<FoundText>(foundTextSql.live, JSON.stringify(places))
  return new Map(found.map((text) => [text.place, text]))
}

/** Whether it has each of them somewhere. */
export function* hasPhrases(place: number, phrases: readonly Phrase[]): Rule<boolean> {
  for (const phrase of phrases) {
    if (!(yield* one(foundTextSql.part, place, termsOfPhrase(phrase)))) return false
  }
  return true
}

/** As they stand in the terms of a part. */
function termsOfPhrase({ terms, isPrefix }: Phrase): string {
  return ` ${terms.join(' ')}${isPrefix ? '' : ' '}`
}

/** Of a part, where its phrase is about: a whole part would take long for each message. */
const lookedAt = 1_200

/** Undefined when none of the phrases stands in it any more. */
export function* excerptOf({ place, file }: FoundText, phrases: readonly Phrase[]): Rule<FileExcerpt | undefined> {
  const [phrase] = phrases
  if (!phrase) return undefined
  const terms = termsOfPhrase(phrase)
  const first = yield* one<{ part: number }>(foundTextSql.part, place, terms)
  if (!first) return undefined
  const rows = yield* all<{ text: string; terms: string }>(foundTextSql.texts, place, first.part)
  const [part] = rows
  if (!part) return undefined
  // A phrase may go on in the next part.
  const text = rows.map((row) => row.text).join('')
  const about = Math.floor((part.terms.indexOf(terms) / part.terms.length) * part.text.length)
  const near = snippetText(around(text, about), phrases) ?? snippetText(text, phrases)
  return { file, text: near ?? text.slice(0, 300) }
}

function around(text: string, about: number): string {
  const begin = Math.max(0, about - lookedAt / 2)
  return text.slice(begin, begin + lookedAt).toWellFormed()
}

/** Undefined when it has none of them. */
function snippetText(text: string, phrases: readonly Phrase[]): string | undefined {
  const parts = snippet(text, phrases)
  const isFound = parts.some((part) => part.isFound)
  return isFound ? parts.map((part) => part.text).join('') : undefined
}
