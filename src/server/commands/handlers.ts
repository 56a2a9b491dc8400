/** What each command does: one short function for each, named like it. */
import { upToSize } from '../../shared/page-size.ts'
import { idOfFile, type NamedFile } from '../../shared/protocol/command-fields.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import { limits } from '../../shared/protocol/limits.ts'
import { canModerate, closedTo } from '../../shared/rights.ts'
import type { Caller } from '../chat/contract.ts'
import { pageCharacters } from '../store/store.ts'
import { noSuchRoom, refuseUnlessOpen, refuseUnlessStill, settle, whileAccessStays } from './access.ts'
import type { Handlers, Services } from './contract.ts'
import { markAllRead } from './mark-all-read.ts'
import { moderationHandlers } from './moderation.ts'
import { notificationHandlers } from './notifications.ts'
import { marksIn, type RoomMarks } from './room-marks.ts'
import { search } from './search.ts'
import { setStatus } from './set-status.ts'
import { type Writing, writeEntry } from './write-entry.ts'

export const handlers: Handlers = {
  async open({ store, reads, hub, limiter }, from, { room: name, after, at, epoch, limit }) {
    if (!from.rooms.has(name)) await refuseUnlessOpen({ store, hub, limiter }, from, name, after)
    // Joined before the log is read: an entry sent in between is then handed over by the one or by the other.
    const subscription = await hub.subscribe(name, from)
    const { room } = subscription
    const isOpen = () => from.rooms.get(name) === subscription
    const { read } = await settle({ store, hub }, from, name)
    const isOfThisLog = epoch === undefined || epoch === store.epoch
    const isKnown = after !== undefined && isOfThisLog && (await room.has(after, at))
    const reset = after !== undefined && !isKnown
    if (reset && isOfThisLog) hub.suspectBackup()
    if (isKnown) {
      const entries = upToSize(await room.entriesAfter(from, after, limit ?? limits.entriesPerPage), pageCharacters)
      const marks = await marksIn(store, from.session, name)
      refuseUnlessStill(isOpen)
      const cursor = entries.at(-1)?.id ?? after
      const more = cursor < room.last
      from.reply({ ...opened(marks), last: more ? room.last : cursor, at: room.lastAt, reset, entries, more })
      if (!more) room.follow(subscription, cursor)
    } else {
      const maxMessages = limit ?? limits.messagesPerPage
      const page = await reads.read(from, (meter) => store.log.messages(name, {}, maxMessages, meter))
      // Stored already and not yet handed out, or handed out while it was read: both come after it.
      const last = Math.min(page.last, room.last)
      const lastAt = await room.timeOf(last)
      const marks = await marksIn(store, from.session, name)
      refuseUnlessStill(isOpen)
      const messages = page.messages.filter(({ id }) => id <= last)
      from.reply({ ...opened(marks), last, at: lastAt, reset, messages, more: page.more })
      room.follow(subscription, last)
    }

    function opened(marks: RoomMarks) {
      const { presence } = room
      const { epoch } = store
      return {
        type: 'opened',
        room: name,
        epoch,
        list: presence.list(),
        online: presence.online,
        read,
        ...marks,
      } as const
    }
  },

  close(_services, from, { room }) {
    from.inRoom(room)
    from.leave(room)
    from.reply({ type: 'closed', room })
  },

  chat(services, from, { key, room, data, reply, files }) {
    return writeTo(services, from, { room, key, content: { type: 'chat', data, reply, ...naming(files) } })
  },

  edit(services, from, { key, room, ref, data, files }) {
    return writeTo(services, from, { room, key, content: { type: 'edit', ref, data, ...naming(files) } })
  },

  delete(services, from, { key, room, ref }) {
    return writeTo(services, from, { room, key, content: { type: 'delete', ref } })
  },

  react(services, from, { key, room, ref, data, on }) {
    return writeTo(services, from, { room, key, content: { type: 'react', ref, data, on } })
  },

  async read({ store, hub }, from, { room, id }) {
    await from.inRoom(room)
    const kind = (await store.rooms.membership(from.user.id, room))?.kind
    if (!kind) throw noSuchRoom()
    const mark = await store.rooms.markRead(from.user, room, id, from.session.isVerified)
    hub.publish({ type: 'read', room, kind, user: from.user, id: mark, from: from.id })
  },

  async 'read-all'({ store, reads, hub }, from, { rooms }) {
    const unread = await reads.read(from, (meter) => store.rooms.unreadRooms(from.session, rooms, meter))
    if (!unread) throw noSuchRoom()
    await markAllRead({ store, hub }, from.session, unread)
  },

  async unread({ store, reads, hub }, from, { room, id }) {
    await from.inRoom(room)
    reads.refuseIfTooFast(from)
    const kind = (await store.rooms.membership(from.user.id, room))?.kind
    if (!kind) throw noSuchRoom()
    await store.rooms.markUnread(from.user, room, id, from.session.isVerified)
    const summary = await reads.readWhenAllowed(from, (meter) => store.rooms.summary(from.session, room, meter))
    if (!summary) throw noSuchRoom()
    const { read, last, unread, mentions } = summary
    hub.publish({ type: 'read', room, kind, user: from.user, id: read, counts: { last, unread, mentions } })
  },

  async notify({ store, hub, limiter }, from, { room, key, level }) {
    await from.inRoom(room)
    // A limit for each user: every one of their connections gets the summary.
    const retryAfterMs = limiter.moderate(from.session)
    if (retryAfterMs) throw new ChatError('too-fast', 'Too many commands.', retryAfterMs)
    const kind = (await store.rooms.membership(from.user.id, room))?.kind
    if (!kind) throw noSuchRoom()
    const isSet = await store.rooms.setNotificationLevel(from.user, room, level, from.session.isVerified)
    if (!isSet) throw new ChatError('forbidden', 'This session is not verified: sign in with the password.')
    from.reply({ type: 'done', key, room })
    hub.publish({ type: 'access-changed', user: from.user.id, room, kind, isIn: true, canView: true })
  },

  async summary({ store, reads }, from, { room }) {
    const isOpen = await from.inRoom(room)
    const summary = await reads.read(from, (meter) => store.rooms.summary(from.session, room, meter))
    refuseUnlessStill(isOpen)
    if (!summary) throw noSuchRoom()
    from.reply({ type: 'room', ...summary })
  },

  async history({ store, reads }, from, { type: _, room, limit = limits.messagesPerPage, ...place }) {
    const isOpen = await from.inRoom(room)
    const { messages, more } = await reads.read(from, (meter) => store.log.messages(room, place, limit, meter))
    refuseUnlessStill(isOpen)
    from.reply({ type: 'history', room, ...place, messages, more })
  },

  async pins({ store, reads }, from, { room }) {
    const isOpen = await from.inRoom(room)
    const data = await reads.read(from, (meter) => store.log.pinnedMessages(room, limits.maxPins, meter))
    refuseUnlessStill(isOpen)
    from.reply({ type: 'pins', room, data })
  },

  async files({ store, reads }, from, { room, before, limit = limits.messagesPerPage }) {
    const isOpen = await from.inRoom(room)
    const page = await reads.read(from, (meter) => store.files.listed(from.session, room, { before, limit }, meter))
    refuseUnlessStill(isOpen)
    if (!page) throw noSuchRoom()
    from.reply({ type: 'files', room, ...(before !== undefined && { before }), ...page })
  },

  async commands({ store, reads }, from, { room }) {
    const isOpen = await from.inRoom(room)
    reads.refuseIfTooFast(from)
    const data = await store.outgoing.commandsIn(room)
    refuseUnlessStill(isOpen)
    from.reply({ type: 'commands', room, data })
  },

  async mentions({ store, reads }, from, { before }) {
    const read = () => reads.read(from, (meter) => store.log.addressed(from.session, before, meter))
    const { messages, rooms, next } = await whileAccessStays(from, read)
    const place = before === undefined ? {} : { before }
    from.reply({ type: 'mentions', ...place, data: messages, rooms, ...(next !== undefined && { next }) })
  },

  async save({ store, hub, limiter }, from, { room, key, ref, on }) {
    // A limit for each user: every one of their connections is told.
    const retryAfterMs = limiter.moderate(from.session)
    if (retryAfterMs) throw new ChatError('too-fast', 'Too many commands.', retryAfterMs)
    await store.saved.save(from.session, { room, message: ref, on, at: Date.now() })
    from.reply({ type: 'done', key, room })
    hub.publish({ type: 'save', user: from.user.id, room, ref, on })
  },

  async saved({ store, reads }, from, { before }) {
    const read = () => reads.read(from, (meter) => store.saved.list(from.session, before, meter))
    const { messages, rooms, next } = await whileAccessStays(from, read)
    const place = before === undefined ? {} : { before }
    from.reply({ type: 'saved', ...place, data: messages, rooms, ...(next !== undefined && { next }) })
  },

  search,

  async 'next-mention'({ store, reads }, from, { room, after }) {
    const isOpen = await from.inRoom(room)
    const id = await reads.read(from, (meter) => store.log.nextMention(from.user, room, after, meter))
    refuseUnlessStill(isOpen)
    from.reply({ type: 'next-mention', room, after, ...(id !== undefined && { id }) })
  },

  /** Nothing answers it, so one that is not to be shown is dropped: too many, and of those who may not write. */
  async typing({ store, hub, limiter }, from, { room }) {
    const isOpen = await from.inRoom(room)
    if (limiter.typing(from.session, room)) return
    const membership = await store.rooms.membership(from.user.id, room)
    const mayWrite =
      membership &&
      !membership.isRequest &&
      !closedTo(membership, from.session.isVerified && canModerate(membership), Date.now())
    if (mayWrite && isOpen()) hub.publish({ type: 'typing', room, user: from.user })
  },

  status: setStatus,

  ...notificationHandlers,

  ping(_services, from) {
    from.reply({ type: 'pong' })
  },

  ...moderationHandlers,
}

/** The ids of the files that a command names, and what stands for them from now on. */
function naming(files: NamedFile[] | undefined): { files?: string[]; alts?: Record<string, string> } {
  if (!files) return {}
  const described = files.filter((file) => typeof file !== 'string')
  const alts = Object.fromEntries(described.map(({ id, alt }) => [id, alt]))
  return { files: files.map(idOfFile), ...(described.length && { alts }) }
}

/** The sender gets `sent` before the entry itself. */
async function writeTo(services: Services, from: Caller, writing: Writing): Promise<void> {
  const { room, key } = writing
  await from.inRoom(room)
  await writeEntry(services, from, writing, ({ id, action }) =>
    from.reply({ type: 'sent', room, key, id, ...(action !== undefined && { action }) }),
  )
}
