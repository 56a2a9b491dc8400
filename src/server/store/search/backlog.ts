/**
 * Messages of the time before the index are indexed piece by piece, the newest of all rooms first. Each room has its next message
 * in the backlog. Places were kept free for all of them, below those of new messages.
 */
import type { IndexingProgress } from '../contracts/search.ts'
import { one, only, type Rule, run } from '../transaction.ts'
import { addToIndex, type Indexed, indexedNow } from './index.ts'
import { notePlace } from './places.ts'
import { waitingTexts } from './texts.ts'

/** Others' writes wait for each piece. */
const maxInPiece = 100
const maxCharactersInPiece = 64 * 1024

interface Next {
  roomId: number
  id: number
  at: number
}

interface State {
  reserved: number
  next: number
}

export const backlogSql = {
  state: 'select reserved, next from search_state',
  next: `select room_id as "roomId", message_id as id, at from search_backlog order by at desc, room_id desc limit 1`,
  older: `
    select id, at from entries {index:entries_chat} where room_id = ? and id < ? and type = 'chat'
    order by id desc limit 1`,
}

/** Does the next piece. */
export function* indexOlder(): Rule<IndexingProgress> {
  const { reserved, next } = yield* only<State>(backlogSql.state)
  const indexed: Indexed[] = []
  let place = next
  let characters = 0
  for (let i = 0; i < maxInPiece && characters < maxCharactersInPiece; i++) {
    const message = yield* one<Next>(backlogSql.next)
    if (!message) {
      place = 0
      break
    }
    yield* run('update entries set place = ? where room_id = ? and id = ?', place, message.roomId, message.id)
    yield* notePlace({ place, ...message }, message.at)
    place--
    yield* advance(message)
    const found = yield* indexedNow(message.roomId, message.id)
    if (found) indexed.push(found)
    characters += found?.words.length ?? 0
  }
  // In ascending order: SQLite begins a new part of its index for each that is not.
  for (const one of indexed.reverse()) yield* addToIndex(one)
  yield* run('update search_state set next = ?', place)
  return { total: reserved, left: place, texts: yield* waitingTexts() }
}

function* advance({ roomId, id }: Next): Rule<void> {
  const older = yield* one<{ id: number; at: number }>(backlogSql.older, roomId, id)
  if (older) {
    yield* run('update search_backlog set message_id = ?, at = ? where room_id = ?', older.id, older.at, roomId)
  } else {
    yield* run('delete from search_backlog where room_id = ?', roomId)
  }
}

export function* indexingProgress(): Rule<IndexingProgress> {
  const { reserved, next } = yield* only<State>(backlogSql.state)
  return { total: reserved, left: next, texts: yield* waitingTexts() }
}
