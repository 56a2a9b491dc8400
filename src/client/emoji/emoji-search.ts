/** What the picker finds; without it the page is the smaller. */
import { best, type Emoji } from './emoji.ts'

/** The emoji that match `term`, best matches first, otherwise in their own order. */
export function searchEmoji(emoji: readonly Emoji[], term: string, max = 96): Emoji[] {
  const wanted = term.trim().toLowerCase().replace(/^:|:$/g, '')
  if (!wanted) return []
  return best(emoji, max, (one) => rankOf(one, wanted))
}

function rankOf({ emoji, name, words, shortcodes }: Emoji, wanted: string): number | undefined {
  const names = [name.toLowerCase(), ...shortcodes]
  if (emoji === wanted || names.includes(wanted)) return 0
  if (words.includes(wanted)) return 1
  if (names.some((one) => one.startsWith(wanted))) return 2
  if (words.some((one) => one.startsWith(wanted))) return 3
  return names.some((one) => one.includes(wanted)) ? 4 : undefined
}
