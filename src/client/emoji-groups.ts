/** The emoji as the picker shows them: in Unicode's groups, the recent ones before, or what a search has found. */
import type { Word } from '../shared/language.ts'
import { type Emoji, searchEmoji } from './emoji.ts'

export interface EmojiGroup {
  title: Word
  emoji: readonly Emoji[]
}

/** By Unicode's numbers; 2 are components, which nobody sends. */
const titles: readonly [group: number, title: Word][] = [
  [0, 'emojiSmileys'],
  [1, 'emojiPeople'],
  [3, 'emojiAnimals'],
  [4, 'emojiFood'],
  [5, 'emojiPlaces'],
  [6, 'emojiActivities'],
  [7, 'emojiObjects'],
  [8, 'emojiSymbols'],
  [9, 'emojiFlags'],
]

export function groupsOf(all: readonly Emoji[], recent: readonly string[]): EmojiGroup[] {
  const named = new Map(all.map((one) => [one.emoji, one]))
  const used = recent.map((emoji) => named.get(emoji)).filter((one) => one !== undefined)
  const groups = titles.map(([group, title]) => ({ title, emoji: all.filter((one) => one.group === group) }))
  return [{ title: 'emojiRecent' as const, emoji: used }, ...groups].filter(({ emoji }) => emoji.length)
}

export function groupFound(all: readonly Emoji[], term: string): EmojiGroup {
  return { title: 'emojiFound', emoji: searchEmoji(all, term) }
}
