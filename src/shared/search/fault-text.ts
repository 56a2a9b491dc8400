/** What people read when a query cannot be carried out. */
import type { Language, LazyTextKey, Values } from '../language.ts'
import { limits } from '../protocol/limits.ts'
import type { SearchFault } from './query.ts'

const texts: Readonly<Record<SearchFault, readonly [text: LazyTextKey, values?: Values]>> = {
  empty: ['searchEmpty'],
  'too-long': ['searchTooLong', { n: limits.maxQueryCharacters }],
  'too-many': ['searchTooMany', { n: limits.maxQueryTerms }],
  'too-many-prefixes': ['searchTooManyPrefixes', { n: limits.maxQueryPrefixes }],
  'short-prefix': ['searchShortPrefix'],
  filter: ['searchBadFilter'],
  has: ['searchBadHas'],
  mentions: ['searchBadMentions'],
  date: ['searchBadDate'],
}

export function faultText(fault: SearchFault, t: Language<LazyTextKey>['t']): string {
  return t(...texts[fault])
}
