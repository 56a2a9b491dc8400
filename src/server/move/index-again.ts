import { textFiles } from '../store/contracts/files.ts'
import type { Side } from './contract.ts'

/** Lets the server index all messages and the texts of files again, in the background: as the migration does that adds the index. */
export async function indexAgain(side: Pick<Side, 'run'>): Promise<void> {
  await side.run(`
    insert into search_backlog (room_id, message_id, at)
    select entries.room_id, entries.id, at
    from (select room_id, max(id) as id from entries where type = 'chat' group by room_id) as newest
      join entries on entries.room_id = newest.room_id and entries.id = newest.id
      join rooms on rooms.id = entries.room_id
    where deleted_kind is null`)
  await side.run(`
    update search_state set reserved = messages.count, next = messages.count
    from (select count(*) as count from entries where type = 'chat') as messages`)
  await side.run(`
    update files set text_waits = 1
    where type like 'text/%' and bytes between 1 and ${textFiles.maxBytes} and hash is not null`)
}
