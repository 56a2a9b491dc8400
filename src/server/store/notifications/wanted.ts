/** Which unread messages of a room a user wants to be told of. */

import type { NotificationLevel, RoomKind } from '../../../shared/protocol/types.ts'
import { spacedTermsOf } from '../../../shared/search/fast-terms.ts'
import { changes } from '../queries/pages.ts'
import { all, one, type Rule } from '../transaction.ts'
import { keywordsSql } from './keywords.ts'

/** Maximum count of messages. */
export const maxCounted = 100
/** Maximum number of newest messages that are looked at, and of texts that are read for keywords. */
const maxLookedAt = 1_000
export const maxTexts = 200

/** Neither the user's own, nor deleted, nor by somebody whom they have blocked. Takes the user twice. */
const isOfOthers = `
  entries.user_id <> ? and entries.deleted = 0
  and not exists (select 1 from blocks where blocks.user_id = ? and blocked_id = entries.user_id)`

export const wantedSql = {
  newest: `
    select id from (
      select id, user_id, deleted from entries {index:entries_chat}
      where room_id = ? and id > ? and type = 'chat' order by id desc limit ${maxLookedAt}
    ) as entries where ${isOfOthers} order by id desc limit ${maxCounted}`,
  // By name, by a reply, or with everybody.
  addressed: `
    select distinct message_id as id from (
      select room_id, message_id from addressed
      where room_id = ? and message_id > ? and (user_id = ? or user_id is null)
      order by message_id desc limit ${maxLookedAt}
    ) as calling
      {ordered join} entries {index:entries_chat} on entries.room_id = calling.room_id and entries.id = message_id
        and entries.type = 'chat'
    where ${isOfOthers} order by message_id desc limit ${maxCounted}`,
  texts: `
    select id, data, ${changes} from entries {index:entries_chat}
    where room_id = ? and id > ? and type = 'chat' and ${isOfOthers} order by id desc limit ${maxTexts}`,
  edit: 'select data from entries where room_id = ? and id = ?',
}

export interface Levels {
  /** Level of the room; null where the user has chosen none. */
  own: NotificationLevel | null
  usual: NotificationLevel
}

export interface Asking extends Levels {
  userId: number
  roomId: number
  kind: RoomKind
}

export interface Wanted {
  id: number
  isDirected: boolean
}

/** In a conversation everything is meant for the user, unless they have said otherwise of that conversation. */
export function isDirect({ kind, own, usual }: Omit<Asking, 'userId' | 'roomId'>): boolean {
  return kind === 'direct' && own !== 'mentions' && (own ?? usual) !== 'nothing'
}

/** How many texts may still be read. */
export interface TextBudget {
  left: number
}

/** Those after an id, oldest first; the newest 100 when there are more. Texts that are read are taken from the budget. */
export function* wantedAfter(asking: Asking, after: number, budget?: TextBudget): Rule<Wanted[]> {
  const level = asking.own ?? asking.usual
  if (level === 'nothing') return []
  const directed = new Set<number>()
  const others = new Set<number>()
  if (isDirect(asking) || level === 'all') {
    const { userId, roomId } = asking
    const found = yield* all<{ id: number }>(wantedSql.newest, roomId, after, userId, userId)
    for (const { id } of found) (isDirect(asking) ? directed : others).add(id)
  }
  if (!isDirect(asking)) for (const id of yield* directedAfter(asking, after, budget)) directed.add(id)
  return [...directed.union(others)]
    .sort((a, b) => a - b)
    .slice(-maxCounted)
    .map((id) => ({ id, isDirected: directed.has(id) }))
}

function* directedAfter({ userId, roomId }: Asking, after: number, budget?: TextBudget): Rule<number[]> {
  const called = yield* all<{ id: number }>(wantedSql.addressed, roomId, after, userId, userId, userId)
  const ids = called.map(({ id }) => id)
  const keywords = (yield* all<{ keyword: string }>(keywordsSql, userId)).map(({ keyword }) => spacedTermsOf(keyword))
  if (!keywords.length) return ids
  interface Row {
    id: number
    data: string
    editId: number | null
  }
  const texts = yield* all<Row>(wantedSql.texts, roomId, after, userId, userId)
  if (budget) budget.left -= texts.length
  for (const { id, data, editId } of texts) {
    const terms = spacedTermsOf(yield* textNow(roomId, data, editId))
    if (keywords.some((keyword) => terms.includes(keyword))) ids.push(id)
  }
  return ids
}

export function* textNow(roomId: number, data: string, editId: number | null): Rule<string> {
  if (editId === null) return data
  return (yield* one<{ data: string }>(wantedSql.edit, roomId, editId))?.data ?? data
}
