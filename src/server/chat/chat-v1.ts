import { heartbeatMs, limits, parseFrame } from '../../shared/protocol.ts'
import type { Subprotocol } from './subprotocol.ts'

/** The protocol of `docs/protocol.md`, whole. */
export const chatV1: Subprotocol = {
  isGreetedFirst: true,

  read: parseFrame,

  write: (frame) => JSON.stringify(frame),

  async greet({ store, reads, build }, connection) {
    connection.reply({
      type: 'welcome',
      user: connection.user,
      rooms: await reads.read(connection, (meter) => store.rooms(connection.session, meter)),
      limits,
      heartbeatMs,
      build,
      role: connection.session.role,
    })
  },
}
