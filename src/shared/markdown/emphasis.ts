/**
 * Where `*`, `_` and `~~` are marks. CommonMark's rules, but for a chat: 2*3*4, snake_case, ^_^ and -_- stay what they are,
 * and Chinese, Japanese and Korean, which have no spaces to tell by, may be marked anywhere.
 */
import { cjk } from '../text.ts'

const word = new RegExp(`^(?![${cjk}])[\\p{L}\\p{N}]$`, 'u')
const space = /^\s?$/
const punctuation = /[\p{P}\p{S}]/u
const opening = /[\p{Ps}\p{Pi}]/u
const anythingMayFollow = new RegExp(`^\\s?$|[\\p{Ps}\\p{Pi}"'*_~${cjk}]`, 'u')

/** @param before the character before the mark, or nothing @param after the one behind it */
export function mayOpen(before: string, after: string): boolean {
  if (space.test(after) || word.test(before)) return false
  return anythingMayFollow.test(before) || /[\p{L}\p{N}]/u.test(after)
}

export function mayClose(mark: '*' | '_' | '~', before: string, after: string): boolean {
  if (space.test(before) || opening.test(before)) return false
  if (!word.test(after)) return true
  return mark !== '_' && !punctuation.test(before)
}
