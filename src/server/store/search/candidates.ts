/** What the two indexes find together, that of messages and that of the texts of files: the newest first. */
import { only, type Rule } from '../transaction.ts'
import { facets } from './facets.ts'
import { type AnyOf, matchValues } from './match.ts'
import { type Located, locate } from './places.ts'
import { messagePlace, textPlace } from './texts.ts'

/** Messages of all rooms are looked at for those of some: that many at first, and on as long as one in so many is of those rooms. */
const firstLooks = 1_000
const maxLooksForOne = 10
/** The index finds what is in few rooms quickly. */
const fewRooms = 3

/** A message that may have been found. */
export interface Candidate extends Located {
  /** By its own words. */
  isByWords: boolean
  /** The places of the texts of its files that have all words. */
  texts: number[]
}

interface Found extends Omit<Candidate, keyof Located> {
  place: number
  message?: Located | undefined
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

export class Candidates {
  readonly #match: Match
  /** Matches in all rooms. */
  readonly #wideMatch: Match
  readonly #textMatch: Match
  readonly #rooms: ReadonlySet<number> | undefined
  readonly #from: number
  readonly #messages: Parts
  readonly #texts: Parts | undefined
  #looks = 0
  #kept = 0

  constructor({ words, facets: others, rooms, from, hasTexts }: Asked) {
    this.#from = from
    const scope = rooms ? [{ words: rooms.map(facets.room) }] : []
    this.#match = matchValues([...words, ...scope, ...others])
    this.#wideMatch = matchValues([...words, ...others])
    // What the message of a file links to and mentions is read there.
    this.#textMatch = matchValues([...words, ...scope])
    // A question needs a word.
    const isWide = rooms && rooms.length > fewRooms && words.length + others.length > 0
    this.#rooms = isWide ? new Set(rooms) : undefined
    const hasPrefix = words.some(({ isPrefix }) => isPrefix)
    this.#messages = new Parts((before, size) => this.#findMessages(before, size), hasPrefix)
    this.#texts = hasTexts ? new Parts((before, size) => this.#findTexts(before, size), hasPrefix) : undefined
  }

  /** @param before a place @returns where to go on; undefined at the end */
  *before(before: number, maxFound: number): Rule<{ found: Candidate[]; next: number | undefined }> {
    const messages = yield* this.#messages.before(before)
    const texts = this.#texts ? yield* this.#texts.before(before) : { found: [], end: 0 }
    const end = Math.max(messages.end, texts.end)
    const found = new Map<number, Found>()
    for (const { place, message } of messages.found) found.set(place, { place, message, isByWords: true, texts: [] })
    for (const { place, text } of texts.found) {
      const candidate = found.get(place) ?? { place, isByWords: false, texts: [] }
      if (text !== undefined) candidate.texts.push(text)
      found.set(place, candidate)
    }
    const sorted = [...found.values()].filter(({ place }) => place >= end).sort((a, b) => b.place - a.place)
    const next = sorted.length > maxFound ? sorted[maxFound - 1]?.place : end || undefined
    return { found: yield* located(sorted.slice(0, maxFound)), next }
  }

  /**
   * First the newest of all rooms, of which those of others are left out: for an index it is much work to find what has one of
   * thirty rooms. It is asked for the rooms as well once most messages with the words are in others.
   */
  *#findMessages(before: number, size: number): Rule<Part> {
    const rooms = this.#rooms
    const isWide = this.#looks < firstLooks || this.#looks < this.#kept * maxLooksForOne
    if (!rooms || !isWide) {
      const { places, end } = yield* readPlaces('{search}', this.#match, [before, this.#from], size)
      return { found: places.map((place) => ({ place })), end }
    }
    const { places, end } = yield* readPlaces('{search}', this.#wideMatch, [before, this.#from], size)
    const messages = yield* locate(places)
    const found = places.flatMap((place) => {
      const message = messages.get(place)
      return message && rooms.has(message.roomId) ? { place, message } : []
    })
    this.#looks += size
    this.#kept += found.length
    return { found, end }
  }

  *#findTexts(before: number, size: number): Rule<Part> {
    const cursor = before === Number.MAX_SAFE_INTEGER ? before : textPlace(before, 0)
    const { places, end: last } = yield* readPlaces(
      '{search texts}',
      this.#textMatch,
      [cursor, textPlace(this.#from, 0)],
      size,
    )
    const found = places.map((text) => ({ place: messagePlace(text), text }))
    // The last message may have more of them: it is left for the next part.
    const end = last && messagePlace(last) + 1
    return { found: found.filter(({ place }) => place >= end), end }
  }
}

interface Place {
  place: number
  /** When it is known. */
  message?: Located
  /** Of a text of its files. */
  text?: number
}

/** All that is found at and after a place. */
interface Part {
  found: Place[]
  /** 0 at the end. */
  end: number
}

/**
 * Places that are read at once. SQLite's index begins anew each time, at its newest message, and lists all words with a beginning: it is
 * asked seldom. Each size is larger than `placesOfMessage`: otherwise a part with texts of one message might not go on.
 */
const firstSizes = { words: 256, prefix: 1_024 }
const maxSize = 4_096
const growth = 4

/** What an index finds, part by part. */
class Parts {
  readonly #read: (before: number, size: number) => Rule<Part>
  #size: number
  /** What was read last, and not asked for yet. */
  #part: Part = { found: [], end: Number.MAX_SAFE_INTEGER }

  constructor(read: (before: number, size: number) => Rule<Part>, hasPrefix: boolean) {
    this.#read = read
    this.#size = hasPrefix ? firstSizes.prefix : firstSizes.words
  }

  *before(before: number): Rule<Part> {
    const { found, end } = this.#part
    const left = found.filter(({ place }) => place < before)
    this.#part = { found: left, end }
    if (left.length || end === 0) return this.#part
    this.#part = yield* this.#read(Math.min(before, end), this.#size)
    this.#size = Math.min(maxSize, growth * this.#size)
    return this.#part
  }
}

type Match = readonly [fts5: string, tsquery: string]

function* readPlaces(
  search: '{search}' | '{search texts}',
  match: Match,
  span: readonly [before: number, from: number],
  size: number,
): Rule<{ places: number[]; end: number }> {
  const row = yield* only<{ places: string | null }>(search, ...match, ...span, size)
  const places: number[] = JSON.parse(row.places ?? '[]')
  return { places, end: places.length < size ? 0 : (places.at(-1) ?? 0) }
}

/** Those whose messages are known, or can be found. */
function* located(found: readonly Found[]): Rule<Candidate[]> {
  const unknown = found.filter(({ message }) => !message).map(({ place }) => place)
  const messages = unknown.length ? yield* locate(unknown) : undefined
  return found.flatMap(({ place, message = messages?.get(place), isByWords, texts }) =>
    message ? { ...message, isByWords, texts } : [],
  )
}
