/**
 * Which names a person could take for each other: the skeletons of UTS #39, section 4, made blind to case, width and form.
 * The table is all of Unicode's confusables.txt, as the package has it: version 13.0, unchanged up to 15.0, 6,311 lines.
 */
import confusables from 'unhomoglyph/data.json' with { type: 'json' }

/** What the table leaves open when case does not count. */
const decisions: [character: string, look: string][] = [
  // The table has I, 1, | and l alike, and i is the small I.
  ['i', 'l'],
  // Г is the capital of г, which looks like r. Greek would have it look like y.
  ['Γ', 'r'],
]

/** What shows as a blank and is neither white space nor, for UTS #39, more than nothing. */
const blanks = /[\u2800\u3164\uffa0]/gu
/** What no font shows, or each in its own way: format characters, the place of an object, and what is not assigned. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cn}\ufffc]/gu
/** Over i and j there is one already, and Turkish İ is the capital of i. */
const dotsThatAreThere = /(?<=[\p{Soft_Dotted}I])\u0307/gu

export type Looks = Map<string, string>

/**
 * Made for the first name, which takes 30 ms: not every process that imports this needs it. The server asks for it when it opens
 * the store, whose writer's thread is given the finished table. It is module state, because the rules of every transaction,
 * the pages and the command line use it, and it never changes.
 */
let looks: Looks | undefined

/** What each character looks like: for another thread, which saves the time to make it. */
export function confusableTable(): Looks {
  looks ??= inAnyCase(new Map([...Object.entries(confusables), ...decisions]))
  return looks
}

/** @param table what `confusableTable` returned in another thread */
export function useConfusableTable(table: Looks): void {
  looks = table
}

/** The same for all names that look alike, and only good for being compared. Any text has one, at most 18 times as long. */
export function confusableSkeleton(name: string): string {
  return settled(name, confusableTable())
}

/** A look may be one of other characters that have looks of their own. */
function settled(text: string, looks: Looks): string {
  for (let before = text; ; ) {
    const after = simplified(before, looks)
    if (after === before) return after
    before = after
  }
}

function simplified(text: string, looks: Looks): string {
  const visible = text.normalize('NFD').replace(blanks, ' ').replace(unseen, '').replace(dotsThatAreThere, '')
  // What is seen comes before what is meant: ſ is taken for an f, though it is an s.
  const seen = Array.from(visible, (character) => looks.get(character) ?? folded(character.normalize('NFKD')))
  return seen.join('').replace(/\s+/gu, ' ').trim()
}

/** Unicode's full case folding, which JavaScript has not: ẞ is ß, and in capitals that is SS. */
function folded(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase()
}

/**
 * The table tells В from в, since case tells them apart: one looks like B, the other like ʙ. Here each letter and its small form
 * come to look the same, and with them all that looks like either. Only two characters of ASCII never do, or
 * nobody could be Nan where somebody is Van, for the sake of Ν, which is an N and the capital of ν.
 */
function inAnyCase(table: Looks): Looks {
  // That some small letters look like their capitals is said already, and would be a circle.
  const looks = new Map([...table].filter(([character, look]) => character !== folded(look)))
  const characters = new Set([...table].flat().flatMap((text) => [...text, ...text.toUpperCase()]))
  for (const letter of characters) {
    const small = folded(letter)
    // A mark with a case, the iota below Greek letters, is no letter for those to look like who look like it.
    if (small === letter || /\p{M}/u.test(letter)) continue
    const [ofLetter, ofSmall] = [settled(letter, looks), settled(small, looks)]
    if (ofLetter === ofSmall || (isBasic(ofLetter) && isBasic(ofSmall))) continue
    if (isFree(ofSmall)) looks.set(ofSmall, ofLetter)
    else if (isFree(ofLetter)) looks.set(ofLetter, ofSmall)
    else if (letter === small.toUpperCase()) looks.set(small, ofLetter)
    else looks.set(letter, small)
  }
  return looks
}

/** Whether the look may be changed for all that have it: one character, and not one of ASCII's. */
function isFree(look: string): boolean {
  return [...look].length === 1 && !isBasic(look)
}

function isBasic(look: string): boolean {
  return /^[!-~]$/.test(look)
}
