/** Names in a text that follow a mark: people after `@`, rooms after `#`. Here is said where such a name may begin and end. */
import { cjk, foldName } from '../text.ts'

/** Maximum marks of a text that are looked at, so that hostile texts cost little. */
export const maxLookedAt = 50

/** Writing without spaces, and Korean, which adds to names: the next character says nothing of where a name ends. */
const unspaced = `${cjk}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}`
const isUnspaced = new RegExp(`^[${unspaced}]$`, 'u')
const isWord = new RegExp(`^(?![${unspaced}])[\\p{L}\\p{N}]$`, 'u')
/** What may stand between a word and the mark in an address, but not the mark that makes a key of a digit. */
const joins = /^[_/=\p{M}]$/u
const notJoining = '\u20e3'
/** More of the word, or of an address whose first part the name is. */
const goesOn = new RegExp(`_*(?![${unspaced}])[\\p{L}\\p{N}\\p{M}\\p{EMod}\\u200d]|@[\\w-]+\\.\\w`, 'uy')

/** Finds the longest known name after the mark that stands `at`; `from` is where the name before it ended. */
export type FindName<Named> = (text: string, at: number, from: number) => { named: Named; text: string } | undefined

/** The first of equal names counts, but a name in exactly the case that was typed comes before all others. */
export function nameFinder<Named>(all: readonly (readonly [name: string, named: Named])[]): FindName<Named> {
  const exact = new Map<string, Named>()
  const folded = new Map<string, Named>()
  const lengthsFound = new Set<number>()
  for (const [name, named] of all) {
    if (!name) continue
    lengthsFound.add(name.length)
    if (!exact.has(name)) exact.set(name, named)
    if (!folded.has(foldName(name))) folded.set(foldName(name), named)
  }
  const lengths = [...lengthsFound].sort((a, b) => b - a)
  return (text, at, from) => {
    if (!lengths.length || !mayBegin(text, at, from)) return undefined
    for (const length of lengths) {
      const end = at + 1 + length
      const name = end <= text.length ? text.slice(at + 1, end) : ''
      const named = exact.get(name) ?? folded.get(foldName(name))
      if (named !== undefined && mayEnd(text, end)) return { named, text: text.slice(at, end) }
    }
    return undefined
  }
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

/** Not before more of the same word. */
export function mayEnd(text: string, end: number): boolean {
  if (isUnspaced.test(characterBefore(text, end))) return true
  goesOn.lastIndex = end
  return !goesOn.test(text)
}

export function characterBefore(text: string, end: number): string {
  return [...text.slice(Math.max(0, end - 2), end)].at(-1) ?? ''
}
