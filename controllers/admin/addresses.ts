/** The networks that are banned from the server. */
import type { Context } from 'koa'
import { isRange } from '../../src/server/auth/ip-bans.ts'
import type { Session as Admin } from '../../src/server/auth/sessions.ts'
import { type Fault, faultIn, forAdmins, moderateAndReturn } from '../../src/server/http/admin/actions.ts'
import { banLengths, untilOf } from '../../src/server/http/admin/ban-choices.ts'
import { recordDone } from '../../src/server/http/admin/records.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'

export default {
  'GET /admin/addresses': forAdmins((ctx, app, admin) => showAddresses(ctx, app, admin)),
  'GET /admin/addresses/lift': forAdmins((ctx) => ctx.redirect('/admin/addresses')),
  'POST /admin/addresses': forAdmins(async (ctx, app, admin) => {
    await banRange(ctx, app, admin, () => untilOf(ctx))
  }),
  'POST /admin/addresses/lift': forAdmins(async (ctx, app, admin) => {
    await banRange(ctx, app, admin, () => 0)
  }),
} satisfies Controller

async function banRange(ctx: Context, app: AppContext, admin: Admin, until: () => number): Promise<void> {
  const range = ctx.field('range').trim()
  try {
    if (!isRange(range)) throw app.auth.signIn.refusal(400, { text: 'invalidRange' }, 'range')
    await moderateAndReturn(ctx, app, admin, { type: 'ban-range', range, until: until() }, '/admin/addresses')
  } catch (error) {
    await showAddresses(ctx, app, admin, faultIn(ctx, app, error))
  }
}

async function showAddresses(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  ctx.body = app.pages.render(ctx, 'admin/addresses.njk', {
    role: admin.role,
    ranges: await app.store.moderation.bannedRanges(Date.now()),
    range: ctx.field('range'),
    banLengths: banLengths(ctx),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}
