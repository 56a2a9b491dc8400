/** Pictures of users and rooms: served, and set by forms. What an admin removes is in `admin/people.ts`. */
import type { Context } from 'koa'
import type { Session } from '../../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { refuseUnlessSeen, roomAskedFor, sessionAsking } from '../../src/server/http/asked-room.ts'
import { pictureFault, takePicture } from '../../src/server/http/files/picture-form.ts'
import { serveFile } from '../../src/server/http/files/serve-file.ts'
import { idOf } from '../../src/server/http/id.ts'
import { setRefusal } from '../../src/server/http/refusal.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import type { Picture } from '../../src/server/store/store.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'
import { canModerate, isAdmin } from '../../src/shared/rights.ts'
import { roomPath } from '../../src/shared/room-path.ts'
import { displayTitleOf } from '../../src/shared/rooms.ts'
import { normalizeName } from '../../src/shared/text.ts'

/** The address changes with the picture: a browser need not ask again. */
const cacheControl = 'private, max-age=31536000, immutable'

export default {
  async 'GET /pictures/users/:id/:picture'(ctx, app) {
    await viewerOf(ctx, app)
    const id = idOf(ctx.params.id) ?? ctx.throw(404)
    await serve(ctx, app, await app.store.pictures.ofUser(id))
  },

  async 'GET /pictures/rooms/:room/:picture'(ctx, app) {
    const viewer = await viewerOf(ctx, app)
    await serve(ctx, app, await app.store.pictures.ofRoom(viewer, normalizeName(ctx.params.room), Date.now()))
  },

  async 'GET /rooms/:room/files/picture'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (session) await showForm(ctx, app, session, await roomToChange(ctx, app, session))
  },

  async 'POST /rooms/:room/files/picture'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomToChange(ctx, app, session)
    try {
      app.chat.refusePicture(session)
      const before = await takePicture(ctx, app, session, (picture) => change(ctx, app, session, room, picture))
      await goOn(ctx, app, room, before)
    } catch (error) {
      const fault = pictureFault(ctx, app, error)
      if (fault === undefined) return refuse(ctx, error)
      ctx.status = 400
      await showForm(ctx, app, session, room, fault)
    }
  },

  'GET /rooms/:room/files/picture/remove'(ctx) {
    ctx.redirect(`${roomPath(normalizeName(ctx.params.room))}/files/picture`)
  },

  async 'POST /rooms/:room/files/picture/remove'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomToChange(ctx, app, session)
    const before = await change(ctx, app, session, room).catch((error) => refuse(ctx, error))
    await goOn(ctx, app, room, before)
  },
} satisfies Controller

/** One answer for all that somebody may not see, as for files. */
async function viewerOf(ctx: Context, { addressOf, auth: { callers, ipBans } }: AppContext): Promise<Session> {
  const session = await callers.find(ctx.req)
  if (!session || (ipBans.has(addressOf(ctx.req)) && !isAdmin(session.role))) return ctx.throw(404)
  return session
}

async function serve(ctx: Context, { files }: AppContext, picture: Picture | undefined): Promise<void> {
  const { hash = '', bytes = 0 } = picture ?? {}
  // An address of one that was replaced leads nowhere: its bytes are gone.
  if (!hash || hash.slice(0, 8) !== ctx.params.picture) return ctx.throw(404)
  await serveFile(ctx, { id: hash, name: 'picture.webp', type: 'image/webp', bytes }, hash, {
    bytes: files.bytes,
    // They are small.
    accelRedirect: undefined,
  })
  ctx.set('Cache-Control', cacheControl)
}

/** @returns a room that the user moderates */
async function roomToChange(ctx: Context, app: AppContext, session: Session): Promise<string> {
  const room = await roomAskedFor(ctx, app, session)
  const mine = await app.store.rooms.membership(session.user.id, room)
  if (!mine || !session.isVerified || mine.kind === 'direct' || !canModerate(mine)) ctx.throw(403)
  return room
}

/** @returns the picture that the room had before */
async function change(ctx: Context, app: AppContext, session: Session, room: string, picture?: Picture) {
  const before = await app.store.pictures.ofRoom(session, room, Date.now())
  const network = networkOf(app.addressOf(ctx.req))
  await app.chat.moderate(session, network, { type: 'picture', room, ...(picture && { picture }) })
  return before
}

/** @param before its bytes are removed: not while those of the new one are held */
async function goOn(ctx: Context, app: AppContext, room: string, before: Picture | undefined): Promise<void> {
  await app.files.pictures.removeUnused(before)
  ctx.seeOther(`${roomPath(room)}/files/picture`)
}

function refuse(ctx: Context, error: unknown): never {
  if (!(error instanceof ChatError)) throw error
  setRefusal(ctx, error, 403)
  return ctx.throw(ctx.status)
}

async function showForm(ctx: Context, app: AppContext, session: Session, room: string, fault?: string): Promise<void> {
  const summary = await app.pages.read(ctx, session, (meter) => app.store.rooms.summary(session, room, meter))
  await refuseUnlessSeen(ctx, app, session, room)
  if (!summary) return ctx.throw(404)
  ctx.body = app.pages.render(ctx, 'room/room-picture.njk', {
    role: session.role,
    path: roomPath(room),
    room: summary,
    title: displayTitleOf(summary, ctx.state.language.t).title,
    fault: fault && { field: 'picture', message: fault },
  })
}
