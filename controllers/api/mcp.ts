/** Tools for language models: the Model Context Protocol over HTTP without sessions. See docs/protocol.md, "Model Context Protocol". */
import type { Context } from 'koa'
import { botOf, runCommand } from '../../src/server/http/api/requests.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { answerMcp } from '../../src/server/mcp/answer.ts'
import { programName } from '../../src/shared/server-settings.ts'

export default {
  async 'POST /mcp'(ctx, app) {
    refuseUnlessOn(ctx, app)
    const session = await botOf(ctx, app)
    if (!ctx.is('json')) ctx.throw(415, 'The body is JSON, with Content-Type: application/json.')
    const request = { body: ctx.request.body, header: (name: string) => ctx.get(name) }
    const { status, body } = await answerMcp(request, {
      serverInfo: { name: 'teahouse', title: app.settings.now.name || programName, version: app.pages.build },
      rooms: {
        list: () => app.pages.read(ctx, session, (meter) => app.store.rooms.list(session, meter)),
        run: (type, fields) => runCommand(ctx, app, session, { ...fields, type }),
      },
    })
    // Null is a body that is empty. It sets a status of its own.
    ctx.body = body ?? null
    ctx.status = status
  },

  // There are no sessions, and nothing to listen to.
  'GET /mcp': refuseMethod,
  'DELETE /mcp': refuseMethod,
} satisfies Controller

function refuseMethod(ctx: Context, app: AppContext): void {
  refuseUnlessOn(ctx, app)
  ctx.set('Allow', 'POST')
  ctx.throw(405)
}

function refuseUnlessOn(ctx: Context, { config }: AppContext): void {
  if (!config.mcp) ctx.throw(404)
}
