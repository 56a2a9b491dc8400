/** A message where only a line of it is shown. */
import { actionTextOf } from '../commands/me.ts'
import type { Message } from '../protocol/types.ts'
import { parseMarkdown, plainText } from './markdown.ts'

type Said = Pick<Message, 'data' | 'files'>

/** Without the marks of Markdown. */
export function excerptOf(message: Said): string {
  const { data } = message
  return data ? plainText(parseMarkdown(actionTextOf(data) ?? data)) : textOrFiles(message)
}

/** What was written, or the names of the files when nothing was. */
export function textOrFiles({ data, files = [] }: Said): string {
  return data || files.map(({ name }) => name).join(', ')
}
