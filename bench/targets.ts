/** What is measured: Teahouse and its peers. */
import { join } from 'node:path'
import { type Dialect, socketIo, teahouse, teahouseSocketIo, ws } from './load/dialects.ts'
import type { ServerProgram } from './server-process.ts'

export interface Target {
  name: string
  server: ServerProgram
  dialect: Dialect
}

const root = join(import.meta.dirname, '..')
/** May be the `main.ts` of another copy, to compare two versions. */
const own = process.env.TEAHOUSE ?? join(root, 'src/server/main.ts')

export const targets = {
  teahouse: {
    name: 'Teahouse',
    server: { file: own },
    dialect: teahouse,
  },
  // The sender of these speaks over a WebSocket.
  teahouseStream: { name: 'Teahouse, event stream', server: { file: own }, dialect: teahouse },
  teahousePoll: { name: 'Teahouse, long poll', server: { file: own }, dialect: teahouse },
  teahouseSocketIo: { name: 'Teahouse, Socket.IO', server: { file: own }, dialect: teahouseSocketIo },
  wsLoop: { name: 'ws loop', server: { file: join(root, 'bench/peers/ws-loop.ts') }, dialect: ws },
  wsRooms: { name: 'ws, a Set a room', server: { file: join(root, 'bench/peers/ws-rooms.ts') }, dialect: ws },
  socketIo: { name: 'Socket.IO', server: { file: join(root, 'bench/peers/socket-io.ts') }, dialect: socketIo },
  teahouseNodes: { name: 'Teahouse, three nodes', server: { file: own }, dialect: teahouse },
  socketIoNodes: {
    name: 'Socket.IO, three nodes',
    server: { file: join(root, 'bench/peers/socket-io-nodes.ts') },
    dialect: socketIo,
  },
} satisfies Record<string, Target>
