/**
 * Mentions: users named in a text with `@`. Where a mention may begin and end is said in `names-in-text.ts`, and what it lies in (code, an
 * address, after a backslash) by the parser of the text: a mention is what `parseMarkdown` makes of the names that somebody can be called by.
 */
import { type FindName, maxLookedAt, mayEnd, nameFinder } from './markdown/names-in-text.ts'
import { foldName } from './text.ts'

/** Maximum number of people mentioned by one text. */
export const maxMentioned = 20

/** A user who is mentioned, by the name that the text calls them by. */
export interface Mentioned {
  id: number
  name: string
}

/** `@room` where it is allowed: everybody who belongs to the room when the message is read. No user has this id. */
export const everyone = { id: 0, name: 'room' } as const satisfies Mentioned

interface WithMentions {
  mentions?: readonly Mentioned[]
}

/** Whether the user is among those whom a message mentions. */
export function isMentioned(message: WithMentions, userId: number): boolean {
  return namesForUser(message, userId).length > 0
}

/** The names in a message that mean the user: their own and that of everybody. */
export function namesForUser({ mentions = [] }: WithMentions, userId: number): string[] {
  return mentions.filter(({ id }) => id === userId || id === everyone.id).map(({ name }) => name)
}

/** Whether it is one of the names, in any case. */
export function isOneOf(name: string, names: readonly string[]): boolean {
  return names.some((one) => foldName(one) === foldName(name))
}

export type FindMention = FindName<string>

/** Finds the names that are mentioned by an `@`. */
export function mentionFinder(names: readonly string[]): FindMention {
  return nameFinder(names.map((name) => [name, name]))
}

/** What could be names of at most `maxCharacters` characters in `text`, folded: more than are mentioned, and never fewer. */
export function possibleNames(text: string, maxCharacters: number): Set<string> {
  const names = new Set<string>()
  let at = text.indexOf('@')
  for (let n = 0; at >= 0 && n < maxLookedAt; n++) {
    let end = at + 1
    for (const character of charactersFrom(text, end, maxCharacters)) {
      end += character.length
      if (mayEnd(text, end)) names.add(foldName(text.slice(at + 1, end)))
    }
    at = text.indexOf('@', at + 1)
  }
  return names
}

/** The rest of the line: no name has a line break. */
function charactersFrom(text: string, start: number, maxCharacters: number): string[] {
  const [line = ''] = text.slice(start, start + 2 * maxCharacters).split(/[\r\n]/, 1)
  return [...line].slice(0, maxCharacters)
}
