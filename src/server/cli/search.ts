import type { Command } from './command.ts'

export const search: Command = async ({ store }) => {
  const { total, left } = await store.search.progress()
  if (!left) return 'All messages can be found.\n'
  return `${total - left} of ${total} older messages can be found. The server indexes the others while it runs.\n`
}
