/** The audit log, in which an admin finds and undoes what was done. */
import type { Context } from 'koa'
import type { Session as Admin } from '../../src/server/auth/sessions.ts'
import { type Fault, faultIn, forAdmins, moderateAndReturn } from '../../src/server/http/admin/actions.ts'
import { recordDone, withSentences } from '../../src/server/http/admin/records.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { idOf } from '../../src/server/http/id.ts'
import type { AuditQuery } from '../../src/server/store/store.ts'
import { auditTypeTexts } from '../../src/shared/audit-sentences.ts'
import { moderationActionTypes } from '../../src/shared/protocol/types.ts'
import { displayTitleOf, fullTitle } from '../../src/shared/rooms.ts'
import { foldName, normalizeName, withoutControls } from '../../src/shared/text.ts'

const recordsPerPage = 50
/** Names that differ only in case are few. */
const maxSameName = 100

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
  const { t } = ctx.state.language
  const filter = filterOf(ctx)
  const before = idOf(ctx.query.before)
  const query = await queryOf(ctx, app, admin, filter)
  const records =
    query &&
    (await app.pages.read(ctx, admin, (meter) =>
      app.store.moderation.auditLog(admin, { ...query, before }, recordsPerPage + 1, meter),
    ))
  const rooms = await app.pages.read(ctx, admin, (meter) => app.store.rooms.list(admin, meter))
  const titles = rooms.map((room) => ({ value: room.room, words: fullTitle(displayTitleOf(room, t)) }))
  ctx.body = app.pages.render(ctx, 'admin/log.njk', {
    role: admin.role,
    records: await withSentences(ctx, app, admin, (records ?? []).slice(0, recordsPerPage)),
    isOlder: before !== undefined,
    more: (records?.length ?? 0) > recordsPerPage,
    filter,
    address: new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString(),
    types: moderationActionTypes.map((type) => ({ value: type, words: t(auditTypeTexts[type]) })),
    // The address of a room that is not in the list stays in the form: an empty choice would say that nothing is left out.
    rooms:
      titles.some(({ value }) => value === filter.room) || !filter.room ? titles : [...titles, asTyped(filter.room)],
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

/** As it was typed and chosen; empty for what is not filtered by. */
interface Filter {
  by: string
  user: string
  type: string
  room: string
}

function filterOf({ query }: Context): Filter {
  const textOf = (value: unknown) =>
    typeof value === 'string' && value.isWellFormed() ? normalizeName(withoutControls(value)) : ''
  const type = textOf(query.type)
  return {
    by: textOf(query.by),
    user: textOf(query.user),
    type: moderationActionTypes.some((one) => one === type) ? type : '',
    room: textOf(query.room),
  }
}

/** @returns undefined when nobody has one of the names */
async function queryOf(ctx: Context, app: AppContext, admin: Admin, filter: Filter): Promise<AuditQuery | undefined> {
  const actor = filter.by ? await userNamed(ctx, app, admin, filter.by) : undefined
  const user = filter.user ? await userNamed(ctx, app, admin, filter.user) : undefined
  if ((filter.by && actor === undefined) || (filter.user && user === undefined)) return undefined
  return {
    actor,
    user,
    type: moderationActionTypes.find((type) => type === filter.type),
    room: filter.room || undefined,
  }
}

/** Users of the same name but for its case follow each other: the one who has it exactly, or else the first. */
async function userNamed(ctx: Context, app: AppContext, admin: Admin, name: string): Promise<number | undefined> {
  const found = await app.pages.read(ctx, admin, (meter) => app.store.accounts.list(name, maxSameName, meter))
  const same = found.filter(({ user }) => foldName(user.name) === foldName(name))
  return (same.find(({ user }) => user.name === name) ?? same[0])?.user.id
}

function asTyped(room: string) {
  return { value: room, words: room }
}
