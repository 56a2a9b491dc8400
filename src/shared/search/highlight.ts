/** Which parts of a text a query has found. */
import type { Phrase } from './query.ts'
import { type PlacedTerm, placedTerms } from './terms.ts'

export interface Part {
  text: string
  isFound: boolean
}

/** Where the terms of a phrase begin among those of a text. */
function placesOf({ terms, isPrefix }: Phrase, words: readonly string[]): number[] {
  const last = terms.length - 1
  const places: number[] = []
  for (let start = 0; start + last < words.length; start++) {
    const isHere = terms.every((term, i) => {
      const word = words[start + i] ?? ''
      return isPrefix && i === last ? word.startsWith(term) : word === term
    })
    if (isHere) places.push(start)
  }
  return places
}

/** The text in parts, those that the phrases have found and those between them. */
export function highlighted(text: string, phrases: readonly Phrase[]): Part[] {
  const placed = placedTerms(text)
  const words = placed.map(({ term }) => term)
  const found = phrases.flatMap((phrase) => placesOf(phrase, words).map((start) => rangeOf(placed, start, phrase)))
  const parts: Part[] = []
  let at = 0
  for (const { start, end } of found.sort((a, b) => a.start - b.start)) {
    if (end <= at) continue
    const begin = Math.max(start, at)
    if (begin > at) parts.push({ text: text.slice(at, begin), isFound: false })
    parts.push({ text: text.slice(begin, end), isFound: true })
    at = end
  }
  if (at < text.length) parts.push({ text: text.slice(at), isFound: false })
  return parts
}

function rangeOf(placed: readonly PlacedTerm[], start: number, { terms }: Phrase): { start: number; end: number } {
  return { start: placed[start]?.start ?? 0, end: placed[start + terms.length - 1]?.end ?? 0 }
}

/** Before the first part that was found, and of the whole. */
const maxBefore = 60
const maxShown = 300

/** A part of a long text in which something was found. */
export function snippet(text: string, phrases: readonly Phrase[]): Part[] {
  const parts = highlighted(text, phrases)
  const first = parts.findIndex(({ isFound }) => isFound)
  const shown: Part[] = []
  let left = maxShown
  for (const [i, part] of parts.entries()) {
    const from = i < first ? beginning(part.text, maxBefore) : part.text
    const kept = from.length <= left ? from : `${[...from].slice(0, left).join('')}…`
    shown.push({ ...part, text: kept })
    left -= from.length
    if (left <= 0) break
  }
  return shown
}

/** What comes before: only its end. */
function beginning(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `…${[...text].slice(-maxCharacters).join('')}`
}
