import { parseFrame } from '../../../shared/protocol/commands.ts'
import { heartbeatMs, limits } from '../../../shared/protocol/limits.ts'
import type { User } from '../../../shared/protocol/types.ts'
import { encodeFrame } from '../output-buffer.ts'
import type { Subprotocol } from './subprotocol.ts'

function blockedOf(users: readonly User[]): { blocked?: number[] } {
  return users.length ? { blocked: users.map(({ id }) => id) } : {}
}

/** The protocol of `docs/protocol.md`, whole. */
export const chatV1: Subprotocol = {
  isGreetedFirst: true,
  isShared: true,

  read: parseFrame,

  write: (frame) => encodeFrame(JSON.stringify(frame)),

  async greet({ store, reads, build }, connection) {
    const { user, session } = connection
    connection.reply({
      type: 'welcome',
      user: connection.user,
      rooms: await reads.read(connection, (meter) => store.rooms.list(connection.session, meter)),
      limits,
      heartbeatMs,
      build,
      role: session.role,
      ...(session.isVerified && blockedOf(await store.accounts.listBlocked(user.id))),
    })
  },
}
