/** Rooms as the forms for admins offer them. */
import type { Context } from 'koa'
import { displayTitleOf, fullTitle } from '../../../shared/rooms.ts'
import type { Session as Admin } from '../../auth/sessions.ts'
import type { AppContext } from '../app-context.ts'

export interface NamedRoom {
  room: string
  name: string
}

/** The rooms that the admin can view: a bot is not let in elsewhere. */
export async function roomsFor(ctx: Context, app: AppContext, admin: Admin): Promise<NamedRoom[]> {
  const rooms = await app.pages.read(ctx, admin, (meter) => app.store.rooms.list(admin, meter))
  return rooms
    .filter(({ kind }) => kind !== 'direct')
    .map((summary) => ({ room: summary.room, name: fullTitle(displayTitleOf(summary, ctx.state.language.t)) }))
}

/** A form sends no value, one or several for checkboxes with the same name. */
export function chosenRooms(ctx: Context): string[] {
  const { room = [] } = Object(ctx.request.body)
  return [room].flat().filter((one) => typeof one === 'string')
}
