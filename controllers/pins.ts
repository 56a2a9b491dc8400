/** The pinned messages of a room, for a page without a script. */
import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { refuseUnlessSeen, roomAskedFor, sessionAsking } from '../src/server/http/asked-room.ts'
import { idOf } from '../src/server/http/id.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { errorText } from '../src/shared/error-texts.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { limits } from '../src/shared/protocol/limits.ts'
import { canPin } from '../src/shared/rights.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { displayTitleOf, fullTitle } from '../src/shared/rooms.ts'

export default {
  async 'GET /rooms/:room/pins'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (session) await show(ctx, app, session, await roomAskedFor(ctx, app, session))
  },

  async 'POST /rooms/:room/pins'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    const ref = idOf(ctx.field('ref')) ?? ctx.throw(400)
    const on = ctx.field('on') === 'yes'
    try {
      await app.chat.moderate(session, networkOf(app.addressOf(ctx.req)), { type: 'pin', room, ref, on })
      ctx.seeOther(`${roomPath(room)}/pins`)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      await show(ctx, app, session, room, error)
    }
  },
} satisfies Controller

async function show(ctx: Context, app: AppContext, session: Session, room: string, fault?: ChatError): Promise<void> {
  const {
    store,
    pages: { read, render },
  } = app
  const { t } = ctx.state.language
  const summary = await read(ctx, session, (meter) => store.rooms.summary(session, room, meter))
  const messages = await read(ctx, session, (meter) => store.log.pinnedMessages(room, limits.maxPins, meter))
  // They may have been removed from the room during the reads.
  await refuseUnlessSeen(ctx, app, session, room)
  if (!summary) ctx.throw(404)
  if (fault) setRefusal(ctx, fault, 403)
  const blocked = session.isVerified ? await store.accounts.listBlocked(session.user.id) : []
  ctx.body = render(ctx, 'room/pins.njk', {
    role: session.role,
    path: roomPath(room),
    title: fullTitle(displayTitleOf(summary, t)),
    messages,
    blocked: blocked.map(({ id }) => id),
    mayPin: canPin({ ...summary, serverRole: session.role }, session.isVerified),
    fault: fault && { message: errorText(fault.code, t) },
  })
}
