import type { Context } from 'koa'
import type { Controller, House } from '../src/server/http/context.ts'
import { localPath } from '../src/shared/local-path.ts'
import { limits } from '../src/shared/protocol.ts'
import { type Fault, faultInName, normalizeName } from '../src/shared/text.ts'

const rememberedMs = 365 * 24 * 60 * 60 * 1000

export default {
  async 'GET /signin'(ctx, { sessions, names, render }) {
    const to = localPath(ctx.query.to)
    if (await sessions.find(ctx.req)) return ctx.redirect(to)
    const name = rememberedName(ctx) ?? (await names.suggest(ctx.state.language.code))
    ctx.body = render(ctx, 'signin.njk', { name, to })
  },

  async 'POST /signin'(ctx, house) {
    const { name: typed, to: asked } = ctx.request.body as Record<string, unknown>
    const name = normalizeName(typeof typed === 'string' ? typed : '')
    const to = localPath(asked)
    const fault = faultInName(name, limits.nameCharacters)
    if (fault) return refuse(ctx, house, { name, to }, fault)

    const waitMs = house.signInWaitMs(ctx.req)
    if (waitMs) return tooMany(ctx, waitMs)
    const { store, sessions } = house
    await endSession(ctx, house)
    const user = await store.userNamed(name)
    await sessions.start(user, ctx.req, ctx.res)
    rememberName(ctx, sessions, name)
    if (wantsJson(ctx)) ctx.body = user
    else seeOther(ctx, to)
  },

  async 'POST /signout'(ctx, house) {
    await endSession(ctx, house)
    seeOther(ctx, '/signin')
  },
} satisfies Controller

function refuse(ctx: Context, { render }: House, typed: { name: string; to: string }, { word, values }: Fault): void {
  const fault = ctx.state.language.t(word, values)
  ctx.status = 400
  if (wantsJson(ctx)) ctx.body = { error: { status: 400, message: fault } }
  else ctx.body = render(ctx, 'signin.njk', { ...typed, fault })
}

function tooMany(ctx: Context, waitMs: number): void {
  ctx.set('Retry-After', String(Math.ceil(waitMs / 1000)))
  ctx.throw(429, ctx.state.language.t('tooManySignIns'))
}

async function endSession(ctx: Context, { sessions, hub }: House): Promise<void> {
  const session = await sessions.find(ctx.req)
  if (!session) return
  await sessions.end(session, ctx.req, ctx.res)
  hub.publish({ type: 'session-ended', user: session.user, session: session.id })
}

function wantsJson(ctx: Context): boolean {
  return ctx.accepts('html', 'json') === 'json'
}

function seeOther(ctx: Context, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}

function rememberedName(ctx: Context): string | undefined {
  const name = normalizeName(decodeURIComponentOr(ctx.cookies.get('name') ?? '', ''))
  return faultInName(name, limits.nameCharacters) ? undefined : name
}

function rememberName(ctx: Context, sessions: House['sessions'], name: string): void {
  sessions.cookies(ctx.req, ctx.res).set('name', encodeURIComponent(name), { sameSite: 'lax', maxAge: rememberedMs })
}

function decodeURIComponentOr(text: string, otherwise: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A cookie that somebody else has written.
    return otherwise
  }
}
