/**
 * Where other programs share something with the installed page, when its service worker does not take it: a form that one sends
 * to a room oneself. Any page may send a form here, and all that it does is to fill that one.
 */
import type { Context } from 'koa'
import type { Session } from '../../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { refuseBannedAddress } from '../../src/server/http/asked-room.ts'
import { readSharedForm, type SharedForm } from '../../src/server/http/files/shared-form.ts'
import { sharedText } from '../../src/shared/files/shared-text.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { canModerate, closedTo } from '../../src/shared/rights.ts'
import { roomPath } from '../../src/shared/room-path.ts'
import { displayTitleOf, fullTitle } from '../../src/shared/rooms.ts'

export default {
  async 'GET /share'(ctx, app) {
    await show(ctx, app, { title: '', text: '', url: '', hasFiles: false })
  },

  async 'POST /share'(ctx, app) {
    await show(ctx, app, await readSharedForm(ctx))
  },
} satisfies Controller

async function show(ctx: Context, app: AppContext, shared: SharedForm): Promise<void> {
  const session = await app.auth.sessions.find(ctx.req)
  // They sign in elsewhere, and the page waits with what was shared.
  if (!session) {
    ctx.body = app.pages.render(ctx, 'account/share-sign-in.njk', { shared })
    return
  }
  refuseBannedAddress(ctx, app, session)
  ctx.body = app.pages.render(ctx, 'account/share.njk', {
    role: session.role,
    text: sharedText(shared),
    hasFiles: shared.hasFiles,
    // So that a form that is sent twice is stored once.
    key: crypto.randomUUID(),
    rooms: await roomsToWriteIn(ctx, app, session),
    maxFiles: limits.maxFilesPerMessage,
    maxFileBytes: app.files.uploads.limits.maxFileBytes,
  })
}

async function roomsToWriteIn(ctx: Context, app: AppContext, session: Session) {
  const rooms = await app.pages.read(ctx, session, (meter) => app.store.rooms.list(session, meter))
  return rooms
    .filter((room) => !room.left && !room.request)
    .filter((room) => {
      const { role, isCreator = false } = room
      const isModerator = session.isVerified && canModerate({ serverRole: session.role, role, isCreator })
      return closedTo(room, isModerator, Date.now()) === undefined
    })
    .map((room) => ({ path: roomPath(room.room), title: fullTitle(displayTitleOf(room, ctx.state.language.t)) }))
}
