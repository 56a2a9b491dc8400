/** Blocks of code between fences. */
import { unescaped } from './escapes.ts'
import { dedent, firstFrom, indentOf } from './lines.ts'
import type { Block } from './nodes.ts'

/** Not ```` ```code``` ````, which is code in a line, and not `~~~ see you ~~~`, which is decoration. */
const fence = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,}(?=[^~]*$))/

export function isFence(line: string): boolean {
  return fence.test(line)
}

/** One that is never closed goes to the end. */
export function takeFence(lines: readonly string[], at: number): [block: Block, end: number] {
  const opening = lines[at] ?? ''
  const [whole = '', indent = '', mark = ''] = fence.exec(opening) ?? []
  const said = opening.slice(whole.length).trim()
  // More than a word is code that begins right after the mark, or the end of the message would hide what was typed.
  const isLanguage = !/\s/.test(said)
  const end = firstFrom(lines, at + 1, (line) => closes(line, mark))
  const last = lines[end] === undefined ? '' : withoutRun(lines[end], mark)
  const inner = lines.slice(at + 1, end).map((line) => dedent(line, indent.length))
  const text = [...(isLanguage ? [] : [said]), ...inner, ...(last ? [last] : [])].join('\n')
  return [{ type: 'pre', language: isLanguage ? unescaped(said) : '', text }, end + 1]
}

/** On a line of its own, or at the end of the last line of code. */
function closes(line: string, mark: string): boolean {
  const trimmed = line.trimEnd()
  return trimmed.endsWith(mark) && (withoutRun(line, mark) !== '' || indentOf(line) < 4)
}

/** The line without the marks that end it; nothing where there is nothing but those. */
function withoutRun(line: string, [mark = '']: string): string {
  const trimmed = line.trimEnd()
  let end = trimmed.length
  while (trimmed[end - 1] === mark) end--
  return trimmed.slice(0, end).trim() && trimmed.slice(0, end)
}
