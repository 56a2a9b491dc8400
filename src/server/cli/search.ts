import type { Command } from './command.ts'

export const search: Command = async ({ store }) => {
  const { total, left, texts } = await store.search.progress()
  const messages = left
    ? `${total - left} of ${total} older messages can be found. The server indexes the others while it runs.\n`
    : 'All messages can be found.\n'
  return texts ? `${messages}Text files that cannot be found by their texts yet: ${texts}.\n` : messages
}
