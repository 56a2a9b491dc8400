/**
 * The terms of a text as `terms.ts` finds them, in a fraction of the time: a server needs those of every message. What `terms.ts`
 * says of a character is kept in a table, which fills as characters come. Terms are written to an array of UTF-16 units: a string
 * for each costs more than all else.
 */
import { cutTerm, foldText, isAscii, maxTermCharacters, termClasses, termsOf } from './terms.ts'

/** The low bits of what is known of a character: to which kind of term it belongs. */
const kindBits = 0x0f
const single = 1
const syllabic = 2
const picture = 3
/** One kind for each script, and one for all others. */
const firstLetter = 4
/** No character is of it. */
const none = 0x10
const isNumber = 0x10
const isMark = 0x20
/** Something else stands for it in terms. */
const changes = 0x40
/** How it is folded depends on what stands beside it. */
const depends = 0x80
const isKnown = 0x100
/** It is beyond the first plane. */
const isPair = 0x200
/** Several characters stand for it. */
const grows = 0x400

/** Beyond it characters are kept by name, and so few that nobody can fill the memory with them. */
const tableSize = 0x10000
const maxKept = 4_096
const maxKeptRun = 8

const table = new Uint16Array(tableSize)
/** The one that stands for a character. */
const foldedUnits = new Uint16Array(tableSize)
const grown = new Map<number, string>()
const beyond = new Map<number, number>()
const runs = new Map<string, string>()

/** To learn a character takes longer than to find all terms around it: a text of many rare ones is left to the patterns. */
const maxPairs = 200

const space = 0x20
const units = new TextDecoder('utf-16le')
const newSize = 8_192

/** The text that is being folded, and its terms. Both grow. */
let folded = new Uint16Array(newSize)
let joined = new Uint16Array(2 * newSize)

/** In the order in which they stand, each as often as it does. */
export function fastTermsOf(text: string): string[] {
  const terms = joinedTermsOf(text)
  return terms === '' ? [] : terms.split(' ')
}

/** Likewise, with a space between them. */
export function joinedTermsOf(text: string): string {
  if (isAscii.test(text) || hasManyPairs(text)) return termsOf(text).join(' ')
  const length = scan(fold(text))
  return units.decode(joined.subarray(0, length))
}

/** Likewise, with a space before and after each: so they have those of a phrase as they stand. */
export function spacedTermsOf(text: string): string {
  return ` ${joinedTermsOf(text)} `
}

function hasManyPairs(text: string): boolean {
  let pairs = 0
  for (let i = 0; i < text.length && pairs <= maxPairs; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) pairs++
  return pairs > maxPairs
}

/** @returns the length of the folded text */
function fold(text: string): number {
  if (folded.length < text.length) folded = new Uint16Array(2 * text.length)
  let length = 0
  for (let i = 0; i < text.length; ) {
    const unit = text.charCodeAt(i)
    const info = known(unit)
    const end = endOfRun(text, i)
    if (end > i + 1 || info & depends) length = write(foldRun(text.slice(i, end)), length, text.length - end)
    else if (info & grows) length = write(grown.get(unit) ?? '', length, text.length - end)
    else folded[length++] = info & changes ? (foldedUnits[unit] ?? 0) : unit
    i = end
  }
  return length
}

/** The end of a character with those after it that cannot be folded alone. */
function endOfRun(text: string, begin: number): number {
  let end = begin + 1
  while (end < text.length && known(text.charCodeAt(end)) & depends) end++
  return end
}

/** @param left characters that follow @returns where they go on */
function write(text: string, at: number, left: number): number {
  const length = at + text.length
  if (folded.length < length + left) {
    const before = folded
    folded = new Uint16Array(2 * (length + left))
    folded.set(before)
  }
  for (let i = 0; i < text.length; i++) folded[at + i] = text.charCodeAt(i)
  return length
}

function foldRun(run: string): string {
  const kept = runs.get(run)
  if (kept !== undefined) return kept
  const found = foldText(run)
  if (run.length <= maxKeptRun) keep(runs, run, found)
  return found
}

/** @returns the length of the terms with their spaces */
function scan(length: number): number {
  // Each character may be a term.
  if (joined.length < 2 * length) joined = new Uint16Array(2 * length)
  const [from, to] = [folded, joined]
  let end = 0
  for (let i = 0; i < length; ) {
    const begin = i
    const info = infoAt(i, length)
    const kind = info & kindBits
    i += info & isPair ? 2 : 1
    if (kind >= firstLetter) {
      i = skip(i, length, isNumber | isMark, kind)
    } else if (kind === single) {
      const next = i < length ? from[i] : 0
      if (next === 0x3099 || next === 0x309a) i++
    } else if (kind === syllabic) {
      i = skip(i, length, isMark, none)
    } else if (info & isNumber) {
      i = skip(i, length, isNumber, none)
      const letter = i < length ? infoAt(i, length) & kindBits : 0
      if (letter >= firstLetter) i = skip(i, length, isNumber | isMark, letter)
    } else if (kind !== picture) {
      continue
    }
    if (end > 0) to[end++] = space
    const last = i - begin > maxTermCharacters ? begin + cutLength(begin, i) : i
    for (let j = begin; j < last; j++) to[end++] = from[j] ?? 0
  }
  return end
}

function cutLength(begin: number, end: number): number {
  return cutTerm(units.decode(folded.subarray(begin, end))).length
}

/** The end of those that have one of the bits, or are of the kind. */
function skip(from: number, length: number, bits: number, kind: number): number {
  let i = from
  while (i < length) {
    const info = infoAt(i, length)
    if (!(info & bits) && (info & kindBits) !== kind) break
    i += info & isPair ? 2 : 1
  }
  return i
}

function infoAt(i: number, length: number): number {
  const unit = folded[i] ?? 0
  return (unit & 0xf800) === 0xd800 ? infoOfPair(unit, i + 1 < length ? (folded[i + 1] ?? 0) : 0) : known(unit)
}

function infoOfPair(high: number, low: number): number {
  if ((high & 0xfc00) !== 0xd800 || (low & 0xfc00) !== 0xdc00) return 0
  const code = ((high - 0xd800) << 10) + (low - 0xdc00) + tableSize
  const kept = beyond.get(code)
  if (kept !== undefined) return kept
  const found = classOf(String.fromCodePoint(code)) | isPair
  keep(beyond, code, found)
  return found
}

/** What is known of a character of the first plane, or of half a character. */
function known(unit: number): number {
  return (table[unit] ?? 0) || learn(unit)
}

function learn(unit: number): number {
  const character = String.fromCharCode(unit)
  const alone = foldText(character)
  const isAlone = [character.normalize('NFKD'), alone].every((form) => /^[^\p{M}\p{Cs}\u1160-\u11ff]/u.test(form))
  const isSame = alone === character
  if (isAlone && !isSame) {
    if (alone.length === 1) foldedUnits[unit] = alone.charCodeAt(0)
    else grown.set(unit, alone)
  }
  const info =
    isKnown | classOf(character) | (isAlone ? 0 : depends) | (isSame ? 0 : changes) | (alone.length === 1 ? 0 : grows)
  table[unit] = info
  return info
}

function classOf(character: string): number {
  const bits = (termClasses.number.test(character) ? isNumber : 0) | (termClasses.mark.test(character) ? isMark : 0)
  return bits | kindOf(character)
}

function kindOf(character: string): number {
  if (termClasses.single.test(character)) return single
  if (termClasses.syllabic.test(character)) return syllabic
  const script = termClasses.letters.findIndex((pattern) => pattern.test(character))
  if (script >= 0) return firstLetter + script
  return termClasses.picture.test(character) ? picture : 0
}

/** So few that it costs little to find them again. */
function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= maxKept) map.clear()
  map.set(key, value)
}
