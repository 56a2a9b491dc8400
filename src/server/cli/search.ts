import type { Command } from './command.ts'

export const search: Command = async ({ store }) => {
  const { total, left, texts } = await store.search.progress()
  const messages = left
    ? `${total - left} of ${total} older messages are indexed. The server indexes the others while it runs.\n`
    : 'All messages are indexed.\n'
  return texts ? `${messages}Text files still to index: ${texts}.\n` : messages
}
