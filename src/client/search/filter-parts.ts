/** Filters in a query, as the buttons of the panel add and remove them. */

/** A filter, a quotation or a word. A quotation that is not closed ends with the query. */
const parts = /\p{L}+[:：](?:"[^"]*"?|[^\s"]*)|"[^"]*"?|[^\s"]+/gu
const quotes = /[“”„«»「」『』]/g

export function hasFilter(query: string, filter: string): boolean {
  return partsOf(query).some((part) => isSame(part, filter))
}

/** Adds the filter at the end, or removes it wherever it is. */
export function toggleFilter(query: string, filter: string): string {
  const rest = partsOf(query).filter((part) => !isSame(part, filter))
  return hasFilter(query, filter) ? rest.join(' ') : `${query.trim()} ${filter}`.trim()
}

/** The parts as they were typed. */
function partsOf(query: string): string[] {
  const matches = query.replace(quotes, '"').matchAll(parts)
  return [...matches].map(({ index, 0: { length } }) => query.slice(index, index + length))
}

/** Whether both mean the same filter: `From：me` is `from:me`. */
function isSame(part: string, filter: string): boolean {
  return normalized(part) === normalized(filter)
}

function normalized(part: string): string {
  return part
    .replace(quotes, '"')
    .replace(/^(\p{L}+)[:：]"?([^"]*)"?$/u, '$1:$2')
    .toLowerCase()
}
