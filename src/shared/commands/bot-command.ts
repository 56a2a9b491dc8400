/** Commands of bots: a message that begins with one is sent to the webhook of that name. See docs/protocol.md, "Outgoing webhooks". */
import { splitCommand } from './split-command.ts'

export const maxCommandCharacters = 32

/** `/weather Berlin` → `{ name: 'weather', text: 'Berlin' }`; undefined when the text is no command. */
export function botCommandOf(data: string): { name: string; text: string } | undefined {
  const command = splitCommand(data)
  if (!command || command.word.length > maxCommandCharacters) return undefined
  return { name: command.word.toLowerCase(), text: command.text }
}

/** Whether a command can be called so. */
export function isCommandName(name: string): boolean {
  return botCommandOf(`/${name}`)?.name === name
}
