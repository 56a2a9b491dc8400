/** The emoji as the picker shows them: in Unicode's groups, the recent ones before, or what a search has found. */
import type { LazyTextKey } from '../../shared/language.ts'
import type { Emoji } from './emoji.ts'
import { searchEmoji } from './emoji-search.ts'

export interface EmojiGroup {
  title: LazyTextKey
  /** An emoji that stands for the whole group, where there is one. */
  sign?: string
  emoji: readonly Emoji[]
}

/** By Unicode's numbers; 2 are components, which nobody sends. */
const groups: readonly { number: number; title: LazyTextKey; sign: string }[] = [
  { number: 0, title: 'emojiSmileys', sign: '😀' },
  { number: 1, title: 'emojiPeople', sign: '👋' },
  { number: 3, title: 'emojiAnimals', sign: '🌿' },
  { number: 4, title: 'emojiFood', sign: '🍵' },
  { number: 5, title: 'emojiPlaces', sign: '⛵' },
  { number: 6, title: 'emojiActivities', sign: '🎲' },
  { number: 7, title: 'emojiObjects', sign: '💡' },
  { number: 8, title: 'emojiSymbols', sign: '✅' },
  { number: 9, title: 'emojiFlags', sign: '🏁' },
]

export function groupsOf(all: readonly Emoji[], recent: readonly string[]): EmojiGroup[] {
  const named = new Map(all.map((one) => [one.emoji, one]))
  const used = recent.map((emoji) => named.get(emoji)).filter((one) => one !== undefined)
  const unicode = groups.map(({ number, title, sign }) => ({
    title,
    sign,
    emoji: all.filter(({ group }) => group === number),
  }))
  return [{ title: 'emojiRecent' as const, emoji: used }, ...unicode].filter(({ emoji }) => emoji.length)
}

export function groupFound(all: readonly Emoji[], term: string): EmojiGroup {
  return { title: 'emojiFound', emoji: searchEmoji(all, term) }
}
