/** Words of users in texts, found as the search finds them. Each has a term: others are not stored. */
export const keywordsSql = 'select keyword from keywords where user_id = ? order by position'
