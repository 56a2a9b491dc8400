/** Words of users in texts, found as the search finds them. */
import { placesOf } from '../../../shared/search/highlight.ts'
import { termsOf } from '../../../shared/search/terms.ts'

export const keywordsSql = 'select keyword from keywords where user_id = ? order by position'

/** Whether one of the keywords is in the text, by its words. */
export function hasKeyword(keywords: readonly string[][], words: readonly string[]): boolean {
  return keywords.some((terms) => placesOf({ terms, isPrefix: false }, words).length > 0)
}

export function keywordTerms(keywords: readonly { keyword: string }[]): string[][] {
  return keywords.map(({ keyword }) => termsOf(keyword)).filter((terms) => terms.length > 0)
}
