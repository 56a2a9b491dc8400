/** The user who asks for the page of a room, and the room. */
import type { Context } from 'koa'
import { limits } from '../../shared/protocol/limits.ts'
import { canView, isAdmin } from '../../shared/rights.ts'
import { roomPath } from '../../shared/room-path.ts'
import { faultInName, isolated, normalizeName } from '../../shared/text.ts'
import type { Session } from '../auth/sessions.ts'
import type { AppContext } from './app-context.ts'

/** Redirects to the sign-in page when nobody is signed in. */
export async function sessionAsking(ctx: Context, app: AppContext): Promise<Session | undefined> {
  const session = await app.auth.sessions.find(ctx.req)
  if (!session) redirectToSignIn(ctx)
  else refuseBannedAddress(ctx, app, session)
  return session
}

/** As at the upgrade: who is in already comes no further. */
export function refuseBannedAddress(
  ctx: Context,
  { addressOf, auth: { ipBans } }: AppContext,
  { role }: Session,
): void {
  if (ipBans.has(addressOf(ctx.req)) && !isAdmin(role)) ctx.throw(403, ctx.state.language.t('youAreBanned'))
}

/** After signing in, a reader comes back to the page, and a writer to the room, if the form names one. */
function redirectToSignIn(ctx: Context): void {
  const { room } = ctx.params
  if (ctx.method === 'POST')
    return ctx.seeOther(room === undefined ? '/signin' : signInPath(roomPath(normalizeName(room))))
  ctx.redirect(ctx.path === '/' ? '/signin' : signInPath(ctx.url))
}

/** The room that the address names, if the user may view it. Reading does not create rooms. */
export async function roomAskedFor(ctx: Context, app: AppContext, session: Session): Promise<string> {
  const room = normalizeName(ctx.params.room)
  await refuseUnlessSeen(ctx, app, session, room)
  return room
}

export async function refuseUnlessSeen(
  ctx: Context,
  { store }: AppContext,
  session: Session,
  room: string,
): Promise<void> {
  const isRoom = !faultInName(room, limits.maxRoomCharacters)
  const membership = isRoom ? await store.rooms.membership(session.user.id, room) : undefined
  if (!membership || !canView(membership, session))
    ctx.throw(404, ctx.state.language.t('noSuchRoom', { room: isolated(room) }))
}

function signInPath(path: string): string {
  return `/signin?to=${encodeURIComponent(path)}`
}
