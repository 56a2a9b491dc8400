import type { SlashCommand } from './command.ts'

/**
 * `/me waves` is sent as it is typed: the text of an action message begins with `/me `, as in XEP-0245. So an action
 * message is edited, searched and forwarded like any other, and a program needs no field for it.
 */
export const me: SlashCommand = {
  name: 'me',
  description: 'commandMe',
  run: (text) => (text ? { type: 'send', text: `/me ${text}` } : undefined),
}

/** @returns `waves` for the text `/me waves`; undefined when the text is not that of an action message */
export function actionTextOf(data: string): string | undefined {
  return /^\/me[ \t]+(?=\S)/.test(data) ? data.replace(/^\/me[ \t]+/, '') : undefined
}

/** An action message as plain text, `* Anna waves`; any other text as it is. */
export function plainActionText(data: string, name: string): string {
  const action = actionTextOf(data)
  return action === undefined ? data : `* ${name} ${action}`
}
