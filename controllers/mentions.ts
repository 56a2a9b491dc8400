/** The messages that mention the user or reply to theirs, for a page without a script. */
import type { Controller } from '../src/server/http/app-context.ts'
import { sessionAsking } from '../src/server/http/asked-room.ts'
import { idOf } from '../src/server/http/id.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { locationTitle } from '../src/shared/rooms.ts'

export default {
  async 'GET /mentions'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const {
      store,
      pages: { read, render },
    } = app
    const { t } = ctx.state.language
    const before = idOf(ctx.query.before)
    const page = await read(ctx, session, (meter) => store.log.addressed(session, before, meter))
    const { messages, rooms, next } = page
    const places = new Map(rooms.map((room) => [room.room, locationTitle(room, t)]))
    const listed = messages.map((message) => {
      return { message, path: roomPath(message.room), where: places.get(message.room) }
    })
    ctx.body = render(ctx, 'room/mentions.njk', { role: session.role, listed, next })
  },
} satisfies Controller
