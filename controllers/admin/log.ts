/** The audit log, in which an admin undoes what was done. */
import type { Context } from 'koa'
import type { Session as Admin } from '../../src/server/auth/sessions.ts'
import { type Fault, faultIn, forAdmins, moderateAndReturn } from '../../src/server/http/admin/actions.ts'
import { recordDone, withSentences } from '../../src/server/http/admin/records.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { idOf } from '../../src/server/http/id.ts'

const recordsPerPage = 50

export default {
  'GET /admin/log': forAdmins((ctx, app, admin) => showLog(ctx, app, admin)),
  'GET /admin/audit/:id/undo': forAdmins((ctx) => ctx.redirect('/admin/log')),
  'POST /admin/audit/:id/undo': forAdmins(async (ctx, app, admin) => {
    const action = idOf(ctx.params.id) ?? ctx.throw(404)
    const asked = ctx.field('to')
    const to = /^\/admin(\/\w+)*$/.test(asked) ? asked : '/admin/log'
    try {
      await moderateAndReturn(ctx, app, admin, { type: 'undo', action }, to)
    } catch (error) {
      await showLog(ctx, app, admin, faultIn(ctx, app, error))
    }
  }),
} satisfies Controller

async function showLog(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  const before = idOf(ctx.query.before)
  const records = await app.read(ctx, admin, (meter) =>
    app.store.moderation.auditLog(admin, before, recordsPerPage + 1, meter),
  )
  ctx.body = app.render(ctx, 'admin/log.njk', {
    role: admin.role,
    records: await withSentences(ctx, app, admin, records.slice(0, recordsPerPage)),
    isOlder: before !== undefined,
    more: records.length > recordsPerPage,
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}
