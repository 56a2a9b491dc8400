/** Writes an entry that an action makes. */
import { randomUUID } from 'node:crypto'
import type { Entry, RoomChange } from '../../../shared/protocol/types.ts'
import type { Effect } from '../contracts/effects.ts'
import { mentionsOf, withoutUndefined } from '../rows.ts'
import { writeEntry } from '../rules/entries.ts'
import { userWithId } from '../rules/users.ts'
import type { Rule } from '../transaction.ts'

type Content =
  | { type: 'delete'; ref: number }
  /** `files`: the ids of its files as JSON, which the entry has as such. */
  | { type: 'edit'; ref: number; data: string; files: string | null }
  | { type: 'room'; data: RoomChange }
  | { type: 'pin'; ref: number; on: boolean }
  /** In the name of the user who reacted. */
  | { type: 'react'; ref: number; data: string; on: false }

export function* writeEntryOf(room: string, by: number, at: number, content: Content): Rule<Effect> {
  const user = yield* userWithId(by)
  const entry = {
    room,
    userId: by,
    key: randomUUID(),
    at,
    type: content.type,
    data: dataOf(content),
    ref: content.type === 'room' ? null : content.ref,
    isOn: 'on' in content ? Number(content.on) : null,
    files: 'files' in content ? content.files : null,
  }
  // A moderator restores the text of another user, which gets no right of theirs.
  const written = yield* writeEntry(entry, false)
  const { id, mentioned, files } = written
  const fields = withoutUndefined({ ...content, files })
  return { type: 'entry', entry: { id, room, user, at: written.at, ...fields, ...mentionsOf(mentioned) } as Entry }
}

function dataOf(content: Content): string {
  if (content.type === 'delete' || content.type === 'pin') return ''
  return content.type === 'room' ? JSON.stringify(content.data) : content.data
}
