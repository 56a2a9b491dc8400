/**
 * Where `*`, `_` and `~~` may open and close: CommonMark, 6.2, with the amendment for Chinese, Japanese and Korean, which have no spaces
 * to tell by (github.com/tats-u/markdown-cjk-friendly): beside their characters `*` and `~~` may do both. Between digits `*` multiplies.
 */
import { cjk } from '../text.ts'

export type Mark = '*' | '_' | '~'

/** Some of the same mark in a row. */
export interface Run {
  mark: Mark
  length: number
  opens: boolean
  closes: boolean
}

const isSpace = /^\s?$/
const isPunctuation = /^[\p{P}\p{S}]$/u
const isDigit = /^\d$/
const isCjk = new RegExp(`^[${cjk}]$`, 'u')

/** The run that begins `at`. */
export function runAt(text: string, at: number): Run {
  const mark = text[at] as Mark
  let end = at + 1
  while (text[end] === mark) end++
  return { mark, length: end - at, ...flanking(mark, characterBefore(text, at), characterAt(text, end)) }
}

function flanking(mark: Mark, before: string, after: string): Pick<Run, 'opens' | 'closes'> {
  const [isAfterSpace, isBeforeSpace] = [isSpace.test(before), isSpace.test(after)]
  if (isAfterSpace || isBeforeSpace) return { opens: !isBeforeSpace, closes: !isAfterSpace }
  const [isAfterMark, isBeforeMark] = [isPunctuation.test(before), isPunctuation.test(after)]
  if (mark === '_') return { opens: isAfterMark, closes: isBeforeMark }
  if (mark === '*' && isDigit.test(before) && isDigit.test(after)) return { opens: false, closes: false }
  const isBesideCjk = isCjk.test(before) || isCjk.test(after)
  return { opens: isAfterMark || isBesideCjk || !isBeforeMark, closes: isBeforeMark || isBesideCjk || !isAfterMark }
}

function characterBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1)
  return text.slice(low >= 0xdc00 && low <= 0xdfff ? at - 2 : at - 1, at)
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at)
  return code === undefined ? '' : String.fromCodePoint(code)
}
