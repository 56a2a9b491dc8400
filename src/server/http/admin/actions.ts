/** What the pages for admins share: the admin, what they do, and why it was not done. */
import type { Context } from 'koa'
import { errorText } from '../../../shared/error-texts.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { isAdmin } from '../../../shared/rights.ts'
import type { Session as Admin } from '../../auth/sessions.ts'
import { networkOf } from '../../rate-limit/network.ts'
import type { ModerationAction } from '../../store/store.ts'
import type { Action, AppContext } from '../app-context.ts'
import { setRefusal } from '../refusal.ts'

export interface Fault {
  message: string
  /** The field of the form; undefined when the fault is not about one field. */
  field?: string
}

/** For all others there is no such page. */
export function forAdmins(action: (ctx: Context, app: AppContext, admin: Admin) => Promise<void> | void): Action {
  return async (ctx, app) => {
    const session = await app.auth.sessions.find(ctx.req)
    const admin = session?.isVerified && isAdmin(session.role) ? session : ctx.throw(404)
    await action(ctx, app, admin)
  }
}

export async function moderateAndReturn(
  ctx: Context,
  app: AppContext,
  admin: Admin,
  content: ModerationAction,
  to: string,
): Promise<void> {
  const { action } = await app.chat.moderate(admin, networkOf(app.addressOf(ctx.req)), content)
  ctx.seeOther(action === undefined ? to : `${to}?done=${action}`)
}

/** Why it was not done, for the admin. @throws what is no refusal */
export function faultIn(ctx: Context, { auth: { signIn } }: AppContext, error: unknown): Fault {
  if (!(error instanceof ChatError) || error.code === 'name-taken') return signIn.explain(ctx, error)
  setRefusal(ctx, error, 403)
  return { message: errorText(error.code, ctx.state.language.t) }
}
