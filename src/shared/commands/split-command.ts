/** `/Weather Berlin` → `{ word: 'Weather', text: 'Berlin' }`; undefined when the text does not begin with a command. */
export function splitCommand(typed: string): { word: string; text: string } | undefined {
  const [, word, text = ''] = /^\/([a-z][a-z-]*)(?:\s+(.*))?$/is.exec(typed.trimEnd()) ?? []
  return word === undefined ? undefined : { word, text }
}
