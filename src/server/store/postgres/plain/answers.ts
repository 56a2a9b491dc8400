/** Answers what the rule of one message asks, from what was read for all of them, and keeps what it stores. */
import { membershipSql } from '../../queries/membership.ts'
import { keySql, type NewEntryRow, targetSql } from '../../rules/append.ts'
import { entrySql } from '../../rules/entries.ts'
import { addressingSql } from '../../rules/mentions.ts'
import { requestSql } from '../../rules/requests.ts'
import { indexSql } from '../../search/index.ts'
import { placeSql } from '../../search/places.ts'
import type { Query, Value } from '../../transaction.ts'
import { type Addressed, type EntryRow, type Known, type LockedRoom, memberKey, targetKey } from './known.ts'

interface Needs {
  index: number
  entry: NewEntryRow
  room: LockedRoom
  place: number
  known: Known
}

interface Answer {
  value: unknown
}

const changed: Answer = { value: 1 }

export class Answers {
  row: EntryRow | undefined
  words: string | undefined
  readonly addressed: Addressed[] = []
  readonly #answers: Record<string, (values: Value[]) => Answer | undefined>

  constructor({ index, entry, room: { id: roomId, last }, place, known }: Needs) {
    const id = last + 1
    const { room, userId, key, at, data, ref } = entry
    const member = known.members.get(memberKey(userId, room))
    const address = (row: Pick<Addressed, 'user_id' | 'ref'>): Answer => {
      this.addressed.push({ room_id: roomId, message_id: id, author: userId, ...row })
      return changed
    }
    this.#answers = {
      [keySql]: () => ({ value: undefined }),
      [membershipSql]: () => ({ value: member }),
      [targetSql]: () => ({ value: known.targets.get(targetKey(roomId, ref)) }),
      [requestSql]: () => (member?.hasRequest ? undefined : { value: undefined }),
      [entrySql.next]: () => ({ value: { roomId, id, at } }),
      [indexSql.next]: () => ({ value: { place } }),
      [addressingSql.named]: () => ({ value: known.named.get(index) ?? [] }),
      [addressingSql.mention]: ([, , user]) => address({ user_id: user as number, ref: null }),
      // Stored with the mention, if that is kept.
      [addressingSql.address]: () => changed,
      [addressingSql.reply]: () => address({ user_id: null, ref }),
      [entrySql.insert]: ([, , , , , , , , , mentions]) => {
        const mentioned = mentions as string | null
        this.row = { room_id: roomId, id, user_id: userId, key, at, data, ref, mentions: mentioned, place }
        return changed
      },
      [placeSql.note]: () => changed,
      [indexSql.add]: ([, words]) => {
        this.words = words as string
        return changed
      },
    }
  }

  /** @returns undefined for what is not known here */
  to(query: Query): Answer | undefined {
    return query.type === 'erased' ? undefined : this.#answers[query.sql]?.(query.values)
  }
}
