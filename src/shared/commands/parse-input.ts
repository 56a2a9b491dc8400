import type { CommandEffect } from './command.ts'
import { actionTextOf } from './me.ts'
import { slashCommands } from './registry.ts'
import { splitCommand } from './split-command.ts'

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
  const command = splitCommand(text)
  if (!command) return { type: 'text', text }
  const name = command.word.toLowerCase()
  const known = slashCommands.find((one) => one.name === name)
  if (!known) return { type: 'unknown', name: command.word }
  return known.run(command.text.trim()) ?? { type: 'incomplete', name }
}

/** The text as it is. One that would be read as an action message is escaped as in Markdown. */
export function literalText(text: string): string {
  return actionTextOf(text) === undefined ? text : `\\${text}`
}
