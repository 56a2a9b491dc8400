/**
 * Mentions: users named in a text with `@`. Where a mention may begin and end is said here, and what it lies in (code, an address, after a
 * backslash) by the parser of the text: a mention is what `parseMarkdown` makes of the names that somebody can be called by.
 */
import { cjk } from './text.ts'

/** Only so many of the `@` of a text are looked at, and so many people are mentioned: what is hostile costs little. */
export const maxLookedAt = 50
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

/** Writing without spaces, and Korean, which adds to names: the next character says nothing of where a name ends. */
const unspaced = `${cjk}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}`
const isUnspaced = new RegExp(`^[${unspaced}]$`, 'u')
const isWord = new RegExp(`^(?![${unspaced}])[\\p{L}\\p{N}]$`, 'u')
/** What may stand between a word and the `@` of an address, but not the mark that makes a key of a digit. */
const joins = /^[_/=\p{M}]$/u
const notJoining = '\u20e3'
/** More of the word, or of an address whose first part the name is. */
const goesOn = new RegExp(`_*(?![${unspaced}])[\\p{L}\\p{N}\\p{M}\\p{EMod}\\u200d]|@[\\w-]+\\.\\w`, 'uy')

/** As names are compared: without regard to case. Σ is ς at the end of a word, and σ in the beginning of a longer one. */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll('ς', 'σ')
}

/** Finds the longest of `names` that is mentioned by the `@` that stands `at`; `from` is where the mention before it ended. */
export type FindMention = (text: string, at: number, from: number) => { name: string; text: string } | undefined

export function mentionFinder(names: readonly string[]): FindMention {
  const known = new Map<string, string>()
  for (const name of names) if (name && !known.has(foldName(name))) known.set(foldName(name), name)
  const lengths = [...new Set(names.map(({ length }) => length))].filter(Boolean).sort((a, b) => b - a)
  return (text, at, from) => {
    if (!lengths.length || !mayBegin(text, at, from)) return undefined
    for (const length of lengths) {
      const end = at + 1 + length
      const name = end <= text.length ? known.get(foldName(text.slice(at + 1, end))) : undefined
      if (name !== undefined && mayEnd(text, end)) return { name, text: text.slice(at, end) }
    }
    return undefined
  }
}

/** What could be names of at most `most` characters in `text`, folded: more than are mentioned, and never fewer. */
export function possibleNames(text: string, most: number): Set<string> {
  const names = new Set<string>()
  let at = text.indexOf('@')
  for (let n = 0; at >= 0 && n < maxLookedAt; n++) {
    let end = at + 1
    for (const character of charactersFrom(text, end, most)) {
      end += character.length
      if (mayEnd(text, end)) names.add(foldName(text.slice(at + 1, end)))
    }
    at = text.indexOf('@', at + 1)
  }
  return names
}

/** The rest of the line: no name has a line break. */
function charactersFrom(text: string, start: number, most: number): string[] {
  const [line = ''] = text.slice(start, start + 2 * most).split(/[\r\n]/, 1)
  return [...line].slice(0, most)
}

/** Not in the middle of a word or of an address. */
function mayBegin(text: string, at: number, from: number): boolean {
  let start = at
  while (start > from) {
    const character = characterBefore(text, start)
    if (isWord.test(character)) return false
    if (!joins.test(character) || character === notJoining) return true
    start -= character.length
  }
  return true
}

function mayEnd(text: string, end: number): boolean {
  if (isUnspaced.test(characterBefore(text, end))) return true
  goesOn.lastIndex = end
  return !goesOn.test(text)
}

function characterBefore(text: string, end: number): string {
  return [...text.slice(Math.max(0, end - 2), end)].at(-1) ?? ''
}
