import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import { hashOf, newToken } from '../src/server/auth/tokens.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { ownOrigin } from '../src/server/http/request-origin.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { isAccent } from '../src/shared/appearance/accents.ts'
import { isIconDrawing } from '../src/shared/appearance/server-icon.ts'
import { dayMs, formatDuration } from '../src/shared/durations.ts'
import { errorText } from '../src/shared/error-texts.ts'
import { isLanguageCode, type ServerTextKey } from '../src/shared/language.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { lobby } from '../src/shared/protocol/limits.ts'
import {
  bytesOfMegabytes,
  type FileLimits,
  faultInSettings,
  fileLimits,
  maxServerNameCharacters,
  maxWelcomeCharacters,
  megabytesOf,
  normalizeWelcome,
  type ServerSettings,
  type StoredSettings,
} from '../src/shared/server-settings.ts'
import { normalizeName } from '../src/shared/text.ts'

interface Fault {
  message: string
  field?: string | undefined
}

/** For how many people an invitation of the guide can be, and for how long. */
const useCounts = [1, 10, 100] as const
const lifeDays = [1, 7, 30] as const

const limitTexts = {
  maxFileBytes: { label: 'maxFileBytesLabel', hint: 'maxFileBytesHint' },
  fileBytesPerDay: { label: 'fileBytesPerDayLabel', hint: 'fileBytesPerDayHint' },
  maxStorageBytes: { label: 'maxStorageBytesLabel', hint: 'maxStorageBytesHint' },
} as const satisfies Record<keyof FileLimits, { label: ServerTextKey; hint: ServerTextKey }>

export default {
  async 'GET /admin/server'(ctx, app) {
    show(ctx, app, await ownerAsking(ctx, app), app.settings.now)
  },

  async 'POST /admin/server'(ctx, app) {
    const owner = await ownerAsking(ctx, app)
    const typed = typedIn(ctx, app.settings.now)
    const fault = faultInSettings(typed)
    try {
      if (fault) throw app.auth.signIn.refusal(400, fault, fault.field)
      const data = differenceOf(app.settings.now, typed)
      await app.chat.moderate(owner, networkOf(app.addressOf(ctx.req)), { type: 'settings', data })
    } catch (error) {
      return show(ctx, app, owner, typed, faultIn(ctx, app, error))
    }
    // The next page has them, though what all nodes are told may not have arrived yet.
    await app.settings.load()
    ctx.seeOther(isGuided(ctx) ? '/admin/server/invitation' : '/admin/server?done=saved')
  },

  async 'GET /admin/server/invitation'(ctx, app) {
    showInvitation(ctx, app, await ownerAsking(ctx, app))
  },

  async 'POST /admin/server/invitation'(ctx, app) {
    const owner = await ownerAsking(ctx, app)
    const uses = oneOf(useCounts, ctx.field('uses')) ?? ctx.throw(400)
    const days = oneOf(lifeDays, ctx.field('days')) ?? ctx.throw(400)
    const token = newToken(16)
    await app.chat.moderate(owner, networkOf(app.addressOf(ctx.req)), {
      type: 'invite',
      room: lobby,
      tokenHash: hashOf(token),
      uses,
      expiresAt: Date.now() + days * dayMs,
    })
    // Shown once: only its hash is kept.
    showInvitation(ctx, app, owner, `${ownOrigin(ctx.req, app.config) ?? ''}/link/${token}`)
  },
} satisfies Controller

/** For all others there is no such page. */
async function ownerAsking(ctx: Context, { auth: { sessions } }: AppContext): Promise<Session> {
  const session = await sessions.find(ctx.req)
  return session?.isVerified && session.role === 'owner' ? session : ctx.throw(404)
}

/** A choice that the form lacks stays as it is. */
function typedIn(ctx: Context, now: ServerSettings): ServerSettings {
  const [language, accent, icon] = [ctx.field('language'), ctx.field('accent'), ctx.field('icon')]
  return {
    name: normalizeName(ctx.field('name')),
    welcome: normalizeWelcome(ctx.field('welcome')),
    guests: isOn(ctx.field('guests')) ?? now.guests,
    guestRooms: isOn(ctx.field('guestRooms')) ?? now.guestRooms,
    language: language === 'browser' ? '' : isLanguageCode(language) ? language : now.language,
    accent: isAccent(accent) ? accent : now.accent,
    icon: ctx.field('emoji').trim() || (isIconDrawing(icon) ? icon : now.icon),
    maxFileBytes: bytesIn(ctx, 'maxFileBytes', now),
    fileBytesPerDay: bytesIn(ctx, 'fileBytesPerDay', now),
    maxStorageBytes: bytesIn(ctx, 'maxStorageBytes', now),
  }
}

/** People write megabytes. An empty field stays as it is. */
function bytesIn(ctx: Context, limit: keyof FileLimits, now: ServerSettings): number {
  const typed = ctx.field(limit).trim()
  return typed ? bytesOfMegabytes(typed) : now[limit]
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

function show(
  ctx: Context,
  { pages: { render } }: AppContext,
  { role }: Session,
  values: ServerSettings,
  fault?: Fault,
): void {
  ctx.body = render(ctx, 'admin/server.njk', {
    role,
    values,
    emoji: isIconDrawing(values.icon) ? '' : values.icon,
    maxName: maxServerNameCharacters,
    maxWelcome: maxWelcomeCharacters,
    megabytes: fileLimits.map((name) => ({
      name,
      ...limitTexts[name],
      // What cannot be read is shown as it was typed.
      value: Number.isNaN(values[name]) ? ctx.field(name) : megabytesOf(values[name]),
    })),
    isGuided: isGuided(ctx),
    isDone: !fault && ctx.query.done === 'saved',
    fault,
  })
}

/** Whether the page is a step of the guide for a new owner. */
function isGuided(ctx: Context): boolean {
  return ctx.query.guide === '1' || ctx.field('guide') === '1'
}

/** @param link the new one */
function showInvitation(ctx: Context, { pages: { render } }: AppContext, { role }: Session, link?: string): void {
  const { language } = ctx.state
  const options = (values: readonly number[], chosen: number, words: (value: number) => string) =>
    values.map((value) => ({ value, words: words(value), isChosen: value === chosen }))
  ctx.body = render(ctx, 'admin/invitation.njk', {
    role,
    link,
    choices: [
      { name: 'uses', title: 'maxUses', options: options(useCounts, 10, (n) => language.t('nUses', { n })) },
      {
        name: 'days',
        title: 'expiresAfter',
        options: options(lifeDays, 7, (days) => formatDuration(days * dayMs, language)),
      },
    ],
  })
}

function oneOf(values: readonly number[], typed: string): number | undefined {
  return values.find((value) => String(value) === typed)
}

/** Why it was not done. @throws what is no refusal */
function faultIn(ctx: Context, { auth: { signIn } }: AppContext, error: unknown): Fault {
  if (!(error instanceof ChatError)) return signIn.explain(ctx, error)
  setRefusal(ctx, error, 403)
  return { message: errorText(error.code, ctx.state.language.t) }
}
