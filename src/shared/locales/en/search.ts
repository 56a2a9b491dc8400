/** The search. */
import type { Texts } from '../text.ts'

export const search = {
  searchMessages: 'Search messages',
  searchHint:
    'Words, “exact phrases” and beginnings of words such as tea*. You can add from:name, in:room, before:2026-01-31 and after:2026-01-31.',
  searchIn: 'This room',
  searchFromMe: 'From me',
  searchFiles: 'With a file',
  searchLinks: 'With a link',
  searchMentions: 'Mentions me',
  searchFilters: 'Filters',
  recentSearches: 'Recent searches',
  clearSearches: 'Clear recent searches',
  nFound: { one: '{n} message', other: '{n} messages' },
  nFoundAtLeast: { one: 'The newest message', other: 'The newest {n} messages' },
  nothingFound: 'No messages found.',
  nothingFoundYet: 'No messages found among the newest. Older ones have not been searched yet.',
  searchIncomplete: 'Older messages are still being indexed.',
  searchOlder: 'Search older messages',
  searchEmpty: 'Type a word to search for.',
  searchTooLong: 'A search has at most {n} characters.',
  searchTooMany: 'A search has at most {n} words.',
  searchTooManyPrefixes: 'A search has at most {n} words that end with an asterisk.',
  searchShortPrefix: 'Type at least two characters before the asterisk.',
  searchBadFilter: 'Type something after the colon of the filter.',
  searchBadHas: 'You can search for has:file and has:link.',
  searchBadMentions: 'You can search for mentions:me only.',
  searchBadDate: 'Type a date as 2026-01-31.',
} as const satisfies Texts
