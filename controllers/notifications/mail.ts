/** Pages to which emails lead. A link alone changes nothing: programs that look for viruses open it, too. */
import type { Context } from 'koa'
import { hashOf } from '../../src/server/auth/tokens.ts'
import type { Controller } from '../../src/server/http/app-context.ts'
import { retryAfter } from '../../src/server/http/retry-after.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'

export default {
  async 'GET /mail/:token'(ctx, { store, pages: { render } }) {
    const found = await store.notifications.findMailLink(hashOf(tokenIn(ctx)), Date.now())
    ctx.body = render(ctx, 'mail.njk', { type: 'confirm', ...(found ?? refuse(ctx)) })
  },

  async 'POST /mail/:token'(ctx, { store, chat, pages: { render } }) {
    const user = await store.notifications.verifyMail(hashOf(tokenIn(ctx)), Date.now())
    if (user === undefined) return refuse(ctx)
    chat.publishNotifications(user)
    ctx.body = render(ctx, 'mail.njk', { type: 'confirmed' })
  },

  async 'GET /mail/unsubscribe/:token'(ctx, { store, pages: { render } }) {
    const found = await store.notifications.findMailToken(tokenIn(ctx))
    ctx.body = render(ctx, 'mail.njk', { type: 'stop', ...(found ?? refuse(ctx)) })
  },

  /** Also by a mail program, with one click (RFC 8058). Twice is as good as once. */
  async 'POST /mail/unsubscribe/:token'(ctx, { store, chat, pages: { render } }) {
    const user = await store.notifications.unsubscribeMail(tokenIn(ctx))
    if (user !== undefined) chat.publishNotifications(user)
    ctx.body = render(ctx, 'mail.njk', { type: 'stopped' })
  },

  'GET /forgot'(ctx, { notify, pages: { render } }) {
    if (!notify.canMail) ctx.throw(404)
    ctx.body = render(ctx, 'mail.njk', { type: 'forgot' })
  },

  /** The same answer, in the same time, whether an account has the address or not. */
  'POST /forgot'(ctx, { notify, addressOf, pages: { render } }) {
    if (!notify.canMail) ctx.throw(404)
    const waitMs = notify.mailPasswordLinks(ctx.field('address').trim(), networkOf(addressOf(ctx.req)))
    if (waitMs) {
      ctx.set('Retry-After', retryAfter(waitMs))
      ctx.throw(429, ctx.state.language.t('tooManySignIns'), { expose: true })
    }
    ctx.body = render(ctx, 'mail.njk', { type: 'sent' })
  },
} satisfies Controller

function tokenIn(ctx: Context): string {
  const { token } = ctx.params
  return /^[\w-]{22,43}$/.test(token) ? token : refuse(ctx)
}

/** Unknown, used and expired links get the same answer. */
function refuse(ctx: Context): never {
  ctx.throw(404, ctx.state.language.t('invalidLink'))
}
