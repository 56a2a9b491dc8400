/**
 * The terms of a text as `terms.ts` finds them, in a fraction of the time: a server needs those of every message. What `terms.ts`
 * says of a character is kept in a table, which fills as characters come.
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

/** Beyond it characters are kept by name, and so few that nobody can fill the memory with them. */
const tableSize = 0x10000
const maxKept = 4_096
const maxKeptRun = 8

const table = new Uint16Array(tableSize)
const folded = new Map<number, string>()
const beyond = new Map<number, number>()
const runs = new Map<string, string>()

/** To learn a character takes longer than to find all terms around it: a text of many rare ones is left to the patterns. */
const maxPairs = 200

/** In the order in which they stand, each as often as it does. */
export function fastTermsOf(text: string): string[] {
  return isAscii.test(text) || hasManyPairs(text) ? termsOf(text) : scan(fold(text))
}

function hasManyPairs(text: string): boolean {
  let pairs = 0
  for (let i = 0; i < text.length && pairs <= maxPairs; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) pairs++
  return pairs > maxPairs
}

function fold(text: string): string {
  let whole = ''
  let from = 0
  for (let i = 0; i < text.length; ) {
    const info = known(text.charCodeAt(i))
    const end = endOfRun(text, i)
    if (end > i + 1 || info & (changes | depends)) {
      whole += text.slice(from, i)
      whole += end > i + 1 || info & depends ? foldRun(text.slice(i, end)) : folded.get(text.charCodeAt(i))
      from = end
    }
    i = end
  }
  return from === 0 ? text : whole + text.slice(from)
}

/** The end of a character with those after it that cannot be folded alone. */
function endOfRun(text: string, begin: number): number {
  let end = begin + 1
  while (end < text.length && known(text.charCodeAt(end)) & depends) end++
  return end
}

function foldRun(run: string): string {
  const kept = runs.get(run)
  if (kept !== undefined) return kept
  const found = foldText(run)
  if (run.length <= maxKeptRun) keep(runs, run, found)
  return found
}

/** @param text folded */
function scan(text: string): string[] {
  const found: string[] = []
  for (let i = 0; i < text.length; ) {
    const begin = i
    const info = infoAt(text, i)
    const kind = info & kindBits
    i += info & isPair ? 2 : 1
    if (kind >= firstLetter) {
      i = skip(text, i, isNumber | isMark, kind)
    } else if (kind === single) {
      const next = text.charCodeAt(i)
      if (next === 0x3099 || next === 0x309a) i++
    } else if (kind === syllabic) {
      i = skip(text, i, isMark, none)
    } else if (info & isNumber) {
      i = skip(text, i, isNumber, none)
      const letter = i < text.length ? infoAt(text, i) & kindBits : 0
      if (letter >= firstLetter) i = skip(text, i, isNumber | isMark, letter)
    } else if (kind !== picture) {
      continue
    }
    const term = text.slice(begin, i)
    found.push(i - begin > maxTermCharacters ? cutTerm(term) : term)
  }
  return found
}

/** The end of those that have one of the bits, or are of the kind. */
function skip(text: string, from: number, bits: number, kind: number): number {
  let i = from
  while (i < text.length) {
    const info = infoAt(text, i)
    if (!(info & bits) && (info & kindBits) !== kind) break
    i += info & isPair ? 2 : 1
  }
  return i
}

function infoAt(text: string, i: number): number {
  const unit = text.charCodeAt(i)
  return (unit & 0xf800) === 0xd800 ? infoOfPair(text.codePointAt(i) ?? unit) : known(unit)
}

function infoOfPair(code: number): number {
  if (code < tableSize) return 0
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
  if (isAlone && !isSame) folded.set(unit, alone)
  const info = isKnown | classOf(character) | (isAlone ? 0 : depends) | (isSame ? 0 : changes)
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
