/** The emoji that were used last in this browser, newest first. */
import { storageKeys } from '../session/storage-keys.ts'

const key = storageKeys.recentEmoji
const max = 24

export function readRecentEmoji(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, max) : []
  } catch {
    // Storage may be forbidden, or hold something else; nothing is recent then.
    return []
  }
}

export function saveRecentEmoji(emoji: string): void {
  const others = readRecentEmoji().filter((other) => other !== emoji)
  try {
    localStorage.setItem(key, JSON.stringify([emoji, ...others].slice(0, max)))
  } catch {
    // As above.
  }
}
