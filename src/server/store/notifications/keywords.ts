/** Words of users in texts, found as the search finds them. */
import { joinedTermsOf } from '../../../shared/search/fast-terms.ts'

export const keywordsSql = 'select keyword from keywords where user_id = ? order by position'

/** The terms of a text, with a space before and after each: a keyword is in it when its own are. */
export function spacedTerms(text: string): string {
  return ` ${joinedTermsOf(text)} `
}
