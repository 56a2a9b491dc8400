import type { Context } from 'koa'
import type { Controller, House } from '../src/server/http/app-context.ts'
import type { ServerTextKey } from '../src/shared/language.ts'
import { ChatError, limits } from '../src/shared/protocol.ts'

/** Who asks. */
type Session = Parameters<House['roomPage']>[0]
type Refused = ReturnType<House['door']['refuse']>

/** What the page can be told to say that was done. */
const doings: readonly unknown[] = ['claimed', 'changed', 'ended', 'others']

export default {
  async 'GET /account'(ctx, house) {
    const session = await house.sessions.find(ctx.req)
    if (!session) return ctx.redirect('/signin?to=/account')
    await show(ctx, house, session)
  },

  // The address of a form that was refused: whoever loads it anew wants the page.
  'GET /account/password'(ctx) {
    ctx.redirect('/account')
  },

  async 'POST /account/password'(ctx, house) {
    const session = await sessionAsking(ctx, house)
    if (!session) return
    try {
      const done = await choosePassword(ctx, house, session)
      ctx.seeOther(`/account?done=${done}`)
    } catch (error) {
      // Signed out from elsewhere meanwhile, or the password is another by now: the page knows.
      if (error instanceof ChatError && error.code === 'forbidden') return ctx.seeOther('/account')
      await show(ctx, house, session, house.door.refuse(ctx, error))
    }
  },

  async 'POST /account/sessions/:id/end'(ctx, house) {
    const session = await sessionAsking(ctx, house)
    if (!session) return
    const { id } =
      (await sessionsShownTo(session, house)).find((one) => String(one.id) === ctx.params.id) ?? ctx.throw(404)
    if (id === session.id) return await leave(ctx, house)
    await end(house, session, [id])
    ctx.seeOther('/account?done=ended')
  },

  async 'POST /account/sessions/end'(ctx, house) {
    const session = await sessionAsking(ctx, house)
    if (!session) return
    const ids = (await sessionsShownTo(session, house)).map(({ id }) => id)
    await end(
      house,
      session,
      ids.filter((id) => id !== session.id),
    )
    if (ctx.field('all')) return await leave(ctx, house)
    ctx.seeOther('/account?done=others')
  },
} satisfies Controller

async function sessionAsking(ctx: Context, { sessions }: House): Promise<Session | undefined> {
  const session = await sessions.find(ctx.req)
  if (!session) ctx.seeOther('/signin')
  return session
}

async function show(ctx: Context, house: House, session: Session, fault?: Refused): Promise<void> {
  const { store, render } = house
  const hasPassword = (await store.accounts.get(session.user.id))?.passwordHash !== undefined
  const sessions = await sessionsShownTo(session, house)
  ctx.body = render(ctx, 'account.njk', {
    user: session.user,
    role: session.role,
    hasPassword,
    hindrance: hasPassword ? undefined : hindrance(house, session),
    leastCharacters: limits.leastPasswordCharacters,
    sessions: sessions.map((one) => ({ ...one, isThis: one.id === session.id })),
    blocked: session.isVerified ? await store.accounts.listBlocked(session.user.id) : [],
    done: !fault && doings.includes(ctx.query.done) ? ctx.query.done : undefined,
    fault,
  })
}

/** Why a guest cannot claim his name here. */
function hindrance({ config }: House, { isVerified }: Session): ServerTextKey | undefined {
  if (!config.guests) return 'claimByLink'
  return isVerified ? undefined : 'claimElsewhere'
}

/** Whoever has only typed a guest's name learns nothing of where that guest is. */
async function sessionsShownTo({ user, id, isVerified }: Session, { store }: House) {
  const sessions = await store.sessions.list(user.id)
  return isVerified ? sessions : sessions.filter((one) => one.id === id)
}

/** @returns what was done @throws what `door.refuse` knows */
async function choosePassword(ctx: Context, house: House, session: Session): Promise<'claimed' | 'changed'> {
  const { store, door, hub, sessions } = house
  const { user } = session
  const account = await store.accounts.get(user.id)
  if (!account) ctx.throw(404)
  if (account.passwordHash !== undefined) await door.prove(ctx, account, ctx.field('current'))
  else refuseClaim(house, session)
  const hash = await door.hashOf(ctx, ctx.field('password'), user.name)
  const skeleton = house.skeletonOf(user.name)
  const asks = { session: session.id, oldHash: account.passwordHash }
  const ended = await sessions.renew(session, ctx.req, ctx.res, (tokenHash) =>
    store.accounts.setPassword({ userId: user.id, skeleton, hash, keep: { ...asks, tokenHash } }),
  )
  house.ended(ended)
  hub.publish({ type: 'session-renewed', user, session: session.id })
  return account.role === 'guest' ? 'claimed' : 'changed'
}

function refuseClaim(house: House, session: Session): void {
  const word = hindrance(house, session)
  if (word) throw house.door.refusal(403, { word }, 'password')
}

async function end(house: House, { user }: Session, ids: number[]): Promise<void> {
  for (const id of ids) await house.store.sessions.end(id)
  house.ended(ids.map((session) => ({ user, session })))
}

async function leave(ctx: Context, { door }: House): Promise<void> {
  await door.letOut(ctx)
  ctx.seeOther('/signin')
}
