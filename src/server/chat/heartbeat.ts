import type { WebSocket } from 'ws'
import { closeCodes, heartbeatMs } from '../../shared/protocol.ts'

const mostMissed = 2

/** Pings the other side as long as the socket is open, and closes it when nothing comes back; answers its pings. */
export function keepAlive(ws: WebSocket): void {
  let missed = 0
  const timer = setInterval(() => {
    if (missed >= mostMissed) return ws.close(closeCodes.unresponsive, 'No answer')
    missed++
    ws.ping()
  }, heartbeatMs)
  ws.on('pong', () => {
    missed = 0
  })
  // Answering every ping of one who does not read would let what waits for him grow without end.
  ws.on('ping', (data) => {
    if (ws.bufferedAmount === 0) ws.pong(data)
  })
  ws.on('close', () => clearInterval(timer))
}
