/** What each command does: one short function for each, named like it. */
import {
  ChatError,
  type Commands,
  type Entry,
  forEver,
  hiddenPrefix,
  limits,
  type Message,
} from '../../shared/protocol.ts'
import { keepsOrder, runsHouse, sees } from '../../shared/rights.ts'
import { rangesOf } from '../bans.ts'
import type { Log } from '../log.ts'
import type { ActContent, Page, Standing, Store } from '../store/store.ts'
import { hashOf, newToken } from '../tokens.ts'
import { act, publish } from './acts.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import type { Limiter } from './limiter.ts'
import type { Member } from './room.ts'
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
    if (!from.rooms.has(name)) await refuseUnlessOpen({ store, limiter }, from, name)
    // Joined before the log is read: an entry sent in between is then handed over by the one or by the other.
    const { member } = await hub.join(name, from)
    const { room } = member
    const read = await settle({ store, hub }, from, name)
    const isKnown = after !== undefined && (epoch === undefined || epoch === store.epoch) && after <= room.last
    const reset = after !== undefined && !isKnown
    if (reset && epoch === store.epoch) await hub.suspectBackup()
    if (isKnown) {
      const entries = upToSize(await room.entriesAfter(after, limit ?? limits.entriesPerPage))
      refuseUnlessStill(from, member)
      const cursor = entries.at(-1)?.id ?? after
      const more = cursor < room.last
      from.reply({ ...opened(), last: more ? room.last : cursor, reset, entries, more })
      if (!more) room.follow(member, cursor)
    } else {
      const page = cut(await store.messages(name, {}, limit ?? limits.messagesPerPage), 'start')
      refuseUnlessStill(from, member)
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
    const member = memberOf(from, room)
    const page = await store.messages(room, place, limit)
    refuseUnlessStill(from, member)
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

  async create({ store, hub, limiter }, from, { key, kind, name = '', topic, users = [] }) {
    const { session } = from
    if (!session.seesPublic || (kind !== 'public' && !session.isProven)) {
      throw new ChatError('forbidden', 'Sign in with a password first.')
    }
    const retryAfterMs = limiter.newRoom(from.user)
    if (retryAfterMs) throw new ChatError('too-fast', 'You are making rooms too fast.', retryAfterMs)
    // What is not public has an address that nobody can guess.
    const address = kind === 'public' ? name : hiddenPrefix + newToken(16)
    const made = await store.createRoom({ viewer: session, key, kind, address, name, topic, users, at: Date.now() })
    publish(hub, made.effects)
    const summary = await store.summary(session, made.room)
    if (!summary) throw noSuchRoom()
    from.reply({ type: 'room', key, ...summary })
  },

  leave(services, from, { type, room, key }) {
    return done(services, from, key, { type, room }, room)
  },

  change(services, from, { type, room, key, ...data }) {
    return done(services, from, key, { type, room, data }, room)
  },

  async members({ store }, from, { room, after = 0 }) {
    const standing = await store.standing(from.user.id, room)
    refuseUnlessSeen(standing, from)
    const members = await store.members(room, after, limits.listedMembers + 1)
    const isShown = from.session.isProven && keepsOrder(standing)
    const shown = isShown ? members : members.filter(({ bannedUntil }) => !bannedUntil)
    const more = members.length > limits.listedMembers
    from.reply({ type: 'members', room, data: more ? shown.slice(0, -1) : shown, more })
  },

  async users({ store }, from, { data }) {
    const found = data.isWellFormed() ? await store.usersKnownTo(from.session, data.trim(), limits.listedMembers) : []
    from.reply({ type: 'users', find: data, data: found })
  },

  add(services, from, { type, room, key, users }) {
    return done(services, from, key, { type, room, users }, room)
  },

  async invite(services, from, { type, room, key, forMs, uses }) {
    const token = newToken(16)
    const expiresAt = Date.now() + forMs
    const content = { type, room, tokenHash: hashOf(token), uses, expiresAt } as const
    const { effects, isNew } = await act(services, from.session, key, content)
    const made = effects.find((effect) => effect.type === 'invited')
    // Its token was told the first time and is not known any more.
    if (!isNew || !made) throw new ChatError('bad-field', '"key" was used for another invitation.')
    const invite = { id: made.id, by: from.user, at: Date.now(), expiresAt, usesLeft: uses }
    from.reply({ type: 'invite', room, key, token, invite })
  },

  async invites({ store }, from, { room }) {
    const standing = await store.standing(from.user.id, room)
    refuseUnlessSeen(standing, from)
    if (!from.session.isProven || !keepsOrder(standing))
      throw new ChatError('forbidden', 'Only moderators may do this.')
    from.reply({ type: 'invites', room, data: await store.invites(room, Date.now()) })
  },

  revoke(services, from, { type, room, key, id }) {
    return done(services, from, key, { type, room, id }, room)
  },

  kick(services, from, { type, room, key, user }) {
    return done(services, from, key, { type, room, user }, room)
  },

  mute(services, from, { type, room, key, user, forMs }) {
    return done(services, from, key, { type, room, user, until: untilOf(forMs) }, room)
  },

  async ban(services, from, { type, room, key, user, forMs, addresses }) {
    const devices = addresses && room === undefined ? await services.store.sessionsOf(user) : []
    const ranges = rangesOf(devices.map(({ address }) => address))
    await done(services, from, key, { type, room, user, until: untilOf(forMs), ranges }, room)
  },

  role(services, from, { type, room, key, user, role }) {
    return done(services, from, key, { type, room, user, role }, room)
  },

  purge(services, from, { type, key, user }) {
    return done(services, from, key, { type, user })
  },

  undo(services, from, { type, key, act }) {
    return done(services, from, key, { type, act })
  },

  async acts({ store }, from, { before }) {
    const { session } = from
    if (!session.isProven || !runsHouse(session.role)) throw new ChatError('forbidden', 'Only admins may do this.')
    const data = await store.acts(session, before, limits.listedMembers + 1)
    const more = data.length > limits.listedMembers
    from.reply({ type: 'acts', data: more ? data.slice(0, -1) : data, more })
  },
}

/** 0 takes it back; nothing is for ever. */
function untilOf(forMs: number | undefined): number {
  if (forMs === undefined) return forEver
  return forMs && Date.now() + forMs
}

async function done(services: Services, from: Connection, key: string, content: ActContent, room?: string) {
  const { act: id } = await act(services, from.session, key, content)
  from.reply({ type: 'done', key, ...(room !== undefined && { room }), ...(id !== undefined && { act: id }) })
}

/** The sender hears that it is stored before he hears the entry itself. */
async function writeTo(services: Services, from: Connection, writing: Writing): Promise<void> {
  const { room, key } = writing
  memberOf(from, room)
  await write(services, from.session, writing, (id) => from.reply({ type: 'sent', room, key, id }))
}

/** Neither one connection nor one user may fill the house with rooms, and nobody opens what he may not see. */
async function refuseUnlessOpen(
  { store, limiter }: Pick<Services, 'store' | 'limiter'>,
  from: Connection,
  name: string,
) {
  if (from.rooms.size >= limits.roomsPerConnection) {
    throw new ChatError('forbidden', `A connection has at most ${limits.roomsPerConnection} rooms open.`)
  }
  const standing = await store.standing(from.user.id, name)
  if (standing) return refuseUnlessSeen(standing, from)
  // A public room is made by opening it.
  if (name.startsWith(hiddenPrefix) || !from.session.seesPublic) throw noSuchRoom()
  const retryAfterMs = limiter.newRoom(from.user)
  if (retryAfterMs) throw new ChatError('too-fast', 'You are making rooms too fast.', retryAfterMs)
  await store.openRoom(name, Date.now(), from.session.isProven ? from.user : undefined)
}

/**
 * Looked at again now that he would be put out if he lost the right: then he belongs to the room, if he did not.
 * @returns the id up to which he has read: what was written before he came is nothing that he has missed
 */
async function settle(
  { store, hub }: Pick<Services, 'store' | 'hub'>,
  from: Connection,
  name: string,
): Promise<number> {
  const standing = await store.standing(from.user.id, name)
  try {
    refuseUnlessSeen(standing, from)
  } catch (error) {
    hub.leave(from, name)
    throw error
  }
  const { isIn, readTo, kind } = standing
  if (isIn && readTo !== undefined) return readTo
  const read = await store.enter(from.user.id, name)
  // Who comes back tells his other devices, where the room stands among those that he has left.
  if (readTo !== undefined) {
    hub.publish({ type: 'standing', user: from.user.id, room: name, kind, isIn: true, sees: true })
  }
  return read
}

function refuseUnlessSeen(standing: Standing | undefined, { session }: Connection): asserts standing is Standing {
  if (!standing || !sees(standing, session)) throw noSuchRoom()
}

/** He may have been put out while his answer was being read. */
function refuseUnlessStill(from: Connection, member: Member): void {
  if (from.rooms.get(member.room.name) !== member) throw noSuchRoom()
}

function noSuchRoom(): ChatError {
  return new ChatError('no-such-room', 'There is no such room.')
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
