/** Who is mentioned in a message: decided in the transaction that stores its text, and kept, so that it is counted without reading any. */
import type { DatabaseSync } from 'node:sqlite'
import { type Block, type Inline, parseMarkdown } from '../../shared/markdown.ts'
import { foldName, type Mentioned, mostMentioned, possibleNames } from '../../shared/mentions.ts'
import { type Entry, limits } from '../../shared/protocol.ts'
import { type Rows, rows } from './sqlite-rows.ts'

/** Names that differ in their case only are mentioned together, but not by the hundred. */
const mostAlike = 5
/** Of very many users whose names could be meant, those who came first. */
const mostFound = 200
/** In each room so many of the newest messages are looked at when data of an older version is carried over. */
const mostCarriedOver = 1_000

export interface Mentions {
  /** Keeps what an entry changes of who is mentioned. @returns whom its own text mentions */
  note(roomId: number, id: number, entry: NotedEntry): Mentioned[]
}

interface NotedEntry {
  type: Entry['type']
  userId: number
  data: string
  ref: number | null
}

interface Known extends Mentioned {
  folded: string
}

export function mentionWrites(database: DatabaseSync): Mentions {
  const { run, one } = rows(database)
  const mentionedIn = mentionReader(database)
  const keep = mentionKeeper(database, callable({ one }))

  return {
    note(roomId, id, { type, userId, data, ref }) {
      if (type === 'edit' || type === 'delete') {
        run('delete from mentions where room_id = ? and message_id = ?', roomId, ref)
      }
      if ((type !== 'chat' && type !== 'edit') || !data.includes('@')) return []
      const mentioned = mentionedIn(roomId, data)
      if (mentioned.length) keep(roomId, ref === null || type === 'chat' ? id : ref, authorOf(), mentioned)
      return mentioned

      /** Not who brings a message back that was deleted. */
      function authorOf(): number {
        if (type === 'chat') return userId
        const message = one<{ userId: number }>(
          'select user_id as "userId" from entries where room_id = ? and id = ?',
          roomId,
          ref,
        )
        return message?.userId ?? userId
      }
    },
  }
}

/** As an entry keeps them: null when there are none. */
export function mentionsColumn(mentioned: readonly Mentioned[]): string | null {
  return mentioned.length ? JSON.stringify(mentioned) : null
}

/** What the newest messages of each room say, of data that kept no mentions: what is unread for most people is among them. */
export function mentionNewest(database: DatabaseSync): void {
  const { run, all } = rows(database)
  const mentionedIn = mentionReader(database)
  // Of an older version there are neither blocks nor requests.
  const keep = mentionKeeper(database, () => true)
  for (const { roomId } of all<{ roomId: number }>('select id as "roomId" from rooms')) {
    const messages = all<{ id: number; author: number; source: number; data: string }>(
      `select newest.id, author, said.id as source, said.data from (
        select id, user_id as author, coalesce((
          select max(id) from entries as edits indexed by entries_edit
          where edits.room_id = messages.room_id and edits.ref = messages.id and edits.type = 'edit'
        ), id) as said
        from entries as messages indexed by entries_chat
        where room_id = ? and type = 'chat' and deleted = 0 order by id desc limit ${mostCarriedOver}
      ) as newest join entries as said on said.room_id = ? and said.id = newest.said
      where instr(said.data, '@')`,
      roomId,
      roomId,
    )
    for (const { id, author, source, data } of messages) {
      const mentioned = mentionedIn(roomId, data)
      run('update entries set mentions = ? where room_id = ? and id = ?', mentionsColumn(mentioned), roomId, source)
      keep(roomId, id, author, mentioned)
    }
  }
}

/** Mentioned can be who has ever been in the room: a name tells nobody of people whom they cannot know. */
function mentionReader(database: DatabaseSync): (roomId: number, text: string) => Mentioned[] {
  const { all } = rows(database)
  return (roomId, text) => {
    const names = possibleNames(text, limits.maxNameCharacters)
    if (!names.size) return []
    const known = all<Known>(
      `select users.id, name, folded from json_each(?) as names
        cross join users indexed by users_folded on folded = names.value
        cross join memberships on user_id = users.id and room_id = ?
      order by users.id limit ${mostFound}`,
      JSON.stringify([...names]),
      roomId,
    )
    return known.length ? mentionedOf(text, known) : []
  }
}

function mentionKeeper(database: DatabaseSync, isCounted: (user: number, roomId: number, author: number) => boolean) {
  const { run } = rows(database)
  return (roomId: number, message: number, author: number, mentioned: readonly Mentioned[]) => {
    for (const { id } of mentioned) {
      if (id !== author && isCounted(id, roomId, author)) {
        run('insert or ignore into mentions values (?, ?, ?)', id, roomId, message)
      }
    }
  }
}

/** Nobody is called by whom they have blocked, nor in a room that they have not accepted. */
function callable({ one }: Pick<Rows, 'one'>) {
  return (user: number, roomId: number, author: number) => {
    const why = `select 1 from blocks where user_id = ? and blocked_id = ?
      union all select 1 from memberships where user_id = ? and room_id = ? and is_request = 1`
    return one(why, user, author, user, roomId) === undefined
  }
}

function mentionedOf(text: string, known: readonly Known[]): Mentioned[] {
  const byFolded = Map.groupBy(known, ({ folded }) => folded)
  const found = parseMarkdown(
    text,
    known.map(({ name }) => name),
  ).flatMap(mentionsInBlock)
  const mentioned = new Map<number, Mentioned>()
  for (const typed of found) {
    const alike = byFolded.get(foldName(typed)) ?? []
    const exactFirst = alike.toSorted((a, b) => Number(b.name === typed) - Number(a.name === typed))
    for (const { id, name } of exactFirst.slice(0, mostAlike)) mentioned.set(id, { id, name })
  }
  return [...mentioned.values()].slice(0, mostMentioned)
}

function mentionsInBlock(block: Block): string[] {
  switch (block.type) {
    case 'paragraph':
      return block.nodes.flatMap(mentionsInInline)
    case 'pre':
      return []
    case 'quote':
      return block.nodes.flatMap(mentionsInBlock)
    case 'list':
      return block.items.flat().flatMap(mentionsInBlock)
    default:
      return block satisfies never
  }
}

function mentionsInInline(node: Inline): string[] {
  if (node.type === 'mention') return [node.text.slice(1)]
  return 'nodes' in node ? node.nodes.flatMap(mentionsInInline) : []
}
