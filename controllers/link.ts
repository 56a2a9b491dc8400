import type { Context } from 'koa'
import type { Controller, House } from '../src/server/http/app-context.ts'
import { newNameOf } from '../src/shared/new-name.ts'
import { ChatError, limits } from '../src/shared/protocol.ts'
import { canView } from '../src/shared/rights.ts'
import { normalizeName } from '../src/shared/text.ts'

/** Who asks. */
type Session = Parameters<House['roomPage']>[0]
type Link = NonNullable<Awaited<ReturnType<House['store']['invitations']['find']>>>
type Refused = ReturnType<House['door']['refuse']>
type Begin = NonNullable<Parameters<House['door']['letIn']>[2]>

export default {
  async 'GET /link/:token'(ctx, house) {
    show(ctx, house, await linkAskedFor(ctx, house), await house.sessions.find(ctx.req))
  },

  async 'POST /link/:token'(ctx, house) {
    const link = await linkAskedFor(ctx, house)
    const session = await house.sessions.find(ctx.req)
    try {
      ctx.seeOther(await use(ctx, house, link, session))
    } catch (error) {
      // Somebody else was faster.
      if (error instanceof ChatError && error.code === 'no-such-user') refuseLink(ctx)
      show(ctx, house, link, session, house.door.refuse(ctx, error))
    }
  },
} satisfies Controller

/** Unknown, used and expired are one: whoever has a link learns from it only what it is for. */
async function linkAskedFor(ctx: Context, { store, hashOf }: House): Promise<Link> {
  const { token } = ctx.params
  const link = /^[\w-]{22,43}$/.test(token) ? await store.invitations.find(hashOf(token), Date.now()) : undefined
  return link ?? refuseLink(ctx)
}

function refuseLink(ctx: Context): never {
  ctx.throw(404, ctx.state.language.t('invalidLink'))
}

function show(ctx: Context, { render }: House, link: Link, session: Session | undefined, fault?: Refused): void {
  const { type, by, room } = link
  ctx.body = render(ctx, 'link.njk', {
    type,
    by,
    room: room?.name || room?.room,
    user: type === 'invite' ? self(link, session)?.user : link.user,
    name: ctx.field('name') || (type === 'owner' ? session?.user.name : undefined),
    leastCharacters: limits.leastPasswordCharacters,
    fault,
  })
}

/** Whoever is invited as the one who he is: one who has only typed his name would not see the room that he came into. */
function self({ room }: Link, session: Session | undefined): Session | undefined {
  const isForAll = room?.kind === 'public' && session?.canViewPublic
  return session?.isVerified || isForAll ? session : undefined
}

/** @returns where to go then @throws ChatError `no-such-user` for a link that cannot be used, and what `door.refuse` knows */
function use(ctx: Context, house: House, link: Link, session: Session | undefined): Promise<string> {
  switch (link.type) {
    case 'owner':
      return becomeOwner(ctx, house)
    case 'password':
      return setPassword(ctx, house, link)
    case 'invite':
      return comeIn(ctx, house, link, session)
    default:
      return link.type satisfies never
  }
}

async function becomeOwner(ctx: Context, house: House): Promise<string> {
  const { store, door, hashOf } = house
  const name = newNameOf(ctx.field('name'))
  const skeleton = door.skeletonOf(name)
  const hash = await door.hashOf(ctx, ctx.field('password'), name)
  const tokenHash = hashOf(ctx.params.token)
  const { user, ended } = await store.invitations.becomeOwner({ tokenHash, name, skeleton, hash, at: Date.now() })
  house.ended(ended)
  await door.letIn(ctx, { user, credential: { by: 'password', hash } })
  return '/'
}

async function setPassword(ctx: Context, house: House, link: Link): Promise<string> {
  const { store, door, hashOf } = house
  const account = link.user && (await store.accounts.get(link.user.id))
  if (!account) return refuseLink(ctx)
  door.refuseBanned(ctx, account)
  const { name } = account.user
  const hash = await door.hashOf(ctx, ctx.field('password'), name)
  const use = { tokenHash: hashOf(ctx.params.token), skeleton: house.skeletonOf(name), hash, at: Date.now() }
  const { user, ended } = await store.invitations.setPassword(use)
  house.ended(ended)
  await door.letIn(ctx, { user, credential: { by: 'password', hash } })
  return '/'
}

async function comeIn(ctx: Context, house: House, link: Link, session: Session | undefined): Promise<string> {
  const own = self(link, session)
  if (own && (await isThere(house, link, own))) return pathOf(link.room?.room)
  return pathOf(own ? await joinAs(ctx, house, own) : await joinAndSignIn(ctx, house, link))
}

/** Then the link is left for somebody who is not. */
async function isThere({ store }: House, { room }: Link, session: Session): Promise<boolean> {
  const standing = await store.rooms.membership(session.user.id, room?.room ?? '')
  return standing?.isIn === true && canView(standing, session)
}

async function joinAs(ctx: Context, house: House, { user }: Session): Promise<string> {
  const { store, door, hashOf } = house
  const account = await store.accounts.get(user.id)
  if (account) door.refuseBanned(ctx, account)
  const { room, kind } = await store.invitations.join({
    tokenHash: hashOf(ctx.params.token),
    userId: user.id,
    at: Date.now(),
  })
  house.hub.publish({ type: 'standing', user: user.id, room, kind, isIn: true, canView: true })
  return room
}

/** In one step: whom the link refuses it does not sign in, and what it opens is nobody's who is not proven. */
async function joinAndSignIn(ctx: Context, house: House, link: Link): Promise<string> {
  const { store, hub, door, hashOf, config } = house
  const typed = { name: normalizeName(ctx.field('name')), password: ctx.field('password') }
  const arrival = await door.arrival(ctx, typed, true)
  const userId = arrival.user.id
  const isVerificationRequired = link.room?.kind !== 'public' || !config.guests
  let room = ''
  const begin: Begin = async (session) => {
    const use = { tokenHash: hashOf(ctx.params.token), userId, at: session.at }
    const joined = await store.invitations.join({ ...use, session: { ...session, isVerificationRequired } })
    room = joined.room
    hub.publish({ type: 'standing', user: userId, room, kind: joined.kind, isIn: true, canView: true })
    return joined
  }
  try {
    await door.letIn(ctx, arrival, begin)
  } catch (error) {
    const isHeld = error instanceof ChatError && error.code === 'name-taken'
    throw isHeld ? door.refusal(403, { word: 'nameInUse' }) : error
  }
  return room
}

function pathOf(room = ''): string {
  return `/rooms/${encodeURIComponent(room)}`
}
