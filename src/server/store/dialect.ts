/** What differs between the databases: SQL of the rules names it in braces, like `{index:entries_edit}`. */
export interface Dialect {
  /** After a table: reads it by that index, where the planner would take another one. */
  index(name: string): string
  /** A join in the order in which it is written. */
  orderedJoin: string
  greatest: string
  least: string
  /** A table `value` of the strings in a JSON array, which is its parameter. */
  strings: string
  /** Likewise, of arrays: `value ->> 0` is the first element of each. */
  arrays: string
  /** The size of the database in bytes. */
  databaseBytes: string
  /** A statement that takes a place and words, separated by spaces. What has been added is added to. */
  addToIndex(index: SearchIndex): string
  /** The place of a new message in the search index, after all others, as `place`. */
  nextSearchPlace: string
  /** Likewise: words that were added. */
  removeFromSearchIndex: string
  /** Likewise, of the text of a file that is being removed: these words at least. */
  removeFromTextIndex: string
  /**
   * The newest places of what is asked, as `places`: a JSON array, null for none. Takes the question in the languages of both databases,
   * before which place, from which on, and how many.
   */
  search(index: SearchIndex): string
  /** Which messages stand at places: see `locate`. Takes a JSON array. */
  locate: string
  /** Takes a place, the numbers of its room and its message, and the message's time. Empty where `entries` has an index for it. */
  notePlace: string
  /** The place of the newest message, as `place`. */
  lastPlace: string
  /** The first messages at or after a place that are kept together: the `place` of the last one, `first` and `last` time. */
  timesAfter: string
  /** Where the second text stands in the first, from 1; 0 when it does not. */
  position: string
}

/** That of messages, and that of the texts of files. */
export type SearchIndex = 'search_index' | 'text_index'

/** Replaces what is in braces. */
export function translate(sql: string, { index, ...dialect }: Dialect): string {
  return sql.replace(/\{(\w[\w ]*)(?::(\w+))?\}/g, (_, name: string, argument = '') => {
    switch (name) {
      case 'index':
        return index(argument)
      case 'ordered join':
        return dialect.orderedJoin
      case 'greatest':
        return dialect.greatest
      case 'least':
        return dialect.least
      case 'strings':
        return dialect.strings
      case 'arrays':
        return dialect.arrays
      case 'database bytes':
        return dialect.databaseBytes
      case 'next search place':
        return dialect.nextSearchPlace
      case 'add to search index':
        return dialect.addToIndex('search_index')
      case 'add to text index':
        return dialect.addToIndex('text_index')
      case 'remove from search index':
        return dialect.removeFromSearchIndex
      case 'remove from text index':
        return dialect.removeFromTextIndex
      case 'search':
        return dialect.search('search_index')
      case 'note place':
        return dialect.notePlace
      case 'locate':
        return dialect.locate
      case 'last place':
        return dialect.lastPlace
      case 'times after':
        return dialect.timesAfter
      case 'search texts':
        return dialect.search('text_index')
      case 'position':
        return dialect.position
      default:
        throw new Error(`{${name}} is in no dialect.`)
    }
  })
}
