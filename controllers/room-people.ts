/** The members of a room, and the users who reacted to a message, for a page without a script. */
import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { refuseUnlessSeen, roomAskedFor, sessionAsking } from '../src/server/http/asked-room.ts'
import { idOf } from '../src/server/http/id.ts'
import { limits } from '../src/shared/protocol/limits.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { displayTitleOf, fullTitle } from '../src/shared/rooms.ts'

export default {
  async 'GET /rooms/:room/members'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    const {
      store,
      pages: { read, render },
    } = app
    const page = { after: idOf(ctx.query.after) ?? 0, limit: limits.maxListedMembers + 1, isWithBanned: false }
    const found = await read(ctx, session, (meter) => store.rooms.members(room, page, meter))
    const members = found.slice(0, limits.maxListedMembers)
    const about = await aboutRoom(ctx, app, session, room)
    const next = found.length > members.length ? members.at(-1)?.user.id : undefined
    ctx.body = render(ctx, 'room/members.njk', { ...about, members, next })
  },

  async 'GET /rooms/:room/:id/reactions'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    const id = idOf(ctx.params.id) ?? ctx.throw(404)
    const {
      store,
      pages: { read, render },
    } = app
    const given = await read(ctx, session, (meter) => store.log.reactions(room, id, limits.maxPerPage, meter))
    const about = await aboutRoom(ctx, app, session, room)
    const reactions = [...Map.groupBy(given, ({ data }) => data)].map(([data, all]) => ({
      data,
      users: all.map(({ user }) => user),
    }))
    ctx.body = render(ctx, 'room/reactions.njk', { ...about, id, reactions })
  },
} satisfies Controller

/** The last read: the user may have been removed from the room during the ones before. */
async function aboutRoom(ctx: Context, app: AppContext, session: Session, room: string) {
  const summary = await app.pages.read(ctx, session, (meter) => app.store.rooms.summary(session, room, meter))
  await refuseUnlessSeen(ctx, app, session, room)
  if (!summary) ctx.throw(404)
  const title = fullTitle(displayTitleOf(summary, ctx.state.language.t))
  return { role: session.role, me: session.user.id, isVerified: session.isVerified, path: roomPath(room), title }
}
