import { isAdmin } from '../../shared/rights.ts'
import type { Session } from '../auth/sessions.ts'
import type { Connection } from './contract.ts'
import type { Publication } from './publication.ts'

/** The connections of this node by user: a user who loses a right loses it on all of them. */
export class UserConnections {
  readonly #byUser = new Map<number, Set<Connection>>()

  add(connection: Connection): void {
    const { id } = connection.user
    const connections = this.#byUser.get(id) ?? new Set()
    this.#byUser.set(id, connections.add(connection))
  }

  remove(connection: Connection): void {
    const connections = this.#byUser.get(connection.user.id)
    connections?.delete(connection)
    if (!connections?.size) this.#byUser.delete(connection.user.id)
  }

  all(): Connection[] {
    return [...this.#byUser.values()].flatMap((connections) => [...connections])
  }

  sessions(): Session[] {
    return this.all().map(({ session }) => session)
  }

  hasVerified(userId: number): boolean {
    return this.verifiedOf(userId).length > 0
  }

  of(userId: number): Connection[] {
    return [...(this.#byUser.get(userId) ?? [])]
  }

  verifiedOf(userId: number): Connection[] {
    return this.of(userId).filter(({ session }) => session.isVerified)
  }

  close(userId: number, code: number, reason: string): void {
    for (const connection of this.of(userId)) connection.close(code, reason)
  }

  closeSession({ user, session }: { user: { id: number }; session: number }, code: number, reason: string): void {
    for (const connection of this.of(user.id)) if (connection.session.id === session) connection.close(code, reason)
  }

  /** The connections of the user's verified sessions, or of the others: they are counted separately. */
  likeSession({ user, isVerified }: Session): Connection[] {
    return this.of(user.id).filter(({ session }) => session.isVerified === isVerified)
  }

  /** How many rooms all of them have open together, one that several of them have open as often. */
  openRoomsOf(session: Session): number {
    return this.likeSession(session).reduce((sum, { rooms }) => sum + rooms.size, 0)
  }

  /** Whichever rooms they have open: the mark belongs to the user, not to the room. */
  tellRead({ room, kind, user, id, from, counts }: Extract<Publication, { type: 'read' }>): void {
    for (const connection of this.of(user.id)) {
      const isTold = connection.id !== from && mayKnow(connection, kind === 'public')
      if (isTold) connection.reply({ type: 'read', room, id, ...counts })
    }
  }

  changeRole({ user, role }: Extract<Publication, { type: 'role' }>): void {
    for (const connection of this.of(user)) {
      connection.session = { ...connection.session, role }
      connection.reply({ type: 'role', role })
    }
  }

  /** Tells admins and the users who moderate the room, where they have it open. */
  tellBan({ type: _, moderators, ...ban }: Extract<Publication, { type: 'ban-notice' }>): void {
    const { room } = ban
    for (const connection of this.all()) {
      const { session, user, rooms } = connection
      const isTold = session.isVerified && (isAdmin(session.role) || moderators.includes(user.id))
      if (isTold && (room === undefined || rooms.has(room))) connection.reply({ type: 'banned', ...ban })
    }
  }

  /** Its creator and the users who were added get a summary of their own. */
  tellNewRoom({ room, name, topic, users }: Extract<Publication, { type: 'room-made' }>): void {
    const summary = { room, name, topic, last: 0, read: 0, unread: 0, mentions: 0 }
    for (const connection of this.all()) {
      const isToldOtherwise = users.includes(connection.user.id)
      if (!isToldOtherwise && connection.session.canViewPublic) connection.reply({ type: 'room', ...summary })
    }
  }
}

/** A session that is not verified does not know of rooms that are not public. */
export function mayKnow({ session }: Connection, isPublic: boolean): boolean {
  return session.isVerified || (isPublic && session.canViewPublic)
}
