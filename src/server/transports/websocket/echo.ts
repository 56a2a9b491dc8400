import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Services } from '../../commands/contract.ts'
import { networkOf } from '../../rate-limit/network.ts'
import type { ChatSocket } from './chat-socket.ts'
import { keepAlive } from './heartbeat.ts'

/** One read of a socket can bring ten thousand tiny messages, and nobody has to sign in here. */
const maxWaiting = 256

/**
 * Answers `ECHO: <text>` to each text frame and repeats each binary one: something to try a proxy with. Who sends too fast
 * or does not read is read more slowly and loses nothing; far too many at once close the socket.
 */
export function echo(ws: ChatSocket, socket: Socket, { limiter, log }: Pick<Services, 'limiter' | 'log'>): void {
  const limits = limiter.forConnection(`network ${networkOf(ws.address)}`)
  keepAlive(ws, socket, limits)
  const waiting: { data: Buffer; isBinary: boolean }[] = []
  ws.on('message', (data, isBinary) => {
    if (ws.readyState !== WebSocket.OPEN) return
    waiting.push({ data: data as Buffer, isBinary })
    if (waiting.length === 1) answerAll().catch((error) => ws.onFault?.(ws, error))
    if (waiting.length <= maxWaiting) return
    log.event('flood-closed', { address: ws.address })
    ws.closeFlood()
  })

  /** At once as long as nothing is in the way: a close may follow in the same packet, and is answered at once as well. */
  async function answerAll(): Promise<void> {
    for (let next = waiting[0]; next && ws.readyState === WebSocket.OPEN; next = waiting[0]) {
      for (let ms = limits.command(); ms; ms = limits.command()) await unread(setTimeout(ms))
      const taken = send(next)
      if (ws.bufferedAmount) await unread(taken)
      waiting.shift()
    }
    ws.readOn()
  }

  async function unread(promise: Promise<void>): Promise<void> {
    ws.pause()
    await promise
  }

  function send({ data, isBinary }: { data: Buffer; isBinary: boolean }): Promise<void> {
    const answer = isBinary ? data : `ECHO: ${data}`
    return new Promise((taken) => ws.send(answer, { binary: isBinary }, () => taken()))
  }
}
