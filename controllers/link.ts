import type { Context } from 'koa'
import { confusableSkeleton } from '../src/server/auth/confusables.ts'
import type { Session, StoreSession } from '../src/server/auth/sessions.ts'
import type { RefusedForm } from '../src/server/auth/sign-in.ts'
import { hashOf } from '../src/server/auth/tokens.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import type { Link } from '../src/server/store/store.ts'
import { newNameOf } from '../src/shared/new-name.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { limits } from '../src/shared/protocol/limits.ts'
import { canView } from '../src/shared/rights.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { displayTitleOf } from '../src/shared/rooms.ts'
import { normalizeName } from '../src/shared/text.ts'

export default {
  async 'GET /link/:token'(ctx, app) {
    show(ctx, app, await linkAskedFor(ctx, app), await app.auth.sessions.find(ctx.req))
  },

  async 'POST /link/:token'(ctx, app) {
    const link = await linkAskedFor(ctx, app)
    const session = await app.auth.sessions.find(ctx.req)
    try {
      ctx.seeOther(await use(ctx, app, link, session))
    } catch (error) {
      // Somebody else was faster.
      if (error instanceof ChatError && error.code === 'no-such-user') refuseLink(ctx)
      show(ctx, app, link, session, app.auth.signIn.explain(ctx, error))
    }
  },
} satisfies Controller

/** Unknown, used and expired links get the same answer: a link tells only what it is for. */
async function linkAskedFor(ctx: Context, { store }: AppContext): Promise<Link> {
  const { token } = ctx.params
  const link = /^[\w-]{22,43}$/.test(token) ? await store.invitations.find(hashOf(token), Date.now()) : undefined
  return link ?? refuseLink(ctx)
}

function refuseLink(ctx: Context): never {
  ctx.throw(404, ctx.state.language.t('invalidLink'))
}

function show(
  ctx: Context,
  { pages: { render } }: AppContext,
  link: Link,
  session: Session | undefined,
  fault?: RefusedForm,
): void {
  const { type, by, room } = link
  ctx.body = render(ctx, 'account/link.njk', {
    type,
    by,
    room: room && displayTitleOf(room, ctx.state.language.t).title,
    user: type === 'invite' ? self(link, session)?.user : link.user,
    name: ctx.field('name') || (type === 'owner' ? session?.user.name : undefined),
    leastCharacters: limits.minPasswordCharacters,
    fault,
  })
}

/** The session that can use the invitation: one that is not verified could not view the room that it joined. */
function self({ room }: Link, session: Session | undefined): Session | undefined {
  const isForAll = room?.kind === 'public' && session?.canViewPublic
  return session?.isVerified || isForAll ? session : undefined
}

/** @returns where to go then @throws ChatError `no-such-user` for a link that cannot be used, and what `signIn.refuse` knows */
function use(ctx: Context, app: AppContext, link: Link, session: Session | undefined): Promise<string> {
  switch (link.type) {
    case 'owner':
      return becomeOwner(ctx, app)
    case 'password':
      return setPassword(ctx, app, link)
    case 'invite':
      return joinByLink(ctx, app, link, session)
    default:
      return link.type satisfies never
  }
}

async function becomeOwner(ctx: Context, app: AppContext): Promise<string> {
  const {
    store,
    auth: { signIn },
  } = app
  const name = newNameOf(ctx.field('name'))
  const skeleton = signIn.skeletonOf(name)
  const hash = await signIn.hashNewPassword(ctx, ctx.field('password'), name)
  const tokenHash = hashOf(ctx.params.token)
  const { user, ended } = await store.invitations.becomeOwner({ tokenHash, name, skeleton, hash, at: Date.now() })
  app.chat.publishEnded(ended)
  await signIn.start(ctx, { user, credential: { type: 'password', hash } })
  return '/admin/server?guide=1'
}

async function setPassword(ctx: Context, app: AppContext, link: Link): Promise<string> {
  const {
    store,
    auth: { signIn },
  } = app
  const account = link.user && (await store.accounts.get(link.user.id))
  if (!account) return refuseLink(ctx)
  signIn.refuseBanned(ctx, account)
  const { name } = account.user
  const hash = await signIn.hashNewPassword(ctx, ctx.field('password'), name)
  const use = { tokenHash: hashOf(ctx.params.token), skeleton: confusableSkeleton(name), hash, at: Date.now() }
  const { mail, language } = await store.notifications.settings(account.user.id)
  const { user, ended } = await store.invitations.setPassword(use)
  app.chat.publishEnded(ended)
  app.chat.publishNotifications(user.id)
  if (mail?.verified) app.notify.mailChange('password', { user, address: mail.address, language })
  await signIn.start(ctx, { user, credential: { type: 'password', hash } })
  return '/'
}

async function joinByLink(ctx: Context, app: AppContext, link: Link, session: Session | undefined): Promise<string> {
  const own = self(link, session)
  if (own && link.room && (await isThere(app, link.room.room, own))) return roomPath(link.room.room)
  return roomPath(own ? await joinAs(ctx, app, own) : await joinAndSignIn(ctx, app, link))
}

/** Then the link is left for somebody who is not. */
async function isThere({ store }: AppContext, room: string, session: Session): Promise<boolean> {
  const membership = await store.rooms.membership(session.user.id, room)
  return membership?.isIn === true && canView(membership, session)
}

async function joinAs(ctx: Context, app: AppContext, { user }: Session): Promise<string> {
  const {
    store,
    auth: { signIn },
  } = app
  const account = await store.accounts.get(user.id)
  if (account) signIn.refuseBanned(ctx, account)
  const { room, kind } = await store.invitations.join({
    tokenHash: hashOf(ctx.params.token),
    userId: user.id,
    at: Date.now(),
  })
  app.chat.publish({ type: 'access-changed', user: user.id, room, kind, isIn: true, canView: true })
  return room
}

/** Uses the link and signs in, in one step. Private rooms, and all rooms with guests off, require a verified session. */
async function joinAndSignIn(ctx: Context, app: AppContext, link: Link): Promise<string> {
  const {
    store,
    settings,
    auth: { signIn },
  } = app
  const typed = { name: normalizeName(ctx.field('name')), password: ctx.field('password') }
  const authenticated = await signIn.authenticate(ctx, typed, true)
  const userId = authenticated.user.id
  const isVerificationRequired = link.room?.kind !== 'public' || !settings.now.guests
  let room = ''
  const storeSession: StoreSession = async (session) => {
    const use = { tokenHash: hashOf(ctx.params.token), userId, at: session.at }
    const joined = await store.invitations.join({ ...use, session: { ...session, isVerificationRequired } })
    room = joined.room
    app.chat.publish({ type: 'access-changed', user: userId, room, kind: joined.kind, isIn: true, canView: true })
    return joined
  }
  try {
    await signIn.start(ctx, authenticated, storeSession)
  } catch (error) {
    const isHeld = error instanceof ChatError && error.code === 'name-taken'
    throw isHeld ? signIn.refusal(403, { text: 'nameInUse' }) : error
  }
  return room
}
