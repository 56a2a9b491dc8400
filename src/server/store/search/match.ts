/** What the index is asked, in the language of each database. */

/** One of several words. */
export interface AnyOf {
  words: readonly string[]
  /** Whether it is the beginning of one. */
  isPrefix?: boolean
}

/** All of them. @returns what SQLite and PostgreSQL take: a statement gets both, and uses its own */
export function matchValues(parts: readonly AnyOf[]): [fts5: string, tsquery: string] {
  return [
    joined(parts, ' AND ', ' OR ', (word, isPrefix) => `"${word}"${isPrefix ? ' *' : ''}`),
    joined(parts, ' & ', ' | ', (word, isPrefix) => `'${word}'${isPrefix ? ':*' : ''}`),
  ]
}

/** Words have only letters, numbers and marks, besides the mark of facets: nothing that would have to be escaped. */
function joined(
  parts: readonly AnyOf[],
  and: string,
  or: string,
  quoted: (word: string, isPrefix: boolean) => string,
): string {
  return parts
    .map(({ words, isPrefix = false }) => `(${words.map((word) => quoted(word, isPrefix)).join(or)})`)
    .join(and)
}
