/** Sets which messages of a room the user wants to hear of, for a page without a script. */
import type { Controller } from '../src/server/http/app-context.ts'
import { roomAskedFor, sessionAsking } from '../src/server/http/asked-room.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { errorText } from '../src/shared/error-texts.ts'
import { type Commands, parseCommand } from '../src/shared/protocol/commands.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { normalizeName } from '../src/shared/text.ts'

export default {
  // The address of a form that was refused: a reload gets the room.
  'GET /rooms/:room/notifications'(ctx) {
    ctx.redirect(roomPath(normalizeName(ctx.params.room)))
  },

  async 'POST /rooms/:room/notifications'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    const asker = { session, network: networkOf(app.addressOf(ctx.req)), signal: new AbortController().signal }
    try {
      const fields = { type: 'notify', room, key: crypto.randomUUID(), level: ctx.field('level') }
      await app.chat.run(asker, parseCommand(fields) as Commands['notify'])
      ctx.seeOther(roomPath(room))
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      setRefusal(ctx, error, 400)
      ctx.throw(ctx.status, errorText(error.code, ctx.state.language.t), { expose: true })
    }
  },
} satisfies Controller
