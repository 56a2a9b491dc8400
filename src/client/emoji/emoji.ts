/** The emoji and what they are called, in the reader's language. */
import urls from 'virtual:emoji-data'
import type { LanguageCode } from '../../shared/language.ts'

/** As in the file: the emoji, its name, other words for it, its shortcodes (both joined by `|`), its group (Unicode's). */
export type EmojiRow = [emoji: string, name: string, words: string, shortcodes: string, group: number]

export interface Emoji {
  emoji: string
  name: string
  words: readonly string[]
  /** In English in every language, without the colons. */
  shortcodes: readonly string[]
  group: number
}

/** 160 kB, so only when it is wanted; a second time it comes from the browser's cache. */
export async function loadEmoji(code: LanguageCode): Promise<Emoji[]> {
  const response = await fetch(urls[code])
  if (!response.ok) throw new Error(`The emoji were answered with ${response.status}.`)
  const rows: EmojiRow[] = await response.json()
  return rows.map(([emoji, name, words, shortcodes, group]) => ({
    emoji,
    name,
    words: listOf(words.toLowerCase()),
    shortcodes: listOf(shortcodes),
    group,
  }))
}

function listOf(joined: string): string[] {
  return joined ? joined.split('|') : []
}

/** The emoji with a shortcode (or, for other scripts, a name) that begins with `term`. */
export function emojiByShortcode(emoji: readonly Emoji[], term: string, max: number): Emoji[] {
  const wanted = term.toLowerCase()
  return best(emoji, max, ({ shortcodes, name }) => {
    if (shortcodes.includes(wanted) || name === wanted) return 0
    return [...shortcodes, name].some((code) => code.startsWith(wanted)) ? 1 : undefined
  })
}

/** The items that have a rank, the lowest first and otherwise in their own order. */
export function best(emoji: readonly Emoji[], max: number, rank: (one: Emoji) => number | undefined): Emoji[] {
  const ranked = emoji.flatMap((one) => {
    const place = rank(one)
    return place === undefined ? [] : [{ one, place }]
  })
  return ranked
    .sort((a, b) => a.place - b.place)
    .slice(0, max)
    .map(({ one }) => one)
}
