/** Marks all rooms as read, for a page without a script. */
import type { Controller } from '../src/server/http/app-context.ts'
import { sessionAsking } from '../src/server/http/asked-room.ts'
import { localPath } from '../src/shared/addresses/local-path.ts'

export default {
  // The address of a form that was refused: a reload gets the first room.
  'GET /read'(ctx) {
    ctx.redirect('/')
  },

  async 'POST /read'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const unread = await app.pages.read(ctx, session, (meter) => app.store.rooms.unreadRooms(session, undefined, meter))
    await app.chat.markAllRead(session, unread ?? [])
    ctx.seeOther(localPath(ctx.field('to')))
  },
} satisfies Controller
