import { randomBytes } from 'node:crypto'
import { lobby, type ServerFrame, type User } from '../../shared/protocol.ts'
import { sees } from '../../shared/rights.ts'
import type { Subprotocol } from './subprotocol.ts'

/** The protocol of a connection without a subprotocol: text in, `{id, type, user, data}` out, and the lobby. */
export const classic: Subprotocol = {
  read(text) {
    const data = text.trim()
    // Who speaks classic names no messages, and so cannot send one again.
    return data ? { type: 'chat', room: lobby, key: randomBytes(12).toString('base64url'), data } : undefined
  },

  write(frame, last, to) {
    const classicFrame = translate(frame, last, to)
    return classicFrame && JSON.stringify(classicFrame)
  },

  async greet({ store, hub }, connection) {
    const standing = await store.standing(connection.user.id, lobby)
    if (!standing || !sees(standing, connection.session)) {
      return connection.reply({
        type: 'error',
        code: 'no-such-room',
        message: 'There is no lobby for you.',
        room: lobby,
      })
    }
    if (!standing.isIn) await store.enter(connection.user.id, lobby)
    const { member, isFirst } = await hub.join(lobby, connection)
    const { presence, last } = member.room
    if (isFirst) connection.reply({ type: 'join', room: lobby, user: connection.user, online: presence.online })
    connection.reply({ type: 'list', room: lobby, data: presence.list(), online: presence.online })
    member.room.follow(member, last)
  },
}

function translate(frame: ServerFrame, last: number, to: User | undefined) {
  switch (frame.type) {
    case 'chat':
      return { id: frame.id, type: frame.type, user: frame.user, data: frame.data }
    case 'join':
      return { id: last, type: frame.type, user: frame.user, data: `${frame.user.name} joined.` }
    case 'left':
      return { id: last, type: frame.type, user: frame.user, data: `${frame.user.name} left.` }
    case 'list':
      return { id: last, type: frame.type, user: to, data: frame.data }
    case 'error':
      return { id: last, type: frame.type, user: to, data: frame.message }
    default:
      return undefined
  }
}
