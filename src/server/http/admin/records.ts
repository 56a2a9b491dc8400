/** Audit records as the pages for admins show them. */
import type { Context } from 'koa'
import { auditSentence } from '../../../shared/audit-sentences.ts'
import type { AuditRecord } from '../../../shared/protocol/types.ts'
import { displayTitleOf, fullTitle } from '../../../shared/rooms.ts'
import type { Session as Admin } from '../../auth/sessions.ts'
import type { AppContext } from '../app-context.ts'
import { idOf } from '../id.ts'

/** What the address says was done: the log knows. */
export async function recordDone(ctx: Context, app: AppContext, admin: Admin) {
  const id = idOf(ctx.query.done)
  if (id === undefined) return undefined
  const records = await app.pages.read(ctx, admin, (meter) =>
    app.store.moderation.auditLog(admin, { before: id + 1 }, 1, meter),
  )
  const own = records.filter((one) => one.id === id)
  return (await withSentences(ctx, app, admin, own))[0]
}

/** Audit records with their sentences in the reader's language. */
export async function withSentences(ctx: Context, app: AppContext, admin: Admin, records: AuditRecord[]) {
  const isOwner = admin.role === 'owner'
  const names = new Map<string, string>()
  for (const { room } of records) {
    if (room === undefined || names.has(room)) continue
    const summary = await app.pages.read(ctx, admin, (meter) => app.store.rooms.summary(admin, room, meter))
    names.set(room, fullTitle(displayTitleOf(summary ?? { room, name: '' }, ctx.state.language.t)))
  }
  return records.map((record) => ({
    ...record,
    sentence: auditSentence(record, ctx.state.language, record.room && names.get(record.room)),
    mayUndo: record.undoable && record.user?.id !== admin.user.id && (record.type !== 'settings' || isOwner),
  }))
}
