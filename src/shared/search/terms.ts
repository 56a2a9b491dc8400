/**
 * The terms of a text, by which it is found: the same for every database, for the query and for the words that are highlighted.
 * Compatible forms, case and marks make no difference. Where words are written without spaces each character is a term, and a
 * phrase of them is a word. A change of script ends a term. To change this, the index must be built again: what is removed from
 * it is named by its terms.
 */

/** Longer ones are cut, in texts and queries alike. */
export const maxTermCharacters = 64

/** Each character is a term, with the marks that follow it. */
const single = String.raw`[[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\u30fc]&&[\p{L}\p{N}]]`
/** Likewise. These have vowels that are marks. */
const syllabic = String.raw`[[\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}]&&\p{L}]`
const spaced = ['Latn', 'Cyrl', 'Grek', 'Arab', 'Hebr', 'Deva', 'Armn', 'Geor']
const unspaced = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}\u30fc`
const others = String.raw`[\p{L}--[${unspaced}${spaced.map((script) => String.raw`\p{sc=${script}}`).join('')}]]`

const letters = [...spaced.map((script) => String.raw`[\p{sc=${script}}&&\p{L}]`), others]

const terms = new RegExp(
  [
    String.raw`${single}[\u3099\u309a]?`,
    String.raw`${syllabic}\p{M}*`,
    ...letters.map(wordOf),
    String.raw`\p{N}+`,
    String.raw`\p{ExtPict}`,
  ].join('|'),
  'gv',
)

/** Classes of one character: what it is in a term. */
export const termClasses = {
  single: new RegExp(single, 'v'),
  syllabic: new RegExp(syllabic, 'v'),
  /** A word has letters of one of them. */
  letters: letters.map((letter) => new RegExp(letter, 'v')),
  number: /\p{N}/u,
  mark: /\p{M}/u,
  picture: /\p{ExtPict}/u,
}

/** Numbers belong to the letters beside them. */
function wordOf(letter: string): string {
  return String.raw`\p{N}*${letter}(?:${letter}|[\p{N}\p{M}])*`
}

/** Marks that are no letters of their own: accents, and the vowels that Arabic and Hebrew may leave out. Kana keep theirs. */
const marks = /[[\p{sc=Inherited}&&\p{M}]--[\u3099\u309a]]|[\p{M}&&[\p{sc=Arab}\p{sc=Hebr}]]/gv
const ignorable = /[\p{Default_Ignorable_Code_Point}--\u200b]|\u0640/gv
export const isAscii = /^[\0-\x7f]*$/
const asciiTerms = /[a-z0-9]+/g
/** Letters that are written in two ways, and have no mark that could be taken away. */
const folded: Readonly<Record<string, string>> = {
  ß: 'ss',
  ı: 'i',
  ς: 'σ',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
}

/** In the order in which they stand, each as often as it does. */
export function termsOf(text: string): string[] {
  // Most texts, in a tenth of the time.
  const found = isAscii.test(text) ? text.toLowerCase().match(asciiTerms) : foldText(text).match(terms)
  return found ? found.map(cutTerm) : []
}

export interface PlacedTerm {
  term: string
  /** Where it stands in the text. */
  start: number
  end: number
}

/** A message has half as many. A character may stand for many, and nobody waits for a text that is made of such. */
const maxFolded = 8_000

/** As above, with their places in the text itself. */
export function placedTerms(text: string): PlacedTerm[] {
  const known = new Map<string, string>()
  let whole = ''
  const starts: number[] = []
  const ends: number[] = []
  for (const { 0: cluster, index } of text.matchAll(/\P{M}[\p{M}\uff9e\uff9f\u1160-\u11ff]*|\p{M}+/gu)) {
    const part = known.get(cluster) ?? foldText(cluster)
    known.set(cluster, part)
    whole += part
    if (whole.length > maxFolded) break
    for (let i = 0; i < part.length; i++) {
      starts.push(index)
      ends.push(index + cluster.length)
    }
  }
  return [...whole.matchAll(terms)].map(({ 0: term, index }) => ({
    term: cutTerm(term),
    start: starts[index] ?? 0,
    end: ends[index + term.length - 1] ?? 0,
  }))
}

export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(ignorable, '')
    .replace(marks, '')
    .replace(/[ßıςłøđæœ]/g, (letter) => folded[letter] ?? letter)
    .normalize('NFC')
}

export function cutTerm(term: string): string {
  return term.length <= maxTermCharacters ? term : [...term].slice(0, maxTermCharacters).join('')
}
