/** Somebody's page: what one may do about them without a script. */
import type { Context } from 'koa'
import type { Action, Controller, House } from '../src/server/http/app-context.ts'
import { errorWords } from '../src/shared/error-words.ts'
import { ChatError, type User } from '../src/shared/protocol.ts'

/** Who asks. */
type Session = Parameters<House['roomPage']>[0]

/** Of a refusal; any other is 403. */
const statuses: Readonly<Record<string, number>> = { 'too-fast': 429, unavailable: 503 }

export default {
  'GET /people/:id': forVerified(async (ctx, house, session) => {
    await show(ctx, house, session, await personAskedFor(ctx, house, session))
  }),
  // The address of a form that was refused: whoever loads it anew wants the page.
  'GET /people/:id/:act': forVerified(async (ctx, house, session) => {
    const { id } = await personAskedFor(ctx, house, session)
    ctx.redirect(`/people/${id}`)
  }),
  'POST /people/:id/block': forVerified((ctx, house, session) => block(ctx, house, session, true)),
  'POST /people/:id/unblock': forVerified((ctx, house, session) => block(ctx, house, session, false)),
} satisfies Controller

/** Whoever has only typed a guest's name blocks nobody for that guest. */
function forVerified(action: (ctx: Context, house: House, session: Session) => Promise<void> | void): Action {
  return async (ctx, house) => {
    const session = await house.sessions.find(ctx.req)
    if (!session) return ctx.method === 'POST' ? ctx.seeOther('/signin') : ctx.redirect('/signin')
    if (!session.isVerified) ctx.throw(404)
    await action(ctx, house, session)
  }
}

/** Somebody whom one cannot know does not exist. */
async function personAskedFor(ctx: Context, { store, read }: House, session: Session): Promise<User> {
  const id = Number(ctx.params.id)
  const account = Number.isSafeInteger(id) ? await store.accounts.get(id) : undefined
  const user = account?.user ?? ctx.throw(404)
  if (user.id === session.user.id) return user
  // Names that begin like it come after it.
  const known = await read(ctx, session, (meter) => store.accounts.listKnown(session, user.name, mostAlike, meter))
  const blocked = await store.accounts.listBlocked(session.user.id)
  return [...known, ...blocked].find((one) => one.id === user.id) ?? ctx.throw(404)
}

/** Guests may have names that differ in their case only. */
const mostAlike = 200

async function show(ctx: Context, house: House, session: Session, user: User, fault?: ChatError): Promise<void> {
  const blocked = await house.store.accounts.listBlocked(session.user.id)
  if (fault) ctx.status = statuses[fault.code] ?? 403
  ctx.body = house.render(ctx, 'person.njk', {
    role: session.role,
    user,
    isMe: user.id === session.user.id,
    isBlocked: blocked.some(({ id }) => id === user.id),
    fault: fault && { message: ctx.state.language.t(errorWords[fault.code], {}) },
  })
}

async function block(ctx: Context, house: House, session: Session, isOn: boolean): Promise<void> {
  const user = await personAskedFor(ctx, house, session)
  try {
    await house.act(session, { type: 'block', user: user.id, isOn })
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    return show(ctx, house, session, user, error)
  }
  ctx.seeOther(ctx.field('to') === 'account' ? '/account' : `/people/${user.id}`)
}
