/** The messages that mention the user or reply to theirs, for a page without a script. */
import type { Controller } from '../src/server/http/app-context.ts'
import { sessionAsking } from '../src/server/http/asked-room.ts'
import { idOf } from '../src/server/http/id.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { displayTitleOf, fullTitle } from '../src/shared/rooms.ts'

export default {
  async 'GET /mentions'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const { store, read, render } = app
    const { t } = ctx.state.language
    const rooms = await read(ctx, session, (meter) => store.rooms.list(session, meter))
    const titles = new Map(rooms.map((room) => [room.room, fullTitle(displayTitleOf(room, t))]))
    // Last, so that no room is shown that the user has lost meanwhile.
    const before = idOf(ctx.query.before)
    const { messages, next } = await read(ctx, session, (meter) => store.log.addressed(session, before, meter))
    const listed = messages.map((message) => {
      const { room } = message
      return { message, path: roomPath(room), title: titles.get(room) ?? room }
    })
    ctx.body = render(ctx, 'mentions.njk', { role: session.role, listed, next })
  },
} satisfies Controller
