/** The commands that create rooms, add members and moderate. */
import { forever } from '../../shared/durations.ts'
import type { Commands } from '../../shared/protocol/commands.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import { hiddenPrefix, limits } from '../../shared/protocol/limits.ts'
import { canModerate, isAdmin } from '../../shared/rights.ts'
import { rangesOf } from '../auth/ip-bans.ts'
import { hashOf, newToken } from '../auth/tokens.ts'
import type { Caller } from '../chat/contract.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import type { Membership, Meter, ModerationAction, ModerationResult } from '../store/store.ts'
import { noSuchRoom, refuseUnlessSeen, takeNewRoom } from './access.ts'
import type { Handlers, Services } from './contract.ts'
import { changeOf, keyAndRequest } from './idempotency-key.ts'
import { charged, counted, moderate, publishEffects } from './publish-effects.ts'

type ModerationCommand =
  | 'create'
  | 'change'
  | 'accept'
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
  | 'unreact'
  | 'pin'
  | 'block'
  | 'blocks'
  | 'delete-room'
  | 'purge'
  | 'undo'
  | 'audit'

const alreadyInvited =
  'This invitation exists already and its token is sent only once. Revoke it and use another "key".'

export const moderationHandlers: Pick<Handlers, ModerationCommand> = {
  async create({ store, reads, hub, limiter }, from, command) {
    const { key, kind, name = '', topic, users = [] } = command
    const { session } = from
    // In this order, and given back when nothing is created: a refused command must not use up the limits of others.
    const giveBack = takeNewRoom(limiter, from, kind)
    // What is not public has an address that nobody can guess.
    const address = kind === 'public' ? name : hiddenPrefix + newToken(16)
    const room = { viewer: session, ...keyAndRequest(command), kind, address, name, topic, users, at: Date.now() }
    const made = await counted(giveBack, () =>
      asking(limiter, from, users.length, () =>
        charged(limiter, from, JSON.stringify(command), () => store.rooms.create(room)),
      ),
    )
    publishEffects(hub, made.effects)
    const summary = await reads.readWhenAllowed(from, (meter) => store.rooms.summary(session, made.room, meter))
    if (!summary) throw noSuchRoom()
    from.reply({ type: 'room', key, ...summary })
  },

  accept(services, from, command) {
    return done(services, from, command, command)
  },

  async leave(services, from, command) {
    await done(services, from, command, command)
    // The guest whose name was typed stays a member: only this connection goes.
    if (!from.session.isVerified) from.leave(command.room)
  },

  change(services, from, command) {
    return done(services, from, command, changeOf(command))
  },

  async members({ store, reads, lastSeen }, from, { room, after = 0, find, user }) {
    const membership = await store.rooms.membership(from.user.id, room)
    refuseUnlessSeen(membership, from)
    const isWithBanned = from.session.isVerified && canModerate(membership)
    const isForAdmin = from.session.isVerified && isAdmin(from.session.role)
    // Only people who share the room learn when the others were last seen.
    const isSharing = from.session.isVerified && membership.isIn && !membership.isRequest
    const seenBy = isSharing ? from.user.id : undefined
    const limit = limits.maxListedMembers + 1
    const page = { after, limit, isWithBanned, isForAdmin, find: find?.trim() ?? '', user, seenBy }
    const read = (meter: Meter) => store.rooms.members(room, page, meter)
    const members = page.find.isWellFormed() ? await reads.read(from, read) : []
    refuseUnlessSeen(await store.rooms.membership(from.user.id, room), from)
    const more = members.length > limits.maxListedMembers
    const data = lastSeen.withConnected(more ? members.slice(0, -1) : members)
    const asked = { ...(find !== undefined && { find }), ...(user !== undefined && { user }) }
    from.reply({ type: 'members', room, ...asked, data, more })
  },

  async users({ store, reads }, from, { data }) {
    const find = (meter: Meter) => store.accounts.listKnown(from.session, data.trim(), limits.maxListedMembers, meter)
    const found = data.isWellFormed() ? await reads.read(from, find) : []
    from.reply({ type: 'users', find: data, data: found })
  },

  async add(services, from, command) {
    const add = () => moderate(services, from, keyAndRequest(command), command)
    tellDone(from, command, await asking(services.limiter, from, command.users.length, add))
  },

  async invite(services, from, command) {
    const { type, room, key, forMs, uses } = command
    const token = newToken(16)
    const expiresAt = Date.now() + forMs
    const content = { type, room, tokenHash: hashOf(token), uses, expiresAt } as const
    const { effects, isNew } = await moderate(services, from, keyAndRequest(command), content)
    const made = effects.find((effect) => effect.type === 'invited')
    // The token was sent the first time. The server does not keep it.
    if (!isNew || !made) throw new ChatError('bad-field', alreadyInvited)
    const invite = { id: made.id, by: from.user, at: Date.now(), expiresAt, usesLeft: uses }
    from.reply({ type: 'invite', room, key, token, invite })
  },

  async invites({ store, reads }, from, { room }) {
    const membership = await store.rooms.membership(from.user.id, room)
    requireModerator(membership, from)
    const data = await reads.read(from, (meter) => store.invitations.list(room, Date.now(), meter))
    requireModerator(await store.rooms.membership(from.user.id, room), from)
    from.reply({ type: 'invites', room, data })
  },

  revoke(services, from, command) {
    return done(services, from, command, command)
  },

  kick(services, from, command) {
    return done(services, from, command, command)
  },

  mute(services, from, command) {
    const { type, room, user, forMs } = command
    return done(services, from, command, { type, room, user, until: untilOf(forMs) })
  },

  async ban(services, from, command) {
    const { type, room, user, forMs, addresses, removeMs } = command
    const devices = addresses && room === undefined ? await services.store.sessions.list(user) : []
    const ranges = rangesOf(devices.map(({ address }) => address))
    const removeSince = removeMs === undefined ? undefined : Math.max(0, Date.now() - removeMs)
    await done(services, from, command, { type, room, user, until: untilOf(forMs), ranges, removeSince })
  },

  role(services, from, command) {
    return done(services, from, command, { room: undefined, ...command })
  },

  unreact(services, from, command) {
    return done(services, from, command, command)
  },

  pin(services, from, command) {
    return done(services, from, command, command)
  },

  block(services, from, command) {
    return done(services, from, command, { type: 'block', user: command.user, isOn: command.on })
  },

  async blocks({ store }, from) {
    if (!from.session.isVerified) throw new ChatError('forbidden', 'Sign in with a password first.')
    from.reply({ type: 'blocks', data: await store.accounts.listBlocked(from.user.id) })
  },

  'delete-room'(services, from, command) {
    return done(services, from, command, command)
  },

  purge(services, from, command) {
    return done(services, from, command, command)
  },

  undo(services, from, command) {
    return done(services, from, command, { type: 'undo', action: command.action })
  },

  async audit({ store, reads }, from, { before }) {
    requireAdmin(from)
    const data = await reads.read(from, (meter) =>
      store.moderation.auditLog(from.session, { before }, limits.maxListedMembers + 1, meter),
    )
    // Each look was a wait.
    requireAdmin(from)
    const more = data.length > limits.maxListedMembers
    from.reply({ type: 'audit', data: more ? data.slice(0, -1) : data, more })
  },
}

/** Counts the people that the command adds. @throws ChatError `too-fast` when guests of the network have added too many */
async function asking<Result extends { isNew: boolean }>(
  limiter: Limiter,
  from: Caller,
  people: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const retryAfterMs = limiter.requests(from, people)
  if (retryAfterMs) throw new ChatError('too-fast', 'Guests on your network have added too many people.', retryAfterMs)
  return await counted(() => limiter.requests(from, -people), work)
}

function requireModerator(membership: Membership | undefined, from: Caller): void {
  refuseUnlessSeen(membership, from)
  if (!from.session.isVerified || !canModerate(membership))
    throw new ChatError('forbidden', 'Only moderators may do this.')
}

function requireAdmin({ session }: Caller): void {
  if (!session.isVerified || !isAdmin(session.role)) throw new ChatError('forbidden', 'Only admins may do this.')
}

/** 0 lifts it; without a duration it is forever. */
function untilOf(forMs: number | undefined): number {
  if (forMs === undefined) return forever
  return forMs && Date.now() + forMs
}

type Keyed = Extract<Commands[ModerationCommand], { key: string }>

async function done(services: Services, from: Caller, command: Keyed, content: ModerationAction): Promise<void> {
  tellDone(from, command, await moderate(services, from, keyAndRequest(command), content))
}

function tellDone(from: Caller, command: Keyed, { action: id }: ModerationResult): void {
  const { key, room } = { room: undefined, ...command }
  from.reply({ type: 'done', key, ...(room !== undefined && { room }), ...(id !== undefined && { action: id }) })
}
