/** What follows the label of a link: `(address "title")`. */
import { escapable, unescaped } from './escapes.ts'

export interface Target {
  address: string
  title: string | undefined
  /** Where the target ends. */
  end: number
}

/** CommonMark sets a limit too. More would take quadratic time in texts of many opened parentheses. */
const maxParentheses = 32

const space = /[ \t]*(?:\n[ \t]*)?/y
const inAngles = /<((?:[^<>\\\n]|\\[^\n])*)>/y
const titles: Record<string, RegExp> = {
  '"': /"([^"\\]*(?:\\.[^"\\]*)*)"/sy,
  "'": /'([^'\\]*(?:\\.[^'\\]*)*)'/sy,
  '(': /\(([^()\\]*(?:\\.[^()\\]*)*)\)/sy,
}

/** @param at where the parenthesis opens */
export function targetAt(text: string, at: number): Target | undefined {
  if (text[at] !== '(') return undefined
  const start = after(space, text, at + 1)
  const found = text[start] === '<' ? matchAt(inAngles, text, start) : undefined
  const end = found ? start + found[0].length : text[start] === '<' ? undefined : endOfPlain(text, start)
  if (end === undefined) return undefined
  const address = unescaped(found?.[1] ?? text.slice(start, end)).replace(/\s/g, encodeURIComponent)
  const next = after(space, text, end)
  if (text[next] === ')') return { address, title: undefined, end: next + 1 }
  const title = next > end ? matchAt(titles[text[next] ?? ''], text, next) : undefined
  if (!title) return undefined
  const close = after(space, text, next + title[0].length)
  return text[close] === ')' ? { address, title: unescaped(title[1] ?? ''), end: close + 1 } : undefined
}

/** Parentheses in an address are escaped or in pairs. */
function endOfPlain(text: string, start: number): number | undefined {
  let open = 0
  let at = start
  for (; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character <= ' ' || character === '\x7f') break
    if (character === '\\' && escapable.test(text[at + 1] ?? '')) at++
    else if (character === '(' && ++open > maxParentheses) return undefined
    else if (character === ')' && --open < 0) break
  }
  return open > 0 ? undefined : at
}

function after(pattern: RegExp, text: string, at: number): number {
  return at + (matchAt(pattern, text, at)?.[0].length ?? 0)
}

function matchAt(pattern: RegExp | undefined, text: string, at: number): RegExpExecArray | undefined {
  if (!pattern) return undefined
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}
