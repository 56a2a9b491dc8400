import { heartbeatMs, limits, parseFrame } from '../../shared/protocol.ts'
import type { Subprotocol } from './subprotocol.ts'

/** The protocol of `docs/protocol.md`, whole. */
export const chatV1: Subprotocol = {
  read: parseFrame,

  write: (frame) => JSON.stringify(frame),

  async greet({ store, build }, connection) {
    connection.reply({
      type: 'welcome',
      user: connection.user,
      rooms: await store.rooms(connection.session),
      limits,
      heartbeatMs,
      build,
      role: connection.session.role,
    })
  },
}
