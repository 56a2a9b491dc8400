/** The rules for a new name. Names that exist are kept as they are: see `faultInName`. */
import { limits } from './protocol/limits.ts'
import { type Fault, faultInName, normalizeName } from './text.ts'

/** As many marks as any writing system puts on one letter. More would cover the lines around. */
const maxMarks = 6
const manyMarks = new RegExp(`\\p{M}{${maxMarks + 1}}`, 'u')

/** Writing in which a joiner changes what is seen (Unicode 17.0, 23.2). */
const joining =
  'Arabic Syriac Nko Mongolian Mandaic Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Khmer Myanmar'
    .split(' ')
    .map((script) => `\\p{scx=${script}}`)
    .join('')
const emoji = '\\p{Extended_Pictographic}\\p{Emoji_Modifier}'

/** What cannot be seen by itself, and changes what is seen where it stands. */
const meaningful = new RegExp(
  [
    `(?<=[${joining}])[\\u200c\\u200d](?=[${joining}])`,
    `(?<=[${emoji}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})`,
    '(?<=[\\p{Extended_Pictographic}])[\\ufe0e\\ufe0f]',
    '(?<=[\\d#*])\\ufe0f(?=\\u20e3)',
    '(?<=\\p{Script=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
    '(?<=\\p{Script=Mongolian})[\\u180b-\\u180d\\u180f]',
  ].join('|'),
  'gu',
)

/** With the last: braille without a dot, and the place of an object. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\ufffc]/u

/** Why nobody may give the name, as `newNameOf` makes it; undefined when it can be given. */
export function faultInNewName(name: string, maxCharacters: number): Fault | undefined {
  const fault = faultInName(name, maxCharacters)
  if (fault) return fault
  if (/[^\P{Zs} \u3000]/u.test(name)) return { text: 'nameSpaces' }
  if (invisible.test(name.replace(meaningful, ''))) return { text: 'nameInvisible' }
  if (/[\p{Co}\p{Cn}]/u.test(name)) return { text: 'nameUnknown' }
  if (/^\p{M}/u.test(name) || manyMarks.test(name)) return { text: 'nameMarks', values: { n: maxMarks } }
  return undefined
}

/** What was typed as a name: normalized, and of several spaces one. */
export function newNameOf(typed: string): string {
  return normalizeName(typed).replace(/([ \u3000])[ \u3000]+/g, '$1')
}

/** The rule for names of rooms, for error messages. */
export const roomNameRule = `must have 1 to ${limits.maxRoomCharacters} visible characters and no invisible ones`

/** Whether a room may be given the name, as `newNameOf` makes it. */
export function mayNameRoom(name: string): boolean {
  return faultInNewName(name, limits.maxRoomCharacters) === undefined
}

/** What is said of a name that no address can have. */
export const unreachableName = 'must not be . or .., or contain either next to a slash'
