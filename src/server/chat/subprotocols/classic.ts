import { randomBytes } from 'node:crypto'
import { drawings } from '../../../shared/avatars.ts'
import { plainActionText } from '../../../shared/commands/me.ts'
import { textOrFiles } from '../../../shared/markdown/excerpt.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import { lobby } from '../../../shared/protocol/limits.ts'
import type { User } from '../../../shared/protocol/types.ts'
import { refuseUnlessOpen, refuseUnlessStill, settle } from '../../commands/access.ts'
import type { Services } from '../../commands/contract.ts'
import type { Connection } from '../contract.ts'
import { encodeFrame } from '../output-buffer.ts'
import type { Subprotocol } from './subprotocol.ts'

/** The protocol of a connection without a subprotocol: text in, `{id, type, user, data}` out, and the lobby. */
export const classic: Subprotocol = {
  isGreetedFirst: false,
  isShared: true,

  read(text) {
    const data = text.trim()
    // Classic has no keys, so a client cannot send a message again.
    return data ? { type: 'chat', room: lobby, key: randomBytes(12).toString('base64url'), data } : undefined
  },

  write(frame, last, to) {
    const classicFrame = translate(frame, last, to)
    return classicFrame && encodeFrame(JSON.stringify(classicFrame))
  },

  async greet(services, connection) {
    try {
      await openLobby(services, connection)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      connection.reply({ type: 'error', code: error.code, message: 'You cannot view the lobby.', room: lobby })
    }
  },
}

async function openLobby(services: Services, connection: Connection): Promise<void> {
  await refuseUnlessOpen(services, connection, lobby)
  const subscription = await services.hub.subscribe(lobby, connection)
  const { isFirst } = await settle(services, connection, lobby)
  refuseUnlessStill(() => connection.rooms.get(lobby) === subscription)
  const { presence, last } = subscription.room
  if (isFirst) connection.reply({ type: 'join', room: lobby, user: connection.user, online: presence.online })
  connection.reply({ type: 'list', room: lobby, data: presence.list(), online: presence.online })
  subscription.room.follow(subscription, last)
}

/** Clients of this protocol know only drawings, and show the mark of a bot as a part of its name. */
function drawn({ id, name, image, bot }: User): User {
  return { id, name: bot ? `${name} (bot)` : name, image: image < 0 ? id % drawings : image }
}

function translate(frame: ServerFrame, last: number, to: User | undefined) {
  switch (frame.type) {
    case 'chat':
      return {
        id: frame.id,
        type: frame.type,
        user: drawn(frame.user),
        data: plainActionText(textOrFiles(frame), frame.user.name),
      }
    case 'join':
      return { id: last, type: frame.type, user: drawn(frame.user), data: `${frame.user.name} joined.` }
    case 'left':
      return { id: last, type: frame.type, user: drawn(frame.user), data: `${frame.user.name} left.` }
    case 'list':
      return { id: last, type: frame.type, user: to && drawn(to), data: frame.data.map(drawn) }
    case 'error':
      return { id: last, type: frame.type, user: to && drawn(to), data: frame.message }
    default:
      return undefined
  }
}
