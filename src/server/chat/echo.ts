import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { ChatSocket } from './chat-socket.ts'
import { keepAlive } from './heartbeat.ts'
import type { Limiter } from './limiter.ts'

/**
 * Answers `ECHO: <text>` to each text frame and repeats each binary one: something to try a proxy with. Who sends too fast
 * or does not read is read more slowly himself; nothing is dropped and nothing piles up.
 */
export function echo(ws: ChatSocket, socket: Socket, limiter: Limiter): void {
  const limits = limiter.forConnection()
  keepAlive(ws, socket)
  let answered = Promise.resolve()
  let waiting = 0
  ws.on('message', (data, isBinary) => {
    ws.pause()
    waiting++
    answered = answered.then(async () => {
      for (let ms = limits.command(); ms; ms = limits.command()) await setTimeout(ms)
      const answer = isBinary ? data : `ECHO: ${data}`
      await new Promise((taken) => ws.send(answer as Buffer | string, { binary: isBinary }, taken))
      if (--waiting === 0) ws.resume()
    })
  })
}
