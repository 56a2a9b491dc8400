/** What the user is told while no page is open, for a page without a script. */
import type { Context } from 'koa'
import type { Session } from '../../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { sessionAsking } from '../../src/server/http/asked-room.ts'
import { setRefusal } from '../../src/server/http/refusal.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import { errorText } from '../../src/shared/error-texts.ts'
import type { ServerTextKey } from '../../src/shared/language.ts'
import { type Commands, parseCommand, type RequestCommand } from '../../src/shared/protocol/commands.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'
import type { NotificationsFrame } from '../../src/shared/protocol/frames.ts'
import { limits } from '../../src/shared/protocol/limits.ts'

const outcomes: readonly unknown[] = ['saved', 'mail', 'removed']
/** Minutes for which an email waits. */
const delays = [5, 15, 60, 240, 1_440]

interface Fault {
  field?: string
  message: string
}

export default {
  async 'GET /account/notifications'(ctx, app) {
    const session = await verifiedSession(ctx, app)
    if (session) await show(ctx, app, session)
  },

  async 'POST /account/notifications'(ctx, app) {
    const session = await verifiedSession(ctx, app)
    if (!session) return
    const before = await ask(ctx, app, session, { type: 'notifications' })
    try {
      const change = changeIn(ctx, before)
      const after = await ask(ctx, app, session, { type: 'set-notifications', key: crypto.randomUUID(), ...change })
      const isLinkSent = change.mail && !after.mail?.verified && !after.mail?.refused
      ctx.seeOther(`/account/notifications?done=${isLinkSent ? 'mail' : 'saved'}`)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      setRefusal(ctx, error, 400)
      await show(ctx, app, session, faultOf(ctx, error))
    }
  },

  // The address of a form that was refused: a reload gets the page.
  'GET /account/notifications/browsers/:id/remove'(ctx) {
    ctx.redirect('/account/notifications')
  },

  async 'POST /account/notifications/browsers/:id/remove'(ctx, app) {
    const session = await verifiedSession(ctx, app)
    if (!session) return
    const id = Number(/^\d{1,15}$/.test(ctx.params.id) ? ctx.params.id : ctx.throw(404))
    await ask(ctx, app, session, { type: 'push-unsubscribe', key: crypto.randomUUID(), id })
    ctx.seeOther('/account/notifications?done=removed')
  },
} satisfies Controller

async function verifiedSession(ctx: Context, app: AppContext): Promise<Session | undefined> {
  const session = await sessionAsking(ctx, app)
  if (session && !session.isVerified) ctx.throw(403)
  return session
}

async function ask(
  ctx: Context,
  app: AppContext,
  session: Session,
  fields: { type: string } & Record<string, unknown>,
): Promise<NotificationsFrame> {
  const asker = { session, network: networkOf(app.addressOf(ctx.req)), signal: new AbortController().signal }
  return (await app.chat.run(asker, parseCommand(fields) as Commands[RequestCommand])) as NotificationsFrame
}

/** What the form says. An address that is empty is removed; one that waits for its link gets another one. */
function changeIn(ctx: Context, { mail: before, hasMail }: NotificationsFrame) {
  const [from, to] = [ctx.field('from').trim(), ctx.field('to').trim()]
  const [address, delay] = [ctx.field('address').trim(), ctx.field('delay')]
  const timeZone = ctx.field('timeZone').trim()
  const isSame =
    before?.verified && !before.stopped && before.address === address && String(before.delayMinutes) === delay
  const mail = address ? { address, delayMinutes: Number(delay) } : null
  return {
    level: ctx.field('level'),
    quiet: from || to ? { from, to } : null,
    ...(timeZone && { timeZone }),
    language: ctx.state.language.code,
    keywords: ctx
      .field('keywords')
      .split(/[,，、\n]/)
      .map((word) => word.trim())
      .filter(Boolean),
    showsText: ctx.field('text') !== 'hidden',
    ...(hasMail && !isSame && (mail || before) && { mail }),
    ...(ctx.field('password') && { password: ctx.field('password') }),
  }
}

const faults: Readonly<Record<string, ServerTextKey>> = {
  quiet: 'quietFault',
  timeZone: 'timeZoneFault',
  keywords: 'keywordsFault',
  mail: 'mailFault',
  password: 'wrongCurrent',
}

function faultOf(ctx: Context, { code, message }: ChatError): Fault {
  const { t } = ctx.state.language
  const [, field = ''] = /^"(\w+)"/.exec(message) ?? []
  const text = faults[field]
  if (code === 'bad-field' && text)
    return { field, message: t(text, { n: limits.maxKeywords, most: limits.maxKeywordCharacters }) }
  return code === 'unavailable' ? { field: 'mail', message: t('mailUnavailable') } : { message: errorText(code, t) }
}

async function show(ctx: Context, app: AppContext, session: Session, fault?: Fault): Promise<void> {
  const settings = await ask(ctx, app, session, { type: 'notifications' })
  const typed = fault && {
    level: ctx.field('level'),
    quiet: { from: ctx.field('from'), to: ctx.field('to') },
    timeZone: ctx.field('timeZone'),
    keywords: [ctx.field('keywords')],
    showsText: ctx.field('text') !== 'hidden',
    mail: { ...settings.mail, address: ctx.field('address'), delayMinutes: Number(ctx.field('delay')) },
  }
  ctx.body = app.pages.render(ctx, 'account/notifications.njk', {
    role: session.role,
    settings: { ...settings, ...typed },
    delays,
    maxKeywords: limits.maxKeywords,
    done: !fault && outcomes.includes(ctx.query.done) ? ctx.query.done : undefined,
    fault,
  })
}
