import type { Context } from 'koa'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { localPath } from '../src/shared/addresses/local-path.ts'
import { limits } from '../src/shared/protocol/limits.ts'
import { faultInName, normalizeName } from '../src/shared/text.ts'

interface Typed {
  name: string
  password: string
  to: string
}

export default {
  async 'GET /signin'(ctx, { settings, notify, auth: { sessions, names }, pages: { render } }) {
    const to = localPath(ctx.query.to)
    if (await sessions.find(ctx.req)) return ctx.redirect(to)
    const suggested = settings.now.guests ? await names.suggest(ctx.state.language.code) : ''
    ctx.body = render(ctx, 'account/signin.njk', {
      name: rememberedName(ctx, sessions) ?? suggested,
      to,
      guests: settings.now.guests,
      canMail: notify.canMail,
    })
  },

  async 'POST /signin'(ctx, app) {
    const typed = typedIn(ctx)
    try {
      const authenticated = await app.auth.signIn.authenticate(ctx, typed)
      await app.auth.signIn.start(ctx, authenticated)
      if (wantsJson(ctx)) ctx.body = authenticated.user
      else ctx.seeOther(typed.to)
    } catch (error) {
      refuse(ctx, app, typed, error)
    }
  },

  async 'POST /signout'(ctx, { auth: { signIn } }) {
    await signIn.end(ctx, Boolean(ctx.field('forget')))
    // Drafts and unsent messages, for pages without a script too. Browsers heed it over https and on this machine.
    ctx.set('Clear-Site-Data', '"storage"')
    ctx.seeOther('/signin')
  },
} satisfies Controller

/** @throws what is no refusal */
function refuse(ctx: Context, app: AppContext, { name, to }: Typed, error: unknown): void {
  const {
    settings,
    notify,
    auth: { signIn },
    pages: { render },
  } = app
  const fault = signIn.explain(ctx, error)
  const { status } = ctx
  if (wantsJson(ctx)) ctx.body = { error: { status, message: fault.message } }
  else
    ctx.body = render(ctx, 'account/signin.njk', {
      name,
      to,
      fault,
      guests: settings.now.guests,
      canMail: notify.canMail,
    })
}

function typedIn(ctx: Context): Typed {
  return { name: normalizeName(ctx.field('name')), password: ctx.field('password'), to: localPath(ctx.field('to')) }
}

function wantsJson(ctx: Context): boolean {
  return ctx.accepts('html', 'json') === 'json'
}

function rememberedName(ctx: Context, sessions: AppContext['auth']['sessions']): string | undefined {
  // The second is that of the releases before.
  const kept = ctx.cookies.get(sessions.cookieOfPort('name', ctx.req)) ?? ctx.cookies.get('name')
  const name = normalizeName(decodeURIComponentOr(kept ?? '', ''))
  return faultInName(name, limits.maxNameCharacters) ? undefined : name
}

function decodeURIComponentOr(text: string, otherwise: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A cookie that somebody else has written.
    return otherwise
  }
}
