/** Files of messages and their list, for those who can view their room at this moment. */
import type { Context } from 'koa'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { refuseUnlessSeen, roomAskedFor, sessionAsking } from '../../src/server/http/asked-room.ts'
import { serveFile } from '../../src/server/http/files/serve-file.ts'
import { askedPreview, servePreview } from '../../src/server/http/files/serve-preview.ts'
import { idOf } from '../../src/server/http/id.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import { callerOf } from '../../src/server/rate-limit/user-key.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { isAdmin } from '../../src/shared/rights.ts'
import { roomPath } from '../../src/shared/room-path.ts'
import { displayTitleOf, fullTitle } from '../../src/shared/rooms.ts'

export default {
  /** The files of a room, for a page without a script. */
  async 'GET /rooms/:room/files'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    const {
      store,
      pages: { read, render },
    } = app
    const page = { before: idOf(ctx.query.before), limit: limits.messagesPerPage }
    const found = await read(ctx, session, (meter) => store.files.listed(session, room, page, meter))
    const summary = await read(ctx, session, (meter) => store.rooms.summary(session, room, meter))
    // They may have been removed from the room during the reads.
    await refuseUnlessSeen(ctx, app, session, room)
    if (!found || !summary) return ctx.throw(404)
    const blocked = session.isVerified ? await store.accounts.listBlocked(session.user.id) : []
    ctx.body = render(ctx, 'room/room-files.njk', {
      role: session.role,
      path: roomPath(room),
      title: fullTitle(displayTitleOf(summary, ctx.state.language.t)),
      files: found.files.filter(({ user }) => !blocked.some(({ id }) => id === user.id)),
      next: found.more ? found.files.at(-1)?.message : undefined,
    })
  },

  async 'GET /files/:file/:name'(ctx, app) {
    // One answer for all that somebody may not see: that a file exists is told to nobody else.
    const address = app.addressOf(ctx.req)
    const seen = await fileSeen(ctx, app, address)
    if (!seen) return ctx.throw(404)
    const { session, file, hash } = seen
    const preview = askedPreview(ctx)
    if (!preview) {
      const { bytes, downloads } = app.files
      const mayHave = async () => (await fileSeen(ctx, app, address)) !== undefined
      const reading = [file.id, session.user.id, session.id, address].join()
      return await serveFile(ctx, file, hash, {
        bytes,
        accelRedirect: app.config.accelRedirect,
        watch: (socket, content) => downloads.endUnless(mayHave, reading, socket, content),
      })
    }
    if (file.width === undefined) return ctx.throw(404)
    await servePreview(ctx, { hash, bytes: file.bytes }, preview, {
      previews: app.files.previews,
      by: callerOf({ session, network: networkOf(address) }),
    })
  },
} satisfies Controller

/** @returns undefined for a file that the asker may not see at this moment, and for one that does not exist */
async function fileSeen(ctx: Context, { store, auth: { callers, ipBans } }: AppContext, address: string) {
  const session = await callers.find(ctx.req)
  if (!session || (ipBans.has(address) && !isAdmin(session.role))) return undefined
  const { file } = ctx.params
  // What cannot be an id costs no query.
  if (!/^[0-9a-f]{32}$/.test(file)) return undefined
  const stored = await store.files.view(session, file, Date.now())
  return stored?.hash === undefined ? undefined : { session, file: stored.file, hash: stored.hash }
}
