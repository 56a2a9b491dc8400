import { mentionsColumn } from '../rows.ts'
import { keepMention, mentionedIn } from '../rules/mentions.ts'
import { all, type Rule, run } from '../transaction.ts'

/** Newest messages that are looked at in each room. */
const maxCarriedOver = 1_000

/**
 * Finds the mentions of data that kept none: those of the newest messages of each room, among which is what is unread for most
 * users. Such data has neither blocks nor requests.
 */
export function* mentionNewest(): Rule<void> {
  for (const { roomId } of yield* all<{ roomId: number }>('select id as "roomId" from rooms')) {
    const messages = yield* all<{ id: number; author: number; source: number; data: string }>(
      `select newest.id, author, said.id as source, said.data from (
        select id, user_id as author, coalesce((
          select max(id) from entries as edits {index:entries_edit}
          where edits.room_id = messages.room_id and edits.ref = messages.id and edits.type = 'edit'
        ), id) as said
        from entries as messages {index:entries_chat}
        where room_id = ? and type = 'chat' and deleted = 0 order by id desc limit ${maxCarriedOver}
      ) as newest join entries as said on said.room_id = ? and said.id = newest.said
      where instr(said.data, '@')`,
      roomId,
      roomId,
    )
    for (const { id, author, source, data } of messages) {
      const mentioned = yield* mentionedIn(roomId, data)
      const column = mentionsColumn(mentioned)
      yield* run('update entries set mentions = ? where room_id = ? and id = ?', column, roomId, source)
      for (const { id: user } of mentioned) if (user !== author) yield* keepMention(user, roomId, id)
    }
  }
}
