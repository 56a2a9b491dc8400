import type { CommandEffect } from './command.ts'
import { actionTextOf } from './me.ts'
import { slashCommands } from './registry.ts'

/** What a user has typed: a text to send, a command, or a command that cannot be run. */
export type ParsedInput =
  | { type: 'text'; text: string }
  | CommandEffect
  /** There is no command of that name. */
  | { type: 'unknown'; name: string }
  /** The command needs a text after its name. */
  | { type: 'incomplete'; name: string }

/** A slash and a word at the start make a command. Two slashes begin a text with one: `//me` sends `/me`. */
export function parseInput(text: string): ParsedInput {
  if (text.startsWith('//')) return { type: 'text', text: literalText(text.slice(1)) }
  const [, word, rest = ''] = /^\/([a-z][a-z-]*)(?:\s+(.*))?$/is.exec(text.trimEnd()) ?? []
  if (word === undefined) return { type: 'text', text }
  const name = word.toLowerCase()
  const command = slashCommands.find((one) => one.name === name)
  if (!command) return { type: 'unknown', name: word }
  return command.run(rest.trim()) ?? { type: 'incomplete', name }
}

/** The text as it is. One that would be read as an action message is escaped as in Markdown. */
export function literalText(text: string): string {
  return actionTextOf(text) === undefined ? text : `\\${text}`
}
