/** What a text must be before it is stored or shown: the rules for names and for messages. */
import type { TextKey, Values } from './language.ts'

/** What is wrong, as the key of a text. */
export interface Fault {
  text: TextKey
  values?: Values
}

const maxLines = 24
const maxShownAtFirst = 1_800

/** Counts characters (code points, as a person would, not UTF-16 units). */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/**
 * Why `name`, already trimmed and NFC, cannot be a name of at most `maxCharacters` characters; undefined when it can. It may exist, from
 * before there were more rules: see `faultInNewName`.
 */
export function faultInName(name: string, maxCharacters: number): Fault | undefined {
  if (!name) return { text: 'nameEmpty' }
  // Before they are counted: the text may be as long as a request allows.
  if (name.length > 2 * maxCharacters || characters(name) > maxCharacters)
    return { text: 'nameTooLong', values: { n: maxCharacters } }
  if (!name.isWellFormed()) return { text: 'nameMalformed' }
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return { text: 'nameControls' }
  if (/\p{Bidi_Control}/u.test(name)) return { text: 'nameDirection' }
  if (!hasInk(name)) return { text: 'nameInkless' }
  return undefined
}

/**
 * Whether a page of that name can be reached, as a part of a path. URL parsers take `.` and `..` for steps, and nginx does so
 * between encoded slashes too: percent-encoding does not help.
 */
export function canBeInPath(name: string): boolean {
  return !name.split('/').some((part) => part === '.' || part === '..')
}

/** Trimmed and in Unicode's composed form, so that one name is always the same bytes. */
export function normalizeName(name: string): string {
  return name.normalize('NFC').trim()
}

/** As names are compared: without regard to case. Σ is ς at the end of a word, and σ in the beginning of a longer one. */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll('ς', 'σ')
}

/** Without the control characters that have no meaning in a message; tabs and line breaks stay. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/\r\n?/g, '\n').replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '')
}

/** Whether anything of the text can be seen: not only white space and characters of no width. */
export function hasInk(text: string): boolean {
  // The last is braille without a dot.
  return /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u.test(text)
}

/** Whether only the beginning of a message is shown at first. */
export function isLong(text: string): boolean {
  return text.length > maxShownAtFirst || text.split('\n').length > maxLines
}

/** Whether lines of it need more room between them. */
export function hasCjk(text: string): boolean {
  return /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(text)
}

/** For a character class: where words are written without spaces, with the punctuation of that writing. */
export const cjk =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Bopomofo}\\u3000-\\u303f\\uff00-\\uffef'

/** A name in a sentence keeps its direction of writing to itself (UAX #9, FSI and PDI). */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`
}
