import { type Command, table } from './command.ts'

export const rooms: Command = async ({ store }) => {
  const all = await store.rooms.listAll()
  return table(
    all.map(({ kind, isArchived, members, last, name }) => {
      return [isArchived ? `${kind}, archived` : kind, String(members), String(last), name || '(a conversation)']
    }),
  )
}
