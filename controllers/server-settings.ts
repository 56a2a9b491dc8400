import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { errorText } from '../src/shared/error-texts.ts'
import { isLanguageCode } from '../src/shared/language.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import {
  faultInSettings,
  maxServerNameCharacters,
  maxWelcomeCharacters,
  normalizeWelcome,
  type ServerSettings,
  type StoredSettings,
} from '../src/shared/server-settings.ts'
import { normalizeName } from '../src/shared/text.ts'

interface Fault {
  message: string
  field?: string | undefined
}

export default {
  async 'GET /admin/server'(ctx, app) {
    show(ctx, app, await ownerAsking(ctx, app), app.settings.now)
  },

  async 'POST /admin/server'(ctx, app) {
    const owner = await ownerAsking(ctx, app)
    const typed = typedIn(ctx, app.settings.now)
    const fault = faultInSettings(typed)
    try {
      if (fault) throw app.signIn.refusal(400, fault, fault.field)
      const data = differenceOf(app.settings.now, typed)
      await app.chat.moderate(owner, networkOf(app.addressOf(ctx.req)), { type: 'settings', data })
    } catch (error) {
      return show(ctx, app, owner, typed, faultIn(ctx, app, error))
    }
    // The next page has them, though what all nodes are told may not have arrived yet.
    await app.settings.load()
    ctx.seeOther('/admin/server?done=saved')
  },
} satisfies Controller

/** For all others there is no such page. */
async function ownerAsking(ctx: Context, { sessions }: AppContext): Promise<Session> {
  const session = await sessions.find(ctx.req)
  return session?.isVerified && session.role === 'owner' ? session : ctx.throw(404)
}

/** A choice that the form lacks stays as it is. */
function typedIn(ctx: Context, now: ServerSettings): ServerSettings {
  const language = ctx.field('language')
  return {
    name: normalizeName(ctx.field('name')),
    welcome: normalizeWelcome(ctx.field('welcome')),
    guests: isOn(ctx.field('guests')) ?? now.guests,
    guestRooms: isOn(ctx.field('guestRooms')) ?? now.guestRooms,
    language: language === 'browser' ? '' : isLanguageCode(language) ? language : now.language,
  }
}

function isOn(value: string): boolean | undefined {
  return value === 'on' || value === 'off' ? value === 'on' : undefined
}

/** What is as it was is not set: it keeps its default. */
function differenceOf(now: ServerSettings, typed: ServerSettings): StoredSettings {
  return Object.fromEntries(
    Object.entries(typed).filter(([field, value]) => value !== now[field as keyof ServerSettings]),
  )
}

function show(ctx: Context, { render }: AppContext, { role }: Session, values: ServerSettings, fault?: Fault): void {
  ctx.body = render(ctx, 'admin/server.njk', {
    role,
    values,
    maxName: maxServerNameCharacters,
    maxWelcome: maxWelcomeCharacters,
    isDone: !fault && ctx.query.done === 'saved',
    fault,
  })
}

/** Why it was not done. @throws what is no refusal */
function faultIn(ctx: Context, { signIn }: AppContext, error: unknown): Fault {
  if (!(error instanceof ChatError)) return signIn.explain(ctx, error)
  setRefusal(ctx, error, 403)
  return { message: errorText(error.code, ctx.state.language.t) }
}
