import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { keepAlive } from './heartbeat.ts'
import type { Limiter } from './limiter.ts'

/** Answers `ECHO: <text>` to each text frame and repeats each binary one: something to try a proxy with. */
export function echo(ws: WebSocket, socket: Socket, limiter: Limiter): void {
  const waitMs = limiter.forConnection()
  keepAlive(ws, socket)
  // Who sends too fast or does not read is read more slowly himself; nothing is dropped and nothing piles up.
  ws.on('message', (data, isBinary) => {
    ws.pause()
    const answer = isBinary ? data : `ECHO: ${data}`
    ws.send(answer as Buffer | string, { binary: isBinary }, () => setTimeout(() => ws.resume(), waitMs()))
  })
}
