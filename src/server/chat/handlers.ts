/** What each command does: one short function for each, named like it. */
import { ChatError, type Commands, limits } from '../../shared/protocol.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import type { Limiter } from './limiter.ts'

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
  async open({ store, hub }, from, { room: name, after, epoch = store.epoch, limit }) {
    // Joined before the log is read: an entry sent in between is then seen twice, not lost, and its id removes the double.
    const { member } = await hub.join(name, from)
    const { room } = member
    const { last } = room
    const isKnown = after !== undefined && epoch === store.epoch && after <= last
    const reset = after !== undefined && !isKnown
    if (isKnown) {
      const most = limit ?? limits.entriesPerPage
      const entries = await store.entriesAfter(name, after, most)
      const cursor = entries.at(-1)?.id ?? after
      const more = entries.length === most && cursor < room.last
      from.reply({ ...opened(), last: more ? room.last : cursor, reset, entries, more })
      if (!more) room.follow(member, cursor)
    } else {
      const page = await store.messages(name, {}, limit ?? limits.messagesPerPage)
      from.reply({ ...opened(), last: page.last, reset, messages: page.messages, more: page.more })
      room.follow(member, page.last)
    }

    function opened() {
      const { presence } = room
      return { type: 'opened', room: name, epoch: store.epoch, list: presence.list(), online: presence.online } as const
    }
  },

  close({ hub }, from, { room }) {
    memberOf(from, room)
    hub.leave(from, room)
    from.reply({ type: 'closed', room })
  },

  async chat({ store, hub, limiter }, from, { room, key, data, reply }) {
    memberOf(from, room)
    const retryAfterMs = limiter.write(from.user, room)
    if (retryAfterMs) throw new ChatError('too-fast', 'You are writing too fast.', retryAfterMs)
    const { entry, isNew } = await store.append({
      type: 'chat',
      room,
      user: from.user,
      key,
      data,
      reply,
      at: Date.now(),
    })
    from.reply({ type: 'sent', room, key, id: entry.id })
    if (isNew) hub.publish({ type: 'entry', entry })
  },

  async history({ store }, from, { room, before, after, around, limit = limits.messagesPerPage }) {
    memberOf(from, room)
    const { messages, more } = await store.messages(room, { before, after, around }, limit)
    from.reply({ type: 'history', room, messages, more })
  },

  typing({ hub }, from, { room }) {
    memberOf(from, room)
    hub.publish({ type: 'typing', room, user: from.user })
  },

  ping(_services, from) {
    from.reply({ type: 'pong' })
  },
}

function memberOf(from: Connection, room: string) {
  const member = from.rooms.get(room)
  if (!member) throw new ChatError('not-in-room', 'Open the room first.')
  return member
}
