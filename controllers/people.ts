/** Somebody's page: what one may do about them without a script. */
import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { Action, AppContext, Controller } from '../src/server/http/app-context.ts'
import { idOf } from '../src/server/http/id.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { errorText } from '../src/shared/error-texts.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import type { User } from '../src/shared/protocol/types.ts'

export default {
  'GET /people/:id': forVerified(async (ctx, app, session) => {
    await show(ctx, app, session, await personAskedFor(ctx, app, session))
  }),
  // The address of a refused form: a reload gets the page.
  'GET /people/:id/:action': forVerified(async (ctx, app, session) => {
    const { id } = await personAskedFor(ctx, app, session)
    ctx.redirect(`/people/${id}`)
  }),
  'POST /people/:id/block': forVerified((ctx, app, session) => block(ctx, app, session, true)),
  'POST /people/:id/unblock': forVerified((ctx, app, session) => block(ctx, app, session, false)),
} satisfies Controller

/** Only verified sessions can block. */
function forVerified(action: (ctx: Context, app: AppContext, session: Session) => Promise<void> | void): Action {
  return async (ctx, app) => {
    const session = await app.auth.sessions.find(ctx.req)
    if (!session) return ctx.method === 'POST' ? ctx.seeOther('/signin') : ctx.redirect('/signin')
    if (!session.isVerified) ctx.throw(404)
    await action(ctx, app, session)
  }
}

/** Somebody whom one cannot know does not exist. */
async function personAskedFor(ctx: Context, { store, pages: { read } }: AppContext, session: Session): Promise<User> {
  const id = idOf(ctx.params.id)
  const account = id === undefined ? undefined : await store.accounts.get(id)
  const user = account?.user ?? ctx.throw(404)
  if (user.id === session.user.id) return user
  // Names that begin like it come after it.
  const known = await read(ctx, session, (meter) => store.accounts.listKnown(session, user.name, maxAlike, meter))
  const blocked = await store.accounts.listBlocked(session.user.id)
  return [...known, ...blocked].find((one) => one.id === user.id) ?? ctx.throw(404)
}

/** Guests may have names that differ in their case only. */
const maxAlike = 200

async function show(ctx: Context, app: AppContext, session: Session, user: User, fault?: ChatError): Promise<void> {
  const blocked = await app.store.accounts.listBlocked(session.user.id)
  const profile = await app.store.accounts.profile(session.user.id, user.id)
  const isSeenNow = profile?.seenAt !== undefined && app.chat.isConnected(user.id)
  if (fault) setRefusal(ctx, fault, 403)
  ctx.body = app.pages.render(ctx, 'room/person.njk', {
    role: session.role,
    user,
    profile: isSeenNow ? { ...profile, seenAt: Date.now() } : profile,
    isMe: user.id === session.user.id,
    isBlocked: blocked.some(({ id }) => id === user.id),
    fault: fault && { message: errorText(fault.code, ctx.state.language.t) },
  })
}

async function block(ctx: Context, app: AppContext, session: Session, isOn: boolean): Promise<void> {
  const user = await personAskedFor(ctx, app, session)
  try {
    await app.chat.moderate(session, networkOf(app.addressOf(ctx.req)), { type: 'block', user: user.id, isOn })
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    return show(ctx, app, session, user, error)
  }
  ctx.seeOther(ctx.field('to') === 'account' ? '/account' : `/people/${user.id}`)
}
