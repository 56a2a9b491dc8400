/** The rooms that an admin can delete. */
import type { Context } from 'koa'
import type { Session as Admin } from '../../src/server/auth/sessions.ts'
import { type Fault, faultIn, forAdmins, moderateAndReturn } from '../../src/server/http/admin/actions.ts'
import { recordDone } from '../../src/server/http/admin/records.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { lobby } from '../../src/shared/protocol/limits.ts'

export default {
  'GET /admin/rooms': forAdmins((ctx, app, admin) => showRooms(ctx, app, admin)),
  'GET /admin/rooms/delete': forAdmins((ctx) => ctx.redirect('/admin/rooms')),
  'POST /admin/rooms/delete': forAdmins(async (ctx, app, admin) => {
    try {
      if (!ctx.field('sure')) throw app.auth.signIn.refusal(400, { text: 'deleteRoomUnsure' })
      await moderateAndReturn(ctx, app, admin, { type: 'delete-room', room: ctx.field('room') }, '/admin/rooms')
    } catch (error) {
      await showRooms(ctx, app, admin, faultIn(ctx, app, error))
    }
  }),
} satisfies Controller

/** The rooms that the admin can view: they do not see private rooms to which they do not belong. */
async function showRooms(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  const rooms = await app.pages.read(ctx, admin, (meter) => app.store.rooms.list(admin, meter))
  ctx.body = app.pages.render(ctx, 'admin/rooms.njk', {
    role: admin.role,
    rooms: rooms.filter(({ room, kind }) => room !== lobby && kind !== 'direct'),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}
