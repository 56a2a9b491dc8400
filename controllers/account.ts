import type { Context } from 'koa'
import { confusableSkeleton } from '../src/server/auth/confusables.ts'
import type { Session } from '../src/server/auth/sessions.ts'
import type { RefusedForm } from '../src/server/auth/sign-in.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { refuseBannedAddress } from '../src/server/http/asked-room.ts'
import { pictureFault, takePicture } from '../src/server/http/files/picture-form.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import type { Picture } from '../src/server/store/store.ts'
import { dayMs, hourMs, minuteMs } from '../src/shared/durations.ts'
import { errorText } from '../src/shared/error-texts.ts'
import type { ServerTextKey } from '../src/shared/language.ts'
import { type Commands, parseCommand } from '../src/shared/protocol/commands.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { limits } from '../src/shared/protocol/limits.ts'

/** What `?done=` may name. */
const outcomes: readonly unknown[] = ['claimed', 'changed', 'ended', 'others', 'avatar', 'picture', 'seen', 'status']

type AccountFault = RefusedForm | { field: 'picture'; message: string }

/** After which a status ends: the server does not know when the user’s day does. */
const statusTimes = [30 * minuteMs, hourMs, dayMs, limits.maxStatusMs]

export default {
  async 'GET /account'(ctx, app) {
    const session = await app.auth.sessions.find(ctx.req)
    if (!session) return ctx.redirect('/signin?to=/account')
    await show(ctx, app, session)
  },

  // The addresses of refused forms: a reload gets the page.
  'GET /account/password'(ctx) {
    ctx.redirect('/account')
  },

  'GET /account/status'(ctx) {
    ctx.redirect('/account')
  },

  async 'POST /account/password'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    try {
      const done = await choosePassword(ctx, app, session)
      ctx.seeOther(`/account?done=${done}`)
    } catch (error) {
      // Signed out from elsewhere meanwhile, or the password is another by now: the page knows.
      if (error instanceof ChatError && error.code === 'forbidden') return ctx.seeOther('/account')
      await show(ctx, app, session, app.auth.signIn.explain(ctx, error))
    }
  },

  async 'POST /account/avatar'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    if (!session.isVerified) ctx.throw(403)
    const image = imageOf(ctx.field('image')) ?? ctx.throw(400)
    await app.store.accounts.setImage(session.user.id, image)
    app.auth.sessions.forget(session.user.id)
    // Their open pages come back with the new avatar.
    for (const { id } of await app.store.sessions.list(session.user.id)) app.chat.publishRenewed({ ...session, id })
    ctx.seeOther('/account?done=avatar')
  },

  'GET /account/picture'(ctx) {
    ctx.redirect('/account')
  },

  async 'POST /account/picture'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    refuseBannedAddress(ctx, app, session)
    try {
      app.chat.refusePicture(session)
      await showDone(ctx, app, await takePicture(ctx, app, session, (picture) => app.chat.setPicture(session, picture)))
    } catch (error) {
      const message = pictureFault(ctx, app, error)
      if (message === undefined) throw error instanceof ChatError ? refusalPage(ctx, error) : error
      ctx.status = 400
      await show(ctx, app, session, { field: 'picture', message })
    }
  },

  async 'POST /account/picture/remove'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    if (!session.isVerified) ctx.throw(403)
    await showDone(ctx, app, await app.chat.setPicture(session, undefined))
  },

  async 'POST /account/status'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    refuseBannedAddress(ctx, app, session)
    const [text, emoji, forMs] = [ctx.field('text'), ctx.field('emoji').trim(), ctx.field('forMs')]
    const fields = { text, ...(emoji && { emoji }), ...(forMs && { forMs: lengthOf(forMs) }) }
    const asker = { session, network: networkOf(app.addressOf(ctx.req)), signal: new AbortController().signal }
    try {
      const command = parseCommand({ type: 'status', key: crypto.randomUUID(), ...fields })
      await app.chat.run(asker, command as Commands['status'])
      ctx.seeOther('/account?done=status')
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      const tooLong = ctx.state.language.t('statusRefused', { n: limits.maxStatusCharacters })
      refusalPage(ctx, error, error.code === 'bad-field' ? tooLong : undefined)
    }
  },

  async 'POST /account/last-seen'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    refuseBannedAddress(ctx, app, session)
    if (!session.isVerified) ctx.throw(403)
    const shown = ctx.field('shown')
    if (shown !== 'yes' && shown !== 'no') ctx.throw(400)
    await app.store.accounts.hideSeen(session.user.id, shown === 'no')
    ctx.seeOther('/account?done=seen')
  },

  async 'POST /account/sessions/:id/end'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const { id } =
      (await sessionsShownTo(session, app)).find((one) => String(one.id) === ctx.params.id) ?? ctx.throw(404)
    if (id === session.id) return await leave(ctx, app)
    await end(app, session, [id])
    ctx.seeOther('/account?done=ended')
  },

  async 'POST /account/sessions/end'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const ids = (await sessionsShownTo(session, app)).map(({ id }) => id)
    await end(
      app,
      session,
      ids.filter((id) => id !== session.id),
    )
    if (ctx.field('all')) return await leave(ctx, app)
    ctx.seeOther('/account?done=others')
  },

  /** Asks first: a guest may lose their name. */
  async 'GET /account/signout'(ctx, { auth: { sessions }, pages: { render } }) {
    const session = await sessions.find(ctx.req)
    if (!session) return ctx.redirect('/signin')
    ctx.body = render(ctx, 'account/signout.njk', {
      user: session.user,
      isGuest: session.role === 'guest' && session.isVerified,
    })
  },
} satisfies Controller

async function sessionAsking(ctx: Context, { auth: { sessions } }: AppContext): Promise<Session | undefined> {
  const session = await sessions.find(ctx.req)
  if (!session) ctx.seeOther('/signin')
  return session
}

/** @param before the picture whose bytes are removed: not while those of the new one are held */
async function showDone(ctx: Context, app: AppContext, before: Picture | undefined): Promise<void> {
  await app.files.pictures.removeUnused(before)
  ctx.seeOther('/account?done=picture')
}

function refusalPage(ctx: Context, error: ChatError, text = errorText(error.code, ctx.state.language.t)): never {
  setRefusal(ctx, error, error.code === 'forbidden' ? 403 : 400)
  return ctx.throw(ctx.status, text, { expose: true })
}

async function show(ctx: Context, app: AppContext, session: Session, fault?: AccountFault): Promise<void> {
  const {
    store,
    pages: { render },
  } = app
  const account = await store.accounts.get(session.user.id)
  const hasPassword = account?.passwordHash !== undefined
  const sessions = await sessionsShownTo(session, app)
  ctx.body = render(ctx, 'account/account.njk', {
    user: session.user,
    role: session.role,
    isVerified: session.isVerified,
    hasPassword,
    status: account?.status,
    maxStatus: limits.maxStatusCharacters,
    statusTimes,
    hidesSeen: account?.hidesSeen === true,
    obstacle: hasPassword ? undefined : claimObstacle(app, session),
    leastCharacters: limits.minPasswordCharacters,
    sessions: sessions.map((one) => ({ ...one, isThis: one.id === session.id })),
    blocked: session.isVerified ? await store.accounts.listBlocked(session.user.id) : [],
    done: !fault && outcomes.includes(ctx.query.done) ? ctx.query.done : undefined,
    fault,
  })
}

/** Reads a duration, or `until` and the time at which the edited status ends. */
function lengthOf(field: string): number {
  const until = /^until (\d+)$/.exec(field)?.[1]
  return until === undefined ? Number(field) : Math.max(minuteMs, Number(until) - Date.now())
}

function imageOf(value: string | undefined): number | undefined {
  if (!value || !/^(-1|\d)$/.test(value)) return undefined
  return Number(value)
}

/** Why a guest cannot claim their name here. */
function claimObstacle({ settings }: AppContext, { isVerified }: Session): ServerTextKey | undefined {
  if (!settings.now.guests) return 'claimByLink'
  return isVerified ? undefined : 'claimElsewhere'
}

/** A session that is not verified learns nothing about the guest's other sessions. */
async function sessionsShownTo({ user, id, isVerified }: Session, { store }: AppContext) {
  const sessions = await store.sessions.list(user.id)
  return isVerified ? sessions : sessions.filter((one) => one.id === id)
}

/** @returns what was done @throws what `signIn.refuse` knows */
async function choosePassword(ctx: Context, app: AppContext, session: Session): Promise<'claimed' | 'changed'> {
  const {
    store,
    auth: { signIn, sessions },
  } = app
  const { user } = session
  const account = await store.accounts.get(user.id)
  if (!account) ctx.throw(404)
  if (account.passwordHash !== undefined) await signIn.checkPassword(ctx, account, ctx.field('current'))
  else refuseClaim(app, session)
  const hash = await signIn.hashNewPassword(ctx, ctx.field('password'), user.name)
  const skeleton = confusableSkeleton(user.name)
  const asks = { session: session.id, oldHash: account.passwordHash }
  const ended = await sessions.renew(session, ctx.req, ctx.res, (tokenHash) =>
    store.accounts.setPassword({ userId: user.id, skeleton, hash, keep: { ...asks, tokenHash } }),
  )
  app.chat.publishEnded(ended)
  app.chat.publishRenewed(session)
  const { mail, language } = await store.notifications.settings(user.id)
  if (mail?.verified) app.notify.mailChange('password', { user, address: mail.address, language })
  return account.role === 'guest' ? 'claimed' : 'changed'
}

function refuseClaim(app: AppContext, session: Session): void {
  const text = claimObstacle(app, session)
  if (text) throw app.auth.signIn.refusal(403, { text }, 'password')
}

async function end(app: AppContext, { user }: Session, ids: number[]): Promise<void> {
  for (const id of ids) await app.store.sessions.end({ id, user })
  app.chat.publishEnded(ids.map((session) => ({ user, session })))
}

async function leave(ctx: Context, { auth: { signIn } }: AppContext): Promise<void> {
  await signIn.end(ctx)
  ctx.seeOther('/signin')
}
