/** The HTTP API: a request carries one command of the protocol and is answered with its frame. See docs/protocol.md, "Commands over HTTP". */
import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { refuseCommand } from '../src/server/http/error-frame.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { type Commands, parseCommand, type RequestCommand, requestCommandOf } from '../src/shared/protocol/commands.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { isAdmin } from '../src/shared/rights.ts'

export default {
  async 'GET /api/me'(ctx, app) {
    const { user, role, isVerified } = await sessionOf(ctx, app)
    ctx.body = { user, role, verified: isVerified }
  },

  async 'GET /api/rooms'(ctx, app) {
    const session = await sessionOf(ctx, app)
    ctx.body = { rooms: await app.read(ctx, session, (meter) => app.store.rooms.list(session, meter)) }
  },

  async 'GET /api/stream'(ctx, app) {
    // A stream has no end whose length could be told.
    if (ctx.method === 'HEAD') {
      ctx.set('Allow', 'GET')
      ctx.throw(405)
    }
    const session = await sessionOf(ctx, app)
    try {
      const answer = await app.streams.serve(ctx.req, ctx.res, session)
      if (answer === undefined) ctx.respond = false
      else Object.assign(ctx, { type: 'json', body: answer })
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      refuseCommand(ctx, error, {})
    }
  },

  async 'POST /api/:command'(ctx, app) {
    const session = await sessionOf(ctx, app)
    const gone = new AbortController()
    const abort = () => gone.abort()
    ctx.res.once('close', abort)
    let fields: Record<string, unknown> = {}
    try {
      const type = requestCommandOf(ctx.params.command)
      fields = { ...keyOf(ctx), ...bodyOf(ctx), type }
      const command = parseCommand(fields) as Commands[RequestCommand]
      const network = networkOf(app.addressOf(ctx.req))
      const answer = await app.chat.run({ session, network, signal: gone.signal }, command)
      if (answer) ctx.body = answer
      else ctx.status = 204
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      refuseCommand(ctx, error, fields)
    } finally {
      ctx.res.off('close', abort)
    }
  },
} satisfies Controller

async function sessionOf(ctx: Context, { callers, ipBans, addressOf }: AppContext): Promise<Session> {
  const session = await callers.find(ctx.req)
  if (!session) {
    ctx.set('WWW-Authenticate', 'Bearer')
    return ctx.throw(401, 'Sign in first: POST /signin answers with a cookie. A bot sends Authorization: Bearer.')
  }
  if (ipBans.has(addressOf(ctx.req)) && !isAdmin(session.role)) ctx.throw(403, ctx.state.language.t('youAreBanned'))
  return session
}

/** A form of another site could be sent without asking. JSON cannot. */
function bodyOf(ctx: Context): Record<string, unknown> {
  const { body } = ctx.request
  if (ctx.is('json') === null) return {}
  if (!ctx.is('json')) ctx.throw(415, 'The body is JSON, with Content-Type: application/json.')
  if (typeof body !== 'object' || body === null || Array.isArray(body)) ctx.throw(400, 'The body is one JSON object.')
  return body as Record<string, unknown>
}

/** The header is the field `key`, for programs that set it for each request. */
function keyOf(ctx: Context): { key?: string } {
  const key = ctx.get('Idempotency-Key')
  return key ? { key } : {}
}
