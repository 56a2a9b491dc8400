/** What was searched for last in this browser, newest first. */
import { recentSearchesKey as key } from '../session/storage-keys.ts'

const max = 8

export function readSearches(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, max) : []
  } catch {
    // Storage may be forbidden, or hold something else; nothing is recent then.
    return []
  }
}

/** @returns all of them */
export function saveSearch(query: string): string[] {
  return save([query, ...readSearches().filter((other) => other !== query)].slice(0, max))
}

export function clearSearches(): string[] {
  return save([])
}

function save(searches: string[]): string[] {
  try {
    localStorage.setItem(key, JSON.stringify(searches))
  } catch {
    // As above.
  }
  return searches
}
