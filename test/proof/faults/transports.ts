/** `kill -9` and cuts, with clients of all transports in the room: WebSocket, event stream, long poll and Socket.IO. */
import { allTransports } from '../clients/mix.ts'
import type { Fault } from '../result.ts'
import { cut } from './cuts.ts'
import { killed } from './kill.ts'

export default {
  short: async () => [
    await killed(3, { senders: 15, viewers: 15, perSecond: 100 }, allTransports),
    await cut({ count: 20, perSecond: 10, senders: 10, viewers: 15, messagesPerSecond: 50 }, allTransports),
  ],
  long: async () => [
    await killed(200, { senders: 30, viewers: 30, perSecond: 200 }, allTransports),
    await cut({ count: 1_000, perSecond: 10, senders: 30, viewers: 70, messagesPerSecond: 100 }, allTransports),
  ],
} satisfies Fault
