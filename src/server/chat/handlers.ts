/** What each command does: one short function for each, named like it. */
import { ChatError, type Commands, type Entry, limits, type Message } from '../../shared/protocol.ts'
import type { Log } from '../log.ts'
import type { EntryContent, Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import type { Limiter } from './limiter.ts'

/** Past this a page is cut, whatever its limit: somebody may be waiting for it on a slow line. */
const mostPageCharacters = 256 * 1024

export interface Services {
  store: Store
  hub: Hub
  limiter: Limiter
  log: Log
}

type Handlers = {
  [Type in keyof Commands]: (services: Services, from: Connection, command: Commands[Type]) => Promise<void> | void
}

export const handlers: Handlers = {
  async open({ store, hub }, from, { room: name, after, epoch, limit }) {
    // Joined before the log is read: an entry sent in between is then seen twice, not lost, and its id removes the double.
    const { member } = await hub.join(name, from)
    const { room } = member
    const { last } = room
    const read = await store.readMark(from.user, name)
    const isKnown = after !== undefined && (epoch === undefined || epoch === store.epoch) && after <= last
    const reset = after !== undefined && !isKnown
    if (reset && epoch === store.epoch) await hub.suspectBackup()
    if (isKnown) {
      const most = limit ?? limits.entriesPerPage
      const entries = upToSize(await room.entriesAfter(after, most))
      const cursor = entries.at(-1)?.id ?? after
      const more = cursor < room.last
      from.reply({ ...opened(), last: more ? room.last : cursor, reset, entries, more })
      if (!more) room.follow(member, cursor)
    } else {
      const page = await store.messages(name, {}, limit ?? limits.messagesPerPage)
      const messages = upToSize(page.messages.toReversed()).reverse()
      const more = page.more || messages.length < page.messages.length
      from.reply({ ...opened(), last: page.last, reset, messages, more })
      room.follow(member, page.last)
    }

    function opened() {
      const { presence } = room
      return {
        type: 'opened',
        room: name,
        epoch: store.epoch,
        list: presence.list(),
        online: presence.online,
        read,
      } as const
    }
  },

  close({ hub }, from, { room }) {
    memberOf(from, room)
    hub.leave(from, room)
    from.reply({ type: 'closed', room })
  },

  chat(services, from, { key, room, data, reply }) {
    return write(services, from, { room, key, content: { type: 'chat', data, reply } })
  },

  edit(services, from, { key, room, ref, data }) {
    return write(services, from, { room, key, content: { type: 'edit', ref, data } })
  },

  delete(services, from, { key, room, ref }) {
    return write(services, from, { room, key, content: { type: 'delete', ref } })
  },

  react(services, from, { key, room, ref, data, on }) {
    return write(services, from, { room, key, content: { type: 'react', ref, data, on } })
  },

  async read({ store, hub }, from, { room, id }) {
    memberOf(from, room)
    const mark = await store.read(from.user, room, id)
    hub.publish({ type: 'read', room, user: from.user, id: mark, from: from.id })
  },

  async history({ store }, from, { room, before, after, around, limit = limits.messagesPerPage }) {
    memberOf(from, room)
    const page = await store.messages(room, { before, after, around }, limit)
    const isCutAtEnd = after !== undefined || around !== undefined
    const messages = isCutAtEnd ? upToSize(page.messages) : upToSize(page.messages.toReversed()).reverse()
    from.reply({ type: 'history', room, messages, more: page.more || messages.length < page.messages.length })
  },

  typing({ hub }, from, { room }) {
    memberOf(from, room)
    hub.publish({ type: 'typing', room, user: from.user })
  },

  ping(_services, from) {
    from.reply({ type: 'pong' })
  },
}

interface Writing {
  room: string
  key: string
  content: EntryContent
}

/** Stores an entry, says so to its sender, and hands it to everyone: in this order. */
async function write({ store, hub, limiter }: Services, from: Connection, { room, key, content }: Writing) {
  memberOf(from, room)
  const retryAfterMs = limiter.write(from.user, room)
  if (retryAfterMs) throw new ChatError('too-fast', 'You are writing too fast.', retryAfterMs)
  const { entry, isNew } = await store.append({ ...content, room, key, user: from.user, at: Date.now() })
  from.reply({ type: 'sent', room, key, id: entry.id })
  if (isNew) hub.publish({ type: 'entry', entry })
}

/** As many of the first ones as one answer should hold; at least one, so that whoever asks again gets on. */
function upToSize<Item extends Entry | Message>(items: Item[]): Item[] {
  let size = 0
  const end = items.findIndex((item) => {
    size += item.type !== 'delete' && item.type !== 'room' ? item.data.length : 0
    return size > mostPageCharacters
  })
  return end === -1 ? items : items.slice(0, Math.max(1, end))
}

function memberOf(from: Connection, room: string) {
  const member = from.rooms.get(room)
  if (!member) throw new ChatError('not-in-room', 'Open the room first.')
  return member
}
