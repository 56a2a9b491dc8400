/** Incoming webhooks: anyone who has the address can write in its room. See docs/protocol.md, "Incoming webhooks". */
import type { Context } from 'koa'
import { sessionOf } from '../../src/server/auth/callers.ts'
import { hashOf, newToken } from '../../src/server/auth/tokens.ts'
import { hookMessage } from '../../src/server/hooks/hook-message.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { refuseHook } from '../../src/server/http/error-frame.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import type { Hook } from '../../src/server/store/store.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'

export default {
  async 'POST /hooks/:token'(ctx, app) {
    const hook = await hookOf(ctx, app)
    const { isReadOnly: _, ...session } = sessionOf(hook.bot)
    const data = hookMessage(payloadOf(ctx)) ?? ctx.throw(400, 'no_text')
    const writing = { room: hook.room, key: keyOf(ctx, hook), content: { type: 'chat', data } as const }
    try {
      await app.chat.write(session, networkOf(app.addressOf(ctx.req)), writing)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      return refuseHook(ctx, error)
    }
    ctx.type = 'text/plain'
    ctx.body = 'ok'
  },
} satisfies Controller

async function hookOf(ctx: Context, { store, addressOf, auth: { ipBans } }: AppContext): Promise<Hook> {
  const { token } = ctx.params
  // What cannot be a token costs no query.
  const hook = /^[\w-]{43}$/.test(token) ? await store.bots.findHook(hashOf(token)) : undefined
  if (!hook) return ctx.throw(404, 'no_service')
  if (ipBans.has(addressOf(ctx.req))) ctx.throw(403, ctx.state.language.t('youAreBanned'))
  return hook
}

/** JSON, a form with `payload`, or JSON that calls itself a form, as `curl -d` sends it. */
function payloadOf(ctx: Context): unknown {
  const { body, rawBody = '' } = ctx.request
  if (ctx.is('json')) return body
  if (!ctx.is('urlencoded')) return ctx.throw(415, 'The body is JSON, or a form with the field payload.')
  const { payload } = Object(body)
  try {
    return JSON.parse(typeof payload === 'string' ? payload : rawBody)
  } catch {
    return ctx.throw(400, 'invalid_payload')
  }
}

/** The keys of one hook are not those of another one of its bot. Any header will do, however long. */
function keyOf(ctx: Context, { id }: Hook): string {
  const key = ctx.get('Idempotency-Key')
  return key ? hashOf(`${id} ${key}`).toString('base64url') : newToken(16)
}
