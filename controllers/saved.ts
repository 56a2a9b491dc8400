/** The messages that the user keeps for themselves, for a page without a script. */
import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { roomAskedFor, sessionAsking } from '../src/server/http/asked-room.ts'
import { idOf } from '../src/server/http/id.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { errorText } from '../src/shared/error-texts.ts'
import type { Commands } from '../src/shared/protocol/commands.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { limits } from '../src/shared/protocol/limits.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { locationTitle } from '../src/shared/rooms.ts'

export default {
  async 'GET /saved'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (session) await show(ctx, app, session)
  },

  // The address of a form that was refused: a reload gets the list.
  'GET /rooms/:room/saved'(ctx) {
    ctx.redirect('/saved')
  },

  async 'POST /rooms/:room/saved'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    const ref = idOf(ctx.field('ref')) ?? ctx.throw(400)
    const on = ctx.field('on') === 'yes'
    const asker = { session, network: networkOf(app.addressOf(ctx.req)), signal: new AbortController().signal }
    const command: Commands['save'] = { type: 'save', room, key: crypto.randomUUID(), ref, on }
    try {
      await app.chat.run(asker, command)
      ctx.seeOther('/saved')
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      await show(ctx, app, session, error)
    }
  },
} satisfies Controller

async function show(ctx: Context, app: AppContext, session: Session, fault?: ChatError): Promise<void> {
  const {
    store,
    pages: { read, render },
  } = app
  const { t } = ctx.state.language
  const blocked = session.isVerified ? await store.accounts.listBlocked(session.user.id) : []
  // Last, so that no room is shown that the user has lost meanwhile.
  const before = idOf(ctx.query.before)
  const { messages, rooms, next } = await read(ctx, session, (meter) => store.saved.list(session, before, meter))
  const places = new Map(rooms.map((room) => [room.room, locationTitle(room, t)]))
  const listed = messages.map((message) => {
    return { message, path: roomPath(message.room), where: places.get(message.room) }
  })
  if (fault) setRefusal(ctx, fault, 403)
  ctx.body = render(ctx, 'room/saved.njk', {
    role: session.role,
    listed,
    next,
    blocked: blocked.map(({ id }) => id),
    fault: fault && { message: faultText(fault, session, t) },
  })
}

function faultText({ code }: ChatError, { isVerified }: Session, t: Context['state']['language']['t']): string {
  return code === 'forbidden' && isVerified ? t('tooManySaved', { n: limits.maxSaved }) : errorText(code, t)
}
