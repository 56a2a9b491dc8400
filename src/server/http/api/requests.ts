/** What the APIs for programs share: how the caller is found, and how a command is carried out. */
import type { Context } from 'koa'
import { type Commands, parseCommand, type RequestCommand } from '../../../shared/protocol/commands.ts'
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import { isAdmin } from '../../../shared/rights.ts'
import type { Session } from '../../auth/sessions.ts'
import { networkOf } from '../../rate-limit/network.ts'
import type { AppContext } from '../app-context.ts'
import { bearerToken } from '../request-origin.ts'

/** The bot of a bearer token, or the user of a session cookie. */
export async function sessionOf(ctx: Context, app: AppContext): Promise<Session> {
  const session = await app.auth.callers.find(ctx.req)
  // Somebody else may have signed in since the page of a user was loaded: what it sends is not theirs.
  const user = ctx.get('Teahouse-User')
  if (session && user && user !== String(session.user.id)) ctx.throw(401, 'The session is of another user.')
  if (session) return refuseBanned(ctx, app, session)
  ctx.set('WWW-Authenticate', 'Bearer')
  return ctx.throw(401, 'Sign in first: POST /signin answers with a cookie. A bot sends Authorization: Bearer.')
}

/** The bot of a bearer token. A cookie is not read. */
export async function botOf(ctx: Context, app: AppContext): Promise<Session> {
  const bot = bearerToken(ctx.req) === undefined ? undefined : await app.auth.callers.find(ctx.req)
  if (bot) return refuseBanned(ctx, app, bot)
  ctx.set('WWW-Authenticate', 'Bearer')
  return ctx.throw(401, 'Send the token of a bot: Authorization: Bearer.')
}

function refuseBanned(ctx: Context, { addressOf, auth: { ipBans } }: AppContext, session: Session): Session {
  if (ipBans.has(addressOf(ctx.req)) && !isAdmin(session.role)) ctx.throw(403, ctx.state.language.t('youAreBanned'))
  return session
}

/**
 * Carries out a command while the client waits for its answer.
 * @param fields its type is that of a command that a request may carry
 * @throws ChatError when a field is wrong or the command is refused
 */
export async function runCommand(
  ctx: Context,
  { chat, addressOf }: AppContext,
  session: Session,
  fields: Record<string, unknown> & { type: RequestCommand },
): Promise<ServerFrame | undefined> {
  const gone = new AbortController()
  const abort = () => gone.abort()
  ctx.res.once('close', abort)
  try {
    const command = parseCommand(fields) as Commands[RequestCommand]
    return await chat.run({ session, network: networkOf(addressOf(ctx.req)), signal: gone.signal }, command)
  } finally {
    ctx.res.off('close', abort)
  }
}
