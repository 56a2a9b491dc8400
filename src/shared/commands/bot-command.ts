/** Commands of bots: a message that begins with one is sent to the webhook of that name. See docs/protocol.md, "Outgoing webhooks". */
export const maxCommandCharacters = 32

/** `/weather Berlin` → `{ name: 'weather', text: 'Berlin' }`; undefined when the text is no command. */
export function botCommandOf(data: string): { name: string; text: string } | undefined {
  const [, name, text = ''] = /^\/([a-z][a-z-]*)(?:\s+(.*))?$/is.exec(data.trimEnd()) ?? []
  if (name === undefined || name.length > maxCommandCharacters) return undefined
  return { name: name.toLowerCase(), text }
}

/** Whether a command can be called so. */
export function isCommandName(name: string): boolean {
  return /^[a-z][a-z-]*$/.test(name) && name.length <= maxCommandCharacters
}
