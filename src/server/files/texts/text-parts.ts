/** Cuts a text into parts, each with its terms: what is indexed of a file. */
import { setImmediate } from 'node:timers/promises'
import { limits } from '../../../shared/protocol/limits.ts'
import { fastTermsOf } from '../../../shared/search/fast-terms.ts'
import type { TextPart } from '../../store/store.ts'

/** So that the words around what is found in it can be shown without reading more. */
const maxPartCharacters = 4_000
/** Maximum length of the terms of a part: a character may stand for eighteen. */
const maxPartFolded = 8_000
/** Maximum length of the terms of a text. The rest is not indexed: each term is stored, and read by searches. */
const maxFolded = 512 * 1024
/** A part ends after a space, if there is one so near to its end. */
const maxWordCharacters = 400
/** Terms of the next part that are indexed with a part: no phrase has more terms. */
const maxFollowing = limits.maxQueryTerms - 1

/** The event loop has a turn after each part. @param stop ends it with an `AbortError` */
export async function textParts(text: string, stop?: AbortSignal): Promise<TextPart[]> {
  const own: FoldedPart[] = []
  let folded = 0
  for (const part of foldedParts(text)) {
    folded += part.folded
    if (folded > maxFolded) break
    own.push(part)
    await setImmediate(undefined, { signal: stop })
  }
  const parts: TextPart[] = []
  let following: string[] = []
  // From the end: each has terms of what follows it.
  for (const { text, terms } of own.reverse()) {
    parts.push({ text, terms: ` ${[...terms, ...following].join(' ')} `, words: [...new Set(terms)] })
    following = [...terms.slice(0, maxFollowing), ...following].slice(0, maxFollowing)
    await setImmediate(undefined, { signal: stop })
  }
  return parts.reverse()
}

interface FoldedPart {
  text: string
  terms: string[]
  /** The characters of its terms. */
  folded: number
}

/** One after the other: the text may be longer than what is taken of it. */
function* foldedParts(text: string, maxLength = maxPartCharacters): Generator<FoldedPart> {
  for (const part of cutText(text, maxLength)) {
    const terms = fastTermsOf(part)
    const folded = terms.reduce((sum, term) => sum + term.length, 0)
    if (folded > maxPartFolded) yield* foldedParts(part, Math.ceil(part.length / 2))
    else yield { text: part, terms, folded }
  }
}

/** @param maxLength characters of a part, more than a long word has */
export function* cutText(text: string, maxLength = maxPartCharacters): Generator<string> {
  for (let begin = 0; begin < text.length; ) {
    const end = endOfPart(text, begin, begin + maxLength)
    yield text.slice(begin, end)
    begin = end
  }
}

/** @param maxEnd where it must end */
function endOfPart(text: string, begin: number, maxEnd: number): number {
  if (maxEnd >= text.length) return text.length
  for (let end = maxEnd; end > Math.max(begin, maxEnd - maxWordCharacters); end--)
    if (!isWithinWord(text, end)) return end
  // A word that long is not found as a whole in any case; a character stays one.
  return isWithinCharacter(text, maxEnd) ? maxEnd - 1 : maxEnd
}

/** Where each of these is a term. */
const single = /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\uac00-\ud7a3]/u
const ofWord = /^[\p{L}\p{N}\p{M}\p{Cf}\uff9e\uff9f]/u
/** They belong to what is before them. */
const belongsToBefore = /^[\p{M}\p{Cf}\uff9e\uff9f\u1160-\u11ff]/u

function isWithinWord(text: string, at: number): boolean {
  if (isWithinCharacter(text, at)) return true
  const after = text.slice(at, at + 2)
  // The vowel of น้ำ is a letter that becomes a mark and a letter.
  if (belongsToBefore.test(after.normalize('NFKD'))) return true
  if (!ofWord.test(after) || single.test(after)) return false
  const before = text.slice(isWithinCharacter(text, at - 1) ? at - 2 : at - 1, at)
  return ofWord.test(before) && !single.test(before)
}

/** Between the halves of a surrogate pair. */
function isWithinCharacter(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)]
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000
}
