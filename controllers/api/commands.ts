/** The HTTP API: a request carries one command of the protocol and is answered with its frame. See docs/protocol.md, "Commands over HTTP". */
import type { Context } from 'koa'
import { runCommand, sessionOf } from '../../src/server/http/api/requests.ts'
import type { Controller } from '../../src/server/http/app-context.ts'
import { refuseCommand } from '../../src/server/http/error-frame.ts'
import { answerForm } from '../../src/server/http/files/receive-files.ts'
import { requestCommandOf } from '../../src/shared/protocol/commands.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'

export default {
  async 'GET /api/me'(ctx, app) {
    const { user, role, isVerified } = await sessionOf(ctx, app)
    ctx.body = { user, role, verified: isVerified }
  },

  async 'GET /api/rooms'(ctx, app) {
    const session = await sessionOf(ctx, app)
    ctx.body = { rooms: await app.pages.read(ctx, session, (meter) => app.store.rooms.list(session, meter)) }
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
    let fields: Record<string, unknown> = {}
    try {
      // As JSON it lists files, as a form it uploads them.
      if (ctx.params.command === 'files' && ctx.is('multipart')) return await answerForm(ctx, app, session)
      const type = requestCommandOf(ctx.params.command)
      fields = { ...keyOf(ctx), ...bodyOf(ctx), type }
      const answer = await runCommand(ctx, app, session, { ...fields, type })
      if (answer) ctx.body = answer
      else ctx.status = 204
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      refuseCommand(ctx, error, fields)
    }
  },
} satisfies Controller

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
