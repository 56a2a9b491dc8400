/** What each command does: one short function for each, named like it. */
import { ChatError, type Commands, type Entry, limits, type Message } from '../../shared/protocol.ts'
import type { Log } from '../log.ts'
import type { Page, Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import type { Limiter } from './limiter.ts'
import { type Writing, write } from './write.ts'

/** Past this a page is cut, whatever its limit: somebody may be waiting for it on a slow line. */
const mostPageCharacters = 256 * 1024

export interface Services {
  store: Store
  hub: Hub
  limiter: Limiter
  log: Log
  /** Names the page that is served. */
  build: string
}

type Handlers = {
  [Type in keyof Commands]: (services: Services, from: Connection, command: Commands[Type]) => Promise<void> | void
}

export const handlers: Handlers = {
  async open({ store, hub, limiter }, from, { room: name, after, epoch, limit }) {
    if (!from.rooms.has(name)) await refuseTooManyRooms({ store, hub, limiter }, from, name)
    // Joined before the log is read: an entry sent in between is then handed over by the one or by the other.
    const { member } = await hub.join(name, from)
    const { room } = member
    // What was written before he came is nothing that he has missed.
    const read = (await store.readMark(from.user, name)) ?? (await store.read(from.user, name, room.last))
    const isKnown = after !== undefined && (epoch === undefined || epoch === store.epoch) && after <= room.last
    const reset = after !== undefined && !isKnown
    if (reset && epoch === store.epoch) await hub.suspectBackup()
    if (isKnown) {
      const entries = upToSize(await room.entriesAfter(after, limit ?? limits.entriesPerPage))
      const cursor = entries.at(-1)?.id ?? after
      const more = cursor < room.last
      from.reply({ ...opened(), last: more ? room.last : cursor, reset, entries, more })
      if (!more) room.follow(member, cursor)
    } else {
      const page = cut(await store.messages(name, {}, limit ?? limits.messagesPerPage), 'start')
      const { last } = room
      from.reply({ ...opened(), last, reset, messages: room.published(page.messages), more: page.more })
      room.follow(member, last)
    }

    function opened() {
      const { presence } = room
      const { epoch } = store
      return { type: 'opened', room: name, epoch, list: presence.list(), online: presence.online, read } as const
    }
  },

  close({ hub }, from, { room }) {
    memberOf(from, room)
    hub.leave(from, room)
    from.reply({ type: 'closed', room })
  },

  chat(services, from, { key, room, data, reply }) {
    return writeTo(services, from, { room, key, content: { type: 'chat', data, reply } })
  },

  edit(services, from, { key, room, ref, data }) {
    return writeTo(services, from, { room, key, content: { type: 'edit', ref, data } })
  },

  delete(services, from, { key, room, ref }) {
    return writeTo(services, from, { room, key, content: { type: 'delete', ref } })
  },

  react(services, from, { key, room, ref, data, on }) {
    return writeTo(services, from, { room, key, content: { type: 'react', ref, data, on } })
  },

  async read({ store, hub }, from, { room, id }) {
    memberOf(from, room)
    const mark = await store.read(from.user, room, id)
    hub.publish({ type: 'read', room, user: from.user, id: mark, from: from.id })
  },

  async history({ store }, from, { type: _, room, limit = limits.messagesPerPage, ...place }) {
    const { after, around } = place
    memberOf(from, room)
    const page = await store.messages(room, place, limit)
    const { messages, more } = cut(page, after !== undefined || around !== undefined ? 'end' : 'start')
    from.reply({ type: 'history', room, ...place, messages, more })
  },

  typing({ hub }, from, { room }) {
    memberOf(from, room)
    hub.publish({ type: 'typing', room, user: from.user })
  },

  ping(_services, from) {
    from.reply({ type: 'pong' })
  },
}

/** The sender hears that it is stored before he hears the entry itself. */
async function writeTo(services: Services, from: Connection, writing: Writing): Promise<void> {
  const { room, key } = writing
  memberOf(from, room)
  await write(services, from.user, writing, (id) => from.reply({ type: 'sent', room, key, id }))
}

type Asked = Pick<Services, 'store' | 'hub' | 'limiter'>

/** A room is made by opening it: neither one connection nor one user may fill the house with rooms. */
async function refuseTooManyRooms({ store, hub, limiter }: Asked, from: Connection, name: string): Promise<void> {
  if (from.rooms.size >= limits.roomsPerConnection) {
    throw new ChatError('forbidden', `A connection has at most ${limits.roomsPerConnection} rooms open.`)
  }
  if (hub.has(name) || (await store.hasRoom(name))) return
  const retryAfterMs = limiter.newRoom(from.user)
  if (retryAfterMs) throw new ChatError('too-fast', 'You are making rooms too fast.', retryAfterMs)
}

/** A page cut to the size that one answer should have, at its start or at its end. */
function cut({ messages, more }: Page, side: 'start' | 'end'): Pick<Page, 'messages' | 'more'> {
  const kept = side === 'end' ? upToSize(messages) : upToSize(messages.toReversed()).reverse()
  return { messages: kept, more: more || kept.length < messages.length }
}

/** As many of the first ones as one answer should hold; at least one, so that whoever asks again gets on. */
function upToSize<Item extends Entry | Message>(items: Item[]): Item[] {
  let size = 0
  const end = items.findIndex((item) => {
    size += sizeOf(item)
    return size > mostPageCharacters
  })
  return end === -1 ? items : items.slice(0, Math.max(1, end))
}

function sizeOf(item: Entry | Message): number {
  if (item.type === 'delete' || item.type === 'room') return 0
  const reactions = 'reactions' in item ? Object.values(item.reactions ?? {}) : []
  return item.data.length + 8 * reactions.reduce((sum, users) => sum + users.length, 0)
}

function memberOf(from: Connection, room: string) {
  const member = from.rooms.get(room)
  if (!member) throw new ChatError('not-in-room', 'Open the room first.')
  return member
}
