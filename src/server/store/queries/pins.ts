/** The pinned messages of a room. */
import type { Message } from '../../../shared/protocol/types.ts'
import { all, type Rule } from '../transaction.ts'
import { changes, entryColumns, type MessageRow, message } from './pages.ts'

export const pinSql = {
  ids: `
    select message_id as id from pins where room_id = (select id from rooms where address = ?) order by pins.id`,
  messages: `
    select ${entryColumns}, ${changes}
    from rooms {ordered join} pins on pins.room_id = rooms.id
      {ordered join} entries on entries.room_id = pins.room_id and entries.id = message_id
      join users on users.id = entries.user_id
    where rooms.address = ? order by pins.id desc limit ?`,
}

export function* pins(room: string): Rule<number[]> {
  return (yield* all<{ id: number }>(pinSql.ids, room)).map(({ id }) => id)
}

/** Without reactions: a list shows none, and one message can have ten thousand. */
export function* pinnedMessages(room: string, limit: number): Rule<Message[]> {
  const found: Message[] = []
  for (const row of yield* all<MessageRow>(pinSql.messages, room, limit)) {
    found.push(yield* message({ ...row, hasReactions: 0 }))
  }
  return found
}
