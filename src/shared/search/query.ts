/** What a user writes to search: words, "phrases", prefix*, and filters such as `from:anna`. */
import { dayMs } from '../durations.ts'
import { ChatError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { characters } from '../text.ts'
import { termsOf } from './terms.ts'

/** Terms that stand one after the other. */
export interface Phrase {
  terms: string[]
  /** Whether the last one is only the beginning of a term. */
  isPrefix: boolean
}

export const searchedParts = ['file', 'link'] as const
export type SearchedPart = (typeof searchedParts)[number]

export interface SearchQuery {
  /** A message has all of them. */
  phrases: Phrase[]
  /** Names, `me` for the user themselves: one of them has written it. */
  from: string[]
  /** Addresses or names of rooms: it is in one of them. */
  in: string[]
  /** It has all of them. */
  has: SearchedPart[]
  /** It mentions the user. */
  mentionsMe: boolean
  /** It was written before, and at or after that: milliseconds since 1970. */
  before: number | undefined
  after: number | undefined
}

/** Why a query cannot be carried out: what the page says of it in its own language. */
export type SearchFault =
  | 'empty'
  | 'too-long'
  | 'too-many'
  | 'too-many-prefixes'
  | 'short-prefix'
  | 'filter'
  | 'has'
  | 'mentions'
  | 'date'

export class BadQuery extends ChatError {
  readonly fault: SearchFault

  constructor(fault: SearchFault, message: string) {
    super(fault === 'too-long' ? 'too-long' : 'bad-field', message)
    this.fault = fault
  }
}

/** Fewer characters begin very many terms, and all of them would be looked at. */
const minPrefixCharacters = 2

// Keyboards for Chinese write the wide colon. A quotation that is not closed ends with the query.
const parts = /(from|in|has|before|after|mentions)[:：](?:"([^"]*)"?|([^\s"]*))|"([^"]*)"?|([^\s"]+)/giu

/** @throws BadQuery */
export function parseSearch(text: string): SearchQuery {
  if (characters(text) > limits.maxQueryCharacters) {
    throw new BadQuery('too-long', `"query" has at most ${limits.maxQueryCharacters} characters.`)
  }
  const query: SearchQuery = {
    ...{ phrases: [], from: [], in: [], has: [] },
    ...{ mentionsMe: false, before: undefined, after: undefined },
  }
  for (const [, name, quotedValue, value, quoted, word] of text.replace(/[“”„«»「」『』]/g, '"').matchAll(parts)) {
    if (name !== undefined) addFilter(query, name.toLowerCase(), (quotedValue ?? value ?? '').trim())
    else addPhrase(query, quoted ?? word ?? '', word !== undefined)
  }
  refuseBeyondLimits(query)
  return query
}

/** As it stands among the terms of a text that have a space before and after each. */
export function termsOfPhrase({ terms, isPrefix }: Phrase): string {
  return ` ${terms.join(' ')}${isPrefix ? '' : ' '}`
}

/** Whether a part of a query is a filter, and which. */
export function filterOf(part: string): string | undefined {
  return /^(from|in|has|before|after|mentions)[:：]/iu.exec(part)?.[1]?.toLowerCase()
}

function addPhrase(query: SearchQuery, text: string, mayBePrefix: boolean): void {
  const terms = termsOf(text)
  const last = terms.at(-1)
  if (last === undefined) return
  // Where each character is a term it begins no other.
  const isPrefix = mayBePrefix && text.endsWith('*') && !/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/u.test(last)
  if (isPrefix && characters(last) < minPrefixCharacters) {
    throw new BadQuery('short-prefix', `Write at least ${minPrefixCharacters} characters before "*".`)
  }
  query.phrases.push({ terms, isPrefix })
}

function addFilter(query: SearchQuery, name: string, value: string): void {
  if (value === '') throw new BadQuery('filter', `"${name}:" needs a value.`)
  switch (name) {
    case 'from':
      query.from.push(value.replace(/^@/, ''))
      break
    case 'in':
      query.in.push(value.replace(/^#/, ''))
      break
    case 'has':
      query.has.push(partOf(value))
      break
    case 'mentions':
      if (value.toLowerCase() !== 'me') throw new BadQuery('mentions', '"mentions:" takes only "me".')
      query.mentionsMe = true
      break
    case 'before':
      query.before = Math.min(query.before ?? Number.MAX_SAFE_INTEGER, dayOf(name, value))
      break
    default:
      query.after = Math.max(query.after ?? 0, dayOf(name, value) + dayMs)
  }
}

function partOf(value: string): SearchedPart {
  const part = searchedParts.find((one) => one === value.toLowerCase())
  if (!part) throw new BadQuery('has', `"has:" takes ${searchedParts.join(' or ')}.`)
  return part
}

/** The beginning of a day, by UTC. */
function dayOf(name: string, value: string): number {
  const at = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN
  const isDay = !Number.isNaN(at) && new Date(at).toISOString().startsWith(value)
  if (!isDay) throw new BadQuery('date', `"${name}:" takes a day such as 2026-11-29.`)
  return at
}

function refuseBeyondLimits({ phrases, from, in: rooms, has, mentionsMe }: SearchQuery): void {
  const count = phrases.reduce((sum, { terms }) => sum + terms.length, from.length + rooms.length + has.length)
  if (count > limits.maxQueryTerms) {
    throw new BadQuery('too-many', `"query" has at most ${limits.maxQueryTerms} words and filters.`)
  }
  if (phrases.filter(({ isPrefix }) => isPrefix).length > limits.maxQueryPrefixes) {
    throw new BadQuery('too-many-prefixes', `"query" has at most ${limits.maxQueryPrefixes} words with "*".`)
  }
  if (!count && !mentionsMe) throw new BadQuery('empty', '"query" must have a word to search for.')
}
