/** What the commands do that make rooms, bring people into them and keep order there. */
import { ChatError, forEver, hiddenPrefix, limits } from '../../shared/protocol.ts'
import { keepsOrder, runsHouse } from '../../shared/rights.ts'
import { rangesOf } from '../bans.ts'
import type { ActContent } from '../store/store.ts'
import { hashOf, newToken } from '../tokens.ts'
import { act, publish } from './acts.ts'
import { noSuchRoom, refuseUnlessSeen } from './admission.ts'
import type { Connection } from './connection.ts'
import type { Handlers, Services } from './handlers.ts'

type OrderCommand =
  | 'create'
  | 'change'
  | 'leave'
  | 'members'
  | 'users'
  | 'add'
  | 'invite'
  | 'invites'
  | 'revoke'
  | 'kick'
  | 'mute'
  | 'ban'
  | 'role'
  | 'purge'
  | 'undo'
  | 'acts'

export const orderHandlers: Pick<Handlers, OrderCommand> = {
  async create({ store, hub, limiter }, from, { key, kind, name = '', topic, users = [] }) {
    const { session } = from
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
    const isWithBanned = from.session.isProven && keepsOrder(standing)
    const members = await store.members(room, { after, limit: limits.listedMembers + 1, isWithBanned })
    const more = members.length > limits.listedMembers
    from.reply({ type: 'members', room, data: more ? members.slice(0, -1) : members, more })
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
    const mayInvite = from.session.isProven && keepsOrder(standing)
    if (!mayInvite) throw new ChatError('forbidden', 'Only moderators may do this.')
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
