/** What the two indexes find together, that of messages and that of the texts of files: the newest first. */
import { all, only, type Rule } from '../transaction.ts'
import { facets } from './facets.ts'
import { type AnyOf, matchValues } from './match.ts'
import { messagePlace, placesOfMessage, textPlace } from './texts.ts'

/** Messages of all rooms are looked at for those of some: that many at first, and on as long as one in so many is of those rooms. */
const firstLooks = 1_000
const maxLooksForOne = 10
/** The index finds what is in few rooms quickly. */
const fewRooms = 3
/** At once, for each message that is wanted. */
const looksForOne = 4

/** A message that may have been found. */
export interface Candidate {
  place: number
  /** By its own words. */
  isByWords: boolean
  /** The places of the texts of its files that have all words. */
  texts: number[]
}

interface Asked {
  /** What a message or a text must have. */
  words: AnyOf[]
  /** What a message must have besides. */
  facets: AnyOf[]
  rooms: readonly number[] | undefined
  /** The first place. */
  from: number
  /** Whether texts of files are searched. */
  hasTexts: boolean
}

interface Row {
  /** JSON. */
  places: string | null
  looks: number
  /** The last that was looked at. */
  end: number | null
}

/** All that is found at and after a place. */
interface Found {
  places: number[]
  /** 0 at the end. */
  end: number
}

export class Candidates {
  readonly #match: Match
  /** Matches in all rooms. */
  readonly #wideMatch: Match
  readonly #textMatch: Match | undefined
  /** JSON. */
  readonly #rooms: string | undefined
  readonly #from: number
  #looks = 0
  #kept = 0

  constructor({ words, facets: others, rooms, from, hasTexts }: Asked) {
    this.#from = from
    const scope = rooms ? [{ words: rooms.map(facets.room) }] : []
    this.#match = matchValues([...words, ...scope, ...others])
    this.#wideMatch = matchValues([...words, ...others])
    // What the message of a file links to and mentions is read there.
    this.#textMatch = hasTexts ? matchValues([...words, ...scope]) : undefined
    // A question needs a word.
    const isWide = rooms && rooms.length > fewRooms && words.length + others.length > 0
    this.#rooms = isWide ? JSON.stringify(rooms) : undefined
  }

  /** @param before a place @returns where to go on; undefined at the end */
  *before(before: number, maxFound: number): Rule<{ found: Candidate[]; next: number | undefined }> {
    const messages = yield* this.#messages(before, maxFound)
    const texts = yield* this.#texts(before, maxFound)
    const end = Math.max(messages.end, texts.end)
    const found = new Map(messages.places.map((place) => [place, { place, isByWords: true, texts: [] as number[] }]))
    for (const text of texts.places) {
      const place = messagePlace(text)
      const candidate = found.get(place) ?? { place, isByWords: false, texts: [] }
      candidate.texts.push(text)
      found.set(place, candidate)
    }
    const sorted = [...found.values()].filter(({ place }) => place >= end).sort((a, b) => b.place - a.place)
    if (sorted.length > maxFound) return { found: sorted.slice(0, maxFound), next: sorted[maxFound - 1]?.place }
    return { found: sorted, next: end || undefined }
  }

  /**
   * First the newest of all rooms, of which those of others are left out: for an index it is much work to find what has one of
   * thirty rooms. It is asked for the rooms as well once most messages with the words are in others.
   */
  *#messages(before: number, maxFound: number): Rule<Found> {
    const rooms = this.#rooms
    const isWide = this.#looks < firstLooks || this.#looks < this.#kept * maxLooksForOne
    if (!rooms || !isWide) return yield* placesOf('{search}', this.#match, [before, this.#from], maxFound)
    const looks = looksForOne * maxFound
    const row = yield* only<Row>('{search in rooms}', rooms, ...this.#wideMatch, before, this.#from, looks)
    const places: number[] = JSON.parse(row.places ?? '[]').sort((a: number, b: number) => b - a)
    this.#looks += looks
    this.#kept += places.length
    if (places.length > maxFound) return { places: places.slice(0, maxFound), end: places[maxFound - 1] ?? 0 }
    return { places, end: row.looks < looks ? 0 : (row.end ?? 0) }
  }

  *#texts(before: number, maxFound: number): Rule<Found> {
    if (!this.#textMatch) return { places: [], end: 0 }
    const cursor = before === Number.MAX_SAFE_INTEGER ? before : textPlace(before, 0)
    const span = [cursor, textPlace(this.#from, 0)] as const
    const { places, end } = yield* placesOf('{search texts}', this.#textMatch, span, maxFound + placesOfMessage)
    // The last message may have more of them: it is left for the next look.
    return { places, end: end && messagePlace(end) + 1 }
  }
}

type Match = readonly [fts5: string, tsquery: string]

function* placesOf(
  search: '{search}' | '{search texts}',
  match: Match,
  span: readonly [before: number, from: number],
  maxFound: number,
): Rule<Found> {
  const places = (yield* all<{ place: number }>(search, ...match, ...span, maxFound)).map(({ place }) => place)
  return { places, end: places.length < maxFound ? 0 : (places.at(-1) ?? 0) }
}
