import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { closeCodes, heartbeatMs } from '../../shared/protocol.ts'

const mostMissed = 2

/**
 * Pings the other side as long as the socket is open, and closes it when nothing comes back; answers its pings. Who reads
 * slowly is alive as long as he reads: his pings wait behind what was written before them.
 */
export function keepAlive(ws: WebSocket, socket: Socket): void {
  let missed = 0
  let taken = 0
  const heard = () => {
    missed = 0
  }
  const timer = setInterval(() => {
    const takenBefore = taken
    taken = socket.bytesWritten - socket.writableLength
    if (socket.writableLength > 0 && taken > takenBefore) missed = 0
    if (missed >= mostMissed) return ws.close(closeCodes.unresponsive, 'No answer')
    missed++
    ws.ping()
  }, heartbeatMs)
  ws.on('pong', heard)
  ws.on('message', heard)
  // Answering every ping of one who does not read would let what waits for him grow without end.
  ws.on('ping', (data) => {
    if (ws.bufferedAmount === 0) ws.pong(data)
  })
  ws.on('close', () => clearInterval(timer))
}
