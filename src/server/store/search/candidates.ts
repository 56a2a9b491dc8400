/** What the two indexes find together, that of messages and that of the texts of files: the newest first. */
import { all, type Rule } from '../transaction.ts'
import { messagePlace, placesOfMessage, textPlace } from './texts.ts'

/** A message that may have been found. */
export interface Candidate {
  place: number
  /** By its own words. */
  isByWords: boolean
  /** The places of the texts of its files that have all words. */
  texts: number[]
}

/** @param match what `{search}` takes @param textMatch likewise; undefined when texts are not searched @param before a place */
export function* candidatesOf(
  match: readonly [string, string],
  textMatch: readonly [string, string] | undefined,
  before: number,
  most: number,
): Rule<{ found: Candidate[]; isLast: boolean }> {
  const messages = yield* placesOf('{search}', match, before, most)
  // The last message may have more of them: it is left for the next look.
  const mostTexts = most + placesOfMessage
  const cursor = before === Number.MAX_SAFE_INTEGER ? before : textPlace(before, 0)
  const texts = textMatch ? yield* placesOf('{search texts}', textMatch, cursor, mostTexts) : []
  const end = Math.max(
    messages.length < most ? 0 : (messages.at(-1) ?? 0),
    texts.length < mostTexts ? 0 : messagePlace(texts.at(-1) ?? 0) + 1,
  )
  const found = new Map(messages.map((place) => [place, { place, isByWords: true, texts: [] as number[] }]))
  for (const text of texts) {
    const place = messagePlace(text)
    const candidate = found.get(place) ?? { place, isByWords: false, texts: [] }
    candidate.texts.push(text)
    found.set(place, candidate)
  }
  const sorted = [...found.values()].filter(({ place }) => place >= end).sort((a, b) => b.place - a.place)
  return { found: sorted.slice(0, most), isLast: end === 0 && sorted.length <= most }
}

function* placesOf(
  search: '{search}' | '{search texts}',
  match: readonly [string, string],
  before: number,
  most: number,
): Rule<number[]> {
  return (yield* all<{ place: number }>(search, ...match, before, most)).map(({ place }) => place)
}
